#![no_main]
//! Signatures and filters: whatever the text, what they find lies within it.

use marshal_signatures::{Channel, canary, exfiltration, invisible, scan};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = scan(text, Channel::Auto);
    for (range, _) in invisible::find(text) {
        assert!(text.get(range).is_some());
    }
    for range in exfiltration::find(text, &["img.example.com"]) {
        assert!(text.get(range).is_some());
    }
    let _ = canary::leaks(text, "ZEBRA-7719-QUILL");
});
