//! Reading an object member by member, with mistakes in the dialect's words and leftovers kept.

use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};

use crate::adapter::Malformed;
use crate::extra::Extra;
use crate::json::Json;

/// Indexes a body, with the parser's complaint as a [`Malformed`].
///
/// # Errors
/// When the body is not one strict JSON text within the default limits.
pub fn index(body: &[u8]) -> Result<Index, Malformed> {
    Index::parse(body, &Limits::default()).map_err(|error| Malformed {
        message: format!("The body is not valid JSON: {error}."),
        param: None,
    })
}

/// A complaint about `node`, at its path: `messages[0].role: {says}`.
#[must_use]
pub fn malformed(doc: Doc<'_>, node: NodeId, says: &str) -> Malformed {
    let path = doc.path(node);
    if path.is_empty() {
        return Malformed {
            message: format!("The body {says}."),
            param: None,
        };
    }
    Malformed {
        message: format!("`{path}` {says}."),
        param: Some(path),
    }
}

/// One object; each member is taken once, and [`Fields::rest`] keeps what nobody took.
///
/// A member whose value is `null` counts as absent and is kept, so that it is written again.
pub struct Fields<'a> {
    doc: Doc<'a>,
    node: NodeId,
    taken: Vec<NodeId>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// # Errors
    /// When `node` is not an object.
    pub fn new(doc: Doc<'a>, node: NodeId) -> Result<Self, Malformed> {
        if doc.kind(node) != Kind::Object {
            return Err(malformed(doc, node, "must be an object"));
        }
        Ok(Self {
            doc,
            node,
            taken: Vec::with_capacity(8),
            known: Vec::new(),
        })
    }

    /// The document that the object stands in.
    #[must_use]
    pub const fn doc(&self) -> Doc<'a> {
        self.doc
    }

    /// The object's node.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The member's node, untouched: it stays for [`Fields::rest`]. `null` is absent.
    #[must_use]
    pub fn peek(&self, name: &str) -> Option<NodeId> {
        self.doc
            .get(self.node, name)
            .filter(|&node| self.doc.kind(node) != Kind::Null)
    }

    /// Takes the member, of whatever kind. `null` is absent.
    pub fn take(&mut self, name: &str) -> Option<NodeId> {
        let node = self.peek(name)?;
        self.taken.push(node);
        Some(node)
    }

    /// Takes the member as JSON source.
    pub fn json(&mut self, name: &str) -> Option<Json> {
        self.take(name).map(|node| Json::of(self.doc, node))
    }

    /// Takes a string.
    ///
    /// # Errors
    /// When the member is there and is not a string.
    pub fn str(&mut self, name: &str) -> Result<Option<String>, Malformed> {
        let Some(node) = self.take(name) else {
            return Ok(None);
        };
        match self.doc.str(node) {
            Some(text) => Ok(Some(text.into_owned())),
            None => Err(malformed(self.doc, node, "must be a string")),
        }
    }

    /// Takes a string that must be there.
    ///
    /// # Errors
    /// When the member is missing or not a string.
    pub fn need_str(&mut self, name: &str) -> Result<String, Malformed> {
        self.str(name)?
            .ok_or_else(|| self.missing(name, "a string"))
    }

    /// Takes a string that should be there, as answers are read: anything else in its place stays aside as it is, and
    /// [`Extra::lacks`] tells whoever writes it again.
    pub fn str_if(&mut self, name: &'static str) -> Option<String> {
        let Some(node) = self.doc.get(self.node, name) else {
            self.know(name);
            return None;
        };
        let text = self.doc.str(node)?;
        self.taken.push(node);
        Some(text.into_owned())
    }

    /// Takes a whole number from zero up; anything else stays aside as it is.
    pub fn u64_if(&mut self, name: &str) -> Option<u64> {
        let node = self.peek(name)?;
        let number = self.doc.u64(node)?;
        self.taken.push(node);
        Some(number)
    }

    /// JSON source of a call's arguments where the dialect writes them as a string: its text. Of any other value it is
    /// the value's own source, and the value stays aside to be written again. Empty where there is none.
    pub fn source_in_string(&mut self, name: &'static str) -> String {
        self.source(name, Kind::String)
    }

    /// As [`Fields::source_in_string`] where the dialect writes arguments as an object: a string's text is the source
    /// too, and the string stays aside.
    pub fn source_of_object(&mut self, name: &'static str) -> String {
        self.source(name, Kind::Object)
    }

    fn source(&mut self, name: &'static str, plain: Kind) -> String {
        let Some(node) = self.doc.get(self.node, name) else {
            self.know(name);
            return String::new();
        };
        let kind = self.doc.kind(node);
        if kind == plain {
            self.taken.push(node);
        } else {
            self.know(name);
        }
        match kind {
            Kind::String => self.doc.str(node).unwrap_or_default().into_owned(),
            Kind::Null => String::new(),
            _ => Json::of(self.doc, node).as_str().to_owned(),
        }
    }

    /// Notes that what `name` says is understood, though it is not taken: see [`Extra::know`].
    pub fn know(&mut self, name: &'static str) {
        self.known.push(name);
    }

    /// Takes a whole number from zero up.
    ///
    /// # Errors
    /// When the member is there and is something else.
    pub fn u64(&mut self, name: &str) -> Result<Option<u64>, Malformed> {
        let Some(node) = self.take(name) else {
            return Ok(None);
        };
        match self.doc.u64(node) {
            Some(number) => Ok(Some(number)),
            None => Err(malformed(
                self.doc,
                node,
                "must be a whole number that is not negative",
            )),
        }
    }

    /// Takes an output limit. Below zero there is none: it stays aside, as understood.
    ///
    /// # Errors
    /// When the member is there and is no whole number.
    pub fn limit(&mut self, name: &'static str) -> Result<Option<u64>, Malformed> {
        let below = |node: NodeId| self.doc.f64(node).is_some_and(|number| number < 0.0);
        if self.peek(name).is_some_and(below) {
            self.know(name);
            return Ok(None);
        }
        self.u64(name)
    }

    /// Takes a number, kept as it was written.
    ///
    /// # Errors
    /// When the member is there and is not a number.
    pub fn number(&mut self, name: &str) -> Result<Option<Json>, Malformed> {
        self.of_kind(name, Kind::Number, "must be a number")
            .map(|node| node.map(|node| Json::of(self.doc, node)))
    }

    /// Takes true or false.
    ///
    /// # Errors
    /// When the member is there and is something else.
    pub fn bool(&mut self, name: &str) -> Result<Option<bool>, Malformed> {
        let node = self.of_kind(name, Kind::Bool, "must be true or false")?;
        Ok(node.and_then(|node| self.doc.bool(node)))
    }

    /// Takes an array.
    ///
    /// # Errors
    /// When the member is there and is not an array.
    pub fn array(&mut self, name: &str) -> Result<Option<NodeId>, Malformed> {
        self.of_kind(name, Kind::Array, "must be an array")
    }

    /// Takes an object.
    ///
    /// # Errors
    /// When the member is there and is not an object.
    pub fn object(&mut self, name: &str) -> Result<Option<Fields<'a>>, Malformed> {
        match self.of_kind(name, Kind::Object, "must be an object")? {
            Some(node) => Fields::new(self.doc, node).map(Some),
            None => Ok(None),
        }
    }

    fn of_kind(&mut self, name: &str, kind: Kind, says: &str) -> Result<Option<NodeId>, Malformed> {
        let Some(node) = self.take(name) else {
            return Ok(None);
        };
        if self.doc.kind(node) == kind {
            Ok(Some(node))
        } else {
            Err(malformed(self.doc, node, says))
        }
    }

    /// A complaint that `name` is not there.
    #[must_use]
    pub fn missing(&self, name: &str, what: &str) -> Malformed {
        let path = Extra::at(self.doc.path(self.node)).path_of(name);
        Malformed {
            message: format!("`{path}` is missing: write {what}."),
            param: Some(path),
        }
    }

    /// A complaint about a member of this object.
    #[must_use]
    pub fn wrong(&self, name: &str, says: &str) -> Malformed {
        let path = Extra::at(self.doc.path(self.node)).path_of(name);
        Malformed {
            message: format!("`{path}` {says}."),
            param: Some(path),
        }
    }

    /// Everything that was not taken.
    #[must_use]
    pub fn rest(self) -> Extra {
        let mut extra = Extra::at(self.doc.path(self.node));
        if self.doc.len(self.node) > self.taken.len() {
            for child in self.doc.children(self.node) {
                if !self.taken.contains(&child)
                    && let Some(name) = self.doc.key(child)
                {
                    extra.keep(name, Json::of(self.doc, child));
                }
            }
        }
        self.known.into_iter().for_each(|name| extra.know(name));
        extra
    }
}
