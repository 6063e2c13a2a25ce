//! Reads the file `tokenizer`.

use std::path::Path;

use crate::error::LoadError;
use crate::files;
use crate::msgpack::{self, Value};
use crate::pattern::{Address, Infix, Prefix, Suffix};
use crate::symbols::Symbols;

use super::exceptions::Exceptions;
use super::spans::Spans;
use super::{Part, Rules, Tokenizer};

/// The keys of an exception's token.
const ORTH: i64 = 65;
const NORM: i64 = 67;

impl Tokenizer {
    /// # Errors
    /// [`LoadError`] where the file is damaged or a pattern cannot be run.
    pub(crate) fn load(directory: &Path, symbols: &Symbols) -> Result<Self, LoadError> {
        let file = directory.join("tokenizer");
        let bytes = files::read(&file)?;
        let root = msgpack::parse(&bytes).map_err(|reason| LoadError::damaged(&file, reason))?;
        let exceptions =
            exceptions(&root, symbols).map_err(|reason| LoadError::damaged(&file, reason))?;
        Self::new(&root, exceptions).map_err(|reason| LoadError::unsupported(&file, reason))
    }

    fn new(root: &Value<'_>, exceptions: Exceptions) -> Result<Self, String> {
        if pattern(root, "token_match")?.is_some() {
            return Err("token_match is not nil".into());
        }
        let mut rules = Rules {
            prefix: rule(root, "prefix_search", Prefix::new)?,
            suffix: rule(root, "suffix_search", Suffix::new)?,
            infix: rule(root, "infix_finditer", Infix::new)?,
            address: rule(root, "url_match", Address::new)?,
            exceptions: Exceptions::default(),
        };
        let all = root.get("faster_heuristics") == Some(&Value::Boolean(false));
        let spans = Spans::new(
            exceptions.words().filter(|word| all || rules.may_cut(word)),
            &rules,
        );
        rules.exceptions = exceptions;
        Ok(Self { rules, spans })
    }
}

impl Rules {
    /// Whether any rule for single words could cut `word` apart.
    fn may_cut(&self, word: &str) -> bool {
        self.prefix
            .as_ref()
            .is_some_and(|rule| rule.length(word) > 0)
            || self
                .suffix
                .as_ref()
                .is_some_and(|rule| rule.length(word) > 0)
            || self.infix.as_ref().is_some_and(|rule| rule.is_match(word))
            || word.contains(' ')
    }
}

fn pattern<'b>(root: &Value<'b>, key: &str) -> Result<Option<&'b str>, String> {
    match root.get(key) {
        None | Some(Value::Nil) => Ok(None),
        Some(Value::Text(pattern)) => Ok(Some(pattern)),
        Some(_) => Err(format!("{key} is not a text")),
    }
}

fn rule<R>(
    root: &Value<'_>,
    key: &str,
    new: impl Fn(&str) -> Result<R, String>,
) -> Result<Option<R>, String> {
    pattern(root, key)?
        .map(new)
        .transpose()
        .map_err(|reason| format!("{key}: {reason}"))
}

fn exceptions(root: &Value<'_>, symbols: &Symbols) -> Result<Exceptions, String> {
    let pairs = root
        .get("exceptions")
        .and_then(Value::pairs)
        .ok_or("no table exceptions")?;
    let mut exceptions = Exceptions::default();
    for (word, tokens) in pairs {
        let word = word.text().ok_or("a key of exceptions is not a text")?;
        let wrong = || format!("the exception {word:?} is not a list of tokens that add up to it");
        let mut parts = Vec::new();
        let mut rest = word;
        for token in tokens.list().ok_or_else(wrong)? {
            let text = token
                .get_number(ORTH)
                .and_then(Value::text)
                .filter(|text| !text.is_empty())
                .ok_or_else(wrong)?;
            rest = rest.strip_prefix(text).ok_or_else(wrong)?;
            let norm = token
                .get_number(NORM)
                .and_then(Value::text)
                .filter(|norm| !norm.is_empty());
            parts.push(Part {
                length: text.len(),
                norm: norm.map(|norm| symbols.number(norm)),
            });
        }
        if !rest.is_empty() || parts.is_empty() {
            return Err(wrong());
        }
        exceptions.insert(word, parts);
    }
    Ok(exceptions)
}
