//! Which moves are allowed when.

use super::moves::Kind;
use crate::name::Label;

/// What a chosen score does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Out,
    /// A name of this one token, with the label of this number.
    Unit(usize),
    /// Begins a name.
    Begin(usize),
    In,
    Last,
}

/// A score's number and what it does.
pub(super) type Choice = (usize, Action);

/// The allowed choices, in the order of the scores, since the first of equal ones wins.
#[derive(Debug)]
pub(super) struct Actions {
    pub(super) labels: Vec<Label>,
    /// Outside of a name: at a token that may begin a longer name.
    pub(super) free: Vec<Choice>,
    /// At the text's last token.
    pub(super) free_last: Vec<Choice>,
    /// At a blank.
    pub(super) blank: Vec<Choice>,
    /// Inside of a name, by its label's number.
    pub(super) open: Vec<[Choice; 2]>,
}

impl Actions {
    /// # Errors
    /// Where a name could be begun that could not be gone on with or ended, or where no token could be outside.
    pub(super) fn new(moves: &[(Kind, String)]) -> Result<Self, String> {
        let place = |kind: Kind, label: &str| {
            moves
                .iter()
                .position(|(one, other)| *one == kind && other == label)
        };
        let mut made = Self {
            labels: Vec::new(),
            free: Vec::new(),
            free_last: Vec::new(),
            blank: Vec::new(),
            open: Vec::new(),
        };
        for (score, (kind, label)) in moves.iter().enumerate() {
            let mut number = || match made.labels.iter().position(|known| known.as_str() == label) {
                Some(number) => number,
                None => {
                    made.labels.push(Label::new(label));
                    made.labels.len() - 1
                }
            };
            match kind {
                Kind::Out => {
                    made.free.push((score, Action::Out));
                    made.free_last.push((score, Action::Out));
                    made.blank.push((score, Action::Out));
                }
                Kind::Unit if !label.is_empty() => {
                    let choice = (score, Action::Unit(number()));
                    made.free.push(choice);
                    made.free_last.push(choice);
                }
                Kind::Begin if label.is_empty() => {
                    return Err("a name without a label can be begun".into());
                }
                Kind::Begin => made.free.push((score, Action::Begin(number()))),
                _ => {}
            }
        }
        if made.blank.is_empty() {
            return Err("no move for a token outside of names".into());
        }
        for label in &made.labels {
            let begins = place(Kind::Begin, label).is_some();
            match (place(Kind::In, label), place(Kind::Last, label)) {
                (Some(inside), Some(last)) if inside < last => {
                    made.open.push([(inside, Action::In), (last, Action::Last)])
                }
                (Some(inside), Some(last)) => {
                    made.open.push([(last, Action::Last), (inside, Action::In)])
                }
                _ if begins => return Err(format!("a name {label} can be begun but not ended")),
                _ => made.open.push([(0, Action::Last); 2]),
            }
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(list: &[(Kind, &str)]) -> Result<Actions, String> {
        Actions::new(
            &list
                .iter()
                .map(|(kind, label)| (*kind, (*label).to_owned()))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_blank_begins_nothing_and_the_last_token_no_longer_name() {
        let list = [
            (Kind::Begin, "A"),
            (Kind::In, "A"),
            (Kind::Last, "A"),
            (Kind::Unit, "A"),
            (Kind::Unit, ""),
            (Kind::Out, ""),
        ];
        let actions = moves(&list).unwrap();
        assert_eq!(
            actions.free,
            [
                (0, Action::Begin(0)),
                (3, Action::Unit(0)),
                (5, Action::Out)
            ]
        );
        assert_eq!(actions.free_last, [(3, Action::Unit(0)), (5, Action::Out)]);
        assert_eq!(actions.blank, [(5, Action::Out)]);
        assert_eq!(actions.open, [[(1, Action::In), (2, Action::Last)]]);
    }

    #[test]
    fn moves_that_could_get_stuck_are_refused() {
        assert!(moves(&[]).is_err());
        assert!(
            moves(&[(Kind::Begin, "A"), (Kind::Out, "")])
                .unwrap_err()
                .contains("not ended")
        );
        assert!(moves(&[(Kind::Begin, ""), (Kind::Out, "")]).is_err());
    }
}
