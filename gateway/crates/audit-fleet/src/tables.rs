//! The tables.

use std::io;

use postgres::{Client, Error};

use crate::fleet::failed;

/// Made once; a later version that wants others gives them other names.
const TABLES: &str = r#"
CREATE TABLE IF NOT EXISTS marshal_chains (
  node text NOT NULL, name text NOT NULL, segment integer NOT NULL, "offset" bigint NOT NULL, first bigint, done boolean NOT NULL,
  PRIMARY KEY (node, name));
CREATE TABLE IF NOT EXISTS marshal_records (
  id bigserial, node text NOT NULL, chain text NOT NULL, segment integer NOT NULL, "offset" bigint NOT NULL, call bytea, kind text NOT NULL,
  time bigint NOT NULL, line text NOT NULL,
  PRIMARY KEY (node, chain, segment, "offset"));
CREATE INDEX IF NOT EXISTS marshal_records_call ON marshal_records (call) WHERE call IS NOT NULL;
CREATE INDEX IF NOT EXISTS marshal_records_changes ON marshal_records (time) WHERE call IS NULL AND kind <> 'checkpoint';
CREATE TABLE IF NOT EXISTS marshal_calls (
  call bytea PRIMARY KEY, time bigint NOT NULL, tenant text NOT NULL, key text NOT NULL, provider text NOT NULL,
  request_model text NOT NULL, model text NOT NULL, result text NOT NULL, code text, classes text[] NOT NULL,
  "user" text, team text, service text);
CREATE INDEX IF NOT EXISTS marshal_calls_tenant ON marshal_calls (tenant, call);
CREATE INDEX IF NOT EXISTS marshal_calls_key ON marshal_calls (key, call);
CREATE INDEX IF NOT EXISTS marshal_calls_user ON marshal_calls ("user", call) WHERE "user" IS NOT NULL;
CREATE INDEX IF NOT EXISTS marshal_calls_team ON marshal_calls (team, call) WHERE team IS NOT NULL;
CREATE INDEX IF NOT EXISTS marshal_calls_service ON marshal_calls (service, call) WHERE service IS NOT NULL;
CREATE INDEX IF NOT EXISTS marshal_calls_provider ON marshal_calls (provider, call);
CREATE INDEX IF NOT EXISTS marshal_calls_request_model ON marshal_calls (request_model, call);
CREATE INDEX IF NOT EXISTS marshal_calls_model ON marshal_calls (model, call);
CREATE INDEX IF NOT EXISTS marshal_calls_result ON marshal_calls (result, call);
CREATE INDEX IF NOT EXISTS marshal_calls_code ON marshal_calls (code, call) WHERE code IS NOT NULL;
CREATE INDEX IF NOT EXISTS marshal_calls_classes ON marshal_calls USING gin (classes);
"#;

/// Any number that nobody else locks.
pub(crate) const LOCK: i64 = 0x6d61_7273_6861_6c00;

/// Makes the tables, unless they are there. Nodes that begin at once do it one after another; who finds them needs no right to
/// make any.
///
/// # Errors
/// A database that does not take every text, or one that cannot be asked.
pub(crate) fn prepare(client: &mut Client) -> io::Result<()> {
    let asked = client.query_one(
        "SELECT current_setting('server_encoding'), to_regclass('marshal_calls_classes') IS NOT NULL",
        &[],
    );
    let asked = asked.map_err(failed)?;
    let encoding: &str = asked.get(0);
    if encoding != "UTF8" {
        return Err(io::Error::other(format!(
            "the database's encoding is {encoding}; records need UTF8"
        )));
    }
    if asked.get(1) {
        return Ok(());
    }
    make(client).map_err(failed)
}

fn make(client: &mut Client) -> Result<(), Error> {
    let mut all = client.transaction()?;
    all.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    all.batch_execute(TABLES)?;
    all.commit()
}
