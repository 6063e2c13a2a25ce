//! What becomes of records later: erasures, holds, exports. Their kinds are read by their members.

use std::collections::BTreeMap;

use marshal_types::Timestamp;
use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Example, Examples, gap};
use crate::pass::{Item, See, When};
use crate::tally::{Tally, count};
use crate::time;

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// `erase`: `subject`, `reason`, `by`, `keys_destroyed`, `held`.
#[derive(Default)]
pub(crate) struct Erasures {
    erasures: u64,
    keys: u64,
    /// Ends of what was kept long enough: nobody asked for them.
    retention: u64,
    retention_keys: u64,
    held: u64,
    reasons: Tally,
    people: Tally,
    examples: Examples,
}

impl See for Erasures {
    fn see(&mut self, item: &Item<'_>) {
        if !item.is("erase") {
            return;
        }
        let value = item.row.value();
        let keys = value["keys_destroyed"].as_u64().unwrap_or(0);
        let shows = count(keys, "key destroyed", "keys destroyed");
        if member(&value, "by") == "retention" {
            self.retention += 1;
            self.retention_keys = self.retention_keys.saturating_add(keys);
            self.examples.good(item, format!("time over: {shows}"));
            return;
        }
        self.people.add(member(&value, "by"));
        self.reasons.add(member(&value, "reason"));
        self.keys = self.keys.saturating_add(keys);
        if value["held"].as_bool() == Some(true) && keys == 0 {
            self.held += 1;
            self.examples
                .bad(item, "not erased: a hold stands against it");
            return;
        }
        self.erasures += 1;
        self.examples.good(item, shows);
    }
}

impl Query for Erasures {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let gaps = gap(self.held, || {
            format!(
                "{} not carried out, because a hold stands against it.",
                count(self.held, "erasure was", "erasures were")
            )
        });
        let result = json!({
            "erasures": self.erasures,
            "keys_destroyed": self.keys,
            "ended_by_retention": self.retention,
            "keys_ended_by_retention": self.retention_keys,
            "stopped_by_a_hold": self.held,
            "by_reason": self.reasons.json(),
            "by_whom": self.people.json(),
        });
        Answer::new(
            self.erasures + self.retention > 0,
            result,
            gaps.into_iter().collect(),
            self.examples,
        )
    }
}

/// `hold`: `name`, `subject`, `until` or null, `by`, `released`, `reason`. The last record of a name counts.
#[derive(Default)]
pub(crate) struct Holds {
    holds: BTreeMap<String, Hold>,
}

struct Hold {
    value: Value,
    within: bool,
    example: Example,
}

impl See for Holds {
    fn see(&mut self, item: &Item<'_>) {
        if item.row.kind != "hold" || item.when == When::After {
            return;
        }
        let value = item.row.value();
        let released = value["released"].as_bool() == Some(true);
        let shows = if released {
            "a hold is released"
        } else {
            "a hold"
        };
        let name = member(&value, "name").to_owned();
        let hold = Hold {
            value,
            within: item.within(),
            example: item.example(shows),
        };
        self.holds.insert(name, hold);
    }
}

impl Query for Holds {
    fn answer(self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let mut examples = Examples::default();
        let (mut in_force, mut ended, mut unexplained) = (Vec::new(), 0, 0);
        for (name, hold) in self.holds {
            let value = &hold.value;
            let over = until(value).filter(|until| *until < asked.period.to);
            if value["released"].as_bool() == Some(true) {
                ended += u64::from(hold.within);
            } else if let Some(over) = over {
                ended += u64::from(over >= asked.period.from);
            } else {
                unexplained += u64::from(member(value, "reason").trim().is_empty());
                in_force.push(json!({
                    "name": name,
                    "subject": member(value, "subject"),
                    "until": member(value, "until"),
                    "by": member(value, "by"),
                    "reason": member(value, "reason"),
                }));
            }
            examples.bad_later(hold.example);
        }
        let gaps = gap(unexplained, || {
            format!(
                "{} no reason.",
                count(unexplained, "hold in force has", "holds in force have")
            )
        });
        let speaks = !in_force.is_empty() || ended > 0;
        let result = json!({"in_force": in_force, "ended": ended});
        Answer::new(speaks, result, gaps.into_iter().collect(), examples)
    }
}

/// A time or a day: a hold until a day holds for that day.
fn until(value: &Value) -> Option<Timestamp> {
    let text = value["until"].as_str()?;
    time::parse(text).or_else(|| {
        let day = time::midnight(marshal_types::Civil::parse(text)?);
        Some(day.plus(std::time::Duration::from_secs(86_400)))
    })
}

/// `export`: `by`, `format`, `records`, `to`.
#[derive(Default)]
pub(crate) struct Exports {
    exports: u64,
    standing: u64,
    records: u64,
    people: Tally,
    places: Tally,
    examples: Examples,
}

impl See for Exports {
    fn see(&mut self, item: &Item<'_>) {
        if !item.is("export") {
            return;
        }
        let value = item.row.value();
        let records = value["records"].as_u64().unwrap_or(0);
        let standing = value["standing"] == true;
        self.exports += u64::from(!standing);
        self.standing += u64::from(standing);
        self.records = self.records.saturating_add(records);
        self.people.add(member(&value, "by"));
        self.places.add(member(&value, "to"));
        self.examples.good(
            item,
            if standing {
                "records are exported as they come".to_owned()
            } else {
                count(records, "record exported", "records exported")
            },
        );
    }
}

impl Query for Exports {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "exports": self.exports,
            "standing": self.standing,
            "records": self.records,
            "by_whom": self.people.json(),
            "to": self.places.json(),
        });
        Answer::new(
            self.exports + self.standing > 0,
            result,
            Vec::new(),
            self.examples,
        )
    }
}
