//! An index beside its bytes: what stands where.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::ops::Range;

use memchr::memchr;

use super::index::{ESCAPED, KEY_ESCAPED, KEYED, NONE, Node};
use super::string;
use super::{Kind, NodeId};

/// A parsed body. Copies freely: two references.
///
/// An id that is not this document's reads as an absent `null`; nothing panics.
#[derive(Clone, Copy)]
pub struct Doc<'a> {
    nodes: &'a [Node],
    bytes: &'a [u8],
}

impl<'a> Doc<'a> {
    pub(super) const fn new(nodes: &'a [Node], bytes: &'a [u8]) -> Self {
        Self { nodes, bytes }
    }

    /// The whole body.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The outermost value.
    #[must_use]
    pub const fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// Every value of the document in the order in which they start, the root first.
    pub fn all(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(NONE)).map(NodeId)
    }

    /// What the value is.
    #[must_use]
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind()
    }

    /// The member of that name, if this is an object that has one.
    #[must_use]
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.children(id)
            .find(|child| self.key_is(self.node(*child), key))
    }

    /// The item of that number from 0, if this is an array that long. Takes as many steps as the number says.
    #[must_use]
    pub fn at(&self, id: NodeId, number: usize) -> Option<NodeId> {
        match self.kind(id) {
            Kind::Array => self.children(id).nth(number),
            _ => None,
        }
    }

    /// The members of an object or the items of an array, in order; nothing for any other value.
    #[must_use]
    pub fn children(&self, id: NodeId) -> Children<'a> {
        Children {
            nodes: self.nodes,
            next: id.0.saturating_add(1),
            left: self.node(id).children(),
        }
    }

    /// How many children the value has.
    #[must_use]
    pub fn len(&self, id: NodeId) -> usize {
        self.node(id).children() as usize
    }

    /// Whether the value has no child.
    #[must_use]
    pub fn is_empty(&self, id: NodeId) -> bool {
        self.len(id) == 0
    }

    /// The object or array that the value stands in.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.node(id).parent;
        (parent != NONE).then_some(NodeId(parent))
    }

    /// The name under which the value stands in its object.
    #[must_use]
    pub fn key(&self, id: NodeId) -> Option<Cow<'a, str>> {
        let span = self.key_span(id)?;
        let inner = self.bytes.get(span.start + 1..span.end - 1)?;
        Some(string::text(inner, self.node(id).has(KEY_ESCAPED)))
    }

    /// Where that name stands, quotes included.
    #[must_use]
    pub fn key_span(&self, id: NodeId) -> Option<Range<usize>> {
        let node = self.node(id);
        if !node.has(KEYED) {
            return None;
        }
        let start = node.slot as usize;
        let end = if node.has(KEY_ESCAPED) {
            string::scan(self.bytes, start).ok()?.end
        } else {
            start + 2 + memchr(b'"', self.bytes.get(start + 1..)?)?
        };
        Some(start..end)
    }

    /// A string's text; borrowed from the body if it has no escape.
    #[must_use]
    pub fn str(&self, id: NodeId) -> Option<Cow<'a, str>> {
        let node = self.node(id);
        if node.kind() != Kind::String {
            return None;
        }
        let inner = self
            .bytes
            .get(node.start as usize + 1..(node.end as usize).saturating_sub(1))?;
        Some(string::text(inner, node.has(ESCAPED)))
    }

    /// The value as it is written.
    #[must_use]
    pub fn raw(&self, id: NodeId) -> &'a [u8] {
        self.bytes.get(self.span(id)).unwrap_or_default()
    }

    /// Where the whole value stands: quotes and brackets included, its key not.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Range<usize> {
        let node = self.node(id);
        node.start as usize..node.end as usize
    }

    /// A whole number from zero up that fits, also as languages without whole numbers write it: `1.0`. `1.5`, `1e3`
    /// and `-1` are not.
    #[must_use]
    pub fn u64(&self, id: NodeId) -> Option<u64> {
        if self.kind(id) != Kind::Number {
            return None;
        }
        let text = self.number_text(id)?;
        let whole = text
            .split_once('.')
            .filter(|(_, zeros)| zeros.bytes().all(|byte| byte == b'0'));
        whole.map_or(text, |(whole, _)| whole).parse().ok()
    }

    /// A number, as near as a double comes.
    #[must_use]
    pub fn f64(&self, id: NodeId) -> Option<f64> {
        match self.kind(id) {
            Kind::Number => self.number_text(id)?.parse().ok(),
            _ => None,
        }
    }

    /// `true` or `false`.
    #[must_use]
    pub fn bool(&self, id: NodeId) -> Option<bool> {
        match self.kind(id) {
            Kind::Bool => Some(self.raw(id) == b"true"),
            _ => None,
        }
    }

    /// The way to the value, as error messages name it: `messages[0].content[1].text`; empty for the root.
    ///
    /// A key that is no plain word is written `["as a string"]`, and `["…"]` where it may hold a caller's data.
    #[must_use]
    pub fn path(&self, id: NodeId) -> String {
        let mut way = Vec::new();
        let mut step = Some(id);
        while let Some(here) = step {
            way.push(here);
            step = self.parent(here);
        }
        let mut path = String::new();
        for here in way.into_iter().rev().skip(1) {
            match self.key(here) {
                Some(key) => push_key(&mut path, &key),
                // Writing to a String does not fail.
                None => drop(write!(path, "[{}]", self.node(here).slot)),
            }
        }
        path
    }

    fn node(&self, id: NodeId) -> &'a Node {
        self.nodes.get(id.0 as usize).unwrap_or(&Node::ABSENT)
    }

    fn number_text(&self, id: NodeId) -> Option<&'a str> {
        std::str::from_utf8(self.raw(id)).ok()
    }

    fn key_is(&self, node: &Node, key: &str) -> bool {
        if !node.has(KEYED) {
            return false;
        }
        let start = node.slot as usize + 1;
        if node.has(KEY_ESCAPED) {
            return string::scan(self.bytes, node.slot as usize)
                .ok()
                .and_then(|scanned| self.bytes.get(start..scanned.end - 1))
                .is_some_and(|inner| string::text(inner, true) == key);
        }
        // A key without escapes holds no quote, so a quote right behind equal text ends it,
        // unless the text asked for holds a quote itself.
        self.bytes.get(start..start + key.len()) == Some(key.as_bytes())
            && self.bytes.get(start + key.len()) == Some(&b'"')
            && memchr(b'"', key.as_bytes()).is_none()
    }
}

/// Says how many values there are, never what they say.
impl fmt::Debug for Doc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doc({} values)", self.nodes.len())
    }
}

/// The children of one value: see [`Doc::children`].
#[derive(Clone)]
pub struct Children<'a> {
    nodes: &'a [Node],
    next: u32,
    left: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.left = self.left.checked_sub(1)?;
        let id = NodeId(self.next);
        self.next = self.nodes.get(self.next as usize)?.next;
        Some(id)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Children<'_> {}

impl fmt::Debug for Children<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Children({} left)", self.left)
    }
}

/// No value of a person or an account is shorter.
const SHORTEST_DATA: usize = 6;

fn push_key(path: &mut String, key: &str) {
    if !is_name(key) {
        let mut quoted = Vec::new();
        let shown = if key.len() < SHORTEST_DATA {
            key
        } else {
            "…"
        };
        string::write_str(&mut quoted, shown);
        path.push('[');
        path.push_str(&String::from_utf8_lossy(&quoted));
        path.push(']');
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Whether a key names a field. One that does not may hold a caller's data, and paths go into messages and records.
fn is_name(key: &str) -> bool {
    let count = |kind: fn(&u8) -> bool| key.bytes().filter(kind).count();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    // A credential is long, and turns from small letters to capitals and back; a name seldom does.
    let words =
        count(u8::is_ascii_uppercase) <= 5 && key.split(['_', '-']).all(|word| word.len() <= 24);
    (1..=40).contains(&key.len())
        && count(u8::is_ascii_digit) <= 2
        && key.bytes().all(plain)
        && words
}
