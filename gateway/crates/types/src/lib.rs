//! The words every crate shares: money, tokens, ids, secrets, failures, time.
