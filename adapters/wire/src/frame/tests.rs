use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const FRAMINGS: [Framing; 5] = [
    Framing::Sse,
    Framing::Ndjson,
    Framing::JsonArray,
    Framing::EventStream,
    Framing::Chunks,
];

fn split(framing: Framing, chunks: &[&[u8]]) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(framing, 1 << 20);
    let mut events = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next().unwrap() {
            events.push(event);
        }
    }
    events.extend(std::iter::from_fn(|| splitter.finish()));
    events
}

fn stream(framing: Framing, texts: &[String]) -> Vec<u8> {
    let mut writer = Writer::new(framing);
    let mut out = Vec::new();
    for text in texts {
        let data = format!(
            "{{\"type\":\"t\",\"x\":{}}}",
            serde_json::Value::from(text.as_str())
        );
        writer.event(Some("t"), data.as_bytes(), &mut out);
    }
    writer.end(&mut out);
    out
}

proptest! {
    #[test]
    fn what_is_written_is_read_again_wherever_it_is_cut(
        texts in prop::collection::vec(any::<String>(), 0..5),
        cut: prop::sample::Index,
    ) {
        for framing in FRAMINGS {
            let bytes = stream(framing, &texts);
            let at = if bytes.is_empty() { 0 } else { cut.index(bytes.len()) };
            let events = split(framing, &[&bytes[..at], &bytes[at..]]);
            let together: Vec<u8> = events.iter().flat_map(|event| event.raw.to_vec()).collect();
            prop_assert_eq!(&together, &bytes);
            let said: Vec<String> = events
                .iter()
                .filter_map(|event| serde_json::from_slice::<serde_json::Value>(&event.data()).ok())
                .map(|value| value["x"].as_str().unwrap().to_owned())
                .collect();
            prop_assert_eq!(&said, &texts, "{:?}", framing);
        }
    }

    #[test]
    fn an_event_with_other_data_says_it_in_the_same_place(text: String) {
        for framing in FRAMINGS {
            let bytes = stream(framing, &["a".to_owned(), "b".to_owned()]);
            let changed = format!("{{\"type\":\"t\",\"x\":{}}}", serde_json::Value::from(text.as_str()));
            let again: Vec<u8> = split(framing, &[&bytes])
                .iter()
                .map(|event| match event.data().is_empty() {
                    true => event.clone(),
                    false => event.with_data(changed.as_bytes()),
                })
                .flat_map(|event| event.raw.to_vec())
                .collect();
            let said = split(framing, &[&again]);
            let said: Vec<_> = said.iter().filter(|event| !event.data().is_empty()).collect();
            prop_assert_eq!(said.len(), 2);
            for event in said {
                prop_assert_eq!(&event.data()[..], changed.as_bytes());
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        for framing in FRAMINGS {
            let mut splitter = Splitter::new(framing, 64);
            splitter.push(bytes.clone().into());
            while let Ok(Some(event)) = splitter.next() {
                let _ = (event.data().len(), event.name().is_some(), event.is_exception());
            }
            let _ = splitter.finish();
        }
    }
}

#[test]
fn a_damaged_message_is_found() {
    let mut bytes = stream(Framing::EventStream, &["a".to_owned()]);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let mut splitter = Splitter::new(Framing::EventStream, 1 << 20);
    splitter.push(bytes.into());
    assert_eq!(splitter.next(), Err(Broken::Damaged));
}

#[test]
fn a_message_that_claims_to_be_huge_is_refused_at_once() {
    let mut splitter = Splitter::new(Framing::EventStream, 1_000);
    splitter.push(Bytes::from_static(&[0x7F, 0xFF, 0xFF, 0xFF]));
    assert_eq!(splitter.next(), Err(Broken::TooLarge { limit: 1_000 }));
}

#[test]
fn an_exception_names_itself() {
    let mut raw = Vec::new();
    write(
        &mut raw,
        Framing::EventStream,
        Some("throttlingException"),
        b"{}",
    );
    let event = RawEvent::framed(Framing::EventStream, raw);
    assert!(event.is_exception());
    assert_eq!(event.name().as_deref(), Some("throttlingException"));
}
