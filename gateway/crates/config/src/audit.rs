//! `audit.yaml`: how much of a call is recorded, and for how long.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{DataClass, Place, Principal, Problem};
use marshal_yaml::{Item, MapReader, Problems, quoted};

use crate::Subject;
use crate::limits::version_one;

/// The whole of `audit.yaml`. `Default` records the metadata of every call and removes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFile {
    /// Rules, in the order of the file: the first that fits a call applies.
    pub levels: Vec<LevelRule>,
    /// How many days records are kept; `None` for good.
    pub retention_days: Option<u32>,
}

impl AuditFile {
    /// How much of a call by this caller, with these classes of data in it, is recorded.
    #[must_use]
    pub fn level_for(&self, principal: &Principal, classes: &BTreeSet<DataClass>) -> AuditLevel {
        let fits = |rule: &&LevelRule| {
            rule.subject.matches(principal)
                && rule
                    .class
                    .as_ref()
                    .is_none_or(|class| classes.contains(class))
        };
        self.levels
            .iter()
            .find(fits)
            .map_or(AuditLevel::default(), |rule| rule.level)
    }
}

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LevelRule {
    /// Whose calls.
    pub subject: Subject,
    /// With which data in them; `None` for any and none.
    pub class: Option<DataClass>,
    /// How much of them.
    pub level: AuditLevel,
    /// Where it is defined.
    pub place: Place,
}

/// How much of a call is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AuditLevel {
    /// Who, what, when, where to, how much, and every decision; never the words of the call.
    #[default]
    Metadata,
}

/// Reads `audit.yaml`; `file` is its name in messages.
///
/// # Errors
/// Every problem, in the order of the file.
pub fn audit(file: &str, text: &str) -> Result<AuditFile, Vec<Problem>> {
    let node = marshal_yaml::parse(file, text).map_err(|problem| vec![problem])?;
    let problems = Problems::new();
    let read = node.as_map(&problems, "").map(read_file);
    problems.or(read)
}

fn read_file(mut map: MapReader<'_>) -> AuditFile {
    version_one(&mut map);
    // A trail that calls may go without would break the first promise; the word stands in the file for its reader.
    let _ = map.opt_one_of(
        "mode",
        "a mode; every call is recorded before it is sent",
        &[("required", ())],
    );
    let levels = map.opt_seq("levels").unwrap_or_default();
    let file = AuditFile {
        levels: levels.iter().filter_map(read_level).collect(),
        retention_days: map
            .opt_u64_in("retention_days", 1..=36_500)
            .and_then(|days| u32::try_from(days).ok()),
    };
    map.finish();
    file
}

fn read_level(item: &Item<'_>) -> Option<LevelRule> {
    let mut map = item.map()?;
    let subject = map.require("subject").and_then(|item| Subject::read(&item));
    let class = map.opt_str("class").filter(|class| *class != "*");
    let level = map.require("level").and_then(|item| level(&item));
    map.finish();
    Some(LevelRule {
        subject: subject?,
        class: class.map(|class| DataClass(Arc::from(class))),
        level: level?,
        place: item.place().clone(),
    })
}

fn level(item: &Item<'_>) -> Option<AuditLevel> {
    match item.str()? {
        "metadata" => Some(AuditLevel::Metadata),
        later @ ("request" | "response" | "full") => {
            item.fail(format!(
                "{} is not available yet; use \"metadata\"",
                quoted(later)
            ));
            None
        }
        other => {
            item.fail(format!(
                "{} is not an audit level; use \"metadata\"",
                quoted(other)
            ));
            None
        }
    }
}
