//! From text to nodes.

use std::collections::HashSet;
use std::sync::Arc;

use marshal_types::{Place, Problem};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::{Key, Node, Value, quoted};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How many maps and sequences may stand within one another.
pub const MAX_DEPTH: usize = 64;

/// Reads one document. `file` is the name that places carry: as the user wrote it.
///
/// A file that holds nothing, or only comments, is an empty map.
///
/// # Errors
/// The first thing that is not in the part of YAML that is read here; nothing after it could be trusted.
pub fn parse(file: &str, text: &str) -> Result<Node, Problem> {
    let file: Arc<str> = Arc::from(file);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_text(&file, text)?;
    let mut reader = Reader {
        file,
        parser: Parser::new_from_str(text),
    };
    reader.document()
}

/// What the scanner must not see, or a reviewer could not see.
fn check_text(file: &Arc<str>, text: &str) -> Result<(), Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::in_file(
            file.as_ref(),
            format!(
                "the file is larger than {MAX_BYTES} bytes; split it or remove what is not needed"
            ),
        ));
    }
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let Some(at) = text.find(hidden) else {
        return Ok(());
    };
    let before = &text[..at];
    let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let breaks = before.matches('\n').count() + before.matches('\r').count()
        - before.matches("\r\n").count();
    let code = text[at..].chars().next().map_or(0, u32::from);
    Err(Problem::at(
        Place {
            file: Arc::clone(file),
            line: count(breaks + 1),
            column: count(before[line_start..].chars().count() + 1),
        },
        format!(
            "an invisible character (U+{code:04X}) stands here; remove it, or write it as \"\\u{code:04X}\" in double quotes"
        ),
    ))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

struct Reader<'t> {
    file: Arc<str>,
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(self.wrong(
                        span.start,
                        "a second document starts here; a file holds one, so remove the \"---\"",
                    ));
                }
                Event::Nothing
                | Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                first => root = Some(self.node(first, span, 0)?),
            }
        }
        Ok(match root {
            Some(root) if !root.is_empty() => root,
            _ => Node {
                place: self.place(Marker::new(0, 1, 0)),
                value: Value::Map(Vec::new()),
            },
        })
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Problem> {
        if depth > MAX_DEPTH {
            return Err(self.wrong(
                span.start,
                format!("more than {MAX_DEPTH} levels within one another"),
            ));
        }
        let place = self.place(span.start);
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_only(span.start, anchor, tag.as_deref())?;
                Value::Scalar {
                    text: text.into_owned(),
                    quoted: style != ScalarStyle::Plain,
                }
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_only(span.start, anchor, tag.as_deref())?;
                self.sequence(depth)?
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_only(span.start, anchor, tag.as_deref())?;
                self.mapping(depth)?
            }
            Event::Alias(_) => {
                return Err(self.wrong(
                    span.start,
                    "aliases (*name) are not read; write the value out",
                ));
            }
            _ => return Err(self.wrong(span.start, "a value is missing here")),
        };
        Ok(Node { place, value })
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Seq(items));
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Map(entries));
            }
            let key = self.key(event, span)?;
            if !seen.insert(key.text.clone()) {
                let first = entries.iter().find(|(other, _)| other.text == key.text);
                let line = first.map_or(0, |(other, _)| other.place.line);
                return Err(Problem::at(
                    key.place,
                    format!(
                        "{} is already set on line {line}; a key stands once",
                        quoted(&key.text)
                    ),
                ));
            }
            let (event, span) = self.next()?;
            let mut node = self.node(event, span, depth + 1)?;
            if node.is_empty() && node.text() == Some("") {
                // The scanner places a value that is not there at whatever comes next.
                node.place = key.place.clone();
            }
            entries.push((key, node));
        }
    }

    fn key(&self, event: Event<'t>, span: Span) -> Result<Key, Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_only(span.start, anchor, tag.as_deref())?;
                if text == "<<" && style == ScalarStyle::Plain {
                    return Err(self.wrong(
                        span.start,
                        "merge keys (<<) are not read; write the keys out",
                    ));
                }
                if text.is_empty() {
                    return Err(self.wrong(span.start, "a key is missing before \":\""));
                }
                Ok(Key {
                    text: text.into_owned(),
                    place: self.place(span.start),
                })
            }
            Event::Alias(_) => Err(self.wrong(
                span.start,
                "aliases (*name) are not read; write the key out",
            )),
            _ => Err(self.wrong(
                span.start,
                "a key must be a plain word, not a list or a map; put text that begins with \"[\" or \"{\" in quotes",
            )),
        }
    }

    fn plain_only(&self, at: Marker, anchor: usize, tag: Option<&Tag>) -> Result<(), Problem> {
        if tag.is_some() {
            return Err(self.wrong(at, "tags (!name) are not read; remove it"));
        }
        if anchor != 0 {
            return Err(self.wrong(at, "anchors (&name) are not read; write the value out"));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn scan_error(&self, error: &ScanError) -> Problem {
        self.wrong(
            *error.marker(),
            format!(
                "not readable as YAML: {}; check indentation, quotes and brackets here and on the line above",
                error.info()
            ),
        )
    }

    fn wrong(&self, at: Marker, message: impl Into<String>) -> Problem {
        Problem::at(self.place(at), message)
    }

    fn place(&self, at: Marker) -> Place {
        Place {
            file: Arc::clone(&self.file),
            line: count(at.line().max(1)),
            column: count(at.col() + 1),
        }
    }
}
