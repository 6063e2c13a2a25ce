//! Writing JSON straight into a body, without a tree.

use marshal_wire::json::write_str;

use crate::json::Json;

/// An object being written; dropping it closes it.
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    /// Opens `{`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn key(&mut self, name: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        write_str(self.out, name);
        self.out.push(b':');
    }

    /// A string member.
    pub fn str(&mut self, name: &str, value: &str) {
        self.key(name);
        write_str(self.out, value);
    }

    /// A string member, where there is one.
    pub fn opt_str(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.str(name, value);
        }
    }

    /// A number member.
    pub fn u64(&mut self, name: &str, value: u64) {
        self.key(name);
        self.out.extend_from_slice(value.to_string().as_bytes());
    }

    /// A true or false member.
    pub fn bool(&mut self, name: &str, value: bool) {
        self.raw(name, if value { b"true" } else { b"false" });
    }

    /// A `null` member.
    pub fn null(&mut self, name: &str) {
        self.raw(name, b"null");
    }

    /// A member whose value is kept JSON.
    pub fn json(&mut self, name: &str, value: &Json) {
        self.raw(name, value.as_str().as_bytes());
    }

    /// A member whose value is JSON source that the caller vouches for.
    pub fn raw(&mut self, name: &str, source: &[u8]) {
        self.key(name);
        self.out.extend_from_slice(source);
    }

    /// A nested object.
    pub fn object(&mut self, name: &str) -> Object<'_> {
        self.key(name);
        Object::new(self.out)
    }

    /// A nested array.
    pub fn array(&mut self, name: &str) -> Array<'_> {
        self.key(name);
        Array::new(self.out)
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        self.out.push(b'}');
    }
}

/// An array being written; dropping it closes it.
pub struct Array<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Array<'a> {
    /// Opens `[`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, first: true }
    }

    fn next(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
    }

    /// A string element.
    pub fn str(&mut self, value: &str) {
        self.next();
        write_str(self.out, value);
    }

    /// An element of kept JSON.
    pub fn json(&mut self, value: &Json) {
        self.next();
        self.out.extend_from_slice(value.as_str().as_bytes());
    }

    /// An object element.
    pub fn object(&mut self) -> Object<'_> {
        self.next();
        Object::new(self.out)
    }
}

impl Drop for Array<'_> {
    fn drop(&mut self) {
        self.out.push(b']');
    }
}
