//! A value that satisfies a JSON schema, for the schemas that tools and answers have in practice.
//!
//! Honoured: `const`, `enum`, `default`, `type`, `properties`, `required`, `items`, `prefixItems`, `anyOf`, `oneOf`,
//! `allOf`, `$ref` within the document, bounds of numbers, lengths of texts and arrays, and common formats. A
//! `pattern` is not.

use serde_json::{Map, Number, Value};

/// How much is made at most: a schema may refer to itself, or repeat a large constant.
const MOST: usize = 20_000;
const DEEPEST: usize = 24;
/// Longer words than this would hide an argument's shape.
const LONGEST_WORDS: usize = 200;

/// A value for `schema`; `words` stand wherever any text will do.
pub(crate) fn fill(schema: &Value, words: &str) -> Value {
    let words = words.trim();
    let fits = !words.is_empty() && words.chars().count() <= LONGEST_WORDS;
    let mut filler = Filler {
        root: schema,
        words: if fits { words } else { "demo" },
        left: MOST,
    };
    filler.value(schema, 0)
}

struct Filler<'a> {
    root: &'a Value,
    words: &'a str,
    left: usize,
}

impl Filler<'_> {
    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        if self.left == 0 || depth > DEEPEST {
            return Value::Null;
        }
        self.left -= 1;
        let given = ["const", "default"].iter().find_map(|key| schema.get(*key));
        if let Some(value) = given.or_else(|| schema.get("enum")?.get(0)) {
            return self.copy(value);
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target
                .strip_prefix('#')
                .and_then(|way| self.root.pointer(way));
            return target.map_or(Value::Null, |target| self.value(target, depth + 1));
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(options) = schema.get(choice).and_then(Value::as_array) {
                let some = options.iter().find(|option| type_of(option) != "null");
                return some.map_or(Value::Null, |option| self.value(option, depth + 1));
            }
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.all_of(schema, parts, depth);
        }
        match type_of(schema) {
            "object" => Value::Object(self.object(schema, depth)),
            "array" => Value::Array(self.array(schema, depth)),
            "integer" => Value::Number(number(schema, 1.0)),
            "number" => Value::Number(number(schema, 0.0)),
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => Value::String(self.text(schema)),
        }
    }

    /// A value that the schema itself gives; nothing if it is larger than what is left to make.
    fn copy(&mut self, value: &Value) -> Value {
        let size = value.to_string().len();
        if size > self.left {
            return Value::Null;
        }
        self.left -= size;
        value.clone()
    }

    fn all_of(&mut self, schema: &Value, parts: &[Value], depth: usize) -> Value {
        let mut members = self.object(schema, depth);
        let mut other = None;
        for part in parts {
            match self.value(part, depth + 1) {
                Value::Object(more) => members.extend(more),
                value => other = Some(value),
            }
        }
        match other {
            Some(value) if members.is_empty() => value,
            _ => Value::Object(members),
        }
    }

    /// The required members; all of them if none is said to be required.
    fn object(&mut self, schema: &Value, depth: usize) -> Map<String, Value> {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.unwrap_or(&none);
        let required: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
            Some(names) => names.iter().filter_map(Value::as_str).collect(),
            None => properties.keys().map(String::as_str).collect(),
        };
        let mut members = Map::new();
        for name in required {
            if self.left < name.len() {
                break;
            }
            self.left -= name.len();
            let member = properties.get(name).unwrap_or(&Value::Null);
            members.insert(name.to_owned(), self.value(member, depth + 1));
        }
        members
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Vec<Value> {
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let first = first.map(Vec::as_slice).unwrap_or_default();
        let bound = |key| schema.get(key).and_then(Value::as_u64);
        let least = usize::try_from(bound("minItems").unwrap_or(1)).unwrap_or(usize::MAX);
        let most = usize::try_from(bound("maxItems").unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let count = least.max(first.len()).min(most).min(self.left);
        let items = schema.get("items").unwrap_or(&Value::Null);
        (0..count)
            .map_while(|at| {
                let item = first.get(at).unwrap_or(items);
                (self.left > 0).then(|| self.value(item, depth + 1))
            })
            .collect()
    }

    fn text(&mut self, schema: &Value) -> String {
        let known = match schema.get("format").and_then(Value::as_str) {
            Some("date") => Some("2026-01-01"),
            Some("date-time") => Some("2026-01-01T00:00:00Z"),
            Some("time") => Some("00:00:00Z"),
            Some("duration") => Some("PT1H"),
            Some("email") => Some("demo@example.com"),
            Some("uri" | "url") => Some("https://example.com/"),
            Some("hostname") => Some("example.com"),
            Some("ipv4") => Some("192.0.2.1"),
            Some("ipv6") => Some("2001:db8::1"),
            Some("uuid") => Some("00000000-0000-4000-8000-000000000000"),
            _ => None,
        };
        let bound = |key| schema.get(key).and_then(Value::as_u64);
        let most = usize::try_from(bound("maxLength").unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let least = usize::try_from(bound("minLength").unwrap_or(0)).unwrap_or(usize::MAX);
        let words = known.unwrap_or(self.words);
        // Words cut short may no longer be what the gateway put in for a secret.
        let words = if words.chars().count() > most {
            "demo"
        } else {
            words
        };
        let mut text: String = words.chars().take(most).collect();
        let missing = least.saturating_sub(text.chars().count()).min(self.left);
        text.extend(std::iter::repeat_n('x', missing));
        self.left = self.left.saturating_sub(text.len());
        text
    }
}

/// The schema's type: the first that is not `null`, or what its other words tell.
fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            let mut names = names.iter().filter_map(Value::as_str);
            names.find(|name| *name != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "",
    }
}

/// One, or the number nearest to it within the bounds, in whole multiples of `multipleOf` or of `step`.
fn number(schema: &Value, step: f64) -> Number {
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let step = bound("multipleOf")
        .filter(|step| *step > 0.0)
        .unwrap_or(step);
    let nudge = if step > 0.0 { step } else { 0.5 };
    let above = bound("exclusiveMinimum").map(|bound| bound + nudge.min(0.5));
    let below = bound("exclusiveMaximum").map(|bound| bound - nudge.min(0.5));
    let least = bound("minimum")
        .into_iter()
        .chain(above)
        .fold(f64::MIN, f64::max);
    let most = bound("maximum")
        .into_iter()
        .chain(below)
        .fold(f64::MAX, f64::min);
    let near = 1.0_f64.min(most).max(least);
    let mut value = near;
    if step > 0.0 {
        value = (near / step).ceil() * step;
        if value > most {
            value = (most / step).floor() * step;
        }
    }
    if value.fract() == 0.0 && value.abs() < 9e15 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole, and well within the range"
        )]
        return Number::from(value as i64);
    }
    Number::from_f64(value).unwrap_or_else(|| Number::from(1))
}
