//! The text of a page as it is written: pieces at places, with blanks and lines where there are gaps.

/// A transformation of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Matrix(pub(crate) [f64; 6]);

impl Matrix {
    pub(crate) const SAME: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// This one first, then the other one.
    pub(crate) fn then(self, other: Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Self([
            a * g + b * i,
            a * h + b * j,
            c * g + d * i,
            c * h + d * j,
            e * g + f * i + k,
            e * h + f * j + l,
        ])
    }

    pub(crate) fn moved(self, x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y]).then(self)
    }

    fn place(self) -> (f64, f64) {
        let [.., x, y] = self.0;
        (x, y)
    }
}

/// A gap of this part of the font's size is a blank. Kerning is narrower, blanks are wider.
const BLANK: f64 = 0.17;

/// The text of a page.
pub(crate) struct Ink {
    text: String,
    most: usize,
    end: Option<(f64, f64)>,
    /// The text got too long, and was cut.
    pub(crate) full: bool,
    /// Texts that stand beside what is shown.
    pub(crate) aside: Vec<String>,
}

impl Ink {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            text: String::new(),
            most,
            end: None,
            full: false,
            aside: Vec::new(),
        }
    }

    /// A piece begins at a place; `size` is that of the font there.
    pub(crate) fn begin(&mut self, at: Matrix, size: f64) {
        let (x, y) = at.place();
        let [a, b, ..] = at.0;
        let length = a.hypot(b);
        let height = (size * length).abs();
        if let Some((old_x, old_y)) = self.end
            && length > 0.0
            && height > 0.0
        {
            let (right, up) = (a / length, b / length);
            let (dx, dy) = (x - old_x, y - old_y);
            let along = dx * right + dy * up;
            let across = (dy * right - dx * up).abs();
            if across > height * 0.5 {
                self.separate('\n');
            } else if along > height * BLANK || along < -height {
                self.separate(' ');
            }
        }
    }

    /// A piece ended at a place.
    pub(crate) fn finish(&mut self, at: Matrix) {
        let (x, y) = at.place();
        self.end = (x.is_finite() && y.is_finite()).then_some((x, y));
    }

    fn separate(&mut self, separator: char) {
        if !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
            self.text.push(separator);
        } else if separator == '\n' && self.text.ends_with(' ') {
            self.text.pop();
            self.text.push('\n');
        }
    }

    /// Adds characters.
    pub(crate) fn push(&mut self, text: &str) {
        if self.text.len().saturating_add(text.len()) > self.most {
            self.full = true;
            return;
        }
        for c in text.chars() {
            match c {
                // Letters that are printed as one.
                'ﬀ' => self.text.push_str("ff"),
                'ﬁ' => self.text.push_str("fi"),
                'ﬂ' => self.text.push_str("fl"),
                'ﬃ' => self.text.push_str("ffi"),
                'ﬄ' => self.text.push_str("ffl"),
                c if c.is_control() => {
                    if matches!(c, '\n' | '\r' | '\t') {
                        self.text.push(' ');
                    }
                }
                c => self.text.push(c),
            }
        }
    }

    /// A new stretch of text, wherever it stands.
    pub(crate) fn line(&mut self) {
        self.separate('\n');
        self.end = None;
    }

    /// All text, with what stands beside behind it.
    pub(crate) fn text(mut self) -> String {
        for text in std::mem::take(&mut self.aside) {
            self.line();
            self.text.push_str(&text);
        }
        self.text
    }

    /// Whether nothing was written.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}
