#![no_main]
//! The gate before the HTTP parser: what it lets pass, another parser reads the same way.

use libfuzzer_sys::fuzz_target;
use marshal_edge::gate::{Framing, HeadLimits, check_head};

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        let _ = check_head(bytes, &HeadLimits::default());
        return;
    };
    let head = &bytes[..end + 4];
    let Ok(checked) = check_head(head, &HeadLimits::default()) else {
        return;
    };
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut headers);
    let read = request
        .parse(head)
        .expect("the gate let pass what httparse refuses");
    assert_eq!(read, httparse::Status::Complete(head.len()));
    let values = |name: &str| -> Vec<&[u8]> {
        let named = request
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| field.value).collect()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    match checked.framing {
        Framing::Chunked => assert!(lengths.is_empty() && codings.len() == 1),
        Framing::Length(0) if lengths.is_empty() => assert!(codings.is_empty()),
        Framing::Length(length) => {
            assert!(codings.is_empty() && lengths.len() == 1);
            assert_eq!(
                std::str::from_utf8(lengths[0])
                    .ok()
                    .and_then(|text| text.trim().parse().ok()),
                Some(length)
            );
        }
        Framing::Upgrade => assert!(codings.is_empty()),
    }
});
