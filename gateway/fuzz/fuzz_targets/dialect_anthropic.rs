#![no_main]
//! Requests, answers, streams and errors of a dialect: whatever is read is written in every other.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    marshal_conformance::fuzzing::dialect(marshal_types::Dialect::Anthropic, bytes);
});
