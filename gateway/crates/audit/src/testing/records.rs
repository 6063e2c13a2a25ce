//! Records of calls, for tests that ask a trail.

use marshal_types::CallId;
use serde_json::{Value, json};

use crate::Event;

fn with(mut base: Value, more: Value) -> Value {
    if let Value::Object(more) = more {
        base.as_object_mut().unwrap().extend(more);
    }
    base
}

/// An attempt of a call; `more` says what is other than usual.
#[must_use]
pub fn intent(call: CallId, more: Value) -> Event<'static> {
    let base = json!({"access_rule": null, "attempt": 1, "call": call.to_string(), "classes": [], "client_dialect": "openai",
        "compliance_rule": null, "dropped": [], "findings": [], "key": "k1", "model": "gpt", "plan": {"order": [], "removed": []},
        "policy": "0".repeat(64), "provider": "openai", "provider_dialect": "openai", "purpose": null, "request_bytes": 1,
        "request_model": "fast", "request_sha256": "0".repeat(64), "reserved_nano_usd": 0, "shadow": [], "source": "dispatch",
        "stream": true, "surface": "chat", "tags": [], "tenant": "acme", "trace_id": null});
    Event::Intent(Box::new(serde_json::from_value(with(base, more)).unwrap()))
}

/// Its answer.
#[must_use]
pub fn complete(call: CallId) -> Event<'static> {
    let record = json!({"attempt": 1, "call": call.to_string(), "cost_nano_usd": 1234, "dropped": [], "duration_us": 900,
        "finish_reasons": ["stop"], "first_byte_us": 300, "outcome": "ok", "overhead_us": 25, "response_bytes": 5,
        "response_model": null, "response_sha256": "0".repeat(64), "restored": 0, "status": 200,
        "usage": {"input": 10, "output": 3, "cache_read": 4, "cache_write": 0, "reasoning": 1, "estimated": false}});
    Event::Complete(Box::new(serde_json::from_value(record).unwrap()))
}

/// A refusal of another tenant's call.
#[must_use]
pub fn deny(call: CallId) -> Event<'static> {
    let record = json!({"attempts": 0, "call": call.to_string(), "classes": ["pci"], "code": "data_blocked", "detail": null,
        "findings": [{"action": "block", "count": 2, "entity": "CREDIT_CARD", "path": "x", "shadow": false}], "key": "k2",
        "message": "no", "place": null, "policy": "0".repeat(64), "request_model": "fast", "rule": "secrets", "status": 403,
        "surface": "chat", "tenant": "beta"});
    Event::Deny(Box::new(serde_json::from_value(record).unwrap()))
}

/// Ids in a certain order: fresh ones of the same millisecond have none.
#[must_use]
pub fn call(number: u32) -> CallId {
    format!("01900000-0000-7000-8000-{number:012}")
        .parse()
        .unwrap()
}
