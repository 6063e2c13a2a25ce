//! Requests into and out of the dialect: what is carried, what is reported, what is refused.

use marshal_adapter_api::{Adapter, Encoded, Malformed, Named, Untranslatable, index};
use marshal_anthropic::Anthropic;
use marshal_openai::OpenAi;
use marshal_responses::Responses;
use marshal_wire::json::Edits;
use serde_json::{Value, json};

fn cross(from: &dyn Adapter, to: &dyn Adapter, body: &Value) -> Result<Encoded, Untranslatable> {
    let request = from
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    to.encode_request(&request, "model", 1_000)
}

fn crossed(from: &dyn Adapter, to: &dyn Adapter, body: &Value) -> (Value, Vec<String>) {
    let encoded = cross(from, to, body).unwrap();
    (
        serde_json::from_slice(&encoded.body).unwrap(),
        encoded.dropped,
    )
}

fn facts(body: &Value) -> Result<marshal_adapter_api::ChatFacts, Malformed> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    Responses.facts(index.doc(&bytes), Named::default())
}

#[test]
fn facts_say_what_a_model_must_be_able_to_do() {
    let all = facts(&json!({
        "model": "m", "stream": true, "max_output_tokens": 7, "reasoning": {"effort": "low"},
        "tools": [{"type": "function", "name": "f"}], "unknown": {"passes": true},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": {}}},
        "input": [{"role": "user", "content": [{"type": "input_image", "image_url": "https://x/y.png"},
            {"type": "input_audio", "input_audio": {}}, {"type": "input_file", "file_id": "f"}]}]
    }))
    .unwrap();
    let needs = all.needs;
    assert!(all.stream && needs.tools && needs.vision && needs.audio && needs.documents);
    assert!(needs.json_schema && needs.thinking);
    assert_eq!((all.max_output, all.choices), (Some(7), 1));
    let plain = facts(
        &json!({"model": "m", "input": "hi", "reasoning": {"effort": "none"},
        "tools": [{"type": "web_search"}], "text": {"format": {"type": "text"}}}),
    )
    .unwrap();
    assert_eq!(plain.needs, marshal_adapter_api::Needs::default());
    assert!(facts(&json!({"model": "m", "prompt": {"id": "p"}})).is_ok());
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    for (body, param) in [
        (json!({"input": "hi"}), "model"),
        (json!({"model": "", "input": "hi"}), "model"),
        (json!({"model": "m"}), "input"),
        (json!({"model": "m", "input": 1}), "input"),
        (json!({"model": "m", "input": ["hi"]}), "input[0]"),
        (json!({"model": "m", "input": [{}]}), "input[0].role"),
        (
            json!({"model": "m", "input": [{"role": "user", "content": 1}]}),
            "input[0].content",
        ),
        (
            json!({"model": "m", "input": [{"role": "user", "content": [1]}]}),
            "input[0].content[0]",
        ),
        (
            json!({"model": "m", "input": [{"type": 3}]}),
            "input[0].type",
        ),
        (
            json!({"model": "m", "input": "hi", "stream": "yes"}),
            "stream",
        ),
        (
            json!({"model": "m", "input": "hi", "max_output_tokens": "9"}),
            "max_output_tokens",
        ),
        (json!({"model": "m", "input": "hi", "tools": {}}), "tools"),
    ] {
        let malformed = facts(&body).unwrap_err();
        assert_eq!(malformed.param.as_deref(), Some(param), "{body}");
        assert!(malformed.message.contains(param), "{}", malformed.message);
    }
}

#[test]
fn what_only_the_provider_keeps_is_refused_elsewhere_and_never_left_out() {
    for (name, value) in [
        ("previous_response_id", json!("resp_1")),
        ("conversation", json!({"id": "conv_1"})),
        ("prompt", json!({"id": "pmpt_1"})),
        ("background", json!(true)),
    ] {
        let mut body = json!({"model": "m", "input": "hi"});
        body[name] = value;
        for other in [&OpenAi as &dyn Adapter, &Anthropic] {
            let refused = cross(&Responses, other, &body).unwrap_err();
            assert_eq!(refused.param.as_deref(), Some(name));
        }
        let (again, dropped) = crossed(&Responses, &Responses, &body);
        body["model"] = json!("model");
        assert_eq!((again, dropped), (body, Vec::new()));
    }
    let reference =
        json!({"model": "m", "input": [{"role": "user", "content": "hi"}, {"id": "msg_1"}]});
    let refused = cross(&Responses, &OpenAi, &reference).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("input[1]"));
    let no =
        json!({"model": "m", "input": "hi", "background": false, "previous_response_id": null});
    assert!(cross(&Responses, &Anthropic, &no).is_ok());
}

#[test]
fn a_hosted_tool_is_reported_and_refused_where_it_is_demanded() {
    let mut body = json!({"model": "m", "input": "hi",
        "tools": [{"type": "web_search"}, {"type": "custom", "name": "c"}]});
    let (_, dropped) = crossed(&Responses, &OpenAi, &body);
    assert_eq!(dropped, ["tools[0]", "tools[1]"]);
    for choice in [
        json!("required"),
        json!({"type": "web_search"}),
        json!({"type": "custom", "name": "c"}),
    ] {
        body["tool_choice"] = choice;
        let refused = cross(&Responses, &OpenAi, &body).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some("tool_choice"));
    }
}

#[test]
fn what_chat_completions_name_otherwise_is_carried() {
    let (body, dropped) = crossed(
        &OpenAi,
        &Responses,
        &json!({"model": "m", "messages": [{"role": "developer", "content": "d"}, {"role": "user", "content": "hi"}],
            "metadata": {"a": "b"}, "prompt_cache_key": "k", "safety_identifier": "s", "user": "u",
            "service_tier": "flex", "verbosity": "low", "reasoning_effort": "high", "store": true,
            "logprobs": true, "top_logprobs": 2, "max_completion_tokens": 9, "parallel_tool_calls": false,
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": true}},
                {"type": "function", "function": {"name": "g"}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": true}},
            "stream": true, "stream_options": {"include_usage": true}, "seed": 1}),
    );
    assert_eq!(dropped, ["seed"]);
    assert_eq!(
        body,
        json!({"model": "model",
            "input": [{"role": "developer", "content": "d"}, {"role": "user", "content": "hi"}],
            "metadata": {"a": "b"}, "prompt_cache_key": "k", "safety_identifier": "s", "user": "u",
            "service_tier": "flex", "reasoning": {"effort": "high"}, "store": true, "top_logprobs": 2,
            "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
            "max_output_tokens": 9, "parallel_tool_calls": false, "stream": true,
            "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": true},
                {"type": "function", "name": "g", "parameters": {"type": "object", "properties": {}}, "strict": false}],
            "tool_choice": {"type": "function", "name": "f"},
            "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {}, "strict": true}}})
    );
}

#[test]
fn a_conversation_with_tools_crosses_from_messages() {
    let (body, dropped) = crossed(
        &Anthropic,
        &Responses,
        &json!({"model": "m", "max_tokens": 100, "system": "s", "messages": [
            {"role": "user", "content": [{"type": "text", "text": "look"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "openai-responses-v1:gAAA"},
                {"type": "text", "text": "so"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "42"}, {"type": "text", "text": "go on"}]}],
            "tools": [{"name": "f", "input_schema": {"type": "object"}}]}),
    );
    assert_eq!(dropped, Vec::<String>::new());
    assert_eq!(body["instructions"], "s");
    assert_eq!(body["store"], false);
    assert_eq!(
        body["input"],
        json!([
            {"role": "user", "content": [{"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA"},
            {"type": "message", "role": "assistant", "content": "so"},
            {"type": "function_call", "call_id": "t1", "name": "f", "arguments": "{\"a\": 1}"},
            {"type": "function_call_output", "call_id": "t1", "output": "42"},
            {"role": "user", "content": "go on"}])
        .as_array()
        .map(|items| {
            let mut items = items.clone();
            items[3]["arguments"] = body["input"][3]["arguments"].clone();
            Value::Array(items)
        })
        .unwrap()
    );
}

#[test]
fn several_answers_and_other_providers_seals_are_not_passed_off() {
    let chat = |more: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let refused = cross(&OpenAi, &Responses, &chat(json!({"n": 2}))).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("n"));
    let sealed = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "EqoB"}, {"type": "text", "text": "a"}]},
        {"role": "user", "content": "b"}]});
    let (body, dropped) = crossed(&Anthropic, &Responses, &sealed);
    assert_eq!(dropped, ["messages[1].content[0].thinking"]);
    assert!(!body.to_string().contains("EqoB"));
}

#[test]
fn anothers_seal_is_taken_out_of_a_request_that_passes_as_it_is() {
    let body = br#"{"model":"a","input":[{"role":"user","content":"hi"},{"type":"reasoning","summary":[],"encrypted_content":"marshal-seal-v1:EqoB"},{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}]}"#;
    let index = index(body).unwrap();
    let mut edits = Edits::new();
    Responses.set_model(index.doc(body), "b", &mut edits);
    let edited: Value = serde_json::from_slice(&edits.apply(body)).unwrap();
    assert_eq!(edited["model"], "b");
    assert_eq!(edited["input"].as_array().unwrap().len(), 2);
    assert_eq!(edited["input"][1]["encrypted_content"], "gAAA");
}

#[test]
fn unusual_items_are_written_again_as_they_were() {
    let body = json!({"model": "model", "text": {}, "reasoning": {}, "instructions": null, "input": [
        {"role": "assistant", "content": ""},
        {"type": "message", "role": "assistant", "id": "m", "status": null, "phase": "commentary",
            "content": [{"type": "output_text", "text": "a", "annotations": [{"x": 1}]}, {"type": "refusal", "refusal": "no"}, {"type": "new", "y": 2}]},
        {"type": "message", "role": "assistant", "content": []},
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "chat"}]},
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
            "content": null, "encrypted_content": "gAAA", "status": "in_progress"},
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "t"}]},
        {"type": "reasoning", "summary": [{"type": "other"}]},
        {"type": "custom_tool_call", "call_id": "c", "name": "n", "input": "a\"b"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "done"},
        {"type": "function_call", "call_id": "c", "name": "n", "arguments": {"not": "text"}},
        {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "x"}, {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"}]},
        {"type": "function_call_output", "call_id": "c", "output": null},
        {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}},
        {"role": "user", "content": []},
        {"type": "item_reference", "id": "msg_9"},
        {"type": "something_new", "z": [1]}]});
    let (again, dropped) = crossed(&Responses, &Responses, &body);
    assert_eq!((again, dropped), (body, Vec::new()));
}
