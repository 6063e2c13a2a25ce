//! Values of a MessagePack file, borrowed from its bytes.
//!
//! Promise: any bytes give a value or a reason; depth and memory are bounded by constants and the file's size.

mod read;
#[cfg(test)]
mod tests;

pub(crate) use read::parse;

/// One value. Integers that fit are `Integer`; larger ones are `Large`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'b> {
    Nil,
    Boolean(bool),
    Integer(i64),
    Large(u64),
    Float,
    Text(&'b str),
    Bytes(&'b [u8]),
    List(Vec<Value<'b>>),
    Map(Vec<(Value<'b>, Value<'b>)>),
}

impl<'b> Value<'b> {
    /// The value under a key that may be stored as text or as bytes; the last one where a key is repeated.
    pub(crate) fn get(&self, key: &str) -> Option<&Value<'b>> {
        self.find(|stored| match stored {
            Value::Text(text) => *text == key,
            Value::Bytes(bytes) => *bytes == key.as_bytes(),
            _ => false,
        })
    }

    /// The value under a whole number.
    pub(crate) fn get_number(&self, key: i64) -> Option<&Value<'b>> {
        self.find(|stored| *stored == Value::Integer(key))
    }

    fn find(&self, is_key: impl Fn(&Value<'b>) -> bool) -> Option<&Value<'b>> {
        let pairs = self.pairs()?;
        pairs
            .iter()
            .rev()
            .find(|(key, _)| is_key(key))
            .map(|(_, value)| value)
    }

    pub(crate) fn pairs(&self) -> Option<&[(Value<'b>, Value<'b>)]> {
        if let Value::Map(pairs) = self {
            Some(pairs)
        } else {
            None
        }
    }

    pub(crate) fn list(&self) -> Option<&[Value<'b>]> {
        if let Value::List(values) = self {
            Some(values)
        } else {
            None
        }
    }

    pub(crate) fn text(&self) -> Option<&'b str> {
        if let Value::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) fn bytes(&self) -> Option<&'b [u8]> {
        if let Value::Bytes(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Value::Integer(number) => u64::try_from(*number).ok(),
            Value::Large(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number that counts something in memory.
    pub(crate) fn size(&self) -> Option<usize> {
        self.number()
            .and_then(|number| usize::try_from(number).ok())
    }
}
