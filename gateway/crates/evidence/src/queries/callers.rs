//! Whether a call can be led back to somebody.

use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Examples, gap};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

/// Of the names in `question.subjects`, `u:` is a person and `s:` a service (policies/default/access.csv).
#[derive(Default)]
pub(crate) struct Named {
    people: Tally,
    services: Tally,
    nameless: Tally,
    tenants: Tally,
    examples: Examples,
}

impl See for Named {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        let key = text(&item.row.key);
        self.tenants.add(text(&item.row.tenant));
        let subjects = item.row.question.iter().flat_map(|one| &one.subjects);
        let mut named = false;
        for subject in subjects {
            if let Some(person) = subject.strip_prefix("u:") {
                self.people.add(person);
                named = true;
            } else if let Some(service) = subject.strip_prefix("s:") {
                self.services.add(service);
                named = true;
            }
        }
        if named {
            self.examples.good(item, "names who called");
        } else {
            self.nameless.add(key);
            self.examples
                .bad(item, format!("names the key {key} alone"));
        }
    }
}

impl Query for Named {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let nameless = self.nameless.total();
        let gaps = gap(nameless, || {
            format!(
                "{} by keys that name neither a person nor a service: {}.",
                count(nameless, "call came", "calls came"),
                self.nameless.words()
            )
        });
        let calls = self.tenants.total();
        let result = json!({
            "attempts": calls,
            "by_person": self.people.json(),
            "by_service": self.services.json(),
            "by_key_without_name": self.nameless.json(),
            "by_tenant": self.tenants.json(),
        });
        Answer::new(calls > 0, result, gaps.into_iter().collect(), self.examples)
    }
}
