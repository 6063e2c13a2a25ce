#![no_main]
//! The splitter of event streams: the same events however the stream is cut.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_wire::fuzzing::sse_split(bytes));
