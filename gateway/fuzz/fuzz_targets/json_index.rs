#![no_main]
//! The index over a request body: what it accepts is consistent.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_wire::fuzzing::json_index(bytes));
