#![no_main]
//! A whole bundle with one file changed: models, lines, obligations, facts, approvals, packs, tests, signatures.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_policies::fuzzing::bundle(bytes));
