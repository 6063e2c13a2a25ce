//! Reading an object whose members may be spelled `maxOutputTokens` or `max_output_tokens`.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::aside;

/// The longest name that has a second spelling.
const LONGEST: usize = 64;

/// The member `camel` in either spelling; `null` is absent.
pub(crate) fn find(doc: Doc<'_>, node: NodeId, camel: &str) -> Option<NodeId> {
    let there = |name: &str| {
        doc.get(node, name)
            .filter(|&node| doc.kind(node) != Kind::Null)
    };
    there(camel).or_else(|| {
        let mut buffer = [0; LONGEST];
        there(snake(camel, &mut buffer)?)
    })
}

/// The text of a member in either spelling.
pub(crate) fn text(doc: Doc<'_>, node: NodeId, camel: &str) -> Option<String> {
    doc.str(find(doc, node, camel)?)
        .map(std::borrow::Cow::into_owned)
}

/// `max_output_tokens` of `maxOutputTokens`; `None` where both are spelled the same.
fn snake<'b>(camel: &str, buffer: &'b mut [u8; LONGEST]) -> Option<&'b str> {
    let mut length = 0;
    for byte in camel.bytes() {
        if byte.is_ascii_uppercase() {
            *buffer.get_mut(length)? = b'_';
            length += 1;
        }
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    if length == camel.len() {
        return None;
    }
    std::str::from_utf8(buffer.get(..length)?).ok()
}

/// The items of a list; a single object stands for a list of itself, as Google reads it.
pub(crate) fn items(doc: Doc<'_>, node: NodeId) -> impl Iterator<Item = NodeId> {
    let alone = doc.kind(node) == Kind::Object;
    let list = (!alone).then(|| doc.children(node));
    list.into_iter().flatten().chain(alone.then_some(node))
}

/// A whole number from zero up, also as Google's JSON allows it: `"8192"`, `8192.0`.
pub(crate) fn whole(doc: Doc<'_>, node: NodeId) -> Option<u64> {
    match doc.kind(node) {
        Kind::Number => doc.u64(node),
        Kind::String => doc.str(node)?.parse().ok(),
        _ => None,
    }
}

/// One object; what nobody takes is kept, as are the spellings of what is taken.
pub(crate) struct Reader<'a> {
    fields: Fields<'a>,
    spelled: Vec<(&'static str, String)>,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// When it is not an object.
    pub(crate) fn new(doc: Doc<'a>, node: NodeId) -> Result<Self, Malformed> {
        Ok(Self {
            fields: Fields::new(doc, node)?,
            spelled: Vec::new(),
        })
    }

    pub(crate) const fn doc(&self) -> Doc<'a> {
        self.fields.doc()
    }

    pub(crate) const fn node(&self) -> NodeId {
        self.fields.node()
    }

    /// The member in either spelling, untouched. `null` is absent.
    pub(crate) fn peek(&self, camel: &str) -> Option<NodeId> {
        find(self.doc(), self.node(), camel)
    }

    /// Takes the member, of whatever kind.
    pub(crate) fn take(&mut self, camel: &'static str) -> Option<NodeId> {
        if let Some(node) = self.fields.take(camel) {
            return Some(node);
        }
        let mut buffer = [0; LONGEST];
        let name = snake(camel, &mut buffer)?;
        let node = self.fields.take(name)?;
        self.spelled.push((camel, name.to_owned()));
        Some(node)
    }

    /// Takes the member if `read` understands it; else it stays, to be kept as it was written.
    pub(crate) fn take_if<T>(
        &mut self,
        camel: &'static str,
        read: impl FnOnce(Doc<'a>, NodeId) -> Option<T>,
    ) -> Option<T> {
        let value = read(self.doc(), self.peek(camel)?)?;
        self.take(camel);
        Some(value)
    }

    /// Takes a text; anything else stays.
    pub(crate) fn text(&mut self, camel: &'static str) -> Option<String> {
        self.take_if(camel, |doc, node| {
            doc.str(node).map(std::borrow::Cow::into_owned)
        })
    }

    /// Takes a number as it was written; anything else stays.
    pub(crate) fn number(&mut self, camel: &'static str) -> Option<Json> {
        self.take_if(camel, |doc, node| {
            (doc.kind(node) == Kind::Number).then(|| Json::of(doc, node))
        })
    }

    /// Takes a number that must be whole, without the `.0` that some clients write.
    pub(crate) fn whole_number(&mut self, camel: &'static str) -> Option<Json> {
        self.take_if(camel, |doc, node| {
            if doc.kind(node) != Kind::Number {
                return None;
            }
            Some(match whole(doc, node) {
                Some(number) => Json::from_source(number.to_string()),
                None => Json::of(doc, node),
            })
        })
    }

    /// Takes a whole number.
    ///
    /// # Errors
    /// When the member is there and is something else.
    pub(crate) fn whole(&mut self, camel: &'static str) -> Result<Option<u64>, Malformed> {
        let Some(node) = self.take(camel) else {
            return Ok(None);
        };
        whole(self.doc(), node).map(Some).ok_or_else(|| {
            malformed(
                self.doc(),
                node,
                "must be a whole number that is not negative",
            )
        })
    }

    /// Takes an output limit. Below zero there is none: it stays aside, as understood.
    ///
    /// # Errors
    /// When the member is there and is no whole number.
    pub(crate) fn limit(&mut self, camel: &'static str) -> Result<Option<u64>, Malformed> {
        let below = |node: NodeId| self.doc().f64(node).is_some_and(|number| number < 0.0);
        if self.peek(camel).is_some_and(below) {
            self.fields.know(camel);
            return Ok(None);
        }
        self.whole(camel)
    }

    /// Takes the JSON source of arguments: see [`Fields::source_of_object`].
    pub(crate) fn source_of_object(&mut self, name: &'static str) -> String {
        self.fields.source_of_object(name)
    }

    /// Takes an object.
    ///
    /// # Errors
    /// When the member is there and is something else.
    pub(crate) fn object(&mut self, camel: &'static str) -> Result<Option<Self>, Malformed> {
        match self.take(camel) {
            Some(node) => Self::new(self.doc(), node).map(Some),
            None => Ok(None),
        }
    }

    /// Takes a list, or the one object that stands for it: its node.
    ///
    /// # Errors
    /// When the member is there and is neither.
    pub(crate) fn list(&mut self, camel: &'static str) -> Result<Option<NodeId>, Malformed> {
        let Some(node) = self.take(camel) else {
            return Ok(None);
        };
        match self.doc().kind(node) {
            Kind::Array | Kind::Object => Ok(Some(node)),
            _ => Err(malformed(self.doc(), node, "must be an array")),
        }
    }

    /// A complaint that `name` is not there.
    pub(crate) fn missing(&self, name: &str, what: &str) -> Malformed {
        self.fields.missing(name, what)
    }

    /// A complaint about a member of this object.
    pub(crate) fn wrong(&self, name: &str, says: &str) -> Malformed {
        self.fields.wrong(name, says)
    }

    /// Everything that was not taken.
    pub(crate) fn rest(self) -> Extra {
        let mut extra = self.fields.rest();
        for (camel, name) in &self.spelled {
            aside::keep(&mut extra, camel, name);
        }
        extra
    }

    /// Everything that was not taken, under `prefix.` in the extra of the object around this one.
    pub(crate) fn rest_below(self, prefix: &str, extra: &mut Extra) {
        let empty = self.doc().is_empty(self.node());
        extra.absorb(&format!("{prefix}."), self.fields.rest());
        for (camel, name) in &self.spelled {
            aside::keep(extra, &format!("{prefix}.{camel}"), name);
        }
        if empty {
            aside::keep(extra, &format!("{prefix}.is"), "empty");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, snake};

    #[test]
    fn both_spellings_are_known() {
        let mut buffer = [0; LONGEST];
        assert_eq!(
            snake("maxOutputTokens", &mut buffer),
            Some("max_output_tokens")
        );
        assert_eq!(snake("topK", &mut buffer), Some("top_k"));
        assert_eq!(snake("contents", &mut buffer), None);
    }
}
