//! A store of objects that speaks as Amazon S3 does, in `marshal.yaml`.

use std::time::Duration;

use marshal_yaml::{Item, MapReader};

use crate::load::Context;
use crate::secret::{Holds, secret};
use crate::{ApiKey, check};

/// A bucket, and how it is written to.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    /// Where it is spoken to: `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket's name.
    pub bucket: String,
    /// What keys begin with; empty, or ends with a slash.
    pub prefix: String,
    /// The id of the access key; no secret.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: ApiKey,
    /// For how many days nobody may change or remove what is put there (S3 Object Lock, mode compliance); `None` for no
    /// lock of Marshal's own.
    pub lock_days: Option<u32>,
}

/// `audit.archive`.
#[derive(Clone, Debug)]
pub struct ArchiveSettings {
    /// Where to.
    pub store: ObjectStore,
    /// How often it is looked whether there is something to bring there.
    pub every: Duration,
}

/// Reads `audit.archive`.
pub(crate) fn archive(item: &Item<'_>, context: &Context<'_>) -> Option<ArchiveSettings> {
    let mut map = item.map()?;
    let every = map.opt_u64_in("every_s", 1..=86_400).unwrap_or(60);
    let store = store(&mut map, context);
    map.finish();
    Some(ArchiveSettings {
        store: store?,
        every: Duration::from_secs(every),
    })
}

/// Reads the keys of a store; the caller knows when the map is finished.
pub(crate) fn store(map: &mut MapReader<'_>, context: &Context<'_>) -> Option<ObjectStore> {
    let endpoint = map.require("endpoint").and_then(|item| {
        let url = check::base_url(item.str()?);
        url.map_err(|what| item.fail(what)).ok()
    });
    let words = |map: &mut MapReader<'_>, key, more: &str| {
        let item = map.require(key)?;
        let text = item.str()?;
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        if text.is_empty() || text.len() > 255 || !text.chars().all(fits) {
            item.fail(format!(
                "holds a character that none has; letters, digits and {more:?} are"
            ));
            return None;
        }
        Some(text.to_owned())
    };
    let region = words(map, "region", "-");
    let bucket = words(map, "bucket", ".-");
    let access_key_id = words(map, "access_key_id", "-_.");
    let prefix = match map.key("prefix") {
        None => Some(String::new()),
        Some(_) => words(map, "prefix", "-_./").map(|prefix| match prefix.ends_with('/') {
            true => prefix,
            false => format!("{prefix}/"),
        }),
    };
    let secret_access_key = map
        .require("secret_access_key")
        .and_then(|item| secret(&item, "AWS_SECRET_ACCESS_KEY", Holds::Text, context));
    let lock_days = map
        .opt_u64_in("lock_days", 1..=36_500)
        .and_then(|days| u32::try_from(days).ok());
    Some(ObjectStore {
        endpoint: endpoint?,
        region: region?,
        bucket: bucket?,
        prefix: prefix?,
        access_key_id: access_key_id?,
        secret_access_key: secret_access_key?,
        lock_days,
    })
}
