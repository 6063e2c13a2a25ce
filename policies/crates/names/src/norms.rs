//! A token's normal form, as a number: the file's, the language's, or lower case.

use std::collections::HashMap;
use std::path::Path;

use crate::error::LoadError;
use crate::files;
use crate::msgpack;
use crate::symbols::Symbols;

/// The normal forms of quotes, dashes and currencies, which no file of the model holds.
#[rustfmt::skip]
const BASE: [(&str, &str); 45] = [
    ("'s", "'s"), ("'S", "'s"), ("\u{2019}s", "'s"), ("\u{2019}S", "'s"), ("\u{2019}", "'"),
    ("\u{2018}", "'"), ("\u{b4}", "'"), ("`", "'"), ("\u{201d}", "\""), ("\u{201c}", "\""), ("''", "\""),
    ("``", "\""), ("\u{b4}\u{b4}", "\""), ("\u{201e}", "\""), ("\u{bb}", "\""), ("\u{ab}", "\""),
    ("\u{2018}\u{2018}", "\""), ("\u{2019}\u{2019}", "\""), ("\u{ff1f}", "?"), ("\u{ff01}", "!"),
    ("\u{ff0c}", ","), ("\u{ff1b}", ";"), ("\u{ff1a}", ":"), ("\u{3002}", "."), ("\u{964}", "."),
    ("\u{2026}", "..."), ("\u{2014}", "-"), ("\u{2013}", "-"), ("--", "-"), ("---", "-"),
    ("\u{2014}\u{2014}", "-"), ("\u{20ac}", "$"), ("\u{a3}", "$"), ("\u{a5}", "$"), ("\u{e3f}", "$"),
    ("US$", "$"), ("C$", "$"), ("A$", "$"), ("\u{20ba}", "$"), ("\u{20b9}", "$"), ("\u{9f3}", "$"),
    ("\u{20a9}", "$"), ("Mex$", "$"), ("\u{20a3}", "$"), ("E\u{a3}", "$"),
];

/// Looks normal forms up.
#[derive(Debug)]
pub(crate) struct Norms {
    /// By the number of the exact text; the value is the number of the normal form.
    numbers: HashMap<u64, u64>,
}

impl Norms {
    /// Reads `vocab/lookups.bin`.
    ///
    /// # Errors
    /// [`LoadError`] where it is not a table from numbers to texts.
    pub(crate) fn load(directory: &Path, symbols: &Symbols) -> Result<Self, LoadError> {
        let file = directory.join("vocab").join("lookups.bin");
        let bytes = files::read(&file)?;
        let root = msgpack::parse(&bytes).map_err(|reason| LoadError::damaged(&file, reason))?;
        let Some(pairs) = root.get("lexeme_norm").and_then(|table| table.pairs()) else {
            return Err(LoadError::damaged(&file, "no table lexeme_norm"));
        };
        let mut numbers: HashMap<u64, u64> = BASE
            .iter()
            .map(|(text, norm)| (symbols.number(text), symbols.number(norm)))
            .collect();
        for (key, norm) in pairs {
            let (Some(key), Some(norm)) = (key.number(), norm.text()) else {
                return Err(LoadError::damaged(
                    &file,
                    "lexeme_norm is not a table from numbers to texts",
                ));
            };
            numbers.insert(key, symbols.number(norm));
        }
        Ok(Self { numbers })
    }

    /// The number of the normal form of `token`.
    pub(crate) fn number(&self, token: &str, symbols: &Symbols) -> u64 {
        match self.numbers.get(&symbols.number(token)) {
            Some(norm) => *norm,
            None => symbols.number(&token.to_lowercase()),
        }
    }
}
