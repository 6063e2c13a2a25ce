//! One pass over a body: grammar, limits and places. A loop and no recursion, so that depth costs no stack.

use super::index::{ESCAPED, KEY_ESCAPED, KEYED, Kind, MOST_NODES, NONE, Node, ONE_CHILD};
use super::keys::{self, Key};
use super::string::{self, syntax};
use super::{JsonError, Limits};

pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<Vec<Node>, JsonError> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(JsonError::TooLong);
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let offset = error.valid_up_to();
        return Err(JsonError::InvalidUtf8 { offset });
    }
    let mut scanner = Scanner {
        bytes,
        at: 0,
        // About one value in sixteen bytes; long texts would make a larger guess a waste.
        nodes: Vec::with_capacity((bytes.len() / 16 + 4).min(1024)),
        keys: Vec::with_capacity(16),
        open: NONE,
        depth: 0,
        max_depth: limits.max_depth,
        max_nodes: limits.max_nodes.min(MOST_NODES),
    };
    scanner.document()?;
    Ok(scanner.nodes)
}

struct Scanner<'b> {
    bytes: &'b [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Keys of all open objects, the innermost last.
    keys: Vec<Key>,
    /// The innermost open container.
    open: u32,
    depth: usize,
    max_depth: usize,
    max_nodes: usize,
}

/// The key before a value: where it opens, and whether it has an escape.
type Label = Option<(u32, bool)>;

/// What follows a value or an opening bracket.
enum Next {
    /// Another value, with its key if it is a member.
    Value(Label),
    /// The end of the document.
    End,
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), JsonError> {
        match self.token() {
            None => return syntax(0, "it is empty; send a JSON object"),
            Some(0xEF) if self.bytes.starts_with(b"\xEF\xBB\xBF") => {
                return syntax(0, "it starts with a byte order mark; leave that out");
            }
            Some(_) => {}
        }
        let mut label = None;
        loop {
            let next = match self.value(label)? {
                Some(first) => first,
                None => self.after_value()?,
            };
            match next {
                Next::Value(next) => label = next,
                Next::End => return Ok(()),
            }
        }
    }

    /// The next byte that is not white space; `at` stands on it.
    fn token(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Reads a value. `Some` if it opened a container that has a first child: that comes next.
    fn value(&mut self, label: Label) -> Result<Option<Next>, JsonError> {
        let start = self.at;
        match self.token_or("the body ends where a value should stand")? {
            b'{' => return self.open(Kind::Object, label),
            b'[' => return self.open(Kind::Array, label),
            b'"' => {
                let at = self.at;
                let string = string::scan(self.bytes, at)?;
                let flag = if string.escaped { ESCAPED } else { 0 };
                self.leaf(Kind::String, flag, label, string.end)?;
            }
            b'-' | b'0'..=b'9' => {
                let end = number_end(self.bytes, self.at)?;
                self.leaf(Kind::Number, 0, label, end)?;
            }
            b't' => self.word(b"true", Kind::Bool, label)?,
            b'f' => self.word(b"false", Kind::Bool, label)?,
            b'n' => self.word(b"null", Kind::Null, label)?,
            b']' | b'}'
                if self.open != NONE && self.bytes[..start].trim_ascii_end().ends_with(b",") =>
            {
                return syntax(
                    self.at,
                    "a comma stands before the closing bracket; leave it out",
                );
            }
            _ => return syntax(self.at, "a value should stand here"),
        }
        Ok(None)
    }

    fn token_or(&mut self, what: &'static str) -> Result<u8, JsonError> {
        match self.token() {
            Some(byte) => Ok(byte),
            None => syntax(self.at, what),
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind, label: Label) -> Result<(), JsonError> {
        if !self.bytes[self.at..].starts_with(word) {
            return syntax(self.at, "a value should stand here");
        }
        self.leaf(kind, 0, label, self.at + word.len())
    }

    fn leaf(&mut self, kind: Kind, flag: u32, label: Label, end: usize) -> Result<(), JsonError> {
        let id = self.push(kind, flag, label)?;
        self.nodes[id as usize].end = offset(end);
        self.at = end;
        Ok(())
    }

    /// Adds a node that starts at `at`; its end is its caller's to set.
    fn push(&mut self, kind: Kind, flag: u32, label: Label) -> Result<u32, JsonError> {
        if self.nodes.len() >= self.max_nodes {
            return Err(JsonError::TooManyNodes {
                offset: self.at,
                limit: self.max_nodes,
            });
        }
        let id = offset(self.nodes.len());
        let mut node = Node {
            start: offset(self.at),
            end: 0,
            next: id + 1,
            parent: self.open,
            slot: 0,
            meta: kind as u32 | flag,
        };
        if let Some(parent) = self.nodes.get_mut(self.open as usize) {
            node.slot = parent.children();
            parent.meta += ONE_CHILD;
        }
        if let Some((key, escaped)) = label {
            node.slot = key;
            node.meta |= KEYED | if escaped { KEY_ESCAPED } else { 0 };
        }
        self.nodes.push(node);
        Ok(id)
    }

    fn open(&mut self, kind: Kind, label: Label) -> Result<Option<Next>, JsonError> {
        if self.depth >= self.max_depth {
            return Err(JsonError::TooDeep {
                offset: self.at,
                limit: self.max_depth,
            });
        }
        self.open = self.push(kind, 0, label)?;
        self.depth += 1;
        self.at += 1;
        let first = self.token_or("the body ends within an object or array")?;
        match (kind, first) {
            (Kind::Object, b'}') | (Kind::Array, b']') => self.close().map(|()| None),
            (Kind::Object, _) => self.key().map(Some),
            _ => Ok(Some(Next::Value(None))),
        }
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<Next, JsonError> {
        let start = self.at;
        match self.token_or("the body ends within an object")? {
            b'"' => {}
            b'}' if self.bytes[..start].trim_ascii_end().ends_with(b",") => {
                return syntax(
                    self.at,
                    "a comma stands before the closing bracket; leave it out",
                );
            }
            _ => return syntax(self.at, "a key in double quotes should stand here"),
        }
        let start = self.at;
        let string = string::scan(self.bytes, start)?;
        self.at = string.end;
        if self.token() != Some(b':') {
            return syntax(self.at, "a colon should stand here, after the key");
        }
        self.at += 1;
        self.keys.push(Key {
            start: offset(start),
            end: offset(string.end),
            escaped: string.escaped,
            node: offset(self.nodes.len()),
        });
        Ok(Next::Value(Some((offset(start), string.escaped))))
    }

    /// After a value: closes what ends here, and says what comes next.
    fn after_value(&mut self) -> Result<Next, JsonError> {
        loop {
            let token = self.token();
            let Some(container) = self.nodes.get(self.open as usize) else {
                return match token {
                    None => Ok(Next::End),
                    Some(_) => syntax(self.at, "something stands after the end of the JSON value"),
                };
            };
            let object = container.kind() == Kind::Object;
            match token {
                Some(b',') => {
                    self.at += 1;
                    return if object {
                        self.key()
                    } else {
                        Ok(Next::Value(None))
                    };
                }
                Some(b'}') if object => self.close()?,
                Some(b']') if !object => self.close()?,
                Some(_) if object => return syntax(self.at, "a comma or } should stand here"),
                Some(_) => return syntax(self.at, "a comma or ] should stand here"),
                None => return syntax(self.at, "the body ends within an object or array"),
            }
        }
    }

    /// Closes the innermost container; `at` stands on its bracket.
    fn close(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        let next = offset(self.nodes.len());
        let node = &mut self.nodes[self.open as usize];
        node.end = offset(self.at);
        node.next = next;
        let node = *node;
        self.open = node.parent;
        self.depth -= 1;
        if node.kind() == Kind::Object {
            let first = self.keys.len() - node.children() as usize;
            keys::refuse_twins(self.bytes, &self.nodes, &self.keys[first..])?;
            self.keys.truncate(first);
        }
        Ok(())
    }
}

/// Every place in a body fits: its length was checked first.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Where the number that starts at `start` ends.
fn number_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = start + usize::from(bytes[start] == b'-');
    let whole = digits(at);
    match whole - at {
        0 => return syntax(at, "a digit should stand here"),
        1 => {}
        _ if bytes[at] == b'0' => return syntax(at, "a number does not start with a zero"),
        _ => {}
    }
    at = whole;
    if bytes.get(at) == Some(&b'.') {
        let end = digits(at + 1);
        if end == at + 1 {
            return syntax(end, "a digit should stand after the decimal point");
        }
        at = end;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at);
        if end == at {
            return syntax(end, "a digit should stand in the exponent");
        }
        at = end;
    }
    Ok(at)
}
