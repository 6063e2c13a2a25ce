//! What a client of this dialect gets of other dialects' answers, event by event and whole.

use marshal_adapter_api::{
    Adapter, ChatEvent, Delta, Finish, FinishReason, Json, ProviderError, ProviderErrorKind,
    ReportedUsage,
};
use marshal_responses::Responses;
use marshal_types::{Tokens, Usage};
use serde_json::{Value, json};

use crate::said::{assembled, canonical, data, split, written};

fn start() -> ChatEvent {
    ChatEvent::Start {
        id: Some("chatcmpl-9".to_owned()),
        model: Some("m".to_owned()),
        created: Some(5),
    }
}

fn delta(part: u32, delta: Delta) -> ChatEvent {
    ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    }
}

fn end(part: u32) -> ChatEvent {
    ChatEvent::PartEnd { choice: 0, part }
}

fn finish(reason: FinishReason) -> ChatEvent {
    ChatEvent::Finish {
        choice: 0,
        finish: Finish {
            reason,
            word: "word".to_owned(),
            stop_sequence: None,
        },
    }
}

fn usage() -> ChatEvent {
    ChatEvent::Usage(ReportedUsage {
        tokens: Usage {
            input: Tokens(9),
            output: Tokens(4),
            cache_read: Tokens(3),
            reasoning: Tokens(1),
            ..Usage::default()
        },
        source: None,
    })
}

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

fn stream(events: &[ChatEvent]) -> Vec<Value> {
    let events = split(&written(&Responses, events));
    let all = data(&events);
    for (number, (event, value)) in events.iter().zip(&all).enumerate() {
        assert_eq!(event.name().as_deref(), value["type"].as_str());
        assert_eq!(value["sequence_number"], json!(number));
    }
    all
}

fn kinds(all: &[Value]) -> Vec<&str> {
    all.iter()
        .map(|event| {
            let kind = event["type"].as_str().unwrap();
            kind.strip_prefix("response.").unwrap_or(kind)
        })
        .collect()
}

#[test]
fn thoughts_text_and_a_call_come_in_the_published_order() {
    let all = stream(&[
        start(),
        delta(0, Delta::Thinking("hm".to_owned())),
        delta(0, Delta::Signature("EqoB".to_owned())),
        end(0),
        delta(1, text("Hel")),
        delta(1, text("lo")),
        end(1),
        delta(
            2,
            Delta::ToolStart {
                id: "call_1".to_owned(),
                name: "f".to_owned(),
            },
        ),
        delta(2, Delta::Arguments("{\"a\":".to_owned())),
        delta(2, Delta::Arguments("1}".to_owned())),
        end(2),
        finish(FinishReason::ToolCalls),
        usage(),
        ChatEvent::End,
    ]);
    assert_eq!(
        kinds(&all),
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    let last = &all[20]["response"];
    assert_eq!(
        (&last["id"], &last["model"], &last["status"]),
        (&json!("resp_9"), &json!("the/model"), &json!("completed"))
    );
    assert_eq!(
        last["usage"],
        json!({"input_tokens": 9, "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0}, "output_tokens": 4,
            "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 13})
    );
    assert_eq!(
        last["output"][0]["encrypted_content"],
        "marshal-seal-v1:EqoB"
    );
    assert_eq!(
        last["output"][1]["content"],
        json!([{"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}])
    );
    assert_eq!(last["output"][2]["arguments"], "{\"a\":1}");
    for (added, done, at) in [(2, 7, 0), (8, 14, 1), (15, 19, 2)] {
        assert_eq!(all[added]["item"]["id"], all[done]["item"]["id"]);
        assert_eq!(all[done]["item"], last["output"][at]);
        assert_eq!(all[done]["output_index"], json!(at));
    }
    assert_eq!(all[11]["item_id"], all[8]["item"]["id"]);
}

#[test]
fn usage_behind_the_finish_is_in_the_terminal_event() {
    let mut encoder = Responses.stream_encoder(marshal_adapter_api::StreamShape {
        include_usage: false,
        model: "m".to_owned(),
        created: 1,
    });
    let mut out = Vec::new();
    for event in [
        start(),
        delta(0, text("a")),
        finish(FinishReason::Length),
        usage(),
    ] {
        encoder.event(&event, &mut out);
    }
    assert!(!String::from_utf8_lossy(&out).contains("response.incomplete"));
    encoder.end(&mut out);
    encoder.end(&mut out);
    let all = data(&split(&out));
    let last = all.last().unwrap();
    assert_eq!(last["type"], "response.incomplete");
    assert_eq!(
        last["response"]["incomplete_details"],
        json!({"reason": "max_output_tokens"})
    );
    assert_eq!(last["response"]["usage"]["total_tokens"], 13);
}

#[test]
fn a_failure_in_mid_stream_is_a_failed_response_and_the_last_event() {
    let failure = ChatEvent::Error(ProviderError {
        kind: ProviderErrorKind::RateLimited,
        code: None,
        message: "secret words of the provider".to_owned(),
    });
    let all = stream(&[start(), delta(0, text("a")), failure, ChatEvent::End]);
    let last = all.last().unwrap();
    assert_eq!(last["type"], "response.failed");
    assert_eq!(last["response"]["error"]["code"], "rate_limit_exceeded");
    assert!(!last.to_string().contains("secret"));
    let events = written(
        &Responses,
        &[
            start(),
            ChatEvent::Error(ProviderError {
                kind: ProviderErrorKind::Server,
                code: None,
                message: String::new(),
            }),
        ],
    );
    let again = canonical(&Responses, &split(&events)).unwrap();
    assert!(assembled(&Responses, &again).is_none());
}

#[test]
fn calls_that_run_side_by_side_stay_apart() {
    let begin = |part, id: &str| {
        delta(
            part,
            Delta::ToolStart {
                id: id.to_owned(),
                name: id.to_owned(),
            },
        )
    };
    let more = |part, text: &str| delta(part, Delta::Arguments(text.to_owned()));
    let all = stream(&[
        start(),
        begin(0, "one"),
        begin(1, "two"),
        more(0, "{\"a\""),
        more(1, "{\"b\""),
        more(0, ":1}"),
        more(1, ":2}"),
        begin(2, "three"),
        finish(FinishReason::ToolCalls),
        ChatEvent::End,
    ]);
    let output = &all.last().unwrap()["response"]["output"];
    let said: Vec<(&str, &str)> = output
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["call_id"].as_str().unwrap(),
                item["arguments"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [("one", "{\"a\":1}"), ("two", "{\"b\":2}"), ("three", "{}")]
    );
}

#[test]
fn texts_that_follow_each_other_are_one_message_and_a_refusal_is_said_as_one() {
    let all = stream(&[
        start(),
        delta(0, text("a")),
        end(0),
        delta(1, text("b")),
        end(1),
        delta(2, Delta::Refusal("no".to_owned())),
        finish(FinishReason::Stop),
        ChatEvent::End,
    ]);
    let output = &all.last().unwrap()["response"]["output"];
    assert_eq!(output.as_array().unwrap().len(), 1);
    let kinds: Vec<&Value> = output[0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| &part["type"])
        .collect();
    assert_eq!(kinds, ["output_text", "output_text", "refusal"]);
    assert!(
        all.iter()
            .any(|event| event["type"] == "response.refusal.done" && event["refusal"] == "no")
    );
}

#[test]
fn a_block_that_only_another_dialect_knows_is_reported() {
    let mut encoder = Responses.stream_encoder(marshal_adapter_api::StreamShape {
        include_usage: true,
        model: "m".to_owned(),
        created: 1,
    });
    let mut out = Vec::new();
    let foreign = Delta::Opaque {
        kind: "redacted_thinking".to_owned(),
        value: Json::from_source("{}"),
    };
    encoder.event(&delta(3, foreign), &mut out);
    encoder.event(
        &ChatEvent::Delta {
            choice: 1,
            part: 0,
            delta: text("b"),
        },
        &mut out,
    );
    assert_eq!(
        encoder.dropped(),
        ["content[3] (redacted_thinking)", "choices[1]"]
    );
}

#[test]
fn a_sealed_call_comes_back_with_its_seal() {
    let all = stream(&[
        start(),
        delta(
            0,
            Delta::ToolStart {
                id: "call_1".to_owned(),
                name: "f".to_owned(),
            },
        ),
        delta(0, Delta::Arguments("{}".to_owned())),
        delta(0, Delta::Signature("gemini-v1:seal".to_owned())),
        end(0),
        finish(FinishReason::ToolCalls),
        ChatEvent::End,
    ]);
    let output = all.last().unwrap()["response"]["output"].clone();
    let body = json!({"model": "m", "input": output}).to_string();
    let request = Responses
        .decode_request(body.as_bytes(), marshal_adapter_api::Named::default())
        .unwrap();
    assert!(matches!(
        request.messages[0].parts.as_slice(),
        [marshal_adapter_api::Part::ToolCall { signature: Some(seal), .. }] if seal == "gemini-v1:seal"
    ));
}

#[test]
fn a_whole_answer_has_every_member_that_clients_count_on() {
    let chat = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 3, "model": "m",
        "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "stop",
            "logprobs": {"content": [{"token": "H", "logprob": -0.5, "bytes": [72], "top_logprobs": []}]},
            "message": {"role": "assistant", "content": "Hi", "annotations": [
                {"type": "url_citation", "url_citation": {"url": "https://a", "title": "A", "start_index": 0, "end_index": 2}}]}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}});
    let answer = marshal_openai::OpenAi
        .decode_response(chat.to_string().as_bytes())
        .unwrap();
    let encoded = Responses.encode_response(&answer);
    assert_eq!(encoded.dropped, Vec::<String>::new());
    let said: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(said["id"], "resp_1");
    assert_eq!(said["service_tier"], "default");
    let part = &said["output"][0]["content"][0];
    assert_eq!(
        part["annotations"],
        json!([{"type": "url_citation", "url": "https://a", "title": "A", "start_index": 0, "end_index": 2}])
    );
    assert_eq!(part["logprobs"][0]["token"], "H");
    for name in [
        "error",
        "incomplete_details",
        "instructions",
        "temperature",
        "top_p",
    ] {
        assert!(said.as_object().unwrap().contains_key(name), "{name}");
    }
    assert_eq!(
        (&said["metadata"], &said["tools"], &said["tool_choice"]),
        (&json!({}), &json!([]), &json!("auto"))
    );
}
