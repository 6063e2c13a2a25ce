//! Ids for tool calls that came without one.
//!
//! Older Gemini models tell calls apart by name and order; other dialects need an id. One that is made up here can
//! be told from any other and is not shown to Gemini again. In a request it says which call of the conversation it
//! is, so it stays the same as turns are added; in an answer it also says which answer.

use std::collections::{HashMap, VecDeque};

/// How a made-up id starts.
const START: &str = "call_gemini_";

/// True for an id that was made up here.
pub(crate) fn is_made_up(id: &str) -> bool {
    id.starts_with(START)
}

/// The calls of a conversation or of an answer, in order.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Which answer, where it is one.
    of: String,
    /// Ids, and whether a result came.
    all: Vec<(String, bool)>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, VecDeque<usize>>,
}

impl Calls {
    /// The calls of an answer that `words` tell from any other.
    pub(crate) fn of_answer(words: &[&[u8]]) -> Self {
        // FNV-1a: no secret, only short.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in words
            .iter()
            .flat_map(|word| word.iter().chain(std::iter::once(&0)))
        {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self {
            of: format!("{hash:016x}_"),
            ..Self::default()
        }
    }

    /// Notes a call; gives it an id where it has none.
    pub(crate) fn call(&mut self, name: &str, id: Option<String>) -> String {
        let at = self.all.len();
        let id = id.unwrap_or_else(|| format!("{START}{}{at}", self.of));
        self.all.push((id.clone(), false));
        self.by_id.insert(id.clone(), at);
        self.by_name
            .entry(name.to_owned())
            .or_default()
            .push_back(at);
        id
    }

    /// The id of the call that a result answers: its own, else of the first of that name that has no result yet.
    pub(crate) fn result(&mut self, name: &str, id: Option<String>) -> String {
        if let Some(id) = id {
            if let Some((_, answered)) = self.by_id.get(&id).and_then(|&at| self.all.get_mut(at)) {
                *answered = true;
            }
            return id;
        }
        while let Some(at) = self.by_name.get_mut(name).and_then(VecDeque::pop_front) {
            if let Some((id, answered)) = self.all.get_mut(at)
                && !std::mem::replace(answered, true)
            {
                return id.clone();
            }
        }
        format!("{START}of_{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Calls, is_made_up};

    #[test]
    fn a_result_without_an_id_answers_the_first_open_call_of_its_name() {
        let mut calls = Calls::default();
        let first = calls.call("f", None);
        let second = calls.call("g", Some("x".to_owned()));
        let third = calls.call("f", None);
        assert_eq!(calls.result("f", None), first);
        assert_eq!(calls.result("g", None), second);
        assert_eq!(calls.result("f", None), third);
        assert!(is_made_up(&first) && first != third && !is_made_up(&second));
        assert!(is_made_up(&calls.result("h", None)));
    }

    #[test]
    fn two_answers_do_not_share_an_id() {
        let ids = |word: &[u8]| {
            let mut calls = Calls::of_answer(&[word]);
            [calls.call("f", None), calls.call("f", None)]
        };
        assert_eq!(ids(b"a"), ids(b"a"));
        assert_ne!(ids(b"a"), ids(b"b"));
        let [first, second] = ids(b"a");
        assert_ne!(first, second);
    }
}
