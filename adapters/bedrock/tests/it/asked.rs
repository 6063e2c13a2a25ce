//! What clients of other dialects ask, said to Bedrock, and what Bedrock's own client may ask and hear.

use marshal_adapter_api::{Adapter, Encoded, Named, Part, Untranslatable, index};
use marshal_anthropic::Anthropic;
use marshal_bedrock::Bedrock;
use marshal_openai::OpenAi;
use marshal_wire::frame::Framing;
use marshal_wire::json::Edits;
use serde_json::{Value, json};

use crate::common::{decode, encode, named, split};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn ask(
    from: &dyn Adapter,
    body: &Value,
    model: &str,
) -> Result<(Value, Vec<String>), Untranslatable> {
    let request = from
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    let Encoded { body, dropped } = Bedrock.encode_request(&request, model, 4096)?;
    Ok((serde_json::from_slice(&body).unwrap(), dropped))
}

#[test]
fn cache_marks_become_cache_points_behind_what_they_mark() {
    let mark = json!({"type": "ephemeral"});
    let body = json!({
        "model": "m", "max_tokens": 9,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, "cache_control": mark}],
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": "a", "cache_control": mark}, {"type": "text", "text": "b"}]}]
    });
    let (said, dropped) = ask(&Anthropic, &body, CLAUDE).unwrap();
    let point = json!({"cachePoint": {"type": "default"}});
    assert!(dropped.is_empty(), "{dropped:?}");
    assert_eq!(
        said["system"],
        json!([{"text": "s"}, {"cachePoint": {"type": "default", "ttl": "1h"}}])
    );
    assert_eq!(said["toolConfig"]["tools"][1], point);
    assert_eq!(
        said["messages"][0]["content"],
        json!([{"text": "a"}, point, {"text": "b"}])
    );
    // A model without a cache is not asked to have one.
    let (said, dropped) = ask(&Anthropic, &body, "meta.llama4").unwrap();
    assert!(!said.to_string().contains("cachePoint"));
    assert_eq!(dropped.len(), 3, "{dropped:?}");
    assert!(dropped.contains(&"messages[0].content[0].cache_control".to_owned()));
}

#[test]
fn thoughts_of_claude_come_back_with_their_seal() {
    let body = json!({
        "model": "m", "max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 2000}, "top_k": 5,
        "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "seal"},
            {"type": "redacted_thinking", "data": "EuQF"},
            {"type": "text", "text": "a"}]}, {"role": "user", "content": "r"}]
    });
    let (said, dropped) = ask(&Anthropic, &body, CLAUDE).unwrap();
    assert!(dropped.is_empty(), "{dropped:?}");
    assert_eq!(
        said["messages"][1]["content"],
        json!([
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "seal"}}},
            {"reasoningContent": {"redactedContent": "RXVRRg=="}},
            {"text": "a"}])
    );
    assert_eq!(
        said["additionalModelRequestFields"],
        json!({"thinking": {"type": "enabled", "budget_tokens": 2000}, "top_k": 5})
    );
    let (_, dropped) = ask(&Anthropic, &body, "us.amazon.nova-2-lite-v1:0").unwrap();
    assert_eq!(
        dropped,
        ["messages[1].content[0].thinking", "messages[1].content[1]"]
    );

    let request = Bedrock
        .decode_request(said.to_string().as_bytes(), named(CLAUDE, false))
        .unwrap();
    let hidden = request.messages[1].parts.iter().any(|part| {
        matches!(part, Part::Opaque { kind, value, .. }
            if kind == "redacted_thinking" && value.as_str().contains("EuQF"))
    });
    assert!(hidden);
    let back = Bedrock.encode_request(&request, CLAUDE, 4096).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&back.body).unwrap(), said);
}

#[test]
fn seals_of_others_come_back_to_them_and_never_to_claude() {
    let sealed = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c:1\",\"type\":\"function\",\"extra_content\":{\"google\":{\"thought_signature\":\"goo\"}},\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
    let answer = json!({"id": "x", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
        "role": "assistant", "content": null, "tool_calls": [{"id": "c:1", "type": "function",
            "extra_content": {"google": {"thought_signature": "goo"}},
            "function": {"name": "f", "arguments": "{}"}}]}}]});
    let response = OpenAi
        .decode_response(answer.to_string().as_bytes())
        .unwrap();
    let said = Bedrock.encode_response(&response);
    assert!(said.dropped.is_empty(), "{:?}", said.dropped);
    let said: Value = serde_json::from_slice(&said.body).unwrap();
    let blocks = &said["output"]["message"]["content"];
    assert_eq!(
        blocks[1]["reasoningContent"]["reasoningText"]["signature"],
        "marshal-call-v1:3:c:1:goo"
    );
    let events = decode(
        OpenAi.stream_decoder(),
        &split(Framing::Sse, sealed.as_bytes(), 0),
    );
    let streamed = String::from_utf8_lossy(&encode(&Bedrock, &events)).into_owned();
    let sealed = events
        .iter()
        .any(|event| format!("{event:?}").contains("Signature"));
    assert_eq!(streamed.contains("marshal-call-v1:3:c:1:goo"), sealed);

    // The client sends both blocks back.
    let body = json!({"messages": [{"role": "user", "content": [{"text": "q"}]},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c:1", "content": [{"text": "r"}]}}]}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}]}})
    .to_string()
    .into_bytes();
    let request = Bedrock.decode_request(&body, named(CLAUDE, false)).unwrap();
    let [Part::ToolCall { signature, .. }] = request.messages[1].parts.as_slice() else {
        panic!("one call: {:?}", request.messages[1].parts);
    };
    assert_eq!(signature.as_deref(), Some("goo"));
    let back = OpenAi.encode_request(&request, "gemini", 1).unwrap();
    assert!(String::from_utf8_lossy(&back.body).contains("\"thought_signature\":\"goo\""));

    let parsed = index(&body).unwrap();
    let mut edits = Edits::new();
    Bedrock.set_model(parsed.doc(&body), CLAUDE, &mut edits);
    let passed: Value = serde_json::from_slice(&edits.apply(&body)).unwrap();
    assert_eq!(passed["messages"][1]["content"], json!([blocks[0]]));
}

#[test]
fn an_effort_is_said_as_each_model_wants_it() {
    let body = json!({"model": "m", "reasoning_effort": "medium", "temperature": 0.2,
        "max_completion_tokens": 20000, "messages": [{"role": "user", "content": "q"}]});
    for (model, fields) in [
        (
            CLAUDE,
            json!({"thinking": {"type": "enabled", "budget_tokens": 8192}}),
        ),
        (
            "global.amazon.nova-2-lite-v1:0",
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}}),
        ),
        (
            "openai.gpt-oss-120b-1:0",
            json!({"reasoning_effort": "medium"}),
        ),
    ] {
        let (said, dropped) = ask(&OpenAi, &body, model).unwrap();
        assert_eq!(said["additionalModelRequestFields"], fields);
        let sampled = said["inferenceConfig"]["temperature"].is_number();
        assert_eq!(sampled, dropped.is_empty(), "{model} {dropped:?}");
        assert_eq!(sampled, model != CLAUDE);
    }
    let (said, dropped) = ask(&OpenAi, &body, "meta.llama4").unwrap();
    assert_eq!(said["additionalModelRequestFields"], Value::Null);
    assert_eq!(dropped, ["reasoning_effort"]);
}

#[test]
fn what_cannot_be_shown_is_refused_and_what_can_is_named() {
    let user =
        |part: Value| json!({"model": "m", "messages": [{"role": "user", "content": [part]}]});
    let address =
        user(json!({"type": "image_url", "image_url": {"url": "https://e.example/a.png"}}));
    let refusal = ask(&OpenAi, &address, CLAUDE).unwrap_err();
    assert_eq!(refusal.param.as_deref(), Some("messages[0].content[0]"));
    assert!(refusal.message.contains("base64"), "{refusal}");
    let picture =
        user(json!({"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}}));
    let (said, _) = ask(&OpenAi, &picture, CLAUDE).unwrap();
    assert_eq!(
        said["messages"][0]["content"][0],
        json!({"image": {"format": "jpeg", "source": {"bytes": "AAAA"}}})
    );
    let paper = user(
        json!({"type": "file", "file": {"filename": "Q3 report.pdf", "file_data": "data:application/pdf;base64,AAAA"}}),
    );
    let (said, dropped) = ask(&OpenAi, &paper, CLAUDE).unwrap();
    assert!(dropped.is_empty());
    assert_eq!(
        said["messages"][0]["content"][0],
        json!({"document": {"format": "pdf", "name": "Q3 report-pdf", "source": {"bytes": "AAAA"}}})
    );
}

#[test]
fn that_no_tool_may_be_called_is_kept_or_refused() {
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters": {}}}]);
    let question = json!({"role": "user", "content": "q"});
    let call = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]});
    let result = json!({"role": "tool", "tool_call_id": "c", "content": ""});
    let plain =
        json!({"model": "m", "tools": tools, "tool_choice": "none", "messages": [question]});
    let (said, dropped) = ask(&OpenAi, &plain, CLAUDE).unwrap();
    assert!(said["toolConfig"].is_null() && dropped.is_empty());

    let amid = json!({"model": "m", "tools": tools, "tool_choice": "none", "messages": [question, call, result]});
    let refusal = ask(&OpenAi, &amid, CLAUDE).unwrap_err();
    assert_eq!(refusal.param.as_deref(), Some("tool_choice"));

    let gone = json!({"model": "m", "messages": [question, call, result]});
    let (said, _) = ask(&OpenAi, &gone, CLAUDE).unwrap();
    let spec = &said["toolConfig"]["tools"][0]["toolSpec"];
    assert_eq!(spec["name"], "f");
    assert!(
        spec["description"]
            .as_str()
            .unwrap()
            .contains("do not call")
    );

    let demanded =
        json!({"model": "m", "tools": tools, "tool_choice": "required", "messages": [question]});
    let (said, _) = ask(&OpenAi, &demanded, CLAUDE).unwrap();
    assert_eq!(said["toolConfig"]["toolChoice"], json!({"any": {}}));
    assert_eq!(
        said["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["type"],
        "object"
    );
}

#[test]
fn tools_that_the_provider_runs_are_not_the_clients_to_call() {
    let answer = json!({"output": {"message": {"role": "assistant", "content": [
        {"toolUse": {"toolUseId": "t", "name": "nova_grounding", "input": {}, "type": "server_tool_use"}},
        {"toolResult": {"toolUseId": "t", "content": [{"json": {}}], "status": "success", "type": "nova_grounding_result"}},
        {"citationsContent": {"content": [{"text": "cited"}], "citations": [{"title": "t"}]}}]}},
        "stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}});
    let response = Bedrock
        .decode_response(answer.to_string().as_bytes())
        .unwrap();
    let said = OpenAi.encode_response(&response);
    let text: Value = serde_json::from_slice(&said.body).unwrap();
    assert_eq!(text["choices"][0]["message"]["content"], "cited");
    assert!(text["choices"][0]["message"]["tool_calls"].is_null());
    for path in [
        "output.message.content[0]",
        "output.message.content[2].citationsContent.citations",
    ] {
        assert!(
            said.dropped.iter().any(|dropped| dropped == path),
            "{:?}",
            said.dropped
        );
    }
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    for (body, param) in [
        (json!({"messages": [{"content": []}]}), "messages[0].role"),
        (
            json!({"messages": [{"role": "user"}]}),
            "messages[0].content",
        ),
        (
            json!({"messages": [{"role": "user", "content": "x"}]}),
            "messages[0].content",
        ),
        (
            json!({"messages": [{"role": "user", "content": ["x"]}]}),
            "messages[0].content[0]",
        ),
        (
            json!({"inferenceConfig": {"maxTokens": "9"}}),
            "inferenceConfig.maxTokens",
        ),
        (json!({"toolConfig": {"tools": [1]}}), "toolConfig.tools[0]"),
        (json!({"system": "x"}), "system"),
    ] {
        let bytes = body.to_string().into_bytes();
        let index = index(&bytes).unwrap();
        let malformed = Bedrock
            .facts(index.doc(&bytes), named("m", false))
            .unwrap_err();
        assert_eq!(malformed.param.as_deref(), Some(param), "{body}");
        assert!(
            Bedrock.decode_request(&bytes, named("m", false)).is_err(),
            "{body}"
        );
    }
    // The door refuses it; behind the door it is read as an answer's part would be.
    let bytes = br#"{"messages":[{"role":"user","content":[{"text":1}]}]}"#;
    let text = index(bytes).unwrap();
    let malformed = Bedrock.facts(text.doc(bytes), named("m", false));
    let param = malformed.unwrap_err().param;
    assert_eq!(param.as_deref(), Some("messages[0].content[0].text"));
    let bytes = b"{}".to_vec();
    let index = index(&bytes).unwrap();
    assert!(Bedrock.facts(index.doc(&bytes), Named::default()).is_err());
    assert!(
        Bedrock
            .facts(index.doc(&bytes), named("m", true))
            .unwrap()
            .stream
    );
}
