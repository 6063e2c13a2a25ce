//! Which records are wanted.

use std::collections::HashMap;

use marshal_types::Timestamp;

use crate::record::Record;

/// Which records are wanted. Each member that is `Some` narrows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those that were written at or after this time.
    pub since: Option<Timestamp>,
    /// Only those that were written before this time.
    pub until: Option<Timestamp>,
    /// Only this tenant's: those that name it, and the endings of its calls.
    pub tenant: Option<String>,
}

/// A filter at work: it is asked about each record of the trail, in order.
#[derive(Debug)]
pub(crate) struct Selection {
    filter: Filter,
    /// The tenant's attempts under way, by call.
    open: HashMap<Box<str>, u32>,
}

impl Selection {
    pub(crate) fn new(filter: Filter) -> Self {
        Self {
            filter,
            open: HashMap::new(),
        }
    }

    pub(crate) fn takes(&mut self, record: &Record) -> bool {
        let of_tenant = self.is_of_tenant(record);
        let after = self.filter.since.is_none_or(|since| record.time >= since);
        let before = self.filter.until.is_none_or(|until| record.time < until);
        of_tenant && after && before
    }

    fn is_of_tenant(&mut self, record: &Record) -> bool {
        let Some(tenant) = &self.filter.tenant else {
            return true;
        };
        let named = record.tenant.as_deref() == Some(tenant);
        let Some(call) = &record.call else {
            return named;
        };
        match &*record.kind {
            "intent" if named => {
                *self.open.entry(call.clone()).or_default() += 1;
                true
            }
            "complete" | "abort" | "interrupted" => {
                let Some(attempts) = self.open.get_mut(call) else {
                    return false;
                };
                *attempts -= 1;
                if *attempts == 0 {
                    self.open.remove(call);
                }
                true
            }
            _ => named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::record_of;

    fn takes(filter: Filter, records: &[(&str, u32, Option<&str>)]) -> Vec<bool> {
        let mut selection = Selection::new(filter);
        let record = |(second, (kind, call, tenant)): (usize, &(&str, u32, Option<&str>))| {
            let tenant = tenant.map_or_else(String::new, |name| format!(r#","tenant":"{name}""#));
            record_of(&format!(
                r#"{{"call":"{call}","kind":"{kind}","seq":1{tenant},"time":"2026-11-30T12:00:0{second}Z"}}"#
            ))
        };
        let records: Vec<Record> = records.iter().enumerate().map(record).collect();
        records
            .iter()
            .map(|record| selection.takes(record))
            .collect()
    }

    #[test]
    fn a_tenants_calls_are_taken_with_their_endings() {
        let filter = Filter {
            tenant: Some("a".to_owned()),
            ..Filter::default()
        };
        let taken = takes(
            filter,
            &[
                ("intent", 1, Some("a")),
                ("intent", 2, Some("b")),
                ("complete", 2, None),
                ("intent", 1, Some("a")),
                ("abort", 1, None),
                ("complete", 1, None),
                ("complete", 1, None),
                ("deny", 3, Some("a")),
                ("deny", 4, None),
            ],
        );
        let expected = [true, false, false, true, true, true, false, true, false];
        assert_eq!(taken, expected);
    }

    #[test]
    fn a_time_narrows_and_an_ending_finds_an_intent_from_before() {
        let filter = Filter {
            since: Timestamp::parse("2026-11-30T12:00:01Z"),
            until: Timestamp::parse("2026-11-30T12:00:02Z"),
            tenant: Some("a".to_owned()),
        };
        let call = [
            ("intent", 1, Some("a")),
            ("complete", 1, None),
            ("deny", 2, Some("a")),
        ];
        assert_eq!(takes(filter, &call), [false, true, false]);
    }
}
