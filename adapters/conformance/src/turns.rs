//! The check of requests that cross dialects.

use marshal_adapter_api::{ChatRequest, MediaSource, Message, Part, Role, Tool};
use marshal_types::Dialect;
use marshal_wire::json::{Index, Limits};
use serde_json::Value;

use crate::checks::{adapter, other};
use crate::recording::Recording;
use crate::said::arguments;

/// What a request puts before the model.
#[derive(Debug, Default, PartialEq)]
struct Put {
    system: String,
    /// Turns' texts, tool calls and results, in order.
    turns: Vec<String>,
    pictures: usize,
    documents: usize,
    tools: Vec<(String, Option<Value>)>,
    stop: Vec<String>,
}

impl Put {
    fn of(request: &ChatRequest) -> Self {
        let mut put = Self {
            stop: request.stop.clone().unwrap_or_default(),
            ..Self::default()
        };
        for message in request.system.iter().chain(&request.messages) {
            put.message(message);
        }
        for tool in request.tools.iter().flatten() {
            if let Tool::Function { name, schema, .. } = tool {
                let schema = schema
                    .as_ref()
                    .and_then(|schema| serde_json::from_str(schema.as_str()).ok());
                put.tools.push((name.clone(), schema));
            }
        }
        put
    }

    fn message(&mut self, message: &Message) {
        let who = match message.role {
            Role::System | Role::Developer => {
                for part in &message.parts {
                    if let Part::Text { text, .. } = part {
                        self.system.push_str(text);
                    }
                }
                return;
            }
            Role::Assistant => "model",
            Role::User | Role::Tool => "user",
        };
        for part in &message.parts {
            self.part(who, part);
        }
    }

    fn part(&mut self, who: &str, part: &Part) {
        match part {
            Part::Text { text, .. } | Part::Refusal { text, .. } if !text.is_empty() => {
                self.turns.push(format!("{who}: {text}"));
            }
            Part::Document {
                source: MediaSource::Text { data, .. },
                ..
            } => self.turns.push(format!("{who}: {data}")),
            Part::Image { .. } => self.pictures += 1,
            Part::Document { .. } => self.documents += 1,
            Part::ToolCall {
                id,
                name,
                arguments: source,
                ..
            } => self
                .turns
                .push(format!("call {id} {name} {}", arguments(source))),
            Part::ToolResult {
                call_id, content, ..
            } => {
                self.turns.push(format!("result {call_id}"));
                for inner in content.iter().flatten() {
                    self.part("tool", inner);
                }
            }
            _ => {}
        }
    }
}

/// A request written for the other dialect is refused, or puts the same before the model.
///
/// # Errors
/// What is put otherwise.
pub fn request_across(recording: &Recording, dialect: Dialect) -> Result<(), String> {
    let Some(body) = recording.request() else {
        return Ok(());
    };
    let request = adapter(dialect)
        .decode_request(&body)
        .map_err(|error| error.message)?;
    let foreign = adapter(other(dialect));
    let Ok(encoded) = foreign.encode_request(&request, "the/model", 4_096) else {
        return Ok(()); // refused with a sentence, which is not lost
    };
    let index = Index::parse(&encoded.body, &Limits::default()).map_err(|e| e.to_string())?;
    let facts = foreign
        .facts(index.doc(&encoded.body))
        .map_err(|error| format!("its own facts refuse it: {}", error.message))?;
    if facts.model != "the/model" || facts.stream != request.stream.unwrap_or(false) {
        return Err("model or stream differ".to_owned());
    }
    let again = foreign
        .decode_request(&encoded.body)
        .map_err(|error| format!("its own reader refuses it: {}", error.message))?;
    let (heard, wanted) = (Put::of(&again), Put::of(&request));
    if heard != wanted {
        return Err(format!("puts {heard:?}, should put {wanted:?}"));
    }
    if request.tool_choice.is_some()
        && again.tool_choice != request.tool_choice
        && !heard.tools.is_empty()
    {
        return Err(format!("`tool_choice` became {:?}", again.tool_choice));
    }
    Ok(())
}
