#![no_main]
//! Streams in every framing: the same events however they are cut.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_wire::fuzzing::frames(bytes));
