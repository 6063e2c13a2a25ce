//! Recorded traffic of Bedrock, said in other dialects, and said again in this one.

use crate::common::{Recording, assemble, decode, encode, named, of, recordings, said, split};
use marshal_adapter_api::{Adapter, ChatRequest, Message, Named, Part, Role};
use marshal_anthropic::Anthropic;
use marshal_bedrock::Bedrock;
use marshal_openai::OpenAi;
use marshal_types::Dialect;
use serde_json::Value;

const OTHERS: [&dyn Adapter; 2] = [&OpenAi, &Anthropic];

/// What the turns say: role, text, calls and results, neighbours of one speaker together.
fn turns(request: &ChatRequest) -> Vec<(bool, Vec<String>)> {
    let mut all: Vec<(bool, Vec<String>)> = Vec::new();
    for message in &request.messages {
        if matches!(message.role, Role::System | Role::Developer) {
            continue;
        }
        let user = message.role != Role::Assistant;
        let words = message.parts.iter().flat_map(words).collect::<Vec<_>>();
        match all.last_mut() {
            _ if words.is_empty() => {}
            Some((of, last)) if *of == user => last.extend(words),
            _ => all.push((user, words)),
        }
    }
    // Texts that follow each other say the same joined.
    for (_, words) in &mut all {
        words.sort();
    }
    all
}

/// What a tool shows may move to the turn of the user, so it counts beside the result.
fn words(part: &Part) -> Vec<String> {
    let json = |source: &str| serde_json::from_str::<Value>(source).unwrap_or_default();
    match part {
        Part::Text { text, .. } | Part::Refusal { text, .. } if !text.is_empty() => {
            vec![format!("text {text}")]
        }
        Part::ToolCall {
            id,
            name,
            arguments,
            ..
        } => vec![format!("call {id} {name} {}", json(arguments))],
        Part::ToolResult {
            call_id, content, ..
        } => {
            let inner = content.iter().flatten().flat_map(words);
            let (texts, mut shown): (Vec<_>, Vec<_>) = inner.partition(|word| word.contains(' '));
            shown.push(format!("result {call_id} {texts:?}"));
            shown
        }
        Part::Image { .. } => vec!["image".to_owned()],
        Part::Document { .. } => vec!["document".to_owned()],
        _ => Vec::new(),
    }
}

fn instructions(request: &ChatRequest) -> String {
    let is = |message: &&Message| matches!(message.role, Role::System | Role::Developer);
    request
        .system
        .iter()
        .chain(request.messages.iter().filter(is))
        .flat_map(|message| &message.parts)
        .flat_map(words)
        .collect()
}

#[test]
fn a_request_says_the_same_to_others_and_back() {
    let (mut said, mut refused) = (0, 0);
    for recording in recordings() {
        let Some(body) = &recording.request else {
            continue;
        };
        let model = recording.model();
        let request = Bedrock.decode_request(body, named(&model, false)).unwrap();
        for other in OTHERS {
            let there = match other.encode_request(&request, "m", 4096) {
                Ok(there) => there,
                Err(refusal) => {
                    refused += 1;
                    println!("{} {:?}: {refusal}", recording.id, other.dialect());
                    continue;
                }
            };
            let read = other.decode_request(&there.body, Named::default()).unwrap();
            let back = match Bedrock.encode_request(&read, &model, 4096) {
                Ok(back) => back,
                Err(refusal) => panic!("{} {:?}: {refusal}", recording.id, other.dialect()),
            };
            let again = Bedrock
                .decode_request(&back.body, named(&model, false))
                .unwrap();
            assert_eq!(
                again.max_output.or(Some(4096)),
                read.max_output.or(Some(4096))
            );
            assert_eq!(
                instructions(&again),
                instructions(&request),
                "{}",
                recording.id
            );
            assert_eq!(
                again.stop,
                request.stop.clone().filter(|stop| !stop.is_empty())
            );
            if there.dropped.is_empty() {
                assert_eq!(
                    turns(&again),
                    turns(&request),
                    "{} {:?}",
                    recording.id,
                    other.dialect()
                );
            }
            said += 1;
        }
    }
    println!("{said} said, {refused} refused");
    assert!(said == 0 || said > refused * 8);
}

#[test]
fn an_answer_says_the_same_in_others_and_back() {
    for recording in recordings() {
        if recording.status != 200 || recording.framed {
            continue;
        }
        let response = Bedrock.decode_response(&recording.answer).unwrap();
        for other in OTHERS {
            let there = other.encode_response(&response);
            let read = other.decode_response(&there.body).unwrap();
            let mut expected = said(&response);
            assert_eq!(
                said(&read),
                expected,
                "{} {:?}",
                recording.id,
                other.dialect()
            );
            let back = Bedrock.encode_response(&read);
            let again = Bedrock.decode_response(&back.body).unwrap();
            expected.usage = expected.usage.or(Some((0, 0, 0)));
            assert_eq!(
                said(&again),
                expected,
                "{} {:?}",
                recording.id,
                other.dialect()
            );
        }
    }
}

#[test]
fn a_stream_says_the_same_in_others_and_back() {
    for recording in recordings().iter().filter(|recording| recording.framed) {
        let raw = split(Bedrock.framing(), &recording.answer, 0);
        let events = decode(Bedrock.stream_decoder(), &raw);
        let mut expected = said(&assemble(&events, Dialect::Bedrock));
        expected.usage = expected.usage.or(Some((0, 0, 0)));
        for other in OTHERS {
            let there = split(other.framing(), &encode(other, &events), 0);
            let read = decode(other.stream_decoder(), &there);
            let back = split(Bedrock.framing(), &encode(&Bedrock, &read), 0);
            let again = decode(Bedrock.stream_decoder(), &back);
            let heard = said(&assemble(&again, Dialect::Bedrock));
            assert_eq!(heard, expected, "{} {:?}", recording.id, other.dialect());
        }
    }
}

/// Traffic of the other dialects.
fn foreign() -> Vec<(&'static dyn Adapter, Recording)> {
    let mut all: Vec<(&dyn Adapter, Recording)> = Vec::new();
    for recording in of(&["anthropic/anthropic.messages"]) {
        all.push((&Anthropic, recording));
    }
    for recording in of(&[
        "openai/openai.chat",
        "openrouter/openrouter.chat",
        "mistral/mistral.chat",
    ]) {
        all.push((&OpenAi, recording));
    }
    all
}

#[test]
fn what_other_clients_ask_is_asked_of_bedrock() {
    let (mut asked, mut refused) = (0, std::collections::BTreeMap::<String, u32>::new());
    for (other, recording) in foreign() {
        let Some(body) = &recording.request else {
            continue;
        };
        let Ok(request) = other.decode_request(body, Named::default()) else {
            continue;
        };
        for model in [
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.amazon.nova-2-lite-v1:0",
        ] {
            let there = match Bedrock.encode_request(&request, model, 4096) {
                Ok(there) => there,
                Err(refusal) => {
                    let kind = refusal
                        .message
                        .split_once("` ")
                        .map_or("", |(_, says)| says);
                    *refused.entry(kind.chars().take(60).collect()).or_default() += 1;
                    continue;
                }
            };
            let read = Bedrock
                .decode_request(&there.body, named(model, false))
                .unwrap();
            if there.dropped.is_empty() {
                assert_eq!(turns(&read), turns(&request), "{}", recording.id);
                let tools = |request: &ChatRequest| request.tools.as_ref().map_or(0, Vec::len);
                if request.tool_choice != Some(marshal_adapter_api::ToolChoice::None)
                    && tools(&request) > 0
                {
                    assert_eq!(tools(&read), tools(&request), "{}", recording.id);
                    assert_eq!(read.tool_choice, request.tool_choice, "{}", recording.id);
                }
                assert_eq!(read.temperature, request.temperature);
                assert_eq!(read.top_k, request.top_k);
            }
            assert_eq!(
                instructions(&read),
                instructions(&request),
                "{}",
                recording.id
            );
            for message in &read.messages {
                assert!(!message.parts.is_empty(), "{}", recording.id);
            }
            asked += 1;
        }
    }
    println!("{asked} asked, refused {refused:#?}");
}

#[test]
fn what_other_providers_answer_is_served_to_clients_of_bedrock() {
    for (other, recording) in foreign() {
        let text = String::from_utf8_lossy(&recording.answer);
        if recording.status != 200 || recording.framed {
            continue;
        }
        let response = if text.trim_start().starts_with('{') {
            let Ok(response) = other.decode_response(&recording.answer) else {
                continue;
            };
            let back = Bedrock.encode_response(&response);
            let again = Bedrock.decode_response(&back.body).unwrap();
            (response, again)
        } else {
            let raw = split(other.framing(), &recording.answer, 0);
            let events = decode(other.stream_decoder(), &raw);
            if events
                .iter()
                .any(|event| matches!(event, marshal_adapter_api::ChatEvent::Error(_)))
            {
                continue;
            }
            let back = split(Bedrock.framing(), &encode(&Bedrock, &events), 0);
            let names: Vec<String> = back
                .iter()
                .map(|event| event.name().unwrap().into_owned())
                .collect();
            assert_eq!(names.first().map(String::as_str), Some("messageStart"));
            assert_eq!(
                names[names.len() - 2..],
                ["messageStop", "metadata"],
                "{}",
                recording.id
            );
            let again = decode(Bedrock.stream_decoder(), &back);
            (
                assemble(&events, other.dialect()),
                assemble(&again, Dialect::Bedrock),
            )
        };
        if response.0.choices.is_empty() {
            continue;
        }
        let (mut expected, heard) = (said(&response.0), said(&response.1));
        expected.usage = expected.usage.or(Some((0, 0, 0)));
        if expected.finish.is_empty() {
            expected.finish = heard.finish;
        }
        if heard.finish == "refusal" && expected.finish == "stop" {
            expected.finish = "refusal"; // said in words
        }
        assert_eq!(heard, expected, "{}", recording.id);
    }
}
