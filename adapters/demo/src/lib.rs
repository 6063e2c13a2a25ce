//! A provider that needs no key: deterministic answers in the real wire formats.
