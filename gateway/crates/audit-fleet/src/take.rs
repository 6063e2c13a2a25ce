//! Brings a node's records.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use marshal_audit::{CallResult, CallSummary, Cursor, Follower, Place, Reader, Row, story_of};
use marshal_types::CallId;
use postgres::{Client, Error, Transaction};

use crate::fleet::failed;
use crate::question::{id, lines};
use crate::tables::LOCK;

/// Brings so much of what is new; true if there is more.
pub(crate) fn take(client: &mut Client, node: &str, trail: &Path, limit: u64) -> io::Result<bool> {
    let mut all = client.transaction().map_err(failed)?;
    // Two processes of one node at a hand-over bring one after the other.
    all.execute(
        "SELECT pg_advisory_xact_lock($1 # hashtext($2)::bigint)",
        &[&LOCK, &node],
    )
    .map_err(failed)?;
    let mut follower = Follower::new(
        trail.to_path_buf(),
        cursors(&mut all, node).map_err(failed)?,
    );
    let before = follower.chains().clone();
    let mut taking = Taking::default();
    let more = follower.read(limit, &mut taking)?;
    if *follower.chains() == before {
        return Ok(more);
    }
    write(&mut all, node, &taking).map_err(failed)?;
    for chain in &taking.done {
        follower.finish(chain);
    }
    for (name, cursor) in follower.chains() {
        if before.get(name) != Some(cursor) {
            put(&mut all, node, name, cursor).map_err(failed)?;
        }
    }
    all.commit().map_err(failed)?;
    Ok(more)
}

fn cursors(all: &mut Transaction<'_>, node: &str) -> Result<BTreeMap<String, Cursor>, Error> {
    let rows = all.query(
        "SELECT name, segment, \"offset\", first, done FROM marshal_chains WHERE node = $1",
        &[&node],
    )?;
    Ok(rows
        .iter()
        .map(|row| {
            let cursor = Cursor {
                segment: u32::try_from(row.get::<_, i32>(1)).unwrap_or(1),
                offset: u64::try_from(row.get::<_, i64>(2)).unwrap_or(0),
                first: row.get::<_, Option<i64>>(3).map(i64::cast_unsigned),
                done: row.get(4),
            };
            (row.get(0), cursor)
        })
        .collect())
}

fn put(all: &mut Transaction<'_>, node: &str, name: &str, cursor: &Cursor) -> Result<(), Error> {
    all.execute(
        "INSERT INTO marshal_chains VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (node, name) DO UPDATE SET segment = $3, \"offset\" = $4, first = $5, done = $6",
        &[
            &node,
            &name,
            &number(cursor.segment),
            &signed(cursor.offset),
            &cursor.first.map(u64::cast_signed),
            &cursor.done,
        ],
    )
    .map(drop)
}

/// What was read and is not written yet.
#[derive(Default)]
struct Taking {
    records: Vec<Record>,
    /// Chain, segment, and how much of it counts.
    voids: Vec<(String, u32, u64)>,
    /// Chains that will not grow.
    done: Vec<String>,
}

struct Record {
    place: Place,
    call: Option<CallId>,
    kind: String,
    time: u64,
    line: String,
}

impl Reader for Taking {
    fn record(&mut self, place: &Place, line: &[u8]) -> io::Result<()> {
        // What is no record is for `verify` to tell.
        let (Ok(row), Ok(text)) = (
            serde_json::from_slice::<Row>(line),
            std::str::from_utf8(line),
        ) else {
            return Ok(());
        };
        self.done.extend(row.taken_over().map(str::to_owned));
        self.records.push(Record {
            place: place.clone(),
            call: row.call.as_deref().and_then(|call| call.parse().ok()),
            time: row.time().as_micros(),
            kind: row.kind,
            line: text.to_owned(),
        });
        Ok(())
    }

    fn void(&mut self, chain: &str, segment: u32, good_bytes: u64) -> io::Result<()> {
        self.records.retain(|record| {
            let place = &record.place;
            (&*place.chain, place.segment) != (chain, segment) || place.offset < good_bytes
        });
        self.voids.push((chain.to_owned(), segment, good_bytes));
        Ok(())
    }
}

fn write(all: &mut Transaction<'_>, node: &str, taking: &Taking) -> Result<(), Error> {
    let mut touched = BTreeSet::new();
    for (chain, segment, good_bytes) in &taking.voids {
        let gone = all.query(
            "DELETE FROM marshal_records WHERE node = $1 AND chain = $2 AND segment = $3 AND \"offset\" >= $4 RETURNING call",
            &[&node, chain, &number(*segment), &signed(*good_bytes)],
        )?;
        touched.extend(
            gone.iter()
                .filter_map(|row| id(row.get::<_, Option<Vec<u8>>>(0)?)),
        );
    }
    for part in taking.records.chunks(2_000) {
        let chains: Vec<&str> = part.iter().map(|one| &*one.place.chain).collect();
        let segments: Vec<i32> = part.iter().map(|one| number(one.place.segment)).collect();
        let offsets: Vec<i64> = part.iter().map(|one| signed(one.place.offset)).collect();
        let calls: Vec<Option<Vec<u8>>> = part
            .iter()
            .map(|one| one.call.map(|call| call.bytes().to_vec()))
            .collect();
        let kinds: Vec<&str> = part.iter().map(|one| &*one.kind).collect();
        let times: Vec<i64> = part.iter().map(|one| signed(one.time)).collect();
        let texts: Vec<&str> = part.iter().map(|one| &*one.line).collect();
        all.execute(
            "INSERT INTO marshal_records (node, chain, segment, \"offset\", call, kind, time, line) SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::text[], $7::bigint[], $8::text[])",
            &[&node, &chains, &segments, &offsets, &calls, &kinds, &times, &texts],
        )?;
        touched.extend(part.iter().filter_map(|one| one.call));
    }
    let touched: Vec<CallId> = touched.into_iter().collect();
    for part in touched.chunks(1_000) {
        summaries(all, part)?;
    }
    Ok(())
}

/// Between the classes of a call on their way to the database: no name has it.
const BETWEEN: &str = "\u{1f}";

/// Puts calls together anew from all that is there of them.
fn summaries(all: &mut Transaction<'_>, calls: &[CallId]) -> Result<(), Error> {
    let ids: Vec<Vec<u8>> = calls.iter().map(|call| call.bytes().to_vec()).collect();
    all.execute("DELETE FROM marshal_calls WHERE call = ANY($1)", &[&ids])?;
    let all_of_them: Vec<CallSummary> = lines(all, calls)?
        .into_iter()
        .filter_map(|(call, lines)| story_of(call, lines))
        .map(|story| story.summary)
        .collect();
    let calls: Vec<Vec<u8>> = column(&all_of_them, |one| one.call.bytes().to_vec());
    let times: Vec<i64> = column(&all_of_them, |one| signed(one.time.as_micros()));
    let tenants = column(&all_of_them, |one| plain(&one.tenant));
    let keys = column(&all_of_them, |one| plain(&one.key));
    let providers = column(&all_of_them, |one| plain(&one.provider));
    let request_models = column(&all_of_them, |one| plain(&one.request_model));
    let models = column(&all_of_them, |one| plain(&one.model));
    let results = column(&all_of_them, |one| result(one.result));
    let codes: Vec<Option<String>> = column(&all_of_them, |one| one.code.as_deref().map(plain));
    let classes = column(&all_of_them, |one| plain(&one.classes.join(BETWEEN)));
    let users: Vec<Option<String>> = column(&all_of_them, |one| one.user.as_deref().map(plain));
    let teams: Vec<Option<String>> = column(&all_of_them, |one| one.team.as_deref().map(plain));
    let services: Vec<Option<String>> =
        column(&all_of_them, |one| one.service.as_deref().map(plain));
    all.execute(
        "INSERT INTO marshal_calls SELECT call, time, tenant, key, provider, request_model, model, result, code, string_to_array(classes, chr(31)), \"user\", team, service FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[]) AS these (call, time, tenant, key, provider, request_model, model, result, code, classes, \"user\", team, service)",
        &[
            &calls, &times, &tenants, &keys, &providers, &request_models, &models, &results, &codes,
            &classes, &users, &teams, &services,
        ],
    )
    .map(drop)
}

/// PostgreSQL's texts hold no NUL, and strangers write what they like into the model that they ask for.
pub(crate) fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn column<'a, T>(calls: &'a [CallSummary], of: impl Fn(&'a CallSummary) -> T) -> Vec<T> {
    calls.iter().map(of).collect()
}

/// The word that the interface has for it.
pub(crate) fn result(of: CallResult) -> String {
    serde_json::to_value(of)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn number(of: u32) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

fn signed(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
