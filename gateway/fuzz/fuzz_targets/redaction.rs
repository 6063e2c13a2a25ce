#![no_main]
//! Detectors and surrogates: what was replaced comes back.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_policies::fuzzing::scan(bytes));
