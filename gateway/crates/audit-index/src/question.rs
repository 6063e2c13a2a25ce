//! A filter as SQL.

use marshal_audit::Filter;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::names::find;
use crate::row::{COLUMNS, result_number, signed};

/// The question and its parameters; `None` where a name was never seen, so that nothing fits.
pub(crate) fn sql(
    db: &Connection,
    filter: &Filter,
) -> rusqlite::Result<Option<(String, Vec<Value>)>> {
    let mut asked = Asked {
        db,
        conditions: Vec::new(),
        values: Vec::new(),
    };
    let mut known = true;
    for (columns, name) in [
        (&["tenant"][..], &filter.tenant),
        (&["key"], &filter.key),
        (&["user"], &filter.user),
        (&["team"], &filter.team),
        (&["service"], &filter.service),
        (&["code"], &filter.code),
        (&["provider"], &filter.provider),
    ] {
        known &= asked.name(columns, name.as_deref())?;
    }
    if let Some(model) = &filter.model {
        known &= asked.model(model)?;
    }
    let mut from = "calls";
    if let Some(class) = &filter.class {
        match find(db, class)? {
            Some(number) => {
                from = "classes JOIN calls USING (call)";
                asked.is("class = ?", Value::Integer(number));
            }
            None => known = false,
        }
    }
    if !known {
        return Ok(None);
    }
    if let Some(result) = filter.result {
        asked.is("result = ?", Value::Integer(result_number(result)));
    }
    if let Some(before) = filter.before {
        asked.is("call < ?", Value::Blob(before.bytes().to_vec()));
    }
    for (time, sign) in [(filter.since, ">="), (filter.until, "<")] {
        let Some(time) = time else { continue };
        let micros = time.as_micros();
        asked.is(&format!("time {sign} ?"), Value::Integer(signed(micros)));
        // An id begins with the time at which its call came: a day on either side is more than a call and a clock may be
        // apart.
        let day = 86_400_000;
        let millis = micros / 1_000;
        let bound = if sign == "<" {
            millis + day
        } else {
            millis.saturating_sub(day)
        };
        asked.is(
            &format!("call {sign} ?"),
            Value::Blob(bound.to_be_bytes()[2..].to_vec()),
        );
    }
    let conditions = if asked.conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", asked.conditions.join(" AND "))
    };
    let text = format!("SELECT {COLUMNS} FROM {from} {conditions} ORDER BY call DESC LIMIT ?");
    asked
        .values
        .push(Value::Integer(signed(filter.limit as u64)));
    Ok(Some((text, asked.values)))
}

struct Asked<'a> {
    db: &'a Connection,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Asked<'_> {
    fn is(&mut self, condition: &str, value: Value) {
        self.conditions.push(condition.to_owned());
        self.values.push(value);
    }

    /// That this model was asked for or answered; `provider/model` is one target. False if none can be.
    fn model(&mut self, name: &str) -> rusqlite::Result<bool> {
        let target = match name.split_once('/') {
            Some((provider, model)) => find(self.db, provider)?.zip(find(self.db, model)?),
            None => None,
        };
        let Some((provider, model)) = target else {
            return self.name(&["request_model", "model"], Some(name));
        };
        let name = find(self.db, name)?.map_or(Value::Null, Value::Integer);
        self.conditions
            .push("(request_model = ? OR model = ? OR (model = ? AND provider = ?))".to_owned());
        self.values.extend([
            name.clone(),
            name,
            Value::Integer(model),
            Value::Integer(provider),
        ]);
        Ok(true)
    }

    /// That one of the columns has this name. False if no row can.
    fn name(&mut self, columns: &[&str], name: Option<&str>) -> rusqlite::Result<bool> {
        let Some(name) = name else { return Ok(true) };
        let Some(number) = find(self.db, name)? else {
            return Ok(false);
        };
        let either: Vec<String> = columns
            .iter()
            .map(|column| format!("{column} = ?"))
            .collect();
        self.conditions.push(format!("({})", either.join(" OR ")));
        self.values
            .extend(columns.iter().map(|_| Value::Integer(number)));
        Ok(true)
    }
}
