//! Google's subset of OpenAPI schemas, said as JSON schema.
//!
//! Types in capitals become small, `nullable` becomes a second type, counts written as text become numbers. The order
//! of properties (`propertyOrdering`) is no part of a JSON schema.

use marshal_adapter_api::{Json, Object};
use marshal_wire::json::{Doc, Kind, NodeId};

/// A translated schema.
pub(crate) struct Translated {
    /// The schema.
    pub(crate) schema: Json,
    /// It says something else than its source.
    pub(crate) changed: bool,
    /// The first order of properties that is left out.
    pub(crate) ordering: Option<Json>,
}

/// Translates the schema at `node`.
pub(crate) fn translate(doc: Doc<'_>, node: NodeId) -> Translated {
    let mut work = Work {
        doc,
        changed: false,
        ordering: None,
    };
    let mut out = Vec::with_capacity(doc.span(node).len());
    work.schema(node, &mut out);
    let schema = if work.changed {
        Json::from_source(String::from_utf8_lossy(&out).into_owned())
    } else {
        Json::of(doc, node)
    };
    Translated {
        schema,
        changed: work.changed,
        ordering: work.ordering,
    }
}

struct Work<'a> {
    doc: Doc<'a>,
    changed: bool,
    ordering: Option<Json>,
}

/// Google's second spellings of the words it shares with JSON schema.
const SPELLED: [(&str, &str); 9] = [
    ("any_of", "anyOf"),
    ("min_items", "minItems"),
    ("max_items", "maxItems"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("min_properties", "minProperties"),
    ("max_properties", "maxProperties"),
    ("property_ordering", "propertyOrdering"),
    ("additional_properties", "additionalProperties"),
];

const COUNTS: [&str; 6] = [
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
];

impl Work<'_> {
    fn schema(&mut self, node: NodeId, out: &mut Vec<u8>) {
        let doc = self.doc;
        if doc.kind(node) != Kind::Object {
            out.extend_from_slice(doc.raw(node));
            return;
        }
        let nullable = doc.get(node, "nullable").and_then(|node| doc.bool(node));
        let typed = doc.get(node, "type").is_some();
        let mut to = Object::new(out);
        for child in doc.children(node) {
            let Some(key) = doc.key(child) else { continue };
            let spelled = SPELLED.iter().find(|(name, _)| *name == key);
            self.changed |= spelled.is_some();
            let key = spelled.map_or(key.as_ref(), |(_, camel)| camel);
            self.member(key, child, nullable == Some(true), typed, &mut to);
        }
    }

    fn member(
        &mut self,
        key: &str,
        node: NodeId,
        nullable: bool,
        typed: bool,
        to: &mut Object<'_>,
    ) {
        let doc = self.doc;
        let mut inner = Vec::new();
        match key {
            "nullable" if doc.kind(node) == Kind::Bool => {
                self.changed = true;
                return;
            }
            "propertyOrdering" => {
                self.changed = true;
                self.ordering.get_or_insert_with(|| Json::of(doc, node));
                return;
            }
            "type" => match self.kind(node, nullable) {
                Some(source) => inner = source,
                None => return,
            },
            "enum" if nullable => self.list(node, b"null", &mut inner, false),
            "anyOf" if nullable && !typed => {
                self.list(node, br#"{"type":"null"}"#, &mut inner, true);
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => self.list(node, b"", &mut inner, true),
            "items" | "additionalProperties" | "not" => self.schema(node, &mut inner),
            "properties" | "$defs" | "definitions" | "defs" if doc.kind(node) == Kind::Object => {
                let mut each = Object::new(&mut inner);
                for child in doc.children(node) {
                    let mut source = Vec::new();
                    self.schema(child, &mut source);
                    if let Some(name) = doc.key(child) {
                        each.raw(&name, &source);
                    }
                }
            }
            key if COUNTS.contains(&key) => inner = self.count(node),
            _ => inner.extend_from_slice(doc.raw(node)),
        }
        to.raw(key, &inner);
    }

    /// The value of `type`; `None` where it says nothing.
    fn kind(&mut self, node: NodeId, nullable: bool) -> Option<Vec<u8>> {
        const NUMBERED: [&str; 8] = [
            "", "string", "number", "integer", "boolean", "array", "object", "null",
        ];
        let doc = self.doc;
        let word = match doc.kind(node) {
            Kind::String => doc.str(node)?.into_owned(),
            Kind::Number => {
                let number = usize::try_from(doc.u64(node)?).ok()?;
                (*NUMBERED.get(number)?).to_owned()
            }
            _ => return Some(doc.raw(node).to_vec()),
        };
        if word.is_empty() || word == "TYPE_UNSPECIFIED" {
            self.changed = true;
            return None;
        }
        let small = word.to_ascii_lowercase();
        self.changed |= nullable || small != word || doc.kind(node) == Kind::Number;
        let word = Json::string(&small);
        Some(if nullable {
            format!("[{},\"null\"]", word.as_str()).into_bytes()
        } else {
            word.as_str().as_bytes().to_vec()
        })
    }

    /// A list and one item more; of schemas, or of plain values.
    fn list(&mut self, node: NodeId, more: &[u8], out: &mut Vec<u8>, schemas: bool) {
        let doc = self.doc;
        if doc.kind(node) != Kind::Array {
            out.extend_from_slice(doc.raw(node));
            return;
        }
        let has = |source: &[u8]| doc.children(node).any(|child| doc.raw(child) == source);
        let mut items: Vec<Vec<u8>> = Vec::with_capacity(doc.len(node) + 1);
        for child in doc.children(node) {
            let mut source = Vec::new();
            if schemas {
                self.schema(child, &mut source);
            } else {
                source.extend_from_slice(doc.raw(child));
            }
            items.push(source);
        }
        if !more.is_empty() && !has(more) {
            self.changed = true;
            items.push(more.to_vec());
        }
        out.push(b'[');
        out.extend_from_slice(&items.join(&b','));
        out.push(b']');
    }

    /// Google's JSON writes 64-bit numbers as text.
    fn count(&mut self, node: NodeId) -> Vec<u8> {
        let digits = self
            .doc
            .str(node)
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse::<u64>().ok()) {
            Some(number) => {
                self.changed = true;
                number.to_string().into_bytes()
            }
            None => self.doc.raw(node).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::translate;
    use marshal_adapter_api::index;
    use serde_json::{Value, json};

    fn translated(schema: &Value) -> (Value, bool, bool) {
        let bytes = schema.to_string().into_bytes();
        let index = index(&bytes).unwrap();
        let doc = index.doc(&bytes);
        let found = translate(doc, doc.root());
        (
            serde_json::from_str(found.schema.as_str()).unwrap(),
            found.changed,
            found.ordering.is_some(),
        )
    }

    #[test]
    fn googles_schema_becomes_a_json_schema() {
        let (schema, changed, ordering) = translated(&json!({
            "type": "OBJECT", "propertyOrdering": ["type", "n"], "required": ["type"],
            "properties": {
                "type": {"type": "STRING", "nullable": true, "enum": ["a"]},
                "n": {"type": "ARRAY", "minItems": "2", "items": {"type": 3}},
                "nullable": {"any_of": [{"type": "NUMBER"}], "nullable": true}
            }
        }));
        assert_eq!(
            schema,
            json!({
                "type": "object", "required": ["type"],
                "properties": {
                    "type": {"type": ["string", "null"], "enum": ["a", null]},
                    "n": {"type": "array", "minItems": 2, "items": {"type": "integer"}},
                    "nullable": {"anyOf": [{"type": "number"}, {"type": "null"}]}
                }
            })
        );
        assert!(changed && ordering);
    }

    #[test]
    fn a_json_schema_stays_as_it_is() {
        let plain = json!({"type": "object", "additionalProperties": false,
            "properties": {"a": {"type": ["string", "null"]}, "b": {"$ref": "#/$defs/x"}}});
        assert_eq!(translated(&plain), (plain, false, false));
    }
}
