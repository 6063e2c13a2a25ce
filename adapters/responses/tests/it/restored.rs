//! Where surrogates are put back: pieces run on, whole texts stand alone, nothing is held back too long.

use bytes::Bytes;
use marshal_adapter_api::{Adapter, Channel, ChannelKind, Closes, StreamTap, TextAt, index};
use marshal_responses::Responses;
use marshal_wire::frame::{Framing, RawEvent};
use serde_json::{Value, json};

fn event(value: &Value) -> RawEvent {
    RawEvent::new(Bytes::from(format!(
        "event: {}\ndata: {value}\n\n",
        value["type"].as_str().unwrap()
    )))
}

fn look(tap: &dyn StreamTap, value: &Value) -> (Vec<(String, TextAt)>, Closes) {
    let raw = event(value);
    let data = raw.data();
    let index = index(&data).unwrap();
    let doc = index.doc(&data);
    let mut texts = Vec::new();
    tap.texts(&raw, doc, &mut texts);
    let texts = texts
        .into_iter()
        .map(|at| (doc.str(at.node).unwrap().into_owned(), at))
        .collect();
    (texts, tap.closes(&raw, doc))
}

fn ends(closes: &Closes, channel: &Channel) -> bool {
    match closes {
        Closes::Nothing => false,
        Closes::Channels(all) => all.contains(channel),
        Closes::All => true,
    }
}

#[test]
fn pieces_of_a_text_run_on_until_it_is_done() {
    let mut tap = Responses.stream_tap();
    let added = json!({"type": "response.output_item.added", "sequence_number": 3, "output_index": 1,
        "item": {"id": "msg_1", "type": "message", "role": "assistant", "content": []}});
    tap.observe(&event(&added));
    let piece = json!({"type": "response.output_text.delta", "sequence_number": 4, "item_id": "msg_1",
        "output_index": 1, "content_index": 2, "delta": "Hel"});
    tap.observe(&event(&piece));
    let (texts, closes) = look(&*tap, &piece);
    assert_eq!((texts.len(), &closes), (1, &Closes::Nothing));
    let running = texts[0].1.channel;
    let done = json!({"type": "response.output_text.done", "item_id": "msg_1", "output_index": 1,
        "content_index": 2, "text": "Hello"});
    let (texts, closes) = look(&*tap, &done);
    assert_eq!(texts[0].0, "Hello");
    assert!(ends(&closes, &running) && ends(&closes, &texts[0].1.channel));
    assert_ne!(texts[0].1.channel, running);

    let rest = tap.text_event(&running, "lo\"");
    assert_eq!(rest.name.as_deref(), Some("response.output_text.delta"));
    let said: Value = serde_json::from_slice(&rest.data).unwrap();
    assert_eq!(
        said,
        json!({"type": "response.output_text.delta", "sequence_number": 4, "item_id": "msg_1",
            "output_index": 1, "content_index": 2, "delta": "lo\"", "logprobs": []})
    );
}

#[test]
fn every_way_in_which_a_text_comes_whole_is_found_and_ends_at_once() {
    let item = json!({"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": "{\"a\":1}"});
    let part = json!({"type": "output_text", "text": "t", "annotations": []});
    let response = json!({"id": "r", "status": "completed", "output": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "s"}], "content": [{"type": "reasoning_text", "text": "c"}]},
        {"type": "message", "content": [part, {"type": "refusal", "refusal": "n"}]}, item,
        {"type": "web_search_call", "action": {"type": "search", "query": "q"}}]});
    let tap = Responses.stream_tap();
    for (value, wanted) in [
        (
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
            vec!["{\"a\":1}"],
        ),
        (
            json!({"type": "response.content_part.done", "output_index": 0, "content_index": 0, "part": part}),
            vec!["t"],
        ),
        (
            json!({"type": "response.reasoning_summary_part.done", "output_index": 0, "summary_index": 0,
                "part": {"type": "summary_text", "text": "s"}}),
            vec!["s"],
        ),
        (
            json!({"type": "response.refusal.done", "refusal": "n"}),
            vec!["n"],
        ),
        (
            json!({"type": "response.custom_tool_call_input.done", "input": "i"}),
            vec!["i"],
        ),
        (
            json!({"type": "response.completed", "response": response}),
            vec!["s", "c", "t", "n", "{\"a\":1}", "search", "q"],
        ),
    ] {
        let (texts, closes) = look(&*tap, &value);
        let said: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(said, wanted, "{value}");
        let mut channels: Vec<Channel> = texts.iter().map(|(_, at)| at.channel).collect();
        for channel in &channels {
            assert!(ends(&closes, channel), "{value}");
        }
        channels.sort_by_key(|channel| channel.part);
        channels.dedup();
        assert_eq!(channels.len(), wanted.len(), "{value}");
        for (text, at) in &texts {
            assert_eq!(at.json_text, text.starts_with('{'), "{text}");
        }
    }
}

#[test]
fn an_item_ends_all_of_its_pieces_and_a_failure_ends_everything() {
    let mut tap = Responses.stream_tap();
    let added = json!({"type": "response.output_item.added", "output_index": 0,
        "item": {"id": "ct", "type": "custom_tool_call", "call_id": "c", "name": "n", "input": ""}});
    tap.observe(&event(&added));
    let piece = json!({"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ct", "delta": "a"});
    let (texts, _) = look(&*tap, &piece);
    let running = texts[0].1.channel;
    assert!(!texts[0].1.json_text && running.kind == ChannelKind::Arguments);
    let rest = tap.text_event(&running, "b");
    assert_eq!(
        rest.name.as_deref(),
        Some("response.custom_tool_call_input.delta")
    );
    let done = json!({"type": "response.output_item.done", "output_index": 0,
        "item": {"type": "custom_tool_call", "input": "ab"}});
    assert!(ends(&look(&*tap, &done).1, &running));
    let failed = json!({"type": "error", "message": "m"});
    assert_eq!(look(&*tap, &failed).1, Closes::All);
}

#[test]
fn a_failure_is_no_ending_that_counts() {
    let mut tap = Responses.stream_tap();
    let failed = json!({"type": "response.failed", "response": {"id": "r", "status": "failed",
        "error": {"code": "server_error", "message": "m"}, "output": [],
        "usage": {"input_tokens": 5, "output_tokens": 1}}});
    tap.observe(&event(&failed));
    assert!(!tap.is_terminal(&event(&failed)) && !tap.meta().finished);
    assert_eq!(tap.meta().finish_reasons, ["failed"]);
    assert_eq!(tap.meta().usage.unwrap().input.0, 5);
}

#[test]
fn a_stream_without_names_is_watched_as_well() {
    let mut tap = Responses.stream_tap();
    let unnamed =
        |value: &Value| RawEvent::framed(Framing::Sse, Bytes::from(format!("data: {value}\n\n")));
    tap.observe(&unnamed(
        &json!({"response": {"id": "r", "model": "m"}, "type": "response.created"}),
    ));
    tap.observe(&unnamed(
        &json!({"delta": "abc", "type": "response.output_text.delta"}),
    ));
    let last = unnamed(
        &json!({"response": {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []},
            "type": "response.incomplete"}),
    );
    tap.observe(&last);
    assert!(tap.is_terminal(&last));
    let meta = tap.meta();
    assert_eq!(
        (meta.id.as_deref(), meta.model.as_deref()),
        (Some("r"), Some("m"))
    );
    assert_eq!(
        (&meta.finish_reasons[..], meta.output_chars),
        (&["content_filter".to_owned()][..], 3)
    );
}

#[test]
fn a_text_that_speaks_of_the_end_is_not_the_end() {
    let mut tap = Responses.stream_tap();
    let piece = json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
        "delta": "\nevent: response.completed\n\"sequence_number\":9"});
    tap.observe(&event(&piece));
    assert!(!tap.is_terminal(&event(&piece)) && !tap.meta().finished);
}
