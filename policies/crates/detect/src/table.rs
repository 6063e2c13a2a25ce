//! Tables within a text: the name of a column speaks for what stands in it.

use std::ops::Range;

/// A cell longer than this is no single value.
const CELL: usize = 96;
/// The most columns that are looked at.
const COLUMNS: usize = 64;

/// Calls `found` with the column's name and the place of each cell under it.
pub(crate) fn cells(text: &str, mut found: impl FnMut(&str, Range<usize>)) {
    let Some(first) = memchr::memchr(b'\n', text.as_bytes()) else {
        return;
    };
    let mut start = 0;
    let mut end = first;
    let mut header: Option<(Range<usize>, char)> = None;
    loop {
        let line = &text[start..end];
        match &header {
            Some((names, mark)) if count(line, *mark) == count(&text[names.clone()], *mark) => {
                row(text, names, start..end, *mark, &mut found);
            }
            _ => header = mark(line).map(|mark| (start..end, mark)),
        }
        start = end + 1;
        if start >= text.len() {
            return;
        }
        end = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |at| start + at);
    }
}

fn count(line: &str, mark: char) -> usize {
    line.bytes()
        .filter(|byte| char::from(*byte) == mark)
        .count()
}

/// The sign that parts the names of columns in a line that may be the head of a table.
fn mark(line: &str) -> Option<char> {
    let line = line.trim_end();
    if line.len() > 1024 || line.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    [',', '\t', '|', ';'].into_iter().find(|mark| {
        let names = line.trim_matches(*mark).split(*mark);
        let name = |name: &str| {
            let name = name.trim().trim_matches('"');
            (2..=40).contains(&name.len())
                && name.split([' ', '_', '-']).count() <= 4
                && !name.contains(['.', '@', ':', '('])
        };
        (1..COLUMNS).contains(&count(line, *mark))
            && names.clone().count() > 1
            && names.clone().all(name)
    })
}

fn row(
    text: &str,
    names: &Range<usize>,
    line: Range<usize>,
    mark: char,
    found: &mut impl FnMut(&str, Range<usize>),
) {
    let mut at = line.start;
    for (name, cell) in text[names.clone()].split(mark).zip(text[line].split(mark)) {
        let inner = cell.trim().trim_matches('"');
        if !inner.is_empty() && inner.len() <= CELL {
            let from = at + (inner.as_ptr() as usize - cell.as_ptr() as usize);
            found(name.trim().trim_matches('"'), from..from + inner.len());
        }
        at += cell.len() + mark.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        cells(text, |name, range| {
            all.push((name.to_owned(), text[range].to_owned()))
        });
        all
    }

    #[test]
    fn a_cell_stands_under_the_name_of_its_column() {
        let pair = |name: &str, cell: &str| (name.to_owned(), cell.to_owned());
        assert_eq!(
            all("Here:\nname,phone\nJane, 415\n\"Doe\",416\nbye"),
            [
                pair("name", "Jane"),
                pair("phone", "415"),
                pair("name", "Doe"),
                pair("phone", "416")
            ]
        );
        assert_eq!(
            all("| ssn | name |\n| 1 | x |"),
            [pair("ssn", "1"), pair("name", "x")]
        );
        assert_eq!(all("Yes, we can.\nNo, we cannot, at all.\n"), []);
        assert_eq!(all("no table"), []);
    }
}
