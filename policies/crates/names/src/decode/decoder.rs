//! The steps over one text.

use std::path::Path;

use super::actions::{Action, Actions, Choice};
use super::moves;
use super::scores::{Scores, Text};
use crate::error::LoadError;
use crate::features::Features;
use crate::files;
use crate::msgpack;
use crate::name::Label;
use crate::network::{Nodes, Tok2Vec};

/// The folder `ner` of a pipeline.
#[derive(Debug)]
pub(crate) struct Decoder {
    tok2vec: Tok2Vec,
    scores: Scores,
    actions: Actions,
}

impl Decoder {
    /// # Errors
    /// [`LoadError`] where the moves or the weights are damaged or do not fit each other.
    pub(crate) fn load(directory: &Path) -> Result<Self, LoadError> {
        let folder = directory.join("ner");
        let file = folder.join("moves");
        let moves = moves::parse(&files::read(&file)?)
            .map_err(|reason| LoadError::damaged(&file, reason))?;
        let actions =
            Actions::new(&moves).map_err(|reason| LoadError::unsupported(&file, reason))?;
        let file = folder.join("model");
        let bytes = files::read(&file)?;
        let root = msgpack::parse(&bytes).map_err(|reason| LoadError::damaged(&file, reason))?;
        let nodes = Nodes::new(&root).map_err(|reason| LoadError::damaged(&file, reason))?;
        let tok2vec =
            Tok2Vec::load(&nodes).map_err(|reason| LoadError::unsupported(&file, reason))?;
        let scores = Scores::load(&nodes, tok2vec.width(), moves.len());
        let scores = scores.map_err(|reason| LoadError::unsupported(&file, reason))?;
        Ok(Self {
            tok2vec,
            scores,
            actions,
        })
    }

    /// Calls `each` with the first and the last token of every name, in order. `is_blank` tells of a token by number.
    pub(crate) fn names(
        &self,
        tokens: &[Features],
        is_blank: impl Fn(usize) -> bool,
        mut each: impl FnMut(usize, usize, &Label),
    ) {
        let rows = self.tok2vec.run(tokens);
        let mut text = self.scores.text(&rows, self.tok2vec.width(), tokens.len());
        let mut open: Option<(usize, usize)> = None;
        for token in 0..tokens.len() {
            let is_last = token + 1 == tokens.len();
            let choices = match open {
                Some((_, label)) => self
                    .actions
                    .open
                    .get(label)
                    .map_or(&[][..], |choices| choices),
                None if is_blank(token) => &self.actions.blank,
                None if is_last => &self.actions.free_last,
                None => &self.actions.free,
            };
            let action = if open.is_some() && is_last {
                Action::Last
            } else {
                text.step(token, open.map(|(first, _)| first));
                best(&text, choices)
            };
            let mut found = |first: usize, label: usize| {
                if let Some(label) = self.actions.labels.get(label) {
                    each(first, token, label);
                }
            };
            match (action, open) {
                (Action::Begin(label), _) => open = Some((token, label)),
                (Action::Unit(label), _) => found(token, label),
                (Action::Last, Some((first, label))) => {
                    found(first, label);
                    open = None;
                }
                _ => {}
            }
        }
    }
}

/// The choice of the highest score, the first of equal ones.
fn best(text: &Text<'_>, choices: &[Choice]) -> Action {
    if let [(_, only)] = choices {
        return *only;
    }
    let (mut highest, mut chosen) = (f32::NEG_INFINITY, Action::Out);
    for (number, action) in choices {
        let score = text.score(*number);
        if score > highest {
            (highest, chosen) = (score, *action);
        }
    }
    chosen
}
