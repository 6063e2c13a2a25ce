//! Matches patterns of slots against the words of a text, in one pass and with a fixed state for each slot.

use crate::index::{Entry, Index};
use crate::table::{Form, Pattern};
use crate::words::{Words, imitated};

/// The patterns of slots, ready for any number of texts.
pub(crate) struct Matcher {
    index: Index,
    rules: Vec<Rule>,
    slots: usize,
}

/// Where a pattern keeps its state, and how far apart its slots may be.
struct Rule {
    first_state: usize,
    last_slot: usize,
    gap: usize,
}

/// Where a slot matched of late: bit `n` stands for a match that ended at word `latest - n`.
#[derive(Clone, Copy, Default)]
struct Ends {
    latest: usize,
    recent: u64,
}

impl Matcher {
    pub(crate) fn of(patterns: &[Pattern]) -> Matcher {
        let mut slots = 0;
        let mut rules = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let (gap, count) = match &pattern.form {
                Form::Slots { gap, slots } => (*gap, slots.len()),
                Form::Literals(_) => (0, 1),
            };
            rules.push(Rule {
                first_state: slots,
                last_slot: count - 1,
                gap,
            });
            slots += count;
        }
        Matcher {
            index: Index::of(patterns),
            rules,
            slots,
        }
    }

    /// Marks in `settled` the patterns that match, and calls `hit` once for each; those marked before are passed over.
    pub(crate) fn run(&self, words: &Words, settled: &mut [bool], mut hit: impl FnMut(usize)) {
        let mut states = vec![Ends::default(); self.slots];
        for last in 0..words.len() {
            let mut step = |entries: &[Entry]| {
                for entry in entries {
                    if !settled[entry.pattern] && self.step(entry, words, last, &mut states) {
                        settled[entry.pattern] = true;
                        hit(entry.pattern);
                    }
                }
            };
            let word = words.get(last);
            self.index.look_up(word, &mut step);
            if let Some(imitated) = imitated(word) {
                self.index.look_up(&imitated, &mut step);
            }
        }
    }

    /// Notes that the last word of a phrase was met; true if this completes its pattern.
    #[inline]
    fn step(&self, entry: &Entry, words: &Words, last: usize, states: &mut [Ends]) -> bool {
        let rule = &self.rules[entry.pattern];
        let state = rule.first_state + entry.slot;
        let in_reach = entry.slot == 0
            || last
                .checked_sub(entry.before.len())
                .is_some_and(|first| states[state - 1].any_before(first, rule.gap));
        if !in_reach || !entry.matches(words, last) {
            return false;
        }
        if entry.slot == rule.last_slot {
            return true;
        }
        states[state].note(last);
        false
    }
}

impl Ends {
    /// Some match ended before the word at `first`, with `gap` words between at most.
    fn any_before(self, first: usize, gap: usize) -> bool {
        // The usual case first: no match, or one long ago.
        if self.recent == 0 || first == 0 || self.latest + 1 + gap < first {
            return false;
        }
        let nearest = first - 1;
        let ends = if nearest >= self.latest {
            shifted(self.recent, nearest - self.latest, u64::checked_shl)
        } else {
            shifted(self.recent, self.latest - nearest, u64::checked_shr)
        };
        ends & within(gap) != 0
    }

    fn note(&mut self, end: usize) {
        self.recent = shifted(self.recent, end - self.latest, u64::checked_shl) | 1;
        self.latest = end;
    }
}

/// The bits moved by any number of places; none is left after 64.
fn shifted(bits: u64, places: usize, shift: fn(u64, u32) -> Option<u64>) -> u64 {
    u32::try_from(places)
        .ok()
        .and_then(|places| shift(bits, places))
        .unwrap_or(0)
}

/// Bits for the ends that `gap` words lie behind at most. A gap of 62 words is the widest there can be.
fn within(gap: usize) -> u64 {
    (1 << (gap.min(62) + 1)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TABLE;

    fn matches(gap: usize, slots: &[&[&'static str]], text: &str) -> bool {
        let slots = slots.iter().map(|slot| slot.to_vec()).collect();
        let matcher = Matcher::of(&[Pattern {
            family: 0,
            weight: 1,
            document: false,
            form: Form::Slots { gap, slots },
        }]);
        let mut hits = 0;
        matcher.run(&Words::of(text), &mut [false], |_| hits += 1);
        assert!(hits <= 1);
        hits == 1
    }

    #[test]
    fn slots_match_in_order_and_within_their_gap() {
        let slots: &[&[&str]] = &[&["ignore"], &["previous", "prior"], &["rules"]];
        assert!(matches(2, slots, "ignore all the previous rules"));
        assert!(!matches(1, slots, "ignore all the previous rules"));
        assert!(!matches(9, slots, "rules previous ignore"));
        assert!(matches(
            0,
            slots,
            "ignore previous previous ignore prior rules"
        ));
        assert!(!matches(
            2,
            slots,
            &format!("ignore {} previous rules", "so ".repeat(100))
        ));
    }

    #[test]
    fn a_word_serves_one_slot_only() {
        let slots: &[&[&str]] = &[&["you must"], &["must obey", "now"]];
        assert!(!matches(3, slots, "you must obey"));
        assert!(matches(3, slots, "you must obey now"));
    }

    #[test]
    fn an_earlier_match_is_remembered_past_many_later_ones() {
        let text = "go go on go on go on go on go on go on to";
        assert!(matches(
            0,
            &[&["go"], &["go on go on go on go on go on go on to"]],
            text
        ));
    }

    #[test]
    fn no_gap_of_the_table_is_wider_than_the_state() {
        for pattern in &TABLE.patterns {
            if let Form::Slots { gap, .. } = &pattern.form {
                assert!(*gap <= 40);
            }
        }
    }
}
