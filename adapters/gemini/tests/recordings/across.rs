//! Gemini's answers and requests, said to clients and providers of other dialects, and back.

use marshal_adapter_api::{Adapter, ChatRequest, MediaSource, Message, Named, Part, Role, Tool};
use marshal_anthropic::Anthropic;
use marshal_gemini::Gemini;
use marshal_openai::OpenAi;
use serde_json::Value;

use crate::read::all;
use crate::said::Said;

#[test]
fn an_answer_says_the_same_to_openai_and_anthropic_clients() {
    for recording in all() {
        if recording.status != 200 || recording.stream {
            continue;
        }
        let response = Gemini.decode_response(recording.answer.as_bytes()).unwrap();
        let wanted = Said::of_canonical(&response);
        let encoded = OpenAi.encode_response(&response);
        let value: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(Said::of_openai(&value), wanted, "{}", recording.id);
        let back = OpenAi.decode_response(&encoded.body).unwrap();
        gemini_again(&back, &wanted, &recording.id);
        let encoded = Anthropic.encode_response(&response);
        let value: Value = serde_json::from_slice(&encoded.body).unwrap();
        let mut stated = Said::of_anthropic(&value);
        stated.usage = stated.usage.filter(|_| wanted.usage.is_some());
        assert_eq!(stated, wanted, "{}", recording.id);
        let back = Anthropic.decode_response(&encoded.body).unwrap();
        let stated = Said::of_canonical(&back);
        gemini_again(&back, &stated, &recording.id);
    }
}

fn gemini_again(response: &marshal_adapter_api::ChatResponse, wanted: &Said, id: &str) {
    let encoded = Gemini.encode_response(response);
    let value: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(&Said::of_gemini(&[value]), wanted, "{id}");
}

/// What a request puts before the model.
#[derive(Debug, Default, PartialEq)]
struct Put {
    system: String,
    turns: Vec<String>,
    shown: usize,
    tools: Vec<(String, Option<Value>)>,
    stop: Vec<String>,
    choice: Option<marshal_adapter_api::ToolChoice>,
}

impl Put {
    fn of(request: &ChatRequest) -> Self {
        let mut put = Self {
            stop: request.stop.clone().unwrap_or_default(),
            choice: request.tool_choice.clone(),
            ..Self::default()
        };
        for message in request.system.iter().chain(&request.messages) {
            put.message(message);
        }
        for tool in request.tools.iter().flatten() {
            if let Tool::Function { name, schema, .. } = tool {
                let schema = schema
                    .as_ref()
                    .map(|schema| serde_json::from_str(schema.as_str()).unwrap());
                put.tools.push((name.clone(), schema));
            }
        }
        if put.tools.is_empty() {
            put.choice = None;
        }
        put
    }

    fn message(&mut self, message: &Message) {
        for part in &message.parts {
            match message.role {
                Role::System | Role::Developer => {
                    if let Part::Text { text, .. } = part {
                        self.system.push_str(text);
                    }
                }
                Role::Assistant => self.part("model", part),
                Role::User | Role::Tool => self.part("user", part),
            }
        }
    }

    fn part(&mut self, who: &str, part: &Part) {
        match part {
            Part::Text { text, .. }
            | Part::Document {
                source: MediaSource::Text { data: text, .. },
                ..
            } if !text.is_empty() => self.turns.push(format!("{who}: {text}")),
            Part::ToolCall {
                id,
                name,
                arguments,
                ..
            } => {
                let source = if arguments.is_empty() {
                    "{}"
                } else {
                    arguments
                };
                let value: Value = serde_json::from_str(source).unwrap();
                self.turns.push(format!("call {id} {name} {value}"));
            }
            Part::ToolResult {
                call_id, content, ..
            } => {
                self.turns.push(format!("result {call_id}"));
                for inner in content.iter().flatten() {
                    self.part("tool", inner);
                }
            }
            Part::Image { .. } | Part::Document { .. } | Part::Media { .. } => self.shown += 1,
            _ => {}
        }
    }
}

#[test]
fn a_request_puts_the_same_before_an_openai_model_and_back() {
    let (mut written, mut refused) = (0, 0);
    for recording in all() {
        let Some(body) = recording.body().filter(|_| recording.status == 200) else {
            continue;
        };
        let request = Gemini.decode_request(&body, recording.named()).unwrap();
        let Ok(encoded) = OpenAi.encode_request(&request, "the/model", 4_096) else {
            refused += 1;
            continue;
        };
        written += 1;
        let again = OpenAi
            .decode_request(&encoded.body, Named::default())
            .unwrap();
        let wanted = Put::of(&request);
        assert_eq!(Put::of(&again), wanted, "{}", recording.id);
        let back = Gemini
            .encode_request(&again, "gemini-3-pro", 4_096)
            .unwrap();
        let named = Named {
            model: Some("gemini-3-pro"),
            stream: Some(true),
        };
        let heard = Gemini.decode_request(&back.body, named).unwrap();
        assert_eq!(Put::of(&heard), wanted, "{}", recording.id);
    }
    println!("{written} requests written, {refused} refused");
    assert!(written >= refused * 3);
}
