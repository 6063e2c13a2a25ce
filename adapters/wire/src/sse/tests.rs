use std::borrow::Cow;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::fuzzing;

fn split(chunks: &[&str]) -> Vec<String> {
    let mut splitter = Splitter::new(1 << 20);
    let mut blocks = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk.as_bytes()));
        while let Some(event) = splitter.next().unwrap() {
            blocks.push(String::from_utf8(event.raw.to_vec()).unwrap());
        }
    }
    while let Some(event) = splitter.finish() {
        blocks.push(String::from_utf8(event.raw.to_vec()).unwrap());
    }
    blocks
}

fn event(raw: &'static str) -> RawEvent {
    RawEvent::new(raw)
}

#[test]
fn blocks_end_at_a_blank_line_of_any_kind() {
    assert_eq!(
        split(&["data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\ndata: e\r\n\n"]),
        [
            "data: a\n\n",
            "data: b\r\n\r\n",
            "data: c\r\r",
            "data: d\n\r\n",
            "data: e\r\n\n"
        ]
    );
}

#[test]
fn a_block_without_its_blank_line_comes_at_the_end() {
    assert_eq!(split(&["data: a\n\ndata: b"]), ["data: a\n\n", "data: b"]);
    assert_eq!(split(&["data: a\n\r"]), ["data: a\n\r"]);
    assert!(split(&[""]).is_empty());
}

#[test]
fn a_carriage_return_waits_for_the_line_feed_in_the_next_chunk() {
    assert_eq!(
        split(&["data: a\r\n\r", "\ndata: b\r\n\r", "\n"]),
        ["data: a\r\n\r\n", "data: b\r\n\r\n"]
    );
}

#[test]
fn a_stream_of_bare_carriage_returns_is_not_held_back() {
    let mut splitter = Splitter::new(100);
    splitter.push(Bytes::from_static(b"data: a\r\r"));
    assert!(splitter.next().unwrap().is_some());
}

#[test]
fn extra_blank_lines_are_blocks_that_say_nothing() {
    let blocks = split(&["\n\ndata: a\n\n\n"]);
    assert_eq!(blocks, ["\n", "\n", "data: a\n\n", "\n"]);
    assert!(event("\n").is_comment());
}

#[test]
fn a_block_within_one_chunk_is_a_slice_of_it() {
    let chunk = Bytes::from_static(b"data: a\n\ndata: b\n\n");
    let mut splitter = Splitter::new(100);
    splitter.push(chunk.clone());
    for start in [0, 9] {
        let raw = splitter.next().unwrap().unwrap().raw;
        assert_eq!(raw.as_ptr(), chunk[start..].as_ptr());
    }
}

#[test]
fn a_block_beyond_the_limit_breaks_the_stream() {
    let mut splitter = Splitter::new(16);
    splitter.push(Bytes::from_static(b"data: 1234567\n\n"));
    assert!(splitter.next().unwrap().is_some());
    for _ in 0..3 {
        splitter.push(Bytes::from_static(b"data: 1"));
    }
    assert_eq!(splitter.next(), Err(TooLarge { limit: 16 }));
    splitter.push(Bytes::from_static(b"\n\n"));
    assert_eq!(splitter.next(), Err(TooLarge { limit: 16 }));
    assert!(splitter.finish().is_none());
}

#[test]
fn the_fields_of_a_block_are_read() {
    let one = event("event: message_start\ndata: {\"a\":1}\nid: 7\n\n");
    assert_eq!(one.name().unwrap(), "message_start");
    assert!(matches!(one.data(), Cow::Borrowed(b"{\"a\":1}")));
    let many = event("data:a\r\ndata:  b\r\n: note\r\ndata\r\n\r\n");
    assert_eq!(many.data(), &b"a\n b\n"[..]);
    assert_eq!(many.name(), None);
    assert_eq!(event("\u{feff}data: x\n\n").data(), &b"x"[..]);
    assert_eq!(event("data: x").data(), &b"x"[..]);
    assert_eq!(event("event: a\nevent: b\n\n").name().unwrap(), "b");
}

#[test]
fn a_comment_is_known_as_one() {
    assert!(event(": OPENROUTER PROCESSING\n\n").is_comment());
    assert!(event(":\r\n\r\n").is_comment());
    assert!(!event("event: ping\n\n").is_comment());
    assert!(!event(": hm\ndata: x\n\n").is_comment());
}

#[test]
fn a_written_event_reads_back_whatever_its_data() {
    let mut out = Vec::new();
    write(
        &mut out,
        Some("delta\nforged: x"),
        b"one\ntwo\r\n\r\nevent: forged",
    );
    assert_eq!(
        String::from_utf8(out.clone()).unwrap(),
        "event: delta\ndata: one\ndata: two\ndata: \ndata: event: forged\n\n"
    );
    let blocks = split(&[std::str::from_utf8(&out).unwrap()]);
    assert_eq!(blocks.len(), 1);
}

#[test]
fn nothing_that_a_log_prints_shows_a_stream() {
    let one = event("data: secret\n\n");
    let mut splitter = Splitter::new(100);
    splitter.push(one.raw.clone());
    let printed = format!("{one:?} {:?} {splitter:?}", one.parse());
    assert!(!printed.contains("secret"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_cut_gives_the_same_blocks(stream in "(data|event|: |x|\\n|\\r|\\r\\n|\\n\\n|\u{feff}){0,40}") {
        fuzzing::sse_split(stream.as_bytes());
    }

    #[test]
    fn any_bytes_are_split_without_loss(stream: Vec<u8>) {
        fuzzing::sse_split(&stream);
    }

    #[test]
    fn data_survives_writing_and_splitting(lines in prop::collection::vec("[^\r\n]{0,20}", 1..5)) {
        let data = lines.join("\n");
        let mut out = Vec::new();
        write(&mut out, None, data.as_bytes());
        let mut splitter = Splitter::new(10_000);
        splitter.push(Bytes::from(out));
        let event = splitter.next().unwrap().unwrap();
        prop_assert_eq!(event.data(), data.as_bytes());
        prop_assert!(splitter.finish().is_none());
    }
}
