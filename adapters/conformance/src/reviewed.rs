//! Differences that were looked at and found right.

/// The list of `reviewed.txt`: `check | api or * | difference | reason`.
#[derive(Debug, Default)]
pub struct Reviewed {
    lines: Vec<[String; 3]>,
}

impl Reviewed {
    /// The list that is shipped.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(include_str!("../reviewed.txt"))
    }

    fn parse(text: &str) -> Self {
        let lines = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .filter_map(|line| {
                let mut words = line.split('|').map(|word| word.trim().to_owned());
                let entry = [words.next()?, words.next()?, words.next()?];
                words.next().filter(|reason| !reason.is_empty())?;
                Some(entry)
            })
            .collect();
        Self { lines }
    }

    /// True where the difference stands in the list, with a reason. A `*` at its end stands for any ending.
    #[must_use]
    pub fn holds(&self, check: &str, api: &str, difference: &str) -> bool {
        self.lines.iter().any(|[of, at, what]| {
            of == check
                && (at == "*" || at == api)
                && match what.strip_suffix('*') {
                    Some(start) => difference.starts_with(start),
                    None => difference == what,
                }
        })
    }
}
