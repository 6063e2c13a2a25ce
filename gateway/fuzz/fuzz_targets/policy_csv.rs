#![no_main]
//! Policy lines, as access and as compliance.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_policies::fuzzing::csv(bytes));
