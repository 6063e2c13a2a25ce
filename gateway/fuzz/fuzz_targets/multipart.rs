#![no_main]
//! Forms with files.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_wire::fuzzing::multipart(bytes));
