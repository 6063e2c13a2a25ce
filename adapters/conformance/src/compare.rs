//! Where two JSON values differ.

use serde_json::Value;

/// Paths at which the values differ, with `[]` for any index: `choices[].message.role`.
#[must_use]
pub fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(left, right, "", &mut found);
    found.sort();
    found.dedup();
    found
}

fn walk(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                let path = join(path, name);
                match b.get(name) {
                    Some(other) => walk(value, other, &path, found),
                    None => found.push(format!("-{path}")),
                }
            }
            for name in b.keys().filter(|name| !a.contains_key(*name)) {
                found.push(format!("+{}", join(path, name)));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (one, other) in a.iter().zip(b) {
                walk(one, other, &format!("{path}[]"), found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        _ => found.push(format!("!{path}")),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
