//! The frameworks that ship: `frameworks/*.yaml`, one file each.

use std::sync::LazyLock;

use marshal_types::Problem;
use marshal_yaml::{Item, MapReader, Problems};

use crate::queries::QueryName;

/// A law, a standard or a list of risks, as far as a gateway can show anything for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// `eu-ai-act`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Which text of it.
    pub edition: String,
    /// Where its text was taken from, and how far it was checked.
    pub source: String,
    /// What a reader has to know about it, such as dates.
    pub note: String,
    /// How long it wants records kept, if it says.
    pub retention: Option<Retention>,
    /// The regions between which data may move freely under it; empty where it does not say.
    pub regions: Vec<String>,
    /// In its own order.
    pub controls: Vec<Control>,
}

/// How long records are to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// For at least so many days.
    pub days: u64,
    /// Of which so many at hand, without a restore.
    pub at_hand_days: Option<u64>,
}

/// One article, requirement or risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// As the framework numbers it.
    pub id: String,
    /// In a few words of our own.
    pub title: String,
    /// What it asks, in a sentence of our own.
    pub asks: String,
    /// What is put to the records. Empty where a gateway cannot show anything.
    pub queries: Vec<QueryName>,
    /// What of it a gateway cannot show, and who can.
    pub outside: Option<String>,
}

/// As they are listed. The name is what mistakes are reported by.
const FILES: [(&str, &str); 8] = [
    (
        "eu-ai-act.yaml",
        include_str!("../frameworks/eu-ai-act.yaml"),
    ),
    (
        "iso-42001.yaml",
        include_str!("../frameworks/iso-42001.yaml"),
    ),
    (
        "nist-ai-rmf.yaml",
        include_str!("../frameworks/nist-ai-rmf.yaml"),
    ),
    ("soc2.yaml", include_str!("../frameworks/soc2.yaml")),
    ("hipaa.yaml", include_str!("../frameworks/hipaa.yaml")),
    ("gdpr.yaml", include_str!("../frameworks/gdpr.yaml")),
    ("pci.yaml", include_str!("../frameworks/pci.yaml")),
    (
        "owasp-llm.yaml",
        include_str!("../frameworks/owasp-llm.yaml"),
    ),
];

#[expect(
    clippy::panic,
    reason = "the files are embedded, and a test reads every one of them"
)]
static ALL: LazyLock<Vec<Framework>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(file, text)| match parse(file, text) {
            Ok(framework) => framework,
            Err(problems) => panic!("{problems:?}"),
        })
        .collect()
});

impl Framework {
    /// All that ship.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The one with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|one| one.id == id)
    }
}

/// Reads one file.
///
/// # Errors
/// Every mistake in it, with its place.
pub(crate) fn parse(file: &str, text: &str) -> Result<Framework, Vec<Problem>> {
    let node = marshal_yaml::parse(file, text).map_err(|problem| vec![problem])?;
    let problems = Problems::new();
    let framework = node.as_map(&problems, "").and_then(framework);
    problems.or(framework)
}

fn framework(mut map: MapReader<'_>) -> Option<Framework> {
    let _ = map.u64_in("version", 1..=1);
    let id = map.str("id");
    let title = map.str("title");
    let edition = map.str("edition");
    let source = map.str("source");
    let note = map.opt_str("note").unwrap_or_default();
    let retention = map.opt_map("retention").and_then(retention);
    let regions = map.opt_strs("regions").unwrap_or_default();
    let controls: Option<Vec<Control>> = map
        .seq("controls")
        .map(|items| items.iter().filter_map(control).collect());
    map.finish();
    Some(Framework {
        id: id?.to_owned(),
        title: title?.to_owned(),
        edition: edition?.to_owned(),
        source: source?.to_owned(),
        note: note.to_owned(),
        retention,
        regions: regions.into_iter().map(str::to_owned).collect(),
        controls: controls?,
    })
}

fn retention(mut map: MapReader<'_>) -> Option<Retention> {
    let days = map.u64_in("days", 1..=36_500);
    let at_hand_days = map.opt_u64_in("at_hand_days", 1..=36_500);
    map.finish();
    Some(Retention {
        days: days?,
        at_hand_days,
    })
}

fn control(item: &Item<'_>) -> Option<Control> {
    let mut map = item.map()?;
    let id = map.str("id");
    let title = map.str("title");
    let asks = map.str("asks");
    let known: Vec<(&str, QueryName)> = QueryName::ALL
        .iter()
        .map(|name| (name.as_str(), *name))
        .collect();
    let listed = map.opt_seq("queries").unwrap_or_default();
    let queries: Vec<QueryName> = listed
        .iter()
        .filter_map(|name| name.one_of("a query", &known))
        .collect();
    let outside = map.opt_str("outside").map(str::to_owned);
    if listed.is_empty() && outside.is_none() {
        item.fail("has no query; write queries, or outside: who can show it");
    }
    map.finish();
    Some(Control {
        id: id?.to_owned(),
        title: title?.to_owned(),
        asks: asks?.to_owned(),
        queries,
        outside,
    })
}
