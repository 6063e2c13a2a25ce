//! `guards` of `data.yaml`: checks that are about more than single values, native ones and those of other services.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use marshal_types::{DataClass, Place};
use marshal_yaml::{Item, MapReader};

/// One guard.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Its name in records and metrics.
    pub name: Arc<str>,
    /// What it is.
    pub kind: GuardKind,
    /// Whether it looks at what goes out.
    pub requests: bool,
    /// Whether it looks at what comes back.
    pub answers: bool,
    /// What becomes of a call that it flags.
    pub action: GuardAction,
    /// Recorded, not done.
    pub shadow: bool,
    /// The class that a flagged call is of, for lines of `compliance.csv`.
    pub class: Option<DataClass>,
    /// How many of a hundred calls it looks at.
    pub sample: u8,
    /// What may pass without it, where it cannot look in time: `streams`, `realtime`.
    pub unchecked: BTreeSet<Arc<str>>,
    /// Where it stands.
    pub place: Place,
}

/// What becomes of a call, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuardAction {
    /// It is recorded, and the operators are told.
    Alert,
    /// What was flagged is taken out.
    Mask,
    /// The call is refused, or its answer withheld.
    Block,
}

impl GuardAction {
    /// The word in `data.yaml` and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Mask => "mask",
            Self::Block => "block",
        }
    }
}

/// What a guard is.
#[derive(Clone, Debug)]
pub enum GuardKind {
    /// Known ways to override a model's instructions.
    Signatures(Signatures),
    /// Text that a reader does not see and a model reads.
    InvisibleText,
    /// Pictures and links that carry data to a foreign host.
    Exfiltration {
        /// Hosts that pictures may come from.
        hosts: Arc<[String]>,
    },
    /// Words of a system prompt that no answer may hold.
    Canary {
        /// The words.
        words: Arc<[String]>,
    },
    /// Another service.
    External(External),
}

/// Which signatures count, and from when on.
#[derive(Clone, Debug)]
pub struct Signatures {
    /// `low`, `medium` or `high`.
    pub sensitivity: marshal_signatures::Sensitivity,
    /// Looks for the families that are on.
    pub scanner: Arc<marshal_signatures::Scanner>,
}

/// A service that is asked.
#[derive(Clone, Debug)]
pub struct External {
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Where it is.
    pub url: String,
    /// The environment variable that holds its key.
    pub key_env: Option<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether a call passes when it fails, is late or is not understood.
    pub fails_open: bool,
    /// Whether it gets pictures and sound as well, which nothing here can read.
    pub media: bool,
    /// Scores from which a category counts, in per mille; without any, the service's own word.
    pub thresholds: BTreeMap<String, u16>,
    /// Members that go along as they are.
    pub options: BTreeMap<String, String>,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Marshal's own: texts in, a word out.
    Webhook,
    /// The shape of OpenAI's moderations.
    OpenAiModeration,
    /// LiteLLM's generic guardrail API.
    LiteLlm,
    /// The guardrail webhook of agentgateway and Gloo.
    AgentGateway,
}

const ACTIONS: &[(&str, GuardAction)] = &[
    ("alert", GuardAction::Alert),
    ("mask", GuardAction::Mask),
    ("block", GuardAction::Block),
];
const MODES: &[(&str, bool)] = &[("enforce", false), ("shadow", true)];
const ON_ERROR: &[(&str, bool)] = &[("block", false), ("allow", true)];
const PLACES: &[(&str, &str)] = &[("streams", "streams"), ("realtime", "realtime")];
const SIDES: &[(&str, bool)] = &[("requests", true), ("answers", false)];
const SENSITIVITIES: &[(&str, marshal_signatures::Sensitivity)] = &[
    ("low", marshal_signatures::Sensitivity::Low),
    ("medium", marshal_signatures::Sensitivity::Medium),
    ("high", marshal_signatures::Sensitivity::High),
];

#[derive(Clone, Copy)]
enum Word {
    Signatures,
    InvisibleText,
    Exfiltration,
    Canary,
    Service(Protocol),
}

const KINDS: &[(&str, Word)] = &[
    ("signatures", Word::Signatures),
    ("invisible_text", Word::InvisibleText),
    ("exfiltration", Word::Exfiltration),
    ("canary", Word::Canary),
    ("webhook", Word::Service(Protocol::Webhook)),
    (
        "openai_moderation",
        Word::Service(Protocol::OpenAiModeration),
    ),
    ("litellm", Word::Service(Protocol::LiteLlm)),
    ("agentgateway", Word::Service(Protocol::AgentGateway)),
];

/// Reads the section.
pub(super) fn guards(map: &mut MapReader<'_>) -> Vec<Guard> {
    let mut names = BTreeSet::new();
    let items = map.opt_seq("guards").unwrap_or_default();
    items
        .iter()
        .filter_map(|item| guard(item, &mut names))
        .collect()
}

fn guard(item: &Item<'_>, names: &mut BTreeSet<String>) -> Option<Guard> {
    let mut map = item.map()?;
    let name = map.require("name").and_then(|name| {
        let text = name.str()?;
        let good = text.len() <= 64
            && !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
            });
        if !good {
            name.fail("is a word in small letters, digits, '_' and '-'");
        } else if !names.insert(text.to_owned()) {
            name.fail("is the name of two guards; choose another");
        }
        Some(text)
    });
    let word = map.one_of("kind", "a kind of guard", KINDS);
    let sides = map.require("on").and_then(|on| {
        let sides: Option<Vec<bool>> = on
            .seq()?
            .iter()
            .map(|side| side.one_of("requests or answers", SIDES))
            .collect();
        sides.filter(|sides| !sides.is_empty())
    });
    let action = map.one_of("action", "an action", ACTIONS);
    let shadow = map.opt_one_of("mode", "a mode", MODES).unwrap_or(false);
    let class = map.opt_str("class").map(|class| DataClass(class.into()));
    let sample = map
        .opt_u64_in("sample", 1..=100)
        .and_then(|sample| u8::try_from(sample).ok());
    let unchecked = map.get("unchecked").and_then(|item| {
        let places = item
            .seq()?
            .into_iter()
            .filter_map(|place| place.one_of("streams or realtime", PLACES));
        Some(places.map(Arc::from).collect())
    });
    let kind = word.and_then(|word| kind(word, &mut map));
    map.finish();
    let (kind, sides, action) = (kind?, sides?, action?);
    let requests = sides.contains(&true);
    let fits = match &kind {
        GuardKind::Signatures(_) => action != GuardAction::Mask && requests && sides.len() == 1,
        GuardKind::Canary { .. } => !requests,
        _ => true,
    };
    if !fits {
        item.fail("cannot do that: signatures are looked for in requests and flag a whole text, so they cannot mask; canaries are looked for in answers");
    }
    Some(Guard {
        name: name?.into(),
        kind,
        requests,
        answers: sides.contains(&false),
        action,
        shadow,
        class,
        sample: sample.unwrap_or(100),
        unchecked: unchecked.unwrap_or_default(),
        place: item.place().clone(),
    })
}

fn kind(word: Word, map: &mut MapReader<'_>) -> Option<GuardKind> {
    Some(match word {
        Word::Signatures => {
            let sensitivity = map.opt_one_of("sensitivity", "a sensitivity", SENSITIVITIES);
            let without = map.opt_strs("without").unwrap_or_default();
            let scanner = marshal_signatures::Scanner::new(&without).map_err(|unknown| {
                let known = marshal_signatures::families()
                    .iter()
                    .map(|family| family.name);
                let hint = marshal_yaml::nearest(&unknown.0, known)
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                map.fail(format!(
                    "{} under without is no family of signatures{hint}",
                    unknown.0
                ));
            });
            GuardKind::Signatures(Signatures {
                sensitivity: sensitivity.unwrap_or(marshal_signatures::Sensitivity::Medium),
                scanner: Arc::new(scanner.ok()?),
            })
        }
        Word::InvisibleText => GuardKind::InvisibleText,
        Word::Exfiltration => GuardKind::Exfiltration {
            hosts: map
                .opt_strs("hosts")
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
        },
        Word::Canary => {
            let words = map.require("words")?;
            let list = words.strs()?;
            if list.iter().any(|word| !(8..=64).contains(&word.len())) {
                words.fail(
                    "a canary has 8 to 64 characters: no answer holds it by chance, and it is seen whole, however it is written",
                );
            }
            GuardKind::Canary {
                words: list.into_iter().map(str::to_owned).collect(),
            }
        }
        Word::Service(protocol) => GuardKind::External(external(protocol, map)?),
    })
}

fn external(protocol: Protocol, map: &mut MapReader<'_>) -> Option<External> {
    let url = map.require("url").and_then(|url| {
        let text = url.str()?;
        if !text.starts_with("https://") && !text.starts_with("http://") {
            url.fail("is an address with http:// or https://");
        }
        Some(text.to_owned())
    });
    let key_env = map.opt_str("key_env").map(str::to_owned);
    let timeout = map.opt_u64_in("timeout_ms", 1..=60_000).unwrap_or(2_000);
    let fails_open = map
        .opt_one_of("on_error", "block or allow", ON_ERROR)
        .unwrap_or(false);
    let media = match protocol {
        Protocol::Webhook | Protocol::LiteLlm => map.opt_bool("media").unwrap_or(false),
        _ => false,
    };
    let mut thresholds = BTreeMap::new();
    if let Some(mut scores) = map.opt_map("thresholds") {
        for (key, item) in scores.entries() {
            let score = item.decimal().and_then(|score| score.parse::<f64>().ok());
            match score.filter(|score| (0.0..=1.0).contains(score)) {
                Some(score) => {
                    thresholds.insert(key.text.clone(), (score * 1000.0).round() as u16);
                }
                None => item.fail("is a score from 0 to 1"),
            }
        }
        scores.finish();
    }
    let mut options = BTreeMap::new();
    if let Some(mut members) = map.opt_map("options") {
        for (key, item) in members.entries() {
            if let Some(text) = item.str() {
                options.insert(key.text.clone(), text.to_owned());
            }
        }
        members.finish();
    }
    Some(External {
        protocol,
        url: url?,
        key_env,
        timeout: Duration::from_millis(timeout),
        fails_open,
        media,
        thresholds,
        options,
    })
}
