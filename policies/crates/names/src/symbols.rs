//! Strings as numbers: a few hundred have a small number of their own, all others their hash.

use std::collections::HashMap;

use crate::hash::murmur64a;

/// In order, from 1.
const FIRST: &str = "\
     IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL
     IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY FLAG19 FLAG20
     FLAG21 FLAG22 FLAG23 FLAG24 FLAG25 FLAG26 FLAG27 FLAG28 FLAG29 FLAG30 FLAG31 FLAG32 FLAG33 FLAG34 FLAG35
     FLAG36 FLAG37 FLAG38 FLAG39 FLAG40 FLAG41 FLAG42 FLAG43 FLAG44 FLAG45 FLAG46 FLAG47 FLAG48 FLAG49 FLAG50
     FLAG51 FLAG52 FLAG53 FLAG54 FLAG55 FLAG56 FLAG57 FLAG58 FLAG59 FLAG60 FLAG61 FLAG62 FLAG63 ID ORTH LOWER
     NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD SENT_START SPACY PROB
     LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X EOL SPACE";

/// How many retired numbers lie between the two lists: `DEPRECATED001`, `DEPRECATED002`, ...
const RETIRED: u64 = 276;

/// In order, from the number after the retired ones.
const LAST: &str = "\
     PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY QUANTITY
     ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm conj cop csubj
     csubjpass dep det dobj expl hmod hyph infmod intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num
     number oprd obj obl parataxis partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl
     rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _";

/// Turns strings into the numbers that the tables are keyed with.
#[derive(Debug)]
pub(crate) struct Symbols {
    /// By text; the value is the number.
    numbers: HashMap<String, u64>,
    longest: usize,
}

impl Symbols {
    pub(crate) fn new() -> Self {
        let retired = (1..=RETIRED).map(|number| format!("DEPRECATED{number:03}"));
        let first = FIRST.split_whitespace().map(str::to_owned);
        let names = first
            .chain(retired)
            .chain(LAST.split_whitespace().map(str::to_owned));
        let numbers: HashMap<String, u64> = names.zip(1..).collect();
        let longest = numbers.keys().map(String::len).max().unwrap_or(0);
        Self { numbers, longest }
    }

    /// The number of `text`; 0 where it is empty.
    pub(crate) fn number(&self, text: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        if text.len() <= self.longest
            && let Some(number) = self.numbers.get(text)
        {
            return *number;
        }
        murmur64a(text.as_bytes(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Symbols;

    #[test]
    fn symbols_have_small_numbers_and_other_strings_their_hash() {
        let symbols = Symbols::new();
        let known = [
            ("", 0),
            ("IS_ALPHA", 1),
            ("ORTH", 65),
            ("NORM", 67),
            ("X", 101),
            ("DEPRECATED001", 104),
            ("PERSON", 380),
        ];
        for (text, number) in known {
            assert_eq!(symbols.number(text), number, "{text}");
        }
        assert_eq!(symbols.number("mark"), 423);
        assert_eq!(symbols.number("_"), 456);
        assert_eq!(symbols.number("Xxxx"), 10887629174180191697);
        assert_eq!(symbols.numbers.len(), 456);
    }
}
