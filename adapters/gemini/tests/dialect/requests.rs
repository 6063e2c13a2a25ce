//! Requests, in both directions.

use marshal_adapter_api::{Adapter, Part, ThinkingMode, Tool, ToolChoice};
use marshal_gemini::Gemini;
use marshal_openai::OpenAi;
use serde_json::{Value, json};

use super::{for_model, gemini, openai, refusal, value};

#[test]
fn both_spellings_and_single_items_are_read_and_written_again() {
    let body = json!({
        "system_instruction": {"parts": {"text": "be brief"}},
        "contents": {"parts": {"text": "hi"}},
        "cached_content": "cachedContents/1",
        "tools": {"function_declarations": {"name": "f", "parameters": {"type": "OBJECT", "nullable": true}}},
        "tool_config": {"function_calling_config": {"mode": "any", "allowed_function_names": ["f"]}},
        "safety_settings": [{"category": "X"}],
        "generation_config": {
            "temperature": 0.70, "top_p": 1, "top_k": 40.0, "seed": 1, "presence_penalty": 0.1,
            "max_output_tokens": 3, "stop_sequences": ["x"], "candidate_count": 1,
            "response_mime_type": "application/json",
            "response_schema": {"type": "STRING", "property_ordering": ["a"]},
            "thinking_config": {"thinking_budget": -1, "include_thoughts": false},
            "speech_config": {"a": 1}, "response_modalities": ["TEXT"]
        }
    });
    let request = gemini(&body);
    assert_eq!(request.tool_choice, Some(ToolChoice::Named("f".to_owned())));
    assert_eq!(request.top_k.as_ref().unwrap().as_str(), "40");
    assert_eq!(request.max_output, Some(3));
    assert_eq!(
        request.thinking.as_ref().map(|thinking| &thinking.mode),
        Some(&ThinkingMode::Adaptive)
    );
    let again = value(&Gemini.encode_request(&request, "m", 1).unwrap());
    let mut wanted = body;
    // As a whole number; equal in JSON.
    wanted["generation_config"]["top_k"] = json!(40);
    wanted["tools"]["function_declarations"] = json!([wanted["tools"]["function_declarations"]]);
    assert_eq!(again, wanted);
}

#[test]
fn empty_members_and_odd_entries_come_back() {
    for body in [
        json!({"contents": [], "generationConfig": {}, "tools": [], "toolConfig": {}}),
        json!({"contents": [{}, {"role": "user"}, {"parts": []}, {"role": "", "parts": [{}]}],
            "generationConfig": {"thinkingConfig": {}, "temperature": "0.5", "stopSequences": []},
            "tools": [{}, {"functionDeclarations": []}, {"googleSearch": {}, "codeExecution": null},
                {"functionDeclarations": [{"name": "f"}, {"name": "g", "parametersJsonSchema": {}}], "urlContext": {}}],
            "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}, "retrievalConfig": {"a": 1}},
            "systemInstruction": {"role": "model", "parts": [{"text": "x", "thought": false}]}}),
        json!({"contents": [{"role": "function", "parts": [
                {"functionResponse": {"name": "f", "response": {"output": "x"}}},
                {"functionResponse": {"name": "f", "response": {"error": ["x", "y"]}, "willContinue": false}},
                {"functionResponse": {"name": "f", "id": "1", "response": {"a": {"b": 1}},
                    "parts": [{"inlineData": {"mimeType": "image/png", "data": "-_8"}}]}},
                {"functionResponse": {"name": "f"}}, {"functionResponse": 1}, {"functionCall": {}}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["a", "b"]}}}),
        json!({"contents": [{"role": "model", "parts": [
                {"functionCall": {"name": "f"}, "thoughtSignature": "s"},
                {"functionCall": {"name": "f", "args": {"a": 1e2}, "id": "x", "partialArgs": []}},
                {"text": "t", "thought": true, "thoughtSignature": "s"}, {"thought": true, "thoughtSignature": "s"},
                {"text": "t", "thoughtSignature": "s", "videoMetadata": {"fps": 1}},
                {"text": "a", "inlineData": {}}, {"executableCode": {"code": "1"}},
                {"inlineData": {"mimeType": "text/plain", "data": "aGk=", "displayName": "n"}},
                {"fileData": {"fileUri": "gs://a/b", "displayName": "n"}}, {"newThing": 1}]}],
            "generationConfig": {"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING"}}}),
    ] {
        let request = gemini(&body);
        let again = Gemini.encode_request(&request, "m", 1).unwrap();
        assert_eq!(value(&again), body);
        assert!(again.dropped.is_empty());
    }
}

#[test]
fn a_conversation_of_an_openai_client_is_put_before_a_gemini_model() {
    let (body, dropped) = for_model(
        &json!({
            "model": "m", "user": "u", "parallel_tool_calls": false, "max_tokens": 9, "n": 2, "stop": "x",
            "presence_penalty": 0.5, "logit_bias": {"1": 2}, "temperature": 0.70, "seed": 4,
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hi"},
                {"role": "user", "content": [{"type": "text", "text": "see"},
                    {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}},
                    {"id": "b", "type": "function", "function": {"name": "g", "arguments": ""}}]},
                {"role": "tool", "tool_call_id": "b", "content": "plain"},
                {"role": "tool", "tool_call_id": "a", "content": "{\"y\": 2}"},
                {"role": "developer", "content": "late"}],
            "tools": [{"type": "function", "function": {"name": "f", "strict": true, "parameters": {"type": "object"}}},
                {"type": "function", "function": {"name": "g"}}],
            "tool_choice": "required",
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
        }),
        "gemini-2.5-flash",
    );
    assert_eq!(
        body,
        json!({
            "systemInstruction": {"parts": [{"text": "be brief"}, {"text": "late"}]},
            "contents": [
                {"role": "user", "parts": [{"text": "hi"}, {"text": "see"},
                    {"fileData": {"mimeType": "image/png", "fileUri": "https://x/y.png"}},
                    {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
                    {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}]},
                {"role": "model", "parts": [
                    {"functionCall": {"id": "a", "name": "f", "args": {"x": 1}}},
                    {"functionCall": {"id": "b", "name": "g", "args": {}}}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"id": "a", "name": "f", "response": {"y": 2}}},
                    {"functionResponse": {"id": "b", "name": "g", "response": {"result": "plain"}}}]}],
            "tools": [{"functionDeclarations": [
                {"name": "f", "parametersJsonSchema": {"type": "object"}}, {"name": "g"}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
            "generationConfig": {"maxOutputTokens": 9, "candidateCount": 2, "temperature": 0.70, "seed": 4,
                "presencePenalty": 0.5, "stopSequences": ["x"],
                "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}}
        })
    );
    for path in [
        "user",
        "parallel_tool_calls",
        "logit_bias",
        "messages[2].content[1].image_url.detail",
        "messages[6].role",
    ] {
        assert!(dropped.iter().any(|at| at == path), "{path}: {dropped:?}");
    }
}

#[test]
fn calls_that_no_gemini_model_made_pass_where_seals_are_checked() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let mut sealed = call("s");
    sealed["extra_content"] = json!({"google": {"thought_signature": "seal"}});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "1"});
    let body = json!({"model": "m", "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [call("a"), call("b")]}, result("a"), result("b"),
        {"role": "assistant", "tool_calls": [sealed]}, result("s")]});
    let seals = |model: &str| {
        let (body, dropped) = for_model(&body, model);
        assert!(dropped.is_empty(), "{dropped:?}");
        let parts = |turn: usize| body["contents"][turn]["parts"].as_array().unwrap().clone();
        [parts(1), parts(3)]
            .concat()
            .iter()
            .map(|part| part["thoughtSignature"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(
        seals("gemini-3-pro-preview"),
        [
            json!("skip_thought_signature_validator"),
            Value::Null,
            json!("seal")
        ]
    );
    assert_eq!(
        seals("gemini-2.5-flash"),
        [Value::Null, Value::Null, json!("seal")]
    );
}

#[test]
fn effort_is_said_as_each_generation_wants_it() {
    let config = |effort: &str, model: &str| {
        let body = json!({"model": "m", "reasoning_effort": effort,
            "messages": [{"role": "user", "content": "hi"}]});
        let (body, dropped) = for_model(&body, model);
        (
            body["generationConfig"]["thinkingConfig"].clone(),
            dropped.len(),
        )
    };
    let shown = |name: &str, value: Value| json!({name: value, "includeThoughts": true});
    for (effort, model, wanted, dropped) in [
        (
            "low",
            "gemini-3-flash",
            shown("thinkingLevel", json!("low")),
            0,
        ),
        (
            "xhigh",
            "gemini-3-flash",
            shown("thinkingLevel", json!("high")),
            0,
        ),
        (
            "minimal",
            "gemini-3-flash",
            shown("thinkingLevel", json!("minimal")),
            0,
        ),
        (
            "minimal",
            "gemini-3-pro",
            shown("thinkingLevel", json!("low")),
            0,
        ),
        ("none", "gemini-3-pro", json!({"thinkingLevel": "low"}), 1),
        (
            "low",
            "gemini-2.5-flash",
            shown("thinkingBudget", json!(1_024)),
            0,
        ),
        (
            "high",
            "gemini-2.5-pro",
            shown("thinkingBudget", json!(24_576)),
            0,
        ),
        ("none", "gemini-2.5-flash", json!({"thinkingBudget": 0}), 0),
        (
            "none",
            "gemini-2.5-pro",
            shown("thinkingBudget", json!(128)),
            1,
        ),
        ("low", "gemini-2.0-flash", Value::Null, 1),
    ] {
        assert_eq!(config(effort, model), (wanted, dropped), "{effort} {model}");
    }
}

#[test]
fn what_would_mean_something_else_is_refused() {
    let hello = json!([{"role": "user", "content": "hi"}]);
    for (body, param) in [
        (
            json!({"model": "m", "messages": hello, "tool_choice": "required"}),
            "tool_choice",
        ),
        (
            json!({"model": "m", "messages": hello, "response_format": {"type": "grammar"}}),
            "response_format",
        ),
        (
            json!({"model": "m", "messages": hello, "functions": [{"name": "f"}]}),
            "functions",
        ),
        (
            json!({"model": "m", "messages": [{"role": "system", "content": "x"}]}),
            "messages",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]}),
            "messages[0].content[0]",
        ),
        (
            json!({"model": "m", "messages": [{"role": "tool", "tool_call_id": "lost", "content": "x"}]}),
            "messages[0]",
        ),
    ] {
        assert_eq!(refusal(&body), param, "{body}");
    }
}

#[test]
fn a_tool_that_failed_and_one_that_says_several_things_are_understood_again() {
    let mut request = openai(&json!({"model": "m", "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "not json"}}]},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "{\"result\": \"x\"}"},
            {"type": "text", "text": "two"}]}]}));
    if let Part::ToolResult { is_error, .. } = &mut request.messages[2].parts[0] {
        *is_error = Some(true);
    }
    let body = value(
        &Gemini
            .encode_request(&request, "gemini-2.5-flash", 1)
            .unwrap(),
    );
    assert_eq!(
        body["contents"][1]["parts"][0]["functionCall"]["args"],
        json!({"arguments": "not json"})
    );
    let again = gemini(&body);
    let Part::ToolResult {
        call_id,
        content,
        is_error,
        ..
    } = &again.messages[2].parts[0]
    else {
        panic!("a result");
    };
    assert_eq!((call_id.as_str(), *is_error), ("a", Some(true)));
    let texts: Vec<&str> = content
        .iter()
        .flatten()
        .filter_map(|part| match part {
            Part::Text { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["{\"result\": \"x\"}", "two"]);
}

#[test]
fn calls_without_ids_are_matched_by_name_and_order_and_stay_without() {
    let body = json!({"contents": [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"n": 1}}},
            {"functionCall": {"name": "g"}}, {"functionCall": {"name": "f", "args": {"n": 2}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"result": "1"}}},
            {"functionResponse": {"name": "f", "response": {"result": "2"}}},
            {"functionResponse": {"name": "g", "response": {"result": "3"}}}]}]});
    let request = gemini(&body);
    let written = OpenAi.encode_request(&request, "m", 1).unwrap();
    let chat = value(&written);
    let ids: Vec<&Value> = (0..3)
        .map(|at| &chat["messages"][1]["tool_calls"][at]["id"])
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    for (message, call) in [(2, 0), (3, 2), (4, 1)] {
        assert_eq!(&chat["messages"][message]["tool_call_id"], ids[call]);
    }
    let back = OpenAi
        .decode_request(&written.body, marshal_adapter_api::Named::default())
        .unwrap();
    let again = value(&Gemini.encode_request(&back, "gemini-2.5-flash", 1).unwrap());
    assert!(!again.to_string().contains("\"id\""), "{again}");
}

#[test]
fn googles_schemas_and_own_tools_are_told_to_other_dialects() {
    let request = gemini(&json!({
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT",
            "propertyOrdering": ["a"], "properties": {"a": {"type": "STRING", "nullable": true}}}}],
            "googleSearch": {}}],
        "labels": {"team": "x"},
        "generationConfig": {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"},
            "topK": 3, "speechConfig": {"voice": 1}, "responseModalities": ["TEXT"]}
    }));
    assert!(
        matches!(&request.tools.as_ref().unwrap()[1], Tool::Opaque { kind, .. } if kind == "googleSearch")
    );
    let encoded = OpenAi.encode_request(&request, "m", 1).unwrap();
    let body = value(&encoded);
    assert_eq!(
        body["tools"][0]["function"]["parameters"],
        json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}}})
    );
    assert_eq!(
        body["response_format"]["json_schema"]["schema"],
        json!({"type": "object"})
    );
    for path in [
        "tools[0].googleSearch",
        "tools[0].functionDeclarations[0].parameters.propertyOrdering",
        "generationConfig.speechConfig",
        "labels",
    ] {
        assert!(
            encoded.dropped.iter().any(|at| at == path),
            "{path}: {:?}",
            encoded.dropped
        );
    }
    assert!(
        !encoded
            .dropped
            .iter()
            .any(|path| path.contains('~') || path.contains("Modalities"))
    );
}

#[test]
fn what_only_google_keeps_is_not_asked_of_another_provider() {
    for body in [
        json!({"contents": [{"parts": [{"text": "hi"}]}], "cachedContent": "cachedContents/1"}),
        json!({"contents": [{"parts": [{"fileData": {"fileUri": "gs://a/b.png", "mimeType": "image/png"}}]}]}),
        json!({"contents": [{"parts": [{"fileData": {"fileUri": "https://youtu.be/x"}}]}]}),
    ] {
        assert!(OpenAi.encode_request(&gemini(&body), "m", 1).is_err());
    }
}

#[test]
fn a_role_that_gemini_does_not_know_is_refused_with_its_path() {
    let body = json!({"contents": [{"role": "narrator", "parts": []}]}).to_string();
    let malformed = Gemini
        .decode_request(body.as_bytes(), super::NAMED)
        .unwrap_err();
    assert_eq!(malformed.param.as_deref(), Some("contents[0].role"));
}
