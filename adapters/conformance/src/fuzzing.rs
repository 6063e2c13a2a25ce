//! What a fuzzer calls: any bytes at all as a request, an answer, a stream and an error of a dialect.
//!
//! Whatever is read must be written in every dialect, as JSON where JSON is due; nothing may panic.

use marshal_adapter_api::{Adapter, Named, StreamShape};
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use marshal_wire::json::{Edits, Index, Limits};

use crate::spoken::{all, spoken};

/// The most output tokens that stand where a dialect demands a limit.
const MAX_OUTPUT: u64 = 4_096;

/// Reads the bytes in every way in which the dialect's bytes are read.
///
/// # Panics
/// If something written is no JSON: a bug.
pub fn dialect(dialect: Dialect, bytes: &[u8]) {
    let Some(adapter) = spoken(dialect) else {
        return;
    };
    let named = Named {
        model: Some("some/model"),
        stream: None,
    };
    request(adapter, named, bytes);
    answer(adapter, bytes);
    let _ = adapter.decode_error(500, bytes);
    stream(adapter, adapter.framing(), bytes);
}

fn request(adapter: &dyn Adapter, named: Named<'_>, bytes: &[u8]) {
    if let Ok(index) = Index::parse(bytes, &Limits::default()) {
        let doc = index.doc(bytes);
        let _ = adapter.facts(doc, named);
        let mut edits = Edits::new();
        adapter.set_model(doc, "another", &mut edits);
        json(&edits.apply(bytes), "a request with another model");
        let _ = adapter.meta(doc);
        let mut texts = Vec::new();
        adapter.answer_texts(doc, &mut texts);
    }
    let Ok(request) = adapter.decode_request(bytes, named) else {
        return;
    };
    for (_, to) in all() {
        if let Ok(encoded) = to.encode_request(&request, "another", MAX_OUTPUT) {
            json(&encoded.body, "a request");
        }
    }
}

fn answer(adapter: &dyn Adapter, bytes: &[u8]) {
    let Ok(response) = adapter.decode_response(bytes) else {
        return;
    };
    for (_, to) in all() {
        json(&to.encode_response(&response).body, "an answer");
    }
}

fn stream(adapter: &dyn Adapter, framing: Framing, bytes: &[u8]) {
    let mut decoder = adapter.stream_decoder();
    let mut tap = adapter.stream_tap();
    let mut encoders: Vec<_> = all()
        .map(|(_, to)| {
            to.stream_encoder(StreamShape {
                include_usage: true,
                model: "another".to_owned(),
                created: 0,
            })
        })
        .collect();
    let (mut said, mut written) = (Vec::new(), Vec::new());
    for event in events(framing, bytes) {
        tap.observe(&event);
        let data = event.data();
        if let Ok(index) = Index::parse(&data, &Limits::default()) {
            let doc = index.doc(&data);
            let mut texts = Vec::new();
            tap.texts(&event, doc, &mut texts);
            let _ = tap.closes(&event, doc);
            for text in texts {
                let _ = tap.text_event(&text.channel, "more");
            }
        }
        if decoder.event(&event, &mut said).is_err() {
            break;
        }
    }
    decoder.end(&mut said);
    for encoder in &mut encoders {
        for event in &said {
            encoder.event(event, &mut written);
        }
        encoder.end(&mut written);
    }
}

fn events(framing: Framing, bytes: &[u8]) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(framing, 1 << 20);
    splitter.push(bytes.to_vec().into());
    let mut events = Vec::new();
    while let Ok(Some(event)) = splitter.next() {
        events.push(event);
    }
    events.extend(std::iter::from_fn(|| splitter.finish()));
    events
}

fn json(bytes: &[u8], what: &str) {
    assert!(
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok(),
        "{what} is no JSON: {}",
        String::from_utf8_lossy(bytes)
    );
}
