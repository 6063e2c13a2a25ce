//! Figures of any query as facts and tables.

use serde_json::{Map, Value};

use super::{Page, dollars, moment};

/// Single figures first, then what has parts, each as a table.
pub(crate) fn figures(page: &mut Page, result: &Map<String, Value>) {
    let single: Vec<(String, String)> = result
        .iter()
        .filter(|(_, value)| !value.is_array() && !value.is_object())
        .map(|(name, value)| (words(name), cell(name, value)))
        .collect();
    if !single.is_empty() {
        page.facts(single.iter().map(|(name, value)| (&**name, value.clone())));
    }
    for (name, value) in result {
        match value {
            Value::Object(counts) if !counts.is_empty() => tally(page, &words(name), counts),
            Value::Array(rows) if !rows.is_empty() => list(page, &words(name), rows),
            _ => {}
        }
    }
}

fn tally(page: &mut Page, caption: &str, counts: &Map<String, Value>) {
    let rows: Vec<Vec<String>> = counts
        .iter()
        .map(|(name, count)| vec![name.clone(), cell("", count)])
        .collect();
    page.table(caption, &["What", "How often"], &rows);
}

fn list(page: &mut Page, caption: &str, rows: &[Value]) {
    let Some(Value::Object(first)) = rows.first() else {
        return;
    };
    let names: Vec<String> = first.keys().map(|name| words(name)).collect();
    let columns: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| first.keys().map(|name| cell(name, &row[name])).collect())
        .collect();
    page.table(caption, &columns, &rows);
}

/// `by_code` as `By code`.
fn words(name: &str) -> String {
    let name = name
        .strip_suffix("_nano_usd")
        .unwrap_or(name)
        .replace('_', " ");
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Number(number) if name.ends_with("_nano_usd") => {
            dollars(number.as_u64().unwrap_or(0))
        }
        Value::String(text) if matches!(name, "first" | "last" | "time") => moment(text),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
