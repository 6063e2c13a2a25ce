//! Reads policy lines: fields between commas, `#` comments, quotes where a field holds a comma. Every field keeps its column.

use std::sync::Arc;

use marshal_types::{Place, Problem};

/// One line that is neither empty nor a comment.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) number: u32,
    pub(crate) fields: Vec<Field>,
}

/// One field, without its quotes and the blanks around it.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) text: String,
    /// In characters, from 1: where the text itself starts.
    pub(crate) column: u32,
}

/// Reads a whole file; what cannot be read becomes a problem and the other lines are still read.
pub(crate) fn read(file: &Arc<str>, text: &str, problems: &mut Vec<Problem>) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        match read_line(line) {
            Ok(fields) if fields.is_empty() => {}
            Ok(fields) => lines.push(Line { number, fields }),
            Err((column, message)) => problems.push(Problem::at(
                Place {
                    file: Arc::clone(file),
                    line: number,
                    column,
                },
                message,
            )),
        }
    }
    lines
}

type Wrong = (u32, &'static str);

fn read_line(line: &str) -> Result<Vec<Field>, Wrong> {
    let chars: Vec<char> = line.chars().collect();
    if let Some(at) = chars.iter().position(|c| c.is_control() && *c != '\t') {
        return Err((column(at), "a control character; remove it"));
    }
    let mut fields = Vec::new();
    let mut at = skip_blanks(&chars, 0);
    if matches!(chars.get(at), None | Some('#')) {
        return Ok(fields);
    }
    loop {
        let start = skip_blanks(&chars, at);
        let (field, after) = if chars.get(start) == Some(&'"') {
            quoted(&chars, start)?
        } else {
            bare(&chars, start)?
        };
        fields.push(field);
        at = skip_blanks(&chars, after);
        match chars.get(at) {
            None | Some('#') => return Ok(fields),
            Some(',') => at += 1,
            Some(_) => {
                return Err((
                    column(at),
                    "expected a comma or the end of the line after the closing quote",
                ));
            }
        }
    }
}

fn bare(chars: &[char], start: usize) -> Result<(Field, usize), Wrong> {
    let mut end = start;
    while let Some(c) = chars.get(end) {
        match c {
            ',' => break,
            '#' if end == start || chars[end - 1].is_whitespace() => break,
            '"' => {
                return Err((
                    column(end),
                    "a quote inside a field; put the whole field in double quotes and use single quotes inside",
                ));
            }
            _ => end += 1,
        }
    }
    let text: String = chars[start..end].iter().collect();
    Ok((
        Field {
            text: text.trim_end().to_owned(),
            column: column(start),
        },
        end,
    ))
}

fn quoted(chars: &[char], start: usize) -> Result<(Field, usize), Wrong> {
    let mut text = String::new();
    let mut at = start + 1;
    loop {
        match (chars.get(at), chars.get(at + 1)) {
            (None, _) => return Err((column(start), "this quote is never closed on its line")),
            (Some('"'), Some('"')) => {
                text.push('"');
                at += 2;
            }
            (Some('"'), _) => {
                return Ok((
                    Field {
                        text,
                        column: column(start + 1),
                    },
                    at + 1,
                ));
            }
            (Some(c), _) => {
                text.push(*c);
                at += 1;
            }
        }
    }
}

fn skip_blanks(chars: &[char], from: usize) -> usize {
    from + chars[from..]
        .iter()
        .take_while(|c| c.is_whitespace())
        .count()
}

fn column(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<(String, u32)> {
        read_line(line)
            .unwrap()
            .into_iter()
            .map(|field| (field.text, field.column))
            .collect()
    }

    #[test]
    fn fields_keep_their_text_and_their_column() {
        assert_eq!(
            texts("p, a ,\"x, \"\"y\"\"\" , z # why"),
            [
                ("p".into(), 1),
                ("a".into(), 4),
                ("x, \"y\"".into(), 8),
                ("z".into(), 20)
            ]
        );
        assert_eq!(texts("  # only a comment"), []);
        assert_eq!(
            texts("a,,"),
            [("a".into(), 1), (String::new(), 3), (String::new(), 4)]
        );
        assert_eq!(texts("a#b"), [("a#b".into(), 1)]);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_is_read() {
        let mut problems = Vec::new();
        let lines = read(
            &"f.csv".into(),
            "p, \"open\nq, b\nr, a\"b\n\"x\" y\n",
            &mut problems,
        );
        assert_eq!(lines.len(), 1);
        let places: Vec<_> = problems.iter().map(|p| p.place.to_string()).collect();
        assert_eq!(places, ["f.csv:1:4", "f.csv:3:5", "f.csv:4:5"]);
    }
}
