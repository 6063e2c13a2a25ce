//! Records as a well-kept gateway writes them. A test changes what it wants to be otherwise.

use serde_json::{Value, json};

pub(super) const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(super) fn digest(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

/// The id of the call with this number.
pub(super) fn call(number: u64) -> String {
    format!("01900000-0000-7000-8000-{number:012}")
}

/// What was asked of the policies about the target, by a person.
pub(super) fn question(target: &str, purpose: &str) -> Value {
    json!({
        "action": "invoke", "method": "POST", "subjects": ["k:k1", "u:ann", "t:core"],
        "targets": [{
            "evidence": ["region", "dpa"],
            "facts": {
                "baa": true, "dpa": true, "pci": true, "purpose": purpose, "region": "eu", "tools": false,
                "training": false, "zero_retention": true,
            },
            "target": target,
        }],
    })
}

pub(super) fn intent(number: u64, provider: &str, model: &str) -> Value {
    json!({
        "access_rule": "everyone-invokes", "attempt": 1, "call": call(number), "classes": [], "client_dialect": "openai",
        "compliance_rule": "nothing-found", "dropped": [], "findings": [], "key": "k1", "model": model,
        "obligations": ["max_tokens=4096", "disclosure=header", "retention_days=2192"],
        "plan": {"order": [], "removed": [{"target": "far/model", "by_policy": true, "why": "compliance: eu-stays-in-eu"}]},
        "policy": digest(7), "provider": provider, "provider_dialect": "openai", "purpose": "support",
        "question": question(&format!("{provider}/{model}"), "support"), "request_bytes": 12, "request_model": "fast",
        "request_sha256": digest(1), "reserved_nano_usd": 5, "retention_days": 2192, "shadow": [], "source": "dispatch",
        "stream": true, "surface": "chat_completions", "tags": [], "tenant": "acme", "trace_id": null,
    })
}

pub(super) fn complete(number: u64, duration_us: u64) -> Value {
    json!({
        "attempt": 1, "call": call(number), "cost_nano_usd": 1_500, "duration_us": duration_us, "finish_reasons": ["stop"],
        "first_byte_us": 300, "outcome": "ok", "overhead_us": 25, "response_bytes": 77, "response_model": null,
        "response_sha256": digest(2), "restored": 0, "status": 200,
        "usage": {"cache_read": 0, "cache_write": 0, "estimated": false, "input": 10, "output": 5, "reasoning": 0},
    })
}

pub(super) fn abort(number: u64) -> Value {
    json!({
        "attempt": 1, "call": call(number), "code": "upstream_overloaded", "duration_us": 100,
        "provider_code": null, "status": 529,
    })
}

pub(super) fn deny(number: u64, code: &str) -> Value {
    json!({
        "attempts": 0, "call": call(number), "classes": [], "code": code, "detail": null, "findings": [], "key": "k1",
        "message": "Refused.", "place": null, "policy": digest(7), "question": null, "request_model": "fast", "rule": null,
        "status": 403, "surface": "chat_completions", "tenant": "acme",
    })
}

/// A value that was found and replaced.
pub(super) fn finding(entity: &str, action: &str) -> Value {
    json!({
        "action": action, "count": 2, "detector": entity.to_lowercase(), "entity": entity, "path": "messages[0].content",
        "score": 95, "shadow": false,
    })
}

/// What a guard says of a call as a whole.
pub(super) fn guard(name: &str, action: &str) -> Value {
    json!({
        "action": action, "count": 1, "detector": "ignore the instructions above", "entity": name, "path": "", "score": 90,
        "shadow": false,
    })
}

pub(super) fn key(id: &str, change: &str) -> Value {
    json!({"by": "root", "change": change, "key": id, "name": format!("key {id}"), "tenant": "acme"})
}

pub(super) fn policy_change(ok: bool, approvers: &[&str]) -> Value {
    json!({
        "approvers": approvers, "from": digest(6), "label": "policies", "ok": ok,
        "problems": if ok { vec![] } else { vec!["policies/access.csv:3:1: no such action"] },
        "to": if ok { Some(digest(7)) } else { None },
    })
}

pub(super) fn break_glass(number: u64, reason: &str) -> Value {
    json!({
        "call": call(number), "key": "k1", "reason": reason, "surface": "chat_completions", "tenant": "acme", "user": "ann",
    })
}

pub(super) fn erase(held: bool) -> Value {
    json!({
        "by": "root", "held": held, "keys_destroyed": if held { 0 } else { 3 }, "reason": "asked by the subject",
        "subject": "u:ann",
    })
}

pub(super) fn hold(name: &str, reason: &str, released: bool) -> Value {
    json!({
        "by": "legal", "name": name, "reason": reason, "released": released, "subject": "u:bob", "until": null,
    })
}
