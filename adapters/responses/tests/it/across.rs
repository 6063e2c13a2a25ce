//! Every recording in and out of other dialects: the same is said, or it is refused.

use marshal_adapter_api::{Adapter, ChatRequest, MediaSource, Message, Named, Part, Role, Tool};
use marshal_anthropic::Anthropic;
use marshal_openai::OpenAi;
use marshal_responses::Responses;
use serde_json::Value;

use crate::said::{
    Recording, Said, arguments, assembled, canonical, none, recordings, split, written,
};

const OTHER_CHATS: [&str; 3] = ["cohere.chat", "cohere.v1.chat", "ollama.chat"];

fn chats() -> Vec<Recording> {
    let mut all = recordings(".chat");
    all.retain(|recording| {
        !OTHER_CHATS
            .iter()
            .any(|name| recording.id.starts_with(name))
    });
    all
}

fn messages() -> Vec<Recording> {
    let mut all = recordings("anthropic.messages");
    all.retain(|recording| recording.id.starts_with("anthropic.messages "));
    all
}

/// What a request puts before the model.
#[derive(Debug, Default, PartialEq)]
struct Put {
    system: String,
    turns: Vec<String>,
    shown: usize,
    tools: Vec<(String, Option<Value>)>,
    limit: Option<u64>,
}

impl Put {
    fn of(request: &ChatRequest) -> Self {
        let mut put = Self {
            limit: request.max_output,
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
                let empty = |schema: &Value| schema["properties"] == serde_json::json!({});
                put.tools
                    .push((name.clone(), schema.filter(|schema| !empty(schema))));
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
            Part::Image { .. } | Part::Document { .. } | Part::Media { .. } => self.shown += 1,
            Part::Opaque { kind, .. } if kind == "input_audio" => self.shown += 1,
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

fn requests_cross(from: &dyn Adapter, to: &dyn Adapter, recordings: &[Recording]) {
    let mut wrong = Vec::new();
    let (mut crossed, mut refused) = (0, 0);
    for recording in recordings
        .iter()
        .filter(|recording| recording.status == 200)
    {
        let Some(body) = recording.body() else {
            continue;
        };
        let Ok(request) = from.decode_request(&body, Named::default()) else {
            wrong.push(format!("{}: not read", recording.id));
            continue;
        };
        let Ok(encoded) = to.encode_request(&request, "the/model", 4_096) else {
            refused += 1;
            continue;
        };
        crossed += 1;
        let again = match to.decode_request(&encoded.body, Named::default()) {
            Ok(again) => again,
            Err(error) => {
                wrong.push(format!("{}: {}", recording.id, error.message));
                continue;
            }
        };
        let (mut heard, mut wanted) = (Put::of(&again), Put::of(&request));
        if wanted.limit.is_none() {
            heard.limit = None;
        }
        if wanted.tools.is_empty() || heard.tools.is_empty() {
            (heard.tools, wanted.tools) = (Vec::new(), Vec::new());
        }
        if heard != wanted {
            wrong.push(format!(
                "{}: puts {heard:?}, should put {wanted:?}",
                recording.id
            ));
        }
        if request.tool_choice.is_some()
            && !heard.tools.is_empty()
            && again.tool_choice != request.tool_choice
        {
            wrong.push(format!("{}: {:?}", recording.id, again.tool_choice));
        }
    }
    println!("{crossed} crossed, {refused} refused");
    none(&wrong);
}

fn answers_cross(from: &dyn Adapter, to: &dyn Adapter, recordings: &[Recording], thinks: bool) {
    let mut wrong = Vec::new();
    for recording in recordings
        .iter()
        .filter(|recording| recording.status == 200)
    {
        let result = if recording.stream {
            stream_crosses(from, to, recording)
        } else {
            whole_crosses(from, to, recording)
        };
        let Some((mut heard, mut wanted)) = result else {
            continue;
        };
        if !thinks {
            (heard.thinking, wanted.thinking) = (String::new(), String::new());
        }
        if heard != wanted {
            wrong.push(format!(
                "{}: heard {heard:?}, should hear {wanted:?}",
                recording.id
            ));
        }
    }
    none(&wrong);
}

fn whole_crosses(
    from: &dyn Adapter,
    to: &dyn Adapter,
    recording: &Recording,
) -> Option<(Said, Said)> {
    let answer = from.decode_response(recording.answer.as_bytes()).ok()?;
    let encoded = to.encode_response(&answer);
    let again = to.decode_response(&encoded.body).unwrap();
    Some((Said::of(&again).plainly(), Said::of(&answer).plainly()))
}

fn stream_crosses(
    from: &dyn Adapter,
    to: &dyn Adapter,
    recording: &Recording,
) -> Option<(Said, Said)> {
    let events = canonical(from, &recording.events()).ok()?;
    let answer = assembled(from, &events)?;
    let bytes = written(to, &events);
    let again = assembled(to, &canonical(to, &split(&bytes)).unwrap()).unwrap();
    Some((Said::of(&again).plainly(), Said::of(&answer).plainly()))
}

#[test]
fn a_chat_request_puts_the_same_before_a_responses_model() {
    requests_cross(&OpenAi, &Responses, &chats());
}

#[test]
fn a_messages_request_puts_the_same_before_a_responses_model() {
    requests_cross(&Anthropic, &Responses, &messages());
}

#[test]
fn a_responses_request_puts_the_same_before_a_chat_model() {
    requests_cross(&Responses, &OpenAi, &recordings(".responses"));
}

#[test]
fn a_responses_request_puts_the_same_before_a_messages_model() {
    requests_cross(&Responses, &Anthropic, &recordings(".responses"));
}

#[test]
fn a_chat_answer_says_the_same_to_a_responses_client() {
    answers_cross(&OpenAi, &Responses, &chats(), true);
}

#[test]
fn a_messages_answer_says_the_same_to_a_responses_client() {
    answers_cross(&Anthropic, &Responses, &messages(), true);
}

#[test]
fn a_responses_answer_says_the_same_to_a_chat_client() {
    answers_cross(&Responses, &OpenAi, &recordings(".responses"), true);
}

#[test]
fn a_responses_answer_says_the_same_to_a_messages_client() {
    answers_cross(&Responses, &Anthropic, &recordings(".responses"), true);
}
