//! Records of every kind, and a trail that holds them.

use std::path::Path;

use marshal_types::{CallId, Dialect, Digest, NanoUsd, Tokens, Usage};

pub(crate) use crate::testing::{Folder, Pen, key};
use crate::*;

pub(crate) fn intent(call: CallId, attempt: u32) -> Event<'static> {
    Event::Intent(Box::new(Intent {
        access_rule: Some("allow-research".into()),
        attempt,
        call,
        classes: vec!["pii".into()],
        client_dialect: Dialect::OpenAi,
        compliance_rule: Some("eu-only".into()),
        dropped: vec!["logit_bias".into()],
        more_findings: 0,
        findings: vec![Finding {
            detector: "email_address".into(),
            class: "pii".into(),
            hashes: Vec::new(),
            score: 95,
            action: "tokenize".into(),
            count: 2,
            entity: "email".into(),
            path: "messages[0].content".into(),
            shadow: false,
        }],
        key: "k1".into(),
        model: "gpt-4o-mini".into(),
        obligations: vec!["max_tokens=100".into()],
        payload: Some(Payload {
            bucket: "2026-11.30d".into(),
            bytes: 100,
            sha256: Digest([3; 32]),
            subject: "0123456789ab-0123456789abcdef01234567".into(),
        }),
        plan: Plan {
            order: vec![Planned {
                score: -3,
                target: "openai/gpt-4o-mini".into(),
                why: "cheapest".into(),
            }],
            removed: vec![Removed {
                by_policy: true,
                target: "local/llama".into(),
                why: "no tools".into(),
            }],
        },
        policy: Digest([7; 32]),
        provider: "openai".into(),
        provider_dialect: Dialect::Anthropic,
        purpose: Some("tests \"quoted\", \u{1}\u{7f}\n\t é 😀 / \\".into()),
        question: Some(Question {
            action: "stream".into(),
            method: "POST".into(),
            subjects: vec!["k:k1".into(), "t:core".into()],
            targets: vec![AskedTarget {
                evidence: vec!["region".into()],
                facts: [
                    ("region".into(), FactValue::Text("eu".into())),
                    ("tools".into(), FactValue::Bool(true)),
                ]
                .into(),
                target: "openai/gpt-4o-mini".into(),
            }],
        }),
        request_bytes: 12,
        request_model: "fast".into(),
        request_sha256: Digest([1; 32]),
        reserved_nano_usd: NanoUsd(5),
        retention_days: Some(366),
        shadow: Vec::new(),
        shadow_bundle: None,
        source: Source::Dispatch,
        stream: true,
        subjects: Vec::new(),
        surface: "chat_completions".into(),
        tags: vec!["a".into(), "b".into()],
        tenant: "acme".into(),
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".into()),
        uninspected: Vec::new(),
        unpriced: false,
    }))
}

pub(crate) fn complete(call: CallId, attempt: u32) -> Event<'static> {
    Event::Complete(Box::new(Complete {
        classes: Vec::new(),
        more_findings: 0,
        findings: Vec::new(),
        attempt,
        call,
        dropped: Vec::new(),
        cost_nano_usd: NanoUsd(1_234),
        duration_us: 900,
        finish_reasons: vec!["stop".into()],
        first_byte_us: Some(300),
        outcome: Outcome::Ok,
        overhead_us: 25,
        payload: None,
        provider_code: None,
        response_bytes: 77,
        response_model: Some("gpt-4o-mini-2024-07-18".into()),
        response_sha256: Digest([2; 32]),
        restored: 2,
        status: 200,
        usage: Usage {
            input: Tokens(10),
            output: Tokens(5),
            ..Usage::default()
        },
    }))
}

pub(crate) fn abort(call: CallId, attempt: u32) -> Event<'static> {
    Event::Abort(Abort {
        attempt,
        call,
        code: "upstream_overloaded".into(),
        duration_us: 100,
        provider_code: Some("overloaded_error".into()),
        payload: None,
        status: Some(529),
    })
}

pub(crate) fn interrupted(call: CallId, attempt: u32, of: &str) -> Event<'static> {
    Event::Interrupted(Interrupted {
        attempt,
        call,
        instance: of.to_owned().into(),
    })
}

pub(crate) fn deny(call: CallId) -> Event<'static> {
    Event::Deny(Box::new(Deny {
        attempts: 0,
        call,
        classes: vec!["secret".into()],
        code: "data_blocked".into(),
        detail: Some("rule aws-keys".into()),
        more_findings: 0,
        findings: Vec::new(),
        key: Some("k2".into()),
        message: "Blocked.".into(),
        place: Some("policies/data.yaml:3:1".into()),
        policy: Digest([7; 32]),
        question: None,
        request_model: Some("gpt-4o".into()),
        rule: Some("secrets".into()),
        shadow_bundle: None,
        status: 403,
        subjects: vec!["k:k2".into(), "u:ada".into()],
        surface: "messages".into(),
        tenant: Some("beta".into()),
    }))
}

pub(crate) fn others() -> Vec<Event<'static>> {
    vec![
        Event::Erase(Erase {
            by: "cli".into(),
            held: true,
            keys_destroyed: 3,
            reason: "asked for".into(),
            subject: "0123456789ab-0123456789abcdef01234567".into(),
        }),
        Event::Hold(HoldChange {
            by: "cli".into(),
            name: "case 7".into(),
            reason: "a court".into(),
            released: false,
            subject: "*".into(),
            until: Some("2027-01-01T00:00:00.000000Z".into()),
        }),
        Event::Export(Exported {
            by: "cli".into(),
            format: "jsonl".into(),
            records: 7,
            standing: true,
            to: "file.jsonl".into(),
        }),
        Event::Admin(Admin {
            action: "login".into(),
            detail: "dashboard".into(),
            who: "root".into(),
        }),
        Event::KeyChange(KeyChange {
            admin: true,
            break_glass: Some("the ward is offline".into()),
            by: "root".into(),
            change: KeyChangeKind::Created,
            expires: Some("2026-11-23T00:00:00.000000Z".into()),
            key: "k1".into(),
            name: "research".into(),
            service: None,
            team: Some("research".into()),
            tenant: "acme".into(),
            user: Some("ada".into()),
        }),
        Event::PolicyChange(PolicyChange {
            approvers: vec!["ada".into()],
            from: Some(Digest([7; 32])),
            label: "policies".into(),
            ok: false,
            problems: vec!["policies/access.csv:3:1: what".into()],
            to: None,
        }),
    ]
}

/// The calls of [`story`].
pub(crate) struct Calls {
    pub(crate) answered: CallId,
    pub(crate) denied: CallId,
    pub(crate) left: CallId,
}

/// Ids in a certain order: fresh ones of the same millisecond have none.
fn call_number(number: u32) -> CallId {
    format!("01900000-0000-7000-8000-{number:012}")
        .parse()
        .unwrap()
}

/// Two chains: one with a failed write (void bytes behind it) and a crash, one that takes it over and lives.
pub(crate) fn story(trail: &Path) -> Calls {
    let calls = Calls {
        answered: call_number(1),
        denied: call_number(2),
        left: call_number(3),
    };
    let mut first = Pen::start(trail, "a", 1_000_000, Vec::new());
    for event in [
        intent(calls.answered, 1),
        abort(calls.answered, 1),
        intent(calls.answered, 2),
    ] {
        first.write(&event);
    }
    let good_bytes = std::fs::metadata(first.path()).unwrap().len();
    let acknowledged = first.log.clone();
    let unacknowledged = first.line(&deny(CallId::fresh()));
    first.append(&unacknowledged);
    first.append(&unacknowledged[..40]);
    first.log = acknowledged;
    first.segment = 2;
    first.write(&Event::Resume(Resume {
        good_bytes,
        poisoned: segment_file(1).into(),
    }));
    first.write(&complete(calls.answered, 2));
    first.write(&deny(calls.denied));
    first.sign();
    first.segment = 3;
    first.write(&intent(calls.left, 1));
    let mut second = Pen::start(trail, "b", 2_000_000, vec![first.link(false)]);
    second.write(&interrupted(calls.left, 1, "a"));
    for event in others() {
        second.write(&event);
    }
    second.sign();
    second.segment = 2;
    second.write(&Event::Stop(Stop {}));
    second.sign();
    calls
}
