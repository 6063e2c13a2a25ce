#![no_main]
//! The conditions of policy lines.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_policies::fuzzing::condition(bytes));
