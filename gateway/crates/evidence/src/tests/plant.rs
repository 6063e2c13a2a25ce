//! What each fault is in the records.

use serde_json::{Map, Value, json};

use super::month::Fault;
use super::pen::Pen;
use super::records::*;

/// A call that is like any other but for one thing.
fn odd(pen: &mut Pen, number: u64, change: impl FnOnce(&mut Value)) {
    let mut begun = intent(number, "openai", "gpt-4o");
    change(&mut begun);
    pen.write("intent", begun);
    pen.write("complete", complete(number, 2_000));
}

fn personal(begun: &mut Value) {
    begun["classes"] = json!(["pii"]);
    begun["findings"] = json!([finding("EMAIL_ADDRESS", "surrogate")]);
}

fn facts(begun: &mut Value) -> &mut Map<String, Value> {
    begun["question"]["targets"][0]["facts"]
        .as_object_mut()
        .unwrap()
}

pub(super) fn plant(pen: &mut Pen, fault: Fault, number: u64) {
    match fault {
        // Of the chains, not of a record.
        Fault::Interrupted | Fault::UnsignedTail | Fault::ShortTrail => {}
        Fault::OpenAttempt => pen.write("intent", intent(number, "openai", "gpt-4o")),
        Fault::FailedWrite => pen.fail(),
        Fault::ShortRetention => odd(pen, number, |one| one["retention_days"] = 30.into()),
        Fault::UnsignedPolicyChange => pen.write("policy-change", policy_change(true, &[])),
        Fault::NoAccessLine => odd(pen, number, |one| one["access_rule"] = Value::Null),
        Fault::NoPolicy => odd(pen, number, |one| one["policy"] = ZEROS.into()),
        Fault::ShadowLine => odd(pen, number, |one| {
            one["shadow"] = json!([{"rule": "trial", "would": "deny"}]);
        }),
        Fault::ShadowEntity => odd(pen, number, |one| {
            personal(one);
            one["findings"][0]["shadow"] = true.into();
        }),
        Fault::NoPurpose => odd(pen, number, |one| one["purpose"] = Value::Null),
        Fault::NamelessKey => odd(pen, number, |one| {
            one["question"]["subjects"] = json!(["k:k1", "t:core"]);
        }),
        Fault::UnusedKey => pen.write("key-change", key("k3", "created")),
        Fault::BreakGlassWithoutReason => pen.write("break-glass", break_glass(number, " ")),
        Fault::CardOnlyAlerted => odd(pen, number, |one| {
            one["classes"] = json!(["pci"]);
            one["findings"] = json!([finding("CREDIT_CARD", "alert")]);
        }),
        Fault::CardOfUnsaidClass => odd(pen, number, |one| {
            one["classes"] = json!(["pci", "pii"]);
            one["findings"] = json!([finding("LOYALTY_CARD", "allow")]);
        }),
        Fault::GuardFailedOpen => odd(pen, number, |one| {
            one["findings"] = json!([guard("moderation", "failed_open")]);
        }),
        Fault::UnreadSound => odd(pen, number, |one| one["uninspected"] = json!(["audio"])),
        Fault::UnreadFile => odd(pen, number, |one| {
            one["findings"] = json!([finding("image", "allow")])
        }),
        Fault::UnknownRegion => odd(pen, number, |one| {
            personal(one);
            facts(one).shift_remove("region");
        }),
        Fault::OutOfRegion => odd(pen, number, |one| {
            personal(one);
            facts(one).insert("region".into(), "us".into());
        }),
        Fault::NoContract => odd(pen, number, |one| {
            personal(one);
            facts(one).insert("dpa".into(), false.into());
        }),
        Fault::Unpriced => odd(pen, number, |one| one["unpriced"] = true.into()),
        Fault::Internal => pen.write("deny", deny(number, "internal")),
        Fault::HeldErasure => pen.write("erase", erase(true)),
        Fault::HoldWithoutReason => pen.write("hold", hold("case-9", "", false)),
    }
}
