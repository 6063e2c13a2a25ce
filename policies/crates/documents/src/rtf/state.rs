//! Groups of Rich Text Format, and what its control words do.

use crate::Failure;
use crate::limits::DEPTH;
use crate::lines::Lines;

/// Groups without text.
const PASSED: &[&str] = &[
    "blipuid",
    "colorschememapping",
    "colortbl",
    "datastore",
    "fontemb",
    "fonttbl",
    "generator",
    "latentstyles",
    "listoverridetable",
    "listtable",
    "objdata",
    "panose",
    "pict",
    "rsidtbl",
    "stylesheet",
    "themedata",
    "xmlnstbl",
];

/// Groups with text that is not of the flow.
const ASIDE: &[&str] = &[
    "annotation",
    "atnauthor",
    "atnid",
    "author",
    "bkmkend",
    "bkmkstart",
    "category",
    "comment",
    "company",
    "doccomm",
    "docvar",
    "fldinst",
    "footer",
    "footerf",
    "footerl",
    "footerr",
    "footnote",
    "header",
    "headerf",
    "headerl",
    "headerr",
    "hlinkbase",
    "keywords",
    "manager",
    "operator",
    "propname",
    "revtbl",
    "shptxt",
    "sn",
    "staticval",
    "subject",
    "sv",
    "title",
    "userprops",
];

#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) passed: bool,
    pub(super) aside: bool,
    /// How many characters follow each numbered one for readers that do not know it.
    pub(super) skip: usize,
    /// Nothing but the mark of a group that may be ignored was seen.
    pub(super) fresh: bool,
    pub(super) starred: bool,
}

pub(super) struct State {
    pub(super) groups: Vec<Group>,
    pub(super) now: Group,
    pub(super) lines: Lines,
    /// The text of groups aside, one buffer for each that is open.
    pub(super) aside: Vec<String>,
    /// Characters still to be passed after a numbered one.
    pub(super) passing: usize,
    /// The first half of a character in two numbers.
    pub(super) high: Option<u16>,
    pub(super) other_page: bool,
}

impl State {
    pub(super) fn put(&mut self, c: char) {
        self.now.fresh = false;
        if self.passing > 0 {
            self.passing = self.passing.saturating_sub(1);
            return;
        }
        if self.now.passed {
            return;
        }
        match self.aside.last_mut() {
            Some(aside) => aside.push(c),
            None => self.lines.push(c.encode_utf8(&mut [0; 4])),
        }
    }

    pub(super) fn separate(&mut self, separator: char) {
        match self.aside.last_mut() {
            _ if self.now.passed => {}
            Some(aside) => aside.push(separator),
            None if separator == '\t' => self.lines.cell(),
            None => self.lines.separate(separator),
        }
    }

    pub(super) fn open(&mut self, deepest: usize) -> Result<(), Failure> {
        if self.groups.len() >= deepest {
            return Err(Failure::TooLarge { limit: DEPTH });
        }
        self.groups.push(self.now);
        self.now.fresh = true;
        self.now.starred = false;
        self.now.aside = false;
        Ok(())
    }

    pub(super) fn close(&mut self) {
        if self.now.aside
            && let Some(aside) = self.aside.pop()
        {
            self.lines.aside(&aside);
        }
        if let Some(group) = self.groups.pop() {
            self.now = group;
        }
        self.passing = 0;
    }

    fn numbered(&mut self, number: i32) {
        let unit = u16::try_from(number.rem_euclid(0x1_0000)).unwrap_or(0);
        self.passing = 0;
        match (unit, self.high.take()) {
            (0xd800..=0xdbff, _) => self.high = Some(unit),
            (0xdc00..=0xdfff, Some(high)) => {
                let pair = char::decode_utf16([high, unit]).next();
                self.put(pair.and_then(Result::ok).unwrap_or('\u{fffd}'));
            }
            _ => self.put(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}')),
        }
        self.passing = self.now.skip;
    }

    /// A control word with its number. True where the group holds an object that cannot be read.
    pub(super) fn word(&mut self, word: &str, number: Option<i32>) -> bool {
        let fresh = std::mem::replace(&mut self.now.fresh, false);
        match word {
            "par" | "line" | "row" | "sect" | "page" | "column" => self.separate('\n'),
            "cell" | "nestcell" => self.separate('\t'),
            "tab" => self.put('\t'),
            "emdash" => self.put('—'),
            "endash" => self.put('–'),
            "lquote" => self.put('‘'),
            "rquote" => self.put('’'),
            "ldblquote" => self.put('“'),
            "rdblquote" => self.put('”'),
            "bullet" => self.put('•'),
            "emspace" | "enspace" | "qmspace" => self.put(' '),
            "u" => self.numbered(number.unwrap_or(0)),
            "uc" => {
                self.now.skip = number
                    .and_then(|n| usize::try_from(n).ok())
                    .unwrap_or(1)
                    .min(16)
            }
            "ansicpg" => self.other_page = number.is_some_and(|page| page != 1252),
            _ if fresh && PASSED.contains(&word) => {
                self.now.passed = true;
                return word == "objdata";
            }
            _ if fresh && !self.now.passed && (self.now.starred || ASIDE.contains(&word)) => {
                self.now.aside = true;
                self.aside.push(String::new());
            }
            _ => {}
        }
        false
    }
}
