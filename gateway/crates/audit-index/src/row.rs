//! A call as a row, and back.

use marshal_audit::{CallResult, CallSummary};
use marshal_types::{CallId, NanoUsd, Timestamp, Tokens, Usage};
use rusqlite::{Connection, Row, params};

use crate::names::Numbers;

/// All columns, in the order in which they are read and written.
pub(crate) const COLUMNS: &str = "call, time, tenant, key, surface, request_model, provider, model, result, status, code, rule, attempts, stream, cached, input, output, cache_read, cache_write, reasoning, estimated, cost, duration, first_byte, overhead, findings, classes, places, user, team, service";

/// Where a record stands: a chain's number, segment, offset, length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) chain: u32,
    pub(crate) segment: u32,
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
}

const SPOT: usize = 20;

pub(crate) fn write_spots(spots: &[Spot]) -> Vec<u8> {
    let mut out = Vec::with_capacity(spots.len() * SPOT);
    for spot in spots {
        out.extend_from_slice(&spot.chain.to_be_bytes());
        out.extend_from_slice(&spot.segment.to_be_bytes());
        out.extend_from_slice(&spot.offset.to_be_bytes());
        out.extend_from_slice(&spot.bytes.to_be_bytes());
    }
    out
}

pub(crate) fn read_spots(bytes: &[u8]) -> Vec<Spot> {
    let u32_at = |spot: &[u8], at: usize| {
        u32::from_be_bytes([spot[at], spot[at + 1], spot[at + 2], spot[at + 3]])
    };
    let read = |spot: &[u8]| Spot {
        chain: u32_at(spot, 0),
        segment: u32_at(spot, 4),
        offset: u64::from(u32_at(spot, 8)) << 32 | u64::from(u32_at(spot, 12)),
        bytes: u32_at(spot, 16),
    };
    bytes.chunks_exact(SPOT).map(read).collect()
}

/// Every way in which a call ends, by number.
const RESULTS: [CallResult; 8] = [
    CallResult::Open,
    CallResult::Ok,
    CallResult::Denied,
    CallResult::UpstreamError,
    CallResult::UpstreamBroken,
    CallResult::ClientGone,
    CallResult::Blocked,
    CallResult::Interrupted,
];

pub(crate) fn result_number(result: CallResult) -> i64 {
    let at = RESULTS.iter().position(|one| *one == result);
    at.and_then(|at| i64::try_from(at).ok()).unwrap_or(0)
}

/// SQLite's numbers have a sign; what does not fit is the greatest that does.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Writes a call over what was there of it.
pub(crate) fn write(
    db: &Connection,
    numbers: &mut Numbers,
    call: &CallSummary,
    spots: &[Spot],
) -> rusqlite::Result<()> {
    let mut classes = Vec::with_capacity(call.classes.len() * 8);
    for class in &call.classes {
        let class = numbers.of(db, class)?;
        classes.extend_from_slice(&class.to_be_bytes());
        db.prepare_cached("INSERT OR IGNORE INTO classes (class, call) VALUES (?1, ?2)")?
            .execute(params![class, call.call.bytes()])?;
    }
    let mut option = |name: &Option<std::sync::Arc<str>>| {
        name.as_ref().map(|name| numbers.of(db, name)).transpose()
    };
    let (code, rule) = (option(&call.code)?, option(&call.rule)?);
    let (user, team) = (option(&call.user)?, option(&call.team)?);
    let service = option(&call.service)?;
    let mut number = |name| numbers.of(db, name);
    let text = format!(
        "INSERT OR REPLACE INTO calls ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)"
    );
    db.prepare_cached(&text)?.execute(params![
        call.call.bytes(),
        signed(call.time.as_micros()),
        number(&call.tenant)?,
        number(&call.key)?,
        number(&call.surface)?,
        number(&call.request_model)?,
        number(&call.provider)?,
        number(&call.model)?,
        result_number(call.result),
        call.status,
        code,
        rule,
        call.attempts,
        call.stream,
        call.cached,
        signed(call.usage.input.0),
        signed(call.usage.output.0),
        signed(call.usage.cache_read.0),
        signed(call.usage.cache_write.0),
        signed(call.usage.reasoning.0),
        call.usage.estimated,
        signed(call.cost_nano_usd.0),
        signed(call.duration_us),
        call.first_byte_us.map(signed),
        signed(call.overhead_us),
        call.findings,
        classes,
        write_spots(spots),
        user,
        team,
        service,
    ])?;
    Ok(())
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(
    db: &Connection,
    numbers: &mut Numbers,
    row: &Row<'_>,
) -> rusqlite::Result<(CallSummary, Vec<Spot>)> {
    let mut name = |at: usize| numbers.name(db, row.get(at)?);
    let count = |at: usize| Ok::<_, rusqlite::Error>(unsigned(row.get(at)?));
    let mut summary = CallSummary {
        call: CallId::of_bytes(row.get(0)?),
        time: Timestamp::from_micros(count(1)?),
        tenant: name(2)?,
        key: name(3)?,
        user: None,
        team: None,
        service: None,
        surface: name(4)?,
        request_model: name(5)?,
        provider: name(6)?,
        model: name(7)?,
        result: usize::try_from(row.get::<_, i64>(8)?)
            .ok()
            .and_then(|at| RESULTS.get(at).copied())
            .unwrap_or(CallResult::Open),
        status: row.get(9)?,
        code: None,
        rule: None,
        attempts: row.get(12)?,
        stream: row.get(13)?,
        cached: row.get(14)?,
        usage: Usage {
            input: Tokens(count(15)?),
            output: Tokens(count(16)?),
            cache_read: Tokens(count(17)?),
            cache_write: Tokens(count(18)?),
            reasoning: Tokens(count(19)?),
            estimated: row.get(20)?,
        },
        cost_nano_usd: NanoUsd(count(21)?),
        duration_us: count(22)?,
        first_byte_us: row.get::<_, Option<i64>>(23)?.map(unsigned),
        overhead_us: count(24)?,
        classes: Vec::new(),
        findings: row.get(25)?,
    };
    for (at, to) in [
        (10, &mut summary.code),
        (11, &mut summary.rule),
        (28, &mut summary.user),
        (29, &mut summary.team),
        (30, &mut summary.service),
    ] {
        if let Some(number) = row.get::<_, Option<i64>>(at)? {
            *to = Some(numbers.name(db, number)?);
        }
    }
    for class in row.get_ref(26)?.as_blob()?.chunks_exact(8) {
        let number = class.try_into().map(i64::from_be_bytes).unwrap_or(0);
        summary.classes.push(numbers.name(db, number)?);
    }
    Ok((summary, read_spots(row.get_ref(27)?.as_blob()?)))
}
