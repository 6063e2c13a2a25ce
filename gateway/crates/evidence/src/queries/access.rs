//! Who was let in: refused credentials, emergencies, sign-ins.

use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Examples, gap};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

/// The codes (`marshal_types::Code`) that say so.
const CREDENTIAL: [&str; 4] = [
    "no_credential",
    "invalid_credential",
    "revoked_credential",
    "access_denied",
];

#[derive(Default)]
pub(crate) struct RefusedCredentials {
    codes: Tally,
    keys: Tally,
    examples: Examples,
}

impl See for RefusedCredentials {
    fn see(&mut self, item: &Item<'_>) {
        let code = text(&item.row.code);
        if item.is("deny") && CREDENTIAL.contains(&code) {
            self.codes.add(code);
            self.keys.add(text(&item.row.key));
            self.examples.good(item, code);
        }
    }
}

impl Query for RefusedCredentials {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "refused": self.codes.total(),
            "by_code": self.codes.json(),
            "by_key": self.keys.json(),
        });
        Answer::new(!self.codes.is_empty(), result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct BreakGlass {
    calls: u64,
    keys: Tally,
    users: Tally,
    reasons: Tally,
    unexplained: u64,
    examples: Examples,
}

impl See for BreakGlass {
    fn see(&mut self, item: &Item<'_>) {
        if !item.is("break-glass") {
            return;
        }
        self.calls += 1;
        self.keys.add(text(&item.row.key));
        self.users.add(text(&item.row.user));
        self.reasons.add(text(&item.row.reason).trim());
        if text(&item.row.reason).trim().is_empty() {
            self.unexplained += 1;
            self.examples.bad(item, "an emergency without a reason");
        } else {
            self.examples.good(item, "an emergency with a reason");
        }
    }
}

impl Query for BreakGlass {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let gaps = gap(self.unexplained, || {
            format!(
                "{} with a key for emergencies and without a reason.",
                count(self.unexplained, "call came", "calls came")
            )
        });
        let result = json!({
            "calls": self.calls,
            "by_key": self.keys.json(),
            "by_user": self.users.json(),
            "by_reason": self.reasons.json(),
        });
        Answer::new(
            self.calls > 0,
            result,
            gaps.into_iter().collect(),
            self.examples,
        )
    }
}

#[derive(Default)]
pub(crate) struct SignIns {
    people: Tally,
    deeds: Tally,
    examples: Examples,
}

impl See for SignIns {
    fn see(&mut self, item: &Item<'_>) {
        if item.is("admin") {
            self.people.add(text(&item.row.who));
            self.deeds.add(text(&item.row.action));
            self.examples.good(item, text(&item.row.action));
        }
    }
}

impl Query for SignIns {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "deeds": self.deeds.total(),
            "by_person": self.people.json(),
            "by_deed": self.deeds.json(),
        });
        Answer::new(!self.deeds.is_empty(), result, Vec::new(), self.examples)
    }
}
