//! The database as a node holds it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::{
    AuditQuery, CallStory, CallSummary, Change, Filter, QueryError, story_of, trail_folder,
};
use marshal_types::{CallId, Secret, Timestamp};
use parking_lot::Mutex;
use postgres::{Client, Config, NoTls};

use crate::{question, tables, take};

/// How long a database may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(5);
/// A peer that acknowledges nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of the trail is brought in one transaction. Bytes.
const PIECE: u64 = 4 * 1024 * 1024;
/// A question that takes longer than this is given up. Milliseconds.
const STATEMENT_MS: u64 = 30_000;

/// Which database.
#[derive(Clone)]
pub struct FleetOptions {
    /// A host's name, or the folder of a unix socket.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database's name.
    pub database: String,
    /// Who signs in.
    pub user: String,
    /// With what, if the server asks.
    pub password: Option<Secret>,
    /// What this node is called: no other node of the fleet may be called so.
    pub node: String,
}

impl std::fmt::Debug for FleetOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FleetOptions")
            .field("host", &self.host)
            .field("database", &self.database)
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// The trails of a fleet, asked as one; and this node's, brought there.
///
/// Everything here waits for the database: it is for threads that may.
pub struct Fleet {
    options: FleetOptions,
    trail: PathBuf,
    writer: Mutex<Option<Client>>,
    reader: Mutex<Option<Client>>,
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fleet").field(&self.options).finish()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // A client ends a runtime of its own, which may not be done on a thread of another one.
        let clients = (self.writer.get_mut().take(), self.reader.get_mut().take());
        if clients.0.is_some() || clients.1.is_some() {
            let _ = std::thread::spawn(move || drop(clients)).join();
        }
    }
}

impl Fleet {
    /// Of the node with this data folder. Nothing is connected before it is needed.
    #[must_use]
    pub fn new(options: FleetOptions, data: &Path) -> Arc<Self> {
        Arc::new(Self {
            options,
            trail: trail_folder(data),
            writer: Mutex::default(),
            reader: Mutex::default(),
        })
    }

    /// Brings all that is new in this node's trail.
    ///
    /// # Errors
    /// If the trail cannot be read, or the database not be written.
    pub fn catch_up(&self) -> Result<(), QueryError> {
        let piece =
            |client: &mut Client| take::take(client, &self.options.node, &self.trail, PIECE);
        while self.with(&self.writer, piece)? {}
        Ok(())
    }

    /// Asks over a connection, a new one if the last one failed.
    pub(crate) fn with<T>(
        &self,
        of: &Mutex<Option<Client>>,
        ask: impl FnOnce(&mut Client) -> io::Result<T>,
    ) -> Result<T, QueryError> {
        let mut held = of.lock();
        let mut client = match held.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect().map_err(|error| self.wrong(error))?,
        };
        let answer = ask(&mut client);
        *held = Some(client);
        answer.map_err(|error| self.wrong(error))
    }

    pub(crate) fn reading<T>(
        &self,
        ask: impl FnOnce(&mut Client) -> io::Result<T>,
    ) -> Result<T, QueryError> {
        self.with(&self.reader, ask)
    }

    fn connect(&self) -> io::Result<Client> {
        let FleetOptions {
            host,
            port,
            database,
            user,
            password,
            ..
        } = &self.options;
        let mut config = Config::new();
        config
            .host(host)
            .port(*port)
            .dbname(database)
            .user(user)
            .application_name("marshal")
            .connect_timeout(CONNECT)
            .tcp_user_timeout(PATIENCE)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(PATIENCE)
            .keepalives_retries(3)
            .options(&format!(
                "-c statement_timeout={STATEMENT_MS} -c idle_in_transaction_session_timeout={STATEMENT_MS} -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
            ));
        if let Some(password) = password {
            config.password(password.expose());
        }
        let mut client = config.connect(NoTls).map_err(failed)?;
        tables::prepare(&mut client)?;
        Ok(client)
    }

    fn wrong(&self, source: io::Error) -> QueryError {
        QueryError {
            folder: format!(
                "the database {} on {}",
                self.options.database, self.options.host
            )
            .into(),
            source,
        }
    }
}

/// An error with its causes, for the library says only "db error" itself.
pub(crate) fn failed(error: postgres::Error) -> io::Error {
    let why = match (error.as_db_error(), std::error::Error::source(&error)) {
        // Neither detail nor hint: they may repeat a row.
        (Some(db), _) => db.message().to_owned(),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    };
    io::Error::other(why)
}

impl AuditQuery for Fleet {
    fn calls(&self, filter: &Filter) -> Result<Vec<CallSummary>, QueryError> {
        self.reading(|client| {
            let calls = question::calls(client, filter).map_err(failed)?;
            let stories = question::lines(client, &calls).map_err(failed)?;
            Ok(stories
                .into_iter()
                .filter_map(|(call, lines)| story_of(call, lines))
                .map(|story| story.summary)
                .collect())
        })
    }

    fn call(&self, call: CallId) -> Result<Option<CallStory>, QueryError> {
        self.reading(|client| {
            let found = question::lines(client, &[call]).map_err(failed)?;
            Ok(found
                .into_iter()
                .next()
                .and_then(|(call, lines)| story_of(call, lines)))
        })
    }

    fn changes(&self, limit: usize) -> Result<Vec<Change>, QueryError> {
        self.reading(|client| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = client
                .query(
                    "SELECT time, kind, line FROM marshal_records WHERE call IS NULL AND kind <> 'checkpoint' ORDER BY time DESC, node, chain, segment DESC, \"offset\" DESC LIMIT $1",
                    &[&limit],
                )
                .map_err(failed)?;
            Ok(rows
                .iter()
                .map(|row| Change {
                    time: Timestamp::from_micros(u64::try_from(row.get::<_, i64>(0)).unwrap_or(0)),
                    kind: row.get(1),
                    record: row.get(2),
                })
                .collect())
        })
    }
}
