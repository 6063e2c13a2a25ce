//! A filter as SQL, and the records of calls.

use std::collections::{HashMap, HashSet};

use marshal_audit::Filter;
use marshal_types::CallId;
use postgres::types::ToSql;
use postgres::{Error, GenericClient};

use crate::take::{plain, result};

/// The calls that fit, the newest first.
pub(crate) fn calls(
    client: &mut impl GenericClient,
    filter: &Filter,
) -> Result<Vec<CallId>, Error> {
    let mut asked = Asked::default();
    for (column, name) in [
        ("tenant", &filter.tenant),
        ("key", &filter.key),
        ("\"user\"", &filter.user),
        ("team", &filter.team),
        ("service", &filter.service),
        ("code", &filter.code),
        ("provider", &filter.provider),
    ] {
        asked.is(column, name.as_deref().map(plain));
    }
    asked.is("result", filter.result.map(result));
    if let Some(model) = &filter.model {
        let (one, other) = (asked.value(plain(model)), asked.value(plain(model)));
        // `provider/model` is one target.
        let target = model.split_once('/').map(|(provider, model)| {
            let (provider, model) = (asked.value(plain(provider)), asked.value(plain(model)));
            format!(" OR (model = {model} AND provider = {provider})")
        });
        let target = target.unwrap_or_default();
        asked.conditions.push(format!(
            "(request_model = {one} OR model = {other}{target})"
        ));
    }
    if let Some(class) = &filter.class {
        let class = asked.value(vec![plain(class)]);
        asked.conditions.push(format!("classes @> {class}"));
    }
    if let Some(before) = filter.before {
        let before = asked.value(before.bytes().to_vec());
        asked.conditions.push(format!("call < {before}"));
    }
    for (time, sign) in [(filter.since, ">="), (filter.until, "<")] {
        let Some(time) = time else { continue };
        let micros = time.as_micros();
        let at = asked.value(i64::try_from(micros).unwrap_or(i64::MAX));
        asked.conditions.push(format!("time {sign} {at}"));
        // An id begins with the time at which its call came: a day on either side is more than a call and a clock may be
        // apart.
        let (millis, day) = (micros / 1_000, 86_400_000);
        let bound = if sign == "<" {
            millis + day
        } else {
            millis.saturating_sub(day)
        };
        let bound = asked.value(bound.to_be_bytes()[2..].to_vec());
        asked.conditions.push(format!("call {sign} {bound}"));
    }
    let limit = asked.value(i64::try_from(filter.limit).unwrap_or(i64::MAX));
    let conditions = if asked.conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", asked.conditions.join(" AND "))
    };
    let text =
        format!("SELECT call FROM marshal_calls {conditions} ORDER BY call DESC LIMIT {limit}");
    let values: Vec<&(dyn ToSql + Sync)> = asked.values.iter().map(|value| &**value as _).collect();
    let rows = client.query(&text, &values)?;
    Ok(rows.iter().filter_map(|row| id(row.get(0))).collect())
}

#[derive(Default)]
struct Asked {
    conditions: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync>>,
}

impl Asked {
    fn value(&mut self, value: impl ToSql + Sync + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    fn is(&mut self, column: &str, value: Option<impl ToSql + Sync + 'static>) {
        if let Some(value) = value {
            let value = self.value(value);
            self.conditions.push(format!("{column} = {value}"));
        }
    }
}

/// A call's records, in order.
type Lines = Vec<Vec<u8>>;

/// The lines of these calls, each call's in order; the calls as they were asked for. A call without lines is left out.
pub(crate) fn lines(
    client: &mut impl GenericClient,
    calls: &[CallId],
) -> Result<Vec<(CallId, Lines)>, Error> {
    let ids: Vec<Vec<u8>> = calls.iter().map(|call| call.bytes().to_vec()).collect();
    let rows = client.query(
        "SELECT call, line, chain, segment, \"offset\" FROM marshal_records WHERE call = ANY($1) ORDER BY id",
        &[&ids],
    )?;
    let mut of: HashMap<CallId, Lines> = HashMap::new();
    // A node that goes by another name now has brought its chains under both.
    let mut seen: HashSet<(String, i32, i64)> = HashSet::new();
    for row in rows {
        let known = !seen.insert((row.get(2), row.get(3), row.get(4)));
        if let Some(call) = id(row.get(0)).filter(|_| !known) {
            of.entry(call)
                .or_default()
                .push(row.get::<_, String>(1).into_bytes());
        }
    }
    Ok(calls
        .iter()
        .filter_map(|call| Some((*call, of.remove(call)?)))
        .collect())
}

pub(crate) fn id(bytes: Vec<u8>) -> Option<CallId> {
    Some(CallId::of_bytes(bytes.try_into().ok()?))
}
