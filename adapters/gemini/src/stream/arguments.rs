//! Arguments that come piece by piece: `{"jsonPath": "$.a[0].b", "stringValue": "…", "willContinue": true}`.

use marshal_adapter_api::Json;
use marshal_wire::json::{Doc, Kind, NodeId, write_str};

use crate::reader::find;

/// The most items of a list that a path may name: an index beyond is no place.
const MOST_ITEMS: usize = 10_000;
/// The deepest place.
const DEEPEST: usize = 32;

/// The arguments so far.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    root: Option<Value>,
}

#[derive(Debug)]
enum Value {
    Object(Vec<(String, Value)>),
    List(Vec<Value>),
    Text(String),
    Source(Json),
}

enum Step {
    Name(String),
    Item(usize),
}

impl Arguments {
    /// Adds the pieces of one event.
    pub(super) fn add(&mut self, doc: Doc<'_>, pieces: NodeId) {
        for piece in doc.children(pieces) {
            let path = find(doc, piece, "jsonPath").and_then(|node| doc.str(node));
            let Some(steps) = path.as_deref().and_then(steps) else {
                continue;
            };
            let text = find(doc, piece, "stringValue").and_then(|node| doc.str(node));
            let other = ["numberValue", "boolValue"]
                .into_iter()
                .find_map(|name| find(doc, piece, name));
            let root = self.root.get_or_insert_with(|| Value::Object(Vec::new()));
            let Some(place) = steps.iter().try_fold(root, |at, step| at.below(step)) else {
                continue;
            };
            match (place, text, other) {
                (Value::Text(so_far), Some(text), _) => so_far.push_str(&text),
                (place, Some(text), _) => *place = Value::Text(text.into_owned()),
                (place, None, Some(node)) => *place = Value::Source(Json::of(doc, node)),
                (place, None, None) => *place = Value::Source(Json::from_source("null")),
            }
        }
    }

    /// JSON source of what came; nothing where nothing did.
    pub(super) fn source(&self) -> Option<String> {
        let root = self.root.as_ref()?;
        let mut out = Vec::new();
        root.write(&mut out);
        String::from_utf8(out).ok()
    }
}

impl Value {
    /// The place that one step further names, made where it is not there.
    fn below(&mut self, step: &Step) -> Option<&mut Self> {
        match step {
            Step::Name(name) => {
                if !matches!(self, Self::Object(_)) {
                    *self = Self::Object(Vec::new());
                }
                let Self::Object(members) = self else {
                    return None;
                };
                let at = members.iter().position(|(of, _)| of == name);
                let at = at.unwrap_or_else(|| {
                    members.push((name.clone(), Self::Source(Json::from_source("null"))));
                    members.len() - 1
                });
                members.get_mut(at).map(|(_, value)| value)
            }
            Step::Item(at) => {
                if !matches!(self, Self::List(_)) {
                    *self = Self::List(Vec::new());
                }
                let Self::List(items) = self else { return None };
                while items.len() <= *at {
                    items.push(Self::Source(Json::from_source("null")));
                }
                items.get_mut(*at)
            }
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Object(members) => {
                out.push(b'{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_str(out, name);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
            Self::List(items) => {
                out.push(b'[');
                for (at, value) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    value.write(out);
                }
                out.push(b']');
            }
            Self::Text(text) => write_str(out, text),
            Self::Source(json) => out.extend_from_slice(json.as_str().as_bytes()),
        }
    }
}

/// The steps of `$.a[0]['b c']`.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() == DEEPEST {
            return None;
        }
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, left) = after.split_at(end);
            steps.push(Step::Name(name.to_owned()));
            rest = left;
            continue;
        }
        let after = rest.strip_prefix('[')?;
        let quote = after
            .chars()
            .next()
            .filter(|first| matches!(first, '\'' | '"'));
        if let Some(quote) = quote {
            let (name, left) = after.get(1..)?.split_once(&format!("{quote}]"))?;
            steps.push(Step::Name(name.to_owned()));
            rest = left;
        } else {
            let (number, left) = after.split_once(']')?;
            let at = number.parse().ok().filter(|&at| at < MOST_ITEMS)?;
            steps.push(Step::Item(at));
            rest = left;
        }
    }
    Some(steps)
}

/// True where more of a call's arguments comes with a later event.
pub(super) fn goes_on(doc: Doc<'_>, call: NodeId) -> bool {
    find(doc, call, "willContinue")
        .is_some_and(|node| doc.kind(node) == Kind::Bool && doc.bool(node) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use marshal_adapter_api::index;
    use serde_json::{Value, json};

    #[test]
    fn arguments_that_come_in_pieces_are_put_together() {
        let pieces = json!([
            {"jsonPath": "$.city", "stringValue": "San ", "willContinue": true},
            {"jsonPath": "$.city", "stringValue": "Francisco"},
            {"jsonPath": "$.list[1].n", "numberValue": 1.5},
            {"jsonPath": "$.list[0]", "boolValue": true},
            {"jsonPath": "$['a b'][\"c\"]", "stringValue": "\"q\""},
            {"jsonPath": "$.none", "nullValue": "NULL_VALUE"},
            {"jsonPath": "$.far[99999999]", "stringValue": "no"},
            {"jsonPath": "odd", "stringValue": "no"},
        ]);
        let bytes = pieces.to_string().into_bytes();
        let index = index(&bytes).unwrap();
        let doc = index.doc(&bytes);
        let mut arguments = Arguments::default();
        assert_eq!(arguments.source(), None);
        arguments.add(doc, doc.root());
        let value: Value = serde_json::from_str(&arguments.source().unwrap()).unwrap();
        assert_eq!(
            value,
            json!({"city": "San Francisco", "list": [true, {"n": 1.5}],
                "a b": {"c": "\"q\""}, "none": null})
        );
    }
}
