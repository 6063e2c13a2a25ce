//! Counting the tokens of a conversation, in the words of those who count.

use marshal_adapter_api::{Malformed, Object, index, malformed};
use marshal_types::Dialect;
use marshal_wire::json::{Edits, Kind};

/// What a question for a count may hold of a conversation's members; the rest is refused there.
const ANTHROPIC: [&str; 10] = [
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "cache_control",
    "output_config",
    "mcp_servers",
    "context_management",
];
const RESPONSES: [&str; 11] = [
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "truncation",
    "parallel_tool_calls",
    "conversation",
    "previous_response_id",
];
const BEDROCK: [&str; 4] = [
    "messages",
    "system",
    "toolConfig",
    "additionalModelRequestFields",
];

/// The question how many tokens `chat` has: a conversation's request in the words of `dialect`, for `model`. None
/// where the dialect has no such question.
///
/// # Errors
/// When `chat` is no JSON object.
pub fn count_request(
    dialect: Dialect,
    chat: &[u8],
    model: &str,
) -> Result<Option<Vec<u8>>, Malformed> {
    let index = index(chat)?;
    let doc = index.doc(chat);
    let root = doc.root();
    if doc.kind(root) != Kind::Object {
        return Err(malformed(doc, root, "must be an object"));
    }
    let only = |names: &[&str]| {
        let mut edits = Edits::new();
        for member in doc.children(root) {
            if !doc.key(member).is_some_and(|key| names.contains(&&*key)) {
                edits.remove_member(doc, member);
            }
        }
        edits.apply(chat)
    };
    Ok(match dialect {
        Dialect::Anthropic => Some(only(&ANTHROPIC)),
        Dialect::Responses => Some(only(&RESPONSES)),
        Dialect::Gemini => {
            let mut edits = Edits::new();
            if let Some(old) = doc.get(root, "model") {
                edits.remove_member(doc, old);
            }
            let name =
                marshal_adapter_api::Json::string(&format!("models/{}", crate::facts::bare(model)));
            edits.insert_member(doc, root, "model", name.as_str().as_bytes());
            Some(wrapped(&["generateContentRequest"], &edits.apply(chat)))
        }
        Dialect::Bedrock => Some(wrapped(&["input", "converse"], &only(&BEDROCK))),
        Dialect::OpenAi | Dialect::Cohere | Dialect::Ollama => None,
    })
}

fn wrapped(names: &[&str], inner: &[u8]) -> Vec<u8> {
    let mut body = inner.to_vec();
    for name in names.iter().rev() {
        let inner = std::mem::take(&mut body);
        Object::new(&mut body).raw(name, &inner);
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_conversation_becomes_the_question_how_long_it_is() {
        let ask = |dialect, chat: Value| {
            let body = count_request(dialect, chat.to_string().as_bytes(), "m").unwrap();
            body.map(|body| serde_json::from_slice::<Value>(&body).unwrap())
        };
        let chat = json!({"model": "m", "messages": [], "max_tokens": 5, "stream": true});
        assert_eq!(
            ask(Dialect::Anthropic, chat.clone()),
            Some(json!({"model": "m", "messages": []}))
        );
        assert_eq!(
            ask(Dialect::Bedrock, chat.clone()),
            Some(json!({"input": {"converse": {"messages": []}}}))
        );
        assert_eq!(
            ask(Dialect::Gemini, json!({"contents": []})),
            Some(json!({"generateContentRequest": {"model": "models/m", "contents": []}}))
        );
        assert_eq!(ask(Dialect::OpenAi, chat), None);
        assert!(count_request(Dialect::Anthropic, b"[]", "m").is_err());
    }
}
