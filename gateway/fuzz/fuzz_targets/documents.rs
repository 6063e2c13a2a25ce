#![no_main]
//! Documents: whatever a file claims to be, its text comes out within the limits, or a failure says why not.

use marshal_documents::{Limits, sniff, text_of};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        text: 1 << 20,
        decompressed: 8 << 20,
        steps: 20_000_000,
        ..Limits::default()
    };
    if let Ok(extract) = text_of(bytes, sniff(bytes, None, None), &limits) {
        assert!(extract.text.len() <= limits.text);
        for (_, range) in &extract.parts {
            assert!(extract.text.get(range.clone()).is_some());
        }
    }
});
