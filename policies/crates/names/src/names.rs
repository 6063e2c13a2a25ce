//! The whole way from a directory to names in a text.

use std::collections::HashMap;
use std::path::Path;

use crate::config;
use crate::decode::Decoder;
use crate::error::LoadError;
use crate::features::{Features, features};
use crate::name::Name;
use crate::norms::Norms;
use crate::pieces::{LONGEST_PIECE, pieces};
use crate::symbols::Symbols;
use crate::tokenizer::{Token, Tokenizer};
use crate::unicode::is_space;

/// A loaded pipeline. It can be shared between threads; all of them see the same results.
#[derive(Debug)]
pub struct Names {
    symbols: Symbols,
    norms: Norms,
    tokenizer: Tokenizer,
    decoder: Decoder,
}

impl Names {
    /// Loads an English spaCy v3 pipeline: the directory that holds `config.cfg`.
    ///
    /// Read are `config.cfg`, `tokenizer`, `vocab/lookups.bin` and, in `ner`, `cfg`, `moves` and `model`. The other
    /// components of the pipeline are not run.
    ///
    /// # Errors
    /// [`LoadError`] where a file is missing, damaged or describes something that this crate does not run.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        config::check(dir)?;
        let symbols = Symbols::new();
        let norms = Norms::load(dir, &symbols)?;
        let tokenizer = Tokenizer::load(dir, &symbols)?;
        let decoder = Decoder::load(dir)?;
        Ok(Self {
            symbols,
            norms,
            tokenizer,
            decoder,
        })
    }

    /// Appends the names in `text` to `out`, from left to right; they do not overlap.
    ///
    /// A text of more than 16 KiB is cut at a line's end or a blank, and each piece is judged on its own.
    pub fn find(&self, text: &str, out: &mut Vec<Name>) {
        for (start, piece) in pieces(text, LONGEST_PIECE) {
            self.find_in_piece(piece, start, out);
        }
    }

    /// How many tokens `text` has. This is what the time that [`Self::find`] takes depends on.
    #[must_use]
    pub fn count_tokens(&self, text: &str) -> usize {
        pieces(text, LONGEST_PIECE)
            .map(|(_, piece)| self.tokenizer.tokens(piece).len())
            .sum()
    }

    fn find_in_piece(&self, text: &str, offset: usize, out: &mut Vec<Name>) {
        let tokens = self.tokenizer.tokens(text);
        let features = self.features(text, &tokens);
        let is_blank = |token: usize| {
            let token = tokens
                .get(token)
                .and_then(|token| text.get(token.start..token.end));
            token.is_some_and(|token| token.chars().all(is_space))
        };
        self.decoder
            .names(&features, is_blank, |first, last, label| {
                if let (Some(first), Some(last)) = (tokens.get(first), tokens.get(last)) {
                    out.push(Name {
                        start: offset + first.start,
                        end: offset + last.end,
                        label: label.clone(),
                    });
                }
            });
    }

    fn features(&self, text: &str, tokens: &[Token]) -> Vec<Features> {
        let mut seen: HashMap<(&str, Option<u64>), Features> = HashMap::new();
        let mut shape = String::new();
        let of_token = |token: &Token| {
            let text = text.get(token.start..token.end).unwrap_or_default();
            let make = || features(text, token.norm, &self.symbols, &self.norms, &mut shape);
            *seen.entry((text, token.norm)).or_insert_with(make)
        };
        tokens.iter().map(of_token).collect()
    }
}
