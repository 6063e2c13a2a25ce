//! `audit.fleet`: the database that the trails of several gateways are brought to.

use marshal_yaml::{Item, MapReader};

use crate::ApiKey;
use crate::load::Context;
use crate::secret::{Holds, secret};

/// PostgreSQL's port.
const PORT: u64 = 5432;

/// A database of PostgreSQL.
#[derive(Clone, Debug)]
pub struct FleetSettings {
    /// A host's name, or the folder of a unix socket.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database's name.
    pub database: String,
    /// Who signs in.
    pub user: String,
    /// With what, where the server asks.
    pub password: Option<ApiKey>,
}

pub(crate) fn fleet(item: &Item<'_>, context: &Context<'_>) -> Option<FleetSettings> {
    let mut map = item.map()?;
    let text = |map: &mut MapReader<'_>, key| {
        let item = map.require(key)?;
        let text = item.str()?;
        if text.is_empty() || text.chars().any(char::is_whitespace) {
            item.fail("is empty, or has white space in it");
            return None;
        }
        Some(text.to_owned())
    };
    let (host, database, user) = (
        text(&mut map, "host"),
        text(&mut map, "database"),
        text(&mut map, "user"),
    );
    let port = map.opt_u64_in("port", 1..=65_535).unwrap_or(PORT);
    let password = map
        .get("password")
        .and_then(|item| secret(&item, "PGPASSWORD", Holds::Text, context));
    map.finish();
    Some(FleetSettings {
        host: host?,
        port: u16::try_from(port).ok()?,
        database: database?,
        user: user?,
        password,
    })
}
