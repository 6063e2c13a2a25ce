#![no_main]
//! The YAML that people write.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marshal_yaml::fuzzing::parse_and_read(bytes));
