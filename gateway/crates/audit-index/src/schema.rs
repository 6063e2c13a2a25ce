//! The tables.

use rusqlite::Connection;

/// Another number makes the index anew.
const VERSION: i64 = 4;

const TABLES: &str = "
CREATE TABLE made (number INTEGER NOT NULL);
CREATE TABLE chains (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL, first INTEGER, done INTEGER NOT NULL);
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE calls (
  call BLOB PRIMARY KEY, time INTEGER NOT NULL,
  tenant INTEGER NOT NULL, key INTEGER NOT NULL, surface INTEGER NOT NULL, request_model INTEGER NOT NULL,
  provider INTEGER NOT NULL, model INTEGER NOT NULL, result INTEGER NOT NULL, status INTEGER, code INTEGER, rule INTEGER,
  attempts INTEGER NOT NULL, stream INTEGER NOT NULL, cached INTEGER NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  reasoning INTEGER NOT NULL, estimated INTEGER NOT NULL, cost INTEGER NOT NULL, duration INTEGER NOT NULL,
  first_byte INTEGER, overhead INTEGER NOT NULL, findings INTEGER NOT NULL, classes BLOB NOT NULL, places BLOB NOT NULL,
  user INTEGER, team INTEGER, service INTEGER
) WITHOUT ROWID;
CREATE TABLE classes (class INTEGER NOT NULL, call BLOB NOT NULL, PRIMARY KEY (class, call)) WITHOUT ROWID;
CREATE TABLE changes (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, chain INTEGER NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, record TEXT NOT NULL);
";

/// What is asked by; made once the first records are in, which is quicker.
const INDICES: &str = "
CREATE INDEX IF NOT EXISTS by_tenant ON calls (tenant, call);
CREATE INDEX IF NOT EXISTS by_key ON calls (key, call);
CREATE INDEX IF NOT EXISTS by_user ON calls (user, call) WHERE user IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_team ON calls (team, call) WHERE team IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_service ON calls (service, call) WHERE service IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_request_model ON calls (request_model, call);
CREATE INDEX IF NOT EXISTS by_model ON calls (model, call);
CREATE INDEX IF NOT EXISTS by_provider ON calls (provider, call);
CREATE INDEX IF NOT EXISTS by_code ON calls (code, call) WHERE code IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_result ON calls (result, call);
";

/// Makes the tables, unless they are there.
pub(crate) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY;",
    )?;
    cache(db, SMALL)?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == VERSION {
        return Ok(());
    }
    db.execute_batch("BEGIN IMMEDIATE")?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != VERSION {
        for table in ["made", "chains", "names", "calls", "classes", "changes"] {
            db.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
        }
        db.execute_batch(TABLES)?;
        db.execute_batch("INSERT INTO made VALUES (random())")?;
        db.execute_batch(&format!("PRAGMA user_version = {VERSION}"))?;
    }
    db.execute_batch("COMMIT")
}

/// Which making of the tables these are: whoever holds numbers of others holds nothing.
pub(crate) fn made(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT number FROM made")?
        .query_row([], |row| row.get(0))
}

/// Pages that a connection keeps in memory beside those that the system keeps, in KiB: while a gateway runs.
pub(crate) const SMALL: u32 = 8 * 1024;
/// While an index is made anew.
pub(crate) const LARGE: u32 = 64 * 1024;

pub(crate) fn cache(db: &Connection, kib: u32) -> rusqlite::Result<()> {
    db.execute_batch(&format!(
        "PRAGMA cache_size = -{kib}; PRAGMA shrink_memory;"
    ))
}

/// Makes the indices, unless they are there, and tells the planner what the tables hold.
pub(crate) fn finish(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(INDICES)?;
    db.execute_batch("PRAGMA analysis_limit = 1000; PRAGMA optimize = 0x10002;")
}
