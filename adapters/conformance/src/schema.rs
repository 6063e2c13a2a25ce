//! JSON schemas, compared as what they demand.

use marshal_adapter_api::Json;
use serde_json::Value;

/// A schema with its types in lower case, as Gemini writes them in upper case, and without what demands nothing;
/// none at all is any object.
pub(crate) fn plain(schema: Option<&Json>) -> Value {
    let value: Value = schema
        .and_then(|schema| serde_json::from_str(schema.as_str()).ok())
        .unwrap_or(Value::Null);
    let value = lower(value);
    let any = match &value {
        Value::Null => true,
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| name == "type" && value == "object"),
        _ => false,
    };
    if any { Value::Null } else { value }
}

/// A member that could as well not be there.
fn demands_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => name != "default" && name != "const",
        Value::Object(members) => name == "properties" && members.is_empty(),
        Value::Array(items) => name == "required" && items.is_empty(),
        _ => false,
    }
}

fn lower(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(name, value)| !demands_nothing(name, value))
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) if name == "type" => {
                            Value::from(text.to_ascii_lowercase())
                        }
                        value => lower(value),
                    };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(lower).collect()),
        value => value,
    }
}
