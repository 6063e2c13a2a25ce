#![no_main]
//! `data.yaml`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_policies::fuzzing::data(bytes));
