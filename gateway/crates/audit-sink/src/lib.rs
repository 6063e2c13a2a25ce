//! The write side of the audit trail: durable before the call goes out.
