//! `audit.yaml`: how much of a call is recorded, and for how long.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{DataClass, Place, Principal, Problem};
use marshal_yaml::{Item, MapReader, Problems, quoted};

use crate::Subject;
use crate::limits::version_one;

/// How many days after its month what was said is kept, where the file does not say.
const PAYLOAD_DAYS: u32 = 30;

/// The whole of `audit.yaml`. `Default` records the metadata of every call and removes nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditFile {
    /// Rules, in the order of the file: the first that fits a call applies.
    pub levels: Vec<LevelRule>,
    /// How many days records are to be kept; `None` for good.
    pub retention_days: Option<u32>,
    /// How many days after its month what was said is kept, where a rule does not say.
    pub payload_days: u32,
    /// What becomes of calls that cannot be recorded, where a rule does not say.
    pub mode: AuditMode,
}

impl Default for AuditFile {
    fn default() -> Self {
        Self {
            levels: Vec::new(),
            retention_days: None,
            payload_days: PAYLOAD_DAYS,
            mode: AuditMode::default(),
        }
    }
}

impl AuditFile {
    /// Whether something is to be recorded in a second folder, and which entry says so; `Some(None)` for the whole file.
    #[must_use]
    pub fn wants_spool(&self) -> Option<Option<&Place>> {
        if self.mode == AuditMode::Spool {
            return Some(None);
        }
        let spooled = |rule: &&LevelRule| rule.mode == Some(AuditMode::Spool);
        let rule = self.levels.iter().find(spooled)?;
        Some(Some(&rule.place))
    }

    /// How much of a call by this caller, with these classes of data in it, is recorded, for how many days after its month
    /// what was said is kept, and what becomes of it if it cannot be recorded.
    #[must_use]
    pub fn level_for(
        &self,
        principal: &Principal,
        classes: &BTreeSet<DataClass>,
    ) -> (AuditLevel, u32, AuditMode) {
        let fits = |rule: &&LevelRule| {
            rule.subject.matches(principal)
                && rule
                    .class
                    .as_ref()
                    .is_none_or(|class| classes.contains(class))
        };
        let rule = self.levels.iter().find(fits);
        rule.map_or(
            (AuditLevel::default(), self.payload_days, self.mode),
            |rule| {
                (
                    rule.level,
                    rule.payload_days.unwrap_or(self.payload_days),
                    rule.mode.unwrap_or(self.mode),
                )
            },
        )
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
    /// How many days after its month what was said is kept.
    pub payload_days: Option<u32>,
    /// What becomes of the call if it cannot be recorded.
    pub mode: Option<AuditMode>,
    /// Where it is defined.
    pub place: Place,
}

/// What becomes of a call that cannot be recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AuditMode {
    /// It is refused.
    #[default]
    Required,
    /// It is recorded in the second folder (`audit.spool` in `marshal.yaml`).
    Spool,
    /// It goes on, and that is counted and logged.
    BestEffort,
}

/// How much of a call is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AuditLevel {
    /// Nothing, unless it is refused.
    None,
    /// Who, what, when, where to, how much, and every decision; never the words of the call.
    #[default]
    Metadata,
    /// That, and what was sent to the provider, encrypted apart.
    Request,
    /// That, and what the provider answered.
    Full,
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
    let mode = mode(&mut map).unwrap_or_default();
    let levels = map.opt_seq("levels").unwrap_or_default();
    let file = AuditFile {
        levels: levels.iter().filter_map(read_level).collect(),
        retention_days: map
            .opt_u64_in("retention_days", 1..=36_500)
            .and_then(|days| u32::try_from(days).ok()),
        payload_days: days(&mut map).unwrap_or(PAYLOAD_DAYS),
        mode,
    };
    map.finish();
    file
}

fn read_level(item: &Item<'_>) -> Option<LevelRule> {
    let mut map = item.map()?;
    let subject = map.require("subject").and_then(|item| Subject::read(&item));
    let class = map.opt_str("class").filter(|class| *class != "*");
    let level = map.require("level").and_then(|item| level(&item));
    let payload_days = days(&mut map);
    let mode = mode(&mut map);
    map.finish();
    Some(LevelRule {
        subject: subject?,
        class: class.map(|class| DataClass(Arc::from(class))),
        level: level?,
        payload_days,
        mode,
        place: item.place().clone(),
    })
}

fn mode(map: &mut MapReader<'_>) -> Option<AuditMode> {
    let words = [
        ("required", AuditMode::Required),
        ("spool", AuditMode::Spool),
        ("best_effort", AuditMode::BestEffort),
    ];
    map.opt_one_of("mode", "a mode", &words)
}

fn days(map: &mut MapReader<'_>) -> Option<u32> {
    map.opt_u64_in("payload_days", 0..=36_500)
        .and_then(|days| u32::try_from(days).ok())
}

fn level(item: &Item<'_>) -> Option<AuditLevel> {
    Some(match item.str()? {
        "none" => AuditLevel::None,
        "metadata" => AuditLevel::Metadata,
        "request" => AuditLevel::Request,
        "full" => AuditLevel::Full,
        other => {
            item.fail(format!(
                "{} is not an audit level; use \"none\", \"metadata\", \"request\" (what was sent) or \"full\" (what was sent and answered)",
                quoted(other)
            ));
            return None;
        }
    })
}
