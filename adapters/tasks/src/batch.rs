//! Files of requests, one a line, that a batch works off: `{"custom_id", "method", "url", "body"}`.

use std::ops::Range;

use marshal_types::Surface;
use marshal_wire::json::{Index, JsonError, Kind, Limits};
use memchr::memchr;

/// One request of a batch file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLine {
    /// The number of the line, from 1.
    pub number: usize,
    /// The client's own name for it.
    pub custom_id: Option<String>,
    /// The path that is asked; some providers take it from the batch.
    pub url: Option<String>,
    /// Where the line stands in the file, without its end.
    pub line: Range<usize>,
    /// Where the request's body stands in the file: a JSON object.
    pub body: Range<usize>,
}

impl BatchLine {
    /// The door that the line would have gone through by itself, where it is one that batches take.
    #[must_use]
    pub fn surface(&self) -> Option<Surface> {
        let url = self.url.as_deref()?;
        let path = url.split(['?', '#']).next()?;
        Some(match path.strip_prefix("/v1").unwrap_or(path) {
            "/chat/completions" => Surface::ChatCompletions,
            "/responses" => Surface::Responses,
            "/completions" => Surface::Completions,
            "/embeddings" => Surface::Embeddings,
            "/moderations" => Surface::Moderations,
            "/images/generations" => Surface::ImageGenerations,
            _ => return None,
        })
    }
}

/// A line of a batch file that is no request. Public: it names the line and no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The line is not JSON.
    #[error("Line {line} of the batch file: {why}")]
    Json {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong, where offsets count from the line's start.
        why: JsonError,
    },
    /// The line is JSON and no request.
    #[error("Line {line} of the batch file: {says}.")]
    Shape {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong, and what to write instead.
        says: &'static str,
    },
}

/// The requests of a batch file, in order; lines without anything are passed over.
pub fn batch_lines(file: &[u8]) -> impl Iterator<Item = Result<BatchLine, BatchError>> + '_ {
    let mut at = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        while at < file.len() {
            let rest = file.get(at..)?;
            let end = memchr(b'\n', rest).map_or(file.len(), |found| at + found);
            let start = std::mem::replace(&mut at, end + 1);
            number += 1;
            let line = file.get(start..end)?;
            if !line.trim_ascii().is_empty() {
                let end = end - usize::from(line.ends_with(b"\r"));
                return Some(read(file, start..end, number));
            }
        }
        None
    })
}

fn read(file: &[u8], line: Range<usize>, number: usize) -> Result<BatchLine, BatchError> {
    let wrong = |says| BatchError::Shape { line: number, says };
    let bytes = file.get(line.clone()).unwrap_or_default();
    let index = Index::parse(bytes, &Limits::default())
        .map_err(|why| BatchError::Json { line: number, why })?;
    let doc = index.doc(bytes);
    let root = doc.root();
    if doc.kind(root) != Kind::Object {
        return Err(wrong("it is no JSON object"));
    }
    let text = |name, says| match doc.get(root, name) {
        None => Ok(None),
        Some(node) => match doc.str(node) {
            Some(text) => Ok(Some(text.into_owned())),
            None => Err(wrong(says)),
        },
    };
    let method = text("method", "`method` is no string; write POST")?;
    if method.is_some_and(|method| method != "POST") {
        return Err(wrong("`method` is not POST"));
    }
    let body = doc
        .get(root, "body")
        .filter(|&body| doc.kind(body) == Kind::Object)
        .ok_or_else(|| wrong("`body` is no object; write the request there"))?;
    let span = doc.span(body);
    Ok(BatchLine {
        number,
        custom_id: text("custom_id", "`custom_id` is no string")?,
        url: text(
            "url",
            "`url` is no string; write a path like /v1/chat/completions",
        )?,
        body: line.start + span.start..line.start + span.end,
        line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{\"model\":\"m\"}}\r\n\n{\"body\":{\"model\":\"n\"}}";

    #[test]
    fn each_line_is_a_request_with_its_place() {
        let lines: Vec<_> = batch_lines(FILE).map(Result::unwrap).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].number, lines[1].number), (1, 3));
        assert_eq!(lines[0].custom_id.as_deref(), Some("a"));
        assert_eq!(lines[0].surface(), Some(Surface::Embeddings));
        assert_eq!(lines[1].surface(), None);
        assert_eq!(&FILE[lines[0].body.clone()], b"{\"model\":\"m\"}");
        assert_eq!(&FILE[lines[1].body.clone()], b"{\"model\":\"n\"}");
        assert!(FILE[lines[0].line.clone()].ends_with(b"}}"));
    }

    #[test]
    fn a_line_that_is_no_request_is_named() {
        for (file, says) in [
            (
                "{\"body\":{}}\n{",
                "Line 2 of the batch file: The body is not valid JSON",
            ),
            ("[]", "Line 1 of the batch file: it is no JSON object."),
            ("{\"body\":1}", "`body` is no object"),
            ("{\"body\":{},\"url\":1}", "`url` is no string"),
            ("{\"body\":{},\"method\":\"GET\"}", "is not POST"),
            ("{\"body\":{},\"custom_id\":[]}", "`custom_id` is no string"),
            ("\u{feff}{\"body\":{}}", "byte order mark"),
            ("{\"body\":{},\"body\":{}}", "twice"),
        ] {
            let error = batch_lines(file.as_bytes()).find_map(Result::err).unwrap();
            assert!(error.to_string().contains(says), "{file}: {error}");
        }
        assert_eq!(batch_lines(b"\n\n").count(), 0);
    }
}
