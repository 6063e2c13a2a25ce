//! The main columns of a record, in their fixed order. New ones are added at the end.

use serde_json::Value;

use crate::record::Record;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
}

/// Each column's name, what it holds, and the members that it is taken from: the first that is there.
pub(super) const COLUMNS: &[(&str, Kind, &[&str])] = &[
    ("kind", Kind::Text, &["kind"]),
    ("call", Kind::Text, &["call"]),
    ("attempt", Kind::Number, &["attempt"]),
    ("tenant", Kind::Text, &["tenant"]),
    ("key", Kind::Text, &["key"]),
    ("surface", Kind::Text, &["surface"]),
    ("request_model", Kind::Text, &["request_model"]),
    ("provider", Kind::Text, &["provider"]),
    ("model", Kind::Text, &["model"]),
    ("source", Kind::Text, &["source"]),
    ("outcome", Kind::Text, &["outcome"]),
    ("code", Kind::Text, &["code"]),
    ("status", Kind::Number, &["status"]),
    ("rule", Kind::Text, &["rule", "access_rule"]),
    ("classes", Kind::Text, &["classes"]),
    ("input_tokens", Kind::Number, &["usage/input"]),
    ("output_tokens", Kind::Number, &["usage/output"]),
    ("cost_nano_usd", Kind::Number, &["cost_nano_usd"]),
    ("duration_us", Kind::Number, &["duration_us"]),
    ("first_byte_us", Kind::Number, &["first_byte_us"]),
    ("overhead_us", Kind::Number, &["overhead_us"]),
    ("policy", Kind::Text, &["policy", "policy_digest", "to"]),
    ("who", Kind::Text, &["who", "by"]),
    ("action", Kind::Text, &["action", "change"]),
    ("hash", Kind::Text, &["hash"]),
];

/// A column of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    Number(u64),
}

/// All of [`COLUMNS`] of a record.
pub(super) fn cells(record: &Record) -> Vec<Cell> {
    let value: Value = serde_json::from_str(&record.line).unwrap_or_default();
    COLUMNS
        .iter()
        .map(|(_, kind, from)| {
            let found = from
                .iter()
                // An `export` has a `to` as well: the file that it went to.
                .filter(|name| **name != "to" || &*record.kind == "policy-change")
                .filter_map(|name| value.pointer(&format!("/{name}")))
                .find(|found| !found.is_null());
            found.map_or(Cell::Empty, |found| cell(*kind, found))
        })
        .collect()
}

fn cell(kind: Kind, value: &Value) -> Cell {
    match (kind, value) {
        (Kind::Number, value) => value.as_u64().map_or(Cell::Empty, Cell::Number),
        (Kind::Text, Value::String(text)) => Cell::Text(text.clone()),
        (Kind::Text, Value::Array(list)) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Cell::Text(words.join(" "))
        }
        (Kind::Text, other) => Cell::Text(other.to_string()),
    }
}
