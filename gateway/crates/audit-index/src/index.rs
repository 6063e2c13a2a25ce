//! The index as its users hold it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_audit::{
    AuditQuery, CallStory, CallSummary, Change, Filter, Follower, Names, QueryError, call_story,
    trail_folder,
};
use marshal_types::{CallId, Timestamp};
use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::names::Numbers;
use crate::take::{Taking, cursors, failed, load, place};
use crate::{question, row, schema};

/// A question first takes in so much of what is new; the rest waits for [`Index::catch_up`].
const AT_ONCE: u64 = 8 * 1024 * 1024;
/// So much is taken in within one transaction.
const PIECE: u64 = 64 * 1024 * 1024;

/// The index of a data folder: `<data>/index/audit.sqlite`.
#[must_use]
pub fn index_file(data: &Path) -> PathBuf {
    data.join("index").join("audit.sqlite")
}

/// The index cannot be opened.
#[derive(Debug)]
pub struct OpenError {
    /// Its file.
    pub file: PathBuf,
    source: rusqlite::Error,
}

impl OpenError {
    /// Whether the file is no database, or a broken one: nothing is lost if it is removed.
    #[must_use]
    pub fn is_no_database(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(
            self.source.sqlite_error_code(),
            Some(NotADatabase | DatabaseCorrupt)
        )
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the index {} cannot be opened; it holds nothing that the trail does not: check its folder's owner and rights, or remove it and it is made again",
            self.file.display()
        )
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The index of a trail. Each question is answered from all that the trail held when it was asked, unless there is much to
/// catch up.
pub struct Index {
    trail: PathBuf,
    file: PathBuf,
    writer: Mutex<Half>,
    /// Of its own where the database is a file: a question does not wait for what is taken in.
    reader: Option<Mutex<Half>>,
}

struct Half {
    db: Connection,
    numbers: Numbers,
    finished: bool,
    /// Which making of the tables that is about; another process may make them anew.
    made: i64,
}

impl Half {
    /// Within a transaction: what is known of the tables is of these tables.
    fn check(&mut self) -> io::Result<()> {
        let made = schema::made(&self.db).map_err(failed)?;
        if made != self.made {
            self.numbers.forget();
            self.finished = false;
            self.made = made;
        }
        Ok(())
    }

    fn of(db: Connection) -> rusqlite::Result<Self> {
        schema::prepare(&db)?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(Self {
            db,
            numbers: Numbers::default(),
            finished: false,
            made: 0,
        })
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Of a data folder's trail, in its file.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(data: &Path) -> Result<Arc<Self>, OpenError> {
        let file = index_file(data);
        if let Some(folder) = file.parent() {
            // What goes wrong here, opening tells.
            let _ = std::fs::create_dir_all(folder);
        }
        let open = || Connection::open(&file).and_then(Half::of);
        let halves = open().and_then(|writer| Ok((writer, open()?)));
        let (writer, reader) = halves.map_err(|source| OpenError {
            file: file.clone(),
            source,
        })?;
        Ok(Arc::new(Self {
            trail: trail_folder(data),
            file,
            writer: Mutex::new(writer),
            reader: Some(Mutex::new(reader)),
        }))
    }

    /// Of a trail's folder, in memory: for a copy that is not to be written to.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn in_memory(trail: &Path) -> Result<Arc<Self>, OpenError> {
        let writer = Connection::open_in_memory().and_then(Half::of);
        Ok(Arc::new(Self {
            trail: trail.to_path_buf(),
            file: ":memory:".into(),
            writer: Mutex::new(writer.map_err(|source| OpenError {
                file: ":memory:".into(),
                source,
            })?),
            reader: None,
        }))
    }

    /// Takes in all that is new. Questions are answered meanwhile.
    ///
    /// # Errors
    /// If the trail or the index cannot be read or written.
    pub fn catch_up(&self) -> Result<(), QueryError> {
        while self.take(&mut self.writer.lock(), PIECE)? {}
        Ok(())
    }

    /// Forgets everything and reads the trail anew.
    ///
    /// # Errors
    /// As [`Index::catch_up`].
    pub fn rebuild(&self) -> Result<(), QueryError> {
        {
            let half = self.writer.lock();
            let emptied = half
                .db
                .execute_batch("PRAGMA user_version = 0")
                .and_then(|()| schema::prepare(&half.db));
            emptied.map_err(|error| self.wrong(failed(error)))?;
            let large = schema::cache(&half.db, schema::LARGE);
            large.map_err(|error| self.wrong(failed(error)))?;
        }
        let made = self.catch_up();
        let small = schema::cache(&self.writer.lock().db, schema::SMALL);
        made.and(small.map_err(|error| self.wrong(failed(error))))
    }

    fn wrong(&self, source: io::Error) -> QueryError {
        QueryError {
            folder: self.file.clone(),
            source,
        }
    }

    /// Takes in so much; true if there is more.
    fn take(&self, half: &mut Half, limit: u64) -> Result<bool, QueryError> {
        let taken = (|| {
            half.db.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
            half.check()?;
            let mut follower =
                Follower::new(self.trail.clone(), cursors(&half.db).map_err(failed)?);
            let before = follower.chains().clone();
            let mut taking = Taking {
                db: &half.db,
                trail: &self.trail,
                numbers: &mut half.numbers,
                names: Names::default(),
                chains: HashMap::new(),
                calls: HashMap::new(),
                done: Vec::new(),
            };
            let more = follower.read(limit, &mut taking)?;
            if *follower.chains() == before {
                half.db.execute_batch("ROLLBACK").map_err(failed)?;
            } else {
                taking.write(&mut follower).map_err(failed)?;
                half.db.execute_batch("COMMIT").map_err(failed)?;
            }
            if !more && !half.finished {
                schema::finish(&half.db).map_err(failed)?;
                half.finished = true;
            }
            Ok(more)
        })();
        taken.map_err(|error: io::Error| {
            half.numbers.forget();
            let _ = half.db.execute_batch("ROLLBACK");
            self.wrong(error)
        })
    }

    fn ask<T>(&self, ask: impl FnOnce(&mut Half) -> io::Result<T>) -> Result<T, QueryError> {
        let Some(reader) = &self.reader else {
            let mut half = self.writer.lock();
            while self.take(&mut half, PIECE)? {}
            return ask(&mut half).map_err(|error| self.wrong(error));
        };
        // Whoever catches up has it; what is new by then comes with the next question. So does what cannot be taken in now:
        // who keeps the index near the trail's end tells of that.
        if let Some(mut writer) = self.writer.try_lock() {
            let _ = self.take(&mut writer, AT_ONCE);
        }
        let mut half = reader.lock();
        let answer = (|| {
            half.db.execute_batch("BEGIN").map_err(failed)?;
            half.check()?;
            ask(&mut half)
        })();
        let _ = half.db.execute_batch("ROLLBACK");
        answer.map_err(|error| self.wrong(error))
    }
}

impl AuditQuery for Index {
    fn calls(&self, filter: &Filter) -> Result<Vec<CallSummary>, QueryError> {
        self.ask(|half| {
            let Half { db, numbers, .. } = half;
            let Some((text, values)) = question::sql(db, filter).map_err(failed)? else {
                return Ok(Vec::new());
            };
            let all = || -> rusqlite::Result<Vec<CallSummary>> {
                let mut asked = db.prepare_cached(&text)?;
                let mut rows = asked.query(rusqlite::params_from_iter::<Vec<Value>>(values))?;
                let mut calls = Vec::new();
                while let Some(found) = rows.next()? {
                    calls.push(row::read(db, numbers, found)?.0);
                }
                Ok(calls)
            };
            all().map_err(failed)
        })
    }

    fn call(&self, call: CallId) -> Result<Option<CallStory>, QueryError> {
        self.ask(|half| {
            let Half { db, numbers, .. } = half;
            let Some((_, spots)) = load(db, numbers, call).map_err(failed)? else {
                return Ok(None);
            };
            let places = spots.into_iter().map(|spot| place(db, spot));
            let places: Vec<_> = places.collect::<Result<_, _>>().map_err(failed)?;
            call_story(&self.trail, call, &places)
        })
    }

    fn changes(&self, limit: usize) -> Result<Vec<Change>, QueryError> {
        self.ask(|half| {
            let all = || -> rusqlite::Result<Vec<Change>> {
                let mut newest = half.db.prepare_cached(
                    "SELECT time, kind, record FROM changes ORDER BY time DESC, id DESC LIMIT ?1",
                )?;
                let rows = newest.query_map([row::signed(limit as u64)], |row| {
                    let micros = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
                    Ok(Change {
                        time: Timestamp::from_micros(micros),
                        kind: row.get(1)?,
                        record: row.get(2)?,
                    })
                })?;
                rows.collect()
            };
            all().map_err(failed)
        })
    }
}
