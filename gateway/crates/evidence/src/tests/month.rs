//! A month of a gateway's records, the same at every run, with or without faults.

use std::path::Path;

use marshal_types::{Civil, Timestamp};
use serde_json::{Value, json};

use super::pen::Pen;
use super::plant::plant;
use super::records::*;
use crate::midnight;

/// Something that a report must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Interrupted,
    OpenAttempt,
    FailedWrite,
    UnsignedTail,
    ShortTrail,
    ShortRetention,
    UnsignedPolicyChange,
    NoAccessLine,
    NoPolicy,
    ShadowLine,
    ShadowEntity,
    NoPurpose,
    NamelessKey,
    UnusedKey,
    BreakGlassWithoutReason,
    CardOnlyAlerted,
    CardOfUnsaidClass,
    GuardFailedOpen,
    UnreadSound,
    UnreadFile,
    UnknownRegion,
    OutOfRegion,
    NoContract,
    Unpriced,
    Internal,
    HeldErasure,
    HoldWithoutReason,
}

impl Fault {
    pub(super) const ALL: [Self; 27] = [
        Self::Interrupted,
        Self::OpenAttempt,
        Self::FailedWrite,
        Self::UnsignedTail,
        Self::ShortTrail,
        Self::ShortRetention,
        Self::UnsignedPolicyChange,
        Self::NoAccessLine,
        Self::NoPolicy,
        Self::ShadowLine,
        Self::ShadowEntity,
        Self::NoPurpose,
        Self::NamelessKey,
        Self::UnusedKey,
        Self::BreakGlassWithoutReason,
        Self::CardOnlyAlerted,
        Self::CardOfUnsaidClass,
        Self::GuardFailedOpen,
        Self::UnreadSound,
        Self::UnreadFile,
        Self::UnknownRegion,
        Self::OutOfRegion,
        Self::NoContract,
        Self::Unpriced,
        Self::Internal,
        Self::HeldErasure,
        Self::HoldWithoutReason,
    ];
}

/// What a month holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Month {
    /// Plain calls only: nothing found, refused, changed or erased, and no older chain.
    pub(super) quiet: bool,
    pub(super) faults: Vec<Fault>,
}

pub(super) fn day(year: i64, month: i64, day: i64) -> Timestamp {
    midnight(Civil { year, month, day })
}

/// The period of the month, and when its report is made.
pub(super) fn november() -> (Timestamp, Timestamp, Timestamp) {
    (day(2026, 11, 1), day(2026, 12, 1), day(2026, 12, 2))
}

impl Month {
    pub(super) fn with(faults: &[Fault]) -> Self {
        Self {
            faults: faults.to_vec(),
            ..Self::default()
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    pub(super) fn write(&self, trail: &Path) {
        let mut before = None;
        if !self.quiet && !self.has(Fault::ShortTrail) {
            before = Some(self.years_ago(trail));
        }
        let mut first = Pen::start(trail, "a", day(2026, 11, 1), before.as_ref(), !self.quiet);
        self.calls(&mut first, 1..=19);
        if self.has(Fault::Interrupted) {
            first.sign();
            first.write("intent", intent(9_001, "openai", "gpt-4o"));
        } else {
            first.write("stop", json!({}));
            first.sign();
        }
        first.save();
        let link = first.link();
        let mut second = Pen::start(trail, "b", day(2026, 11, 20), Some(&link), !self.quiet);
        if self.has(Fault::Interrupted) {
            second.write(
                "interrupted",
                json!({"attempt": 1, "call": call(9_001), "instance": "a"}),
            );
        }
        self.calls(&mut second, 20..=29);
        if !self.quiet {
            self.events(&mut second);
        }
        self.plant(&mut second);
        if self.has(Fault::UnsignedTail) {
            // Its process was killed before the next checkpoint.
            second.sign();
            second.write(
                "admin",
                json!({"action": "sign-in", "detail": "dashboard", "who": "root"}),
            );
        } else {
            second.write("stop", json!({}));
            second.sign();
        }
        second.save();
    }

    /// So old that every floor is reached.
    fn years_ago(&self, trail: &Path) -> Value {
        let mut pen = Pen::start(trail, "0", day(2020, 10, 1), None, false);
        pen.write("key-change", key("k1", "created"));
        pen.write("intent", intent(1, "openai", "gpt-4o"));
        pen.write("complete", complete(1, 900));
        pen.write("stop", json!({}));
        pen.save();
        pen.link()
    }

    /// Four plain calls a day, to two targets.
    fn calls(&self, pen: &mut Pen, days: std::ops::RangeInclusive<i64>) {
        // A linear congruential generator (Knuth's MMIX): the month is the same at every run.
        let mut seed = 2_026_u64;
        for date in days {
            for hour in 0..4_u64 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let number = 100 + u64::try_from(date).unwrap() * 10 + hour;
                let micros = day(2026, 11, date).as_micros() + (8 + 3 * hour) * 3_600_000_000;
                pen.at(Timestamp::from_micros(micros));
                let (provider, model) =
                    [("openai", "gpt-4o"), ("mistral", "large")][usize::from(seed >> 40 & 1 == 1)];
                let mut begun = intent(number, provider, model);
                if !self.quiet && hour == 0 {
                    begun["classes"] = json!(["pii"]);
                    begun["compliance_rule"] = "personal-data".into();
                    begun["findings"] = json!([finding("EMAIL_ADDRESS", "surrogate")]);
                }
                pen.write("intent", begun);
                pen.write("complete", complete(number, 1_000 + (seed >> 33) % 9_000));
            }
        }
    }

    /// What else happens in a month, all of it as it should.
    fn events(&self, pen: &mut Pen) {
        pen.write("policy-change", policy_change(true, &["ada", "bo"]));
        pen.write("policy-change", policy_change(false, &[]));
        pen.write(
            "admin",
            json!({"action": "sign-in", "detail": "dashboard", "who": "root"}),
        );
        pen.write("key-change", key("k2", "created"));
        pen.write("key-change", key("k2", "revoked"));
        pen.write(
            "break-glass",
            break_glass(8_000, "the ward's own system is down"),
        );
        refusals(pen);
        let mut failed = intent(8_010, "mistral", "large");
        failed["question"]["targets"][0]["facts"]["tools"] = true.into();
        pen.write("intent", failed);
        pen.write("abort", abort(8_010));
        let mut guarded = intent(8_011, "openai", "gpt-4o");
        guarded["findings"] = json!([
            guard("injection", "alert"),
            finding("CREDIT_CARD", "surrogate")
        ]);
        guarded["classes"] = json!(["pci"]);
        pen.write("intent", guarded);
        let mut blocked = complete(8_011, 5_000);
        blocked["outcome"] = "blocked".into();
        blocked["findings"] = json!([finding("API_KEY", "block")]);
        blocked["classes"] = json!(["secret"]);
        pen.write("complete", blocked);
        pen.write("intent", intent(8_012, "openai", "gpt-4o"));
        let mut error = complete(8_012, 70);
        error["outcome"] = "upstream_error".into();
        pen.write("complete", error);
        pen.write("erase", erase(false));
        pen.write("hold", hold("case-7", "a suit", false));
        pen.write("hold", hold("case-5", "a suit", true));
        pen.write(
            "export",
            json!({"by": "root", "format": "csv", "records": 40, "to": "auditor.csv"}),
        );
    }

    fn plant(&self, pen: &mut Pen) {
        for (number, fault) in (9_100..).zip(&self.faults) {
            plant(pen, *fault, number);
        }
    }
}

fn refusals(pen: &mut Pen) {
    let codes = [
        "no_credential",
        "revoked_credential",
        "rate_limited",
        "budget_spent",
        "compliance_denied",
        "data_blocked",
    ];
    for (number, code) in (8_001..).zip(codes) {
        pen.write("deny", deny(number, code));
    }
    let mut guarded = deny(8_007, "guard_blocked");
    guarded["findings"] = json!([guard("injection", "block")]);
    pen.write("deny", guarded);
    let mut purpose = deny(8_008, "access_denied");
    purpose["question"] = question("openai/gpt-4o", "social_scoring");
    purpose["rule"] = "aia-5-social-scoring".into();
    pen.write("deny", purpose);
}
