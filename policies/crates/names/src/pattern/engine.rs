//! Alternatives compiled: those that follow one another in the same context share one automaton.

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::alternative::Alternative;

/// A core within a haystack, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Core {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// One or more alternatives in the same context.
#[derive(Debug)]
pub(super) struct Group {
    regex: Regex,
    has_context: bool,
    pub(super) before_width: usize,
}

/// The largest automaton that one pattern may need.
const LARGEST_AUTOMATON: usize = 64 << 20;

/// Compiles one pattern in the engine's own syntax.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let config = Regex::config().nfa_size_limit(Some(LARGEST_AUTOMATON));
    Regex::builder()
        .configure(config)
        .build(pattern)
        .map_err(|error| {
            let shown: String = pattern.chars().take(60).collect();
            let source = std::error::Error::source(&error)
                .map(|source| format!(": {source}"))
                .unwrap_or_default();
            format!("the pattern {shown:?} does not compile: {error}{source}")
        })
}

impl Group {
    /// In the order of the alternatives.
    pub(super) fn all(alternatives: &[Alternative]) -> Result<Vec<Self>, String> {
        let same = |one: &Alternative, other: &Alternative| {
            one.before == other.before && one.after == other.after
        };
        alternatives.chunk_by(same).map(Self::new).collect()
    }

    fn new(alternatives: &[Alternative]) -> Result<Self, String> {
        let Some(first) = alternatives.first() else {
            return Err("a pattern without alternatives".into());
        };
        let cores: Vec<&str> = alternatives
            .iter()
            .map(|alternative| alternative.core.as_str())
            .collect();
        let end = if first.at_end { r"\z" } else { "" };
        let regex = compile(&format!(
            "{}({}){}{end}",
            first.before,
            cores.join("|"),
            first.after
        ))?;
        // Whoever walks from match to match relies on getting further each time.
        let core = regex_automata::util::syntax::parse(&cores.join("|"))
            .map_err(|error| error.to_string())?;
        if core
            .properties()
            .minimum_len()
            .is_none_or(|length| length == 0)
        {
            return Err("an alternative that can match without taking a character".into());
        }
        let has_context = !first.before.is_empty() || !first.after.is_empty();
        Ok(Self {
            regex,
            has_context,
            before_width: first.before_width,
        })
    }

    /// The core of the leftmost match whose context begins at `from` or later; exactly at `from` where anchored.
    pub(super) fn find(&self, haystack: &str, from: usize, anchored: Anchored) -> Option<Core> {
        let input = Input::new(haystack)
            .span(from..haystack.len())
            .anchored(anchored);
        if !self.has_context {
            return self.regex.search(&input).map(|found| Core {
                start: found.start(),
                end: found.end(),
            });
        }
        let mut slots = [None; 4];
        self.regex.search_slots(&input, &mut slots)?;
        let [_, _, Some(start), Some(end)] = slots else {
            return None;
        };
        Some(Core {
            start: start.get(),
            end: end.get(),
        })
    }
}
