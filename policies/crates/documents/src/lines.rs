//! Text that grows out of markup: what flows, and what stands aside.
//!
//! Marks that break nothing on the page must break nothing here: a number with one digit in bold stays one number. So
//! attributes, comments and deleted text go aside while a line flows, and get lines of their own behind it.

/// Text with a separator owed, and text aside.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    text: String,
    owed: Option<char>,
    aside: String,
}

impl Lines {
    /// Text of the flow.
    pub(crate) fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(separator) = self.owed.take()
            && !self.text.is_empty()
        {
            self.text.push(separator);
        }
        self.text.push_str(text);
    }

    /// Text with every run of blanks as one blank.
    pub(crate) fn push_words(&mut self, text: &str) {
        let mut words = text
            .split([' ', '\t', '\n', '\r', '\u{c}'])
            .filter(|word| !word.is_empty());
        let blank =
            |c: Option<char>| c.is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
        if blank(text.chars().next()) {
            self.separate(' ');
        }
        if let Some(word) = words.next() {
            self.push(word);
        }
        for word in words {
            self.text.push(' ');
            self.text.push_str(word);
        }
        if blank(text.chars().next_back()) {
            self.separate(' ');
        }
    }

    /// Owes a separator; the stronger one stays: a line over a tab over a blank.
    pub(crate) fn separate(&mut self, separator: char) {
        let strength = |c| match c {
            '\n' => 3,
            '\t' => 2,
            _ => 1,
        };
        if self
            .owed
            .is_none_or(|owed| strength(owed) < strength(separator))
        {
            self.owed = Some(separator);
        }
    }

    /// Begins a line, unless a cell has just ended: what begins then stands beside it.
    pub(crate) fn begin(&mut self) {
        if self.owed != Some('\t') {
            self.owed = Some('\n');
        }
    }

    /// Ends a cell: whatever its last line owed, a tab follows.
    pub(crate) fn cell(&mut self) {
        self.owed = Some('\t');
    }

    /// A line of its own, aside.
    pub(crate) fn aside(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.aside.push_str(text);
            self.aside.push('\n');
        }
    }

    /// A line of its own with a label, aside.
    pub(crate) fn aside_as(&mut self, label: &str, text: &str) {
        if !text.trim().is_empty() {
            self.aside.push_str(label);
            self.aside.push_str(": ");
            self.aside.push_str(text);
            self.aside.push('\n');
        }
    }

    /// Puts what stands aside into the text.
    pub(crate) fn settle(&mut self) {
        if self.aside.is_empty() {
            return;
        }
        let aside = std::mem::take(&mut self.aside);
        self.owed = Some('\n');
        self.push(aside.trim_end());
        self.owed = Some('\n');
    }

    /// How long the text is by now.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// All the text.
    pub(crate) fn finish(mut self) -> String {
        self.settle();
        self.text
    }
}
