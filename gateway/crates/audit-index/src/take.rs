//! Takes the trail's records in.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use marshal_audit::{CallSummary, Cursor, Follower, Names, Place, Reader, Row, segment_file};
use marshal_types::CallId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::names::Numbers;
use crate::row::{self, Spot, signed};

/// Calls that are looked through for records that were declared void: more than one batch of the writer.
const RECENT: u32 = 200_000;

/// What is being taken in, within one transaction.
pub(crate) struct Taking<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) trail: &'a Path,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) names: Names,
    pub(crate) chains: HashMap<Arc<str>, u32>,
    pub(crate) calls: HashMap<CallId, (CallSummary, Vec<Spot>)>,
    /// Chains that will not grow.
    pub(crate) done: Vec<String>,
}

pub(crate) fn failed(error: rusqlite::Error) -> io::Error {
    io::Error::other(error)
}

/// Where the trail was read to.
pub(crate) fn cursors(db: &Connection) -> rusqlite::Result<BTreeMap<String, Cursor>> {
    let mut all = db.prepare_cached("SELECT name, segment, offset, first, done FROM chains")?;
    let rows = all.query_map([], |row| {
        let cursor = Cursor {
            segment: row.get(1)?,
            offset: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
            first: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
            done: row.get(4)?,
        };
        Ok((row.get(0)?, cursor))
    })?;
    rows.collect()
}

impl Taking<'_> {
    fn chain(&mut self, name: &Arc<str>) -> rusqlite::Result<u32> {
        if let Some(number) = self.chains.get(name) {
            return Ok(*number);
        }
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO chains (name, segment, offset, done) VALUES (?1, 1, 0, 0)",
            )?
            .execute([&**name])?;
        let number = self
            .db
            .prepare_cached("SELECT id FROM chains WHERE name = ?1")?
            .query_row([&**name], |row| row.get(0))?;
        self.chains.insert(name.clone(), number);
        Ok(number)
    }

    fn take(&mut self, place: &Place, line: &[u8]) -> rusqlite::Result<()> {
        // The trail's own account of itself is no change of anything. Most records of an idle gateway are such.
        let Ok(row) = serde_json::from_slice::<Row>(line) else {
            return Ok(());
        };
        let spot = Spot {
            chain: self.chain(&place.chain)?,
            segment: place.segment,
            offset: place.offset,
            bytes: place.bytes,
        };
        let call = row.call.as_deref().and_then(|call| call.parse().ok());
        let Some(call) = call else {
            return self.change(&row, spot, place, line);
        };
        if !self.calls.contains_key(&call) {
            let known = load(self.db, self.numbers, call)?;
            let fresh = || (CallSummary::new(call, &row, &mut self.names), Vec::new());
            self.calls.insert(call, known.unwrap_or_else(fresh));
        }
        if let Some((summary, spots)) = self.calls.get_mut(&call) {
            summary.add(&row, &mut self.names);
            spots.push(spot);
        }
        Ok(())
    }

    fn change(
        &mut self,
        row: &Row,
        spot: Spot,
        place: &Place,
        line: &[u8],
    ) -> rusqlite::Result<()> {
        if row.kind == "checkpoint" {
            return Ok(());
        }
        self.done.extend(row.taken_over().map(str::to_owned));
        if row.kind == "stop" {
            self.done.push(place.chain.to_string());
        }
        self.db
            .prepare_cached("INSERT INTO changes (time, kind, chain, segment, offset, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                signed(row.time().as_micros()),
                row.kind,
                spot.chain,
                spot.segment,
                signed(spot.offset),
                String::from_utf8_lossy(line),
            ])?;
        Ok(())
    }

    /// Writes the calls that were touched, and how far the trail was read.
    pub(crate) fn write(&mut self, follower: &mut Follower) -> rusqlite::Result<()> {
        for (_, (summary, spots)) in self.calls.drain() {
            row::write(self.db, self.numbers, &summary, &spots)?;
        }
        for chain in self.done.drain(..) {
            follower.finish(&chain);
        }
        for (name, cursor) in follower.chains() {
            self.db
                .prepare_cached("INSERT INTO chains (name, segment, offset, first, done) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET segment = ?2, offset = ?3, first = ?4, done = ?5")?
                .execute(params![
                    name,
                    cursor.segment,
                    signed(cursor.offset),
                    cursor.first.map(u64::cast_signed),
                    cursor.done
                ])?;
        }
        Ok(())
    }

    /// Takes back what stands in a segment from an offset on: rare, after a write that failed.
    fn take_back(&mut self, chain: u32, segment: u32, from: u64) -> rusqlite::Result<()> {
        self.db.execute(
            "DELETE FROM changes WHERE chain = ?1 AND segment = ?2 AND offset >= ?3",
            params![chain, segment, signed(from)],
        )?;
        for (_, (summary, spots)) in std::mem::take(&mut self.calls) {
            row::write(self.db, self.numbers, &summary, &spots)?;
        }
        let void =
            |spot: &Spot| (spot.chain, spot.segment) == (chain, segment) && spot.offset >= from;
        let mut affected = Vec::new();
        {
            let mut recent = self
                .db
                .prepare("SELECT call, places FROM calls ORDER BY call DESC LIMIT ?1")?;
            let mut rows = recent.query([RECENT])?;
            while let Some(row) = rows.next()? {
                let spots = row::read_spots(row.get_ref(1)?.as_blob()?);
                if spots.iter().any(void) {
                    affected.push((CallId::of_bytes(row.get(0)?), spots));
                }
            }
        }
        for (call, mut spots) in affected {
            spots.retain(|spot| !void(spot));
            for table in ["calls", "classes"] {
                self.db.execute(
                    &format!("DELETE FROM {table} WHERE call = ?1"),
                    [call.bytes()],
                )?;
            }
            for spot in spots {
                let place = self.place(spot)?;
                let Ok(line) = read_line(self.trail, &place) else {
                    continue;
                };
                self.take(&place, &line)?;
            }
        }
        Ok(())
    }

    fn place(&self, spot: Spot) -> rusqlite::Result<Place> {
        place(self.db, spot)
    }
}

/// A spot with its chain's name.
pub(crate) fn place(db: &Connection, spot: Spot) -> rusqlite::Result<Place> {
    let name: String = db
        .prepare_cached("SELECT name FROM chains WHERE id = ?1")?
        .query_row([spot.chain], |row| row.get(0))?;
    Ok(Place {
        chain: name.into(),
        segment: spot.segment,
        offset: spot.offset,
        bytes: spot.bytes,
    })
}

fn read_line(trail: &Path, place: &Place) -> io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let path = trail.join(&*place.chain).join(segment_file(place.segment));
    let mut line = vec![0; place.bytes as usize];
    std::fs::File::open(path)?.read_exact_at(&mut line, place.offset)?;
    Ok(line)
}

/// A call that is known already.
pub(crate) fn load(
    db: &Connection,
    numbers: &mut Numbers,
    call: CallId,
) -> rusqlite::Result<Option<(CallSummary, Vec<Spot>)>> {
    let text = format!("SELECT {} FROM calls WHERE call = ?1", row::COLUMNS);
    db.prepare_cached(&text)?
        .query_row([call.bytes()], |found| row::read(db, numbers, found))
        .optional()
}

impl Reader for Taking<'_> {
    fn record(&mut self, place: &Place, line: &[u8]) -> io::Result<()> {
        self.take(place, line).map_err(failed)
    }

    fn void(&mut self, chain: &str, segment: u32, good_bytes: u64) -> io::Result<()> {
        let number = self.chain(&chain.into()).map_err(failed)?;
        self.take_back(number, segment, good_bytes).map_err(failed)
    }
}
