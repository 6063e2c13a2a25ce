//! The request: a chat of ordinary prose, of exactly the size asked for, and never the same twice.

use serde_json::{Value, json};

use super::{Options, Target};
use crate::dialect::Dialect;
use crate::random::Random;

/// Where the letters stand that make every request another one, so that no cache answers it.
const MARK: &str = "zzzzzzzzzz";
/// A message of a long chat is about this long, in bytes.
const MESSAGE: usize = 2_000;
const WORDS: [&str; 64] = [
    "the", "of", "and", "a", "to", "in", "is", "that", "it", "was", "for", "on", "are", "with",
    "as", "they", "be", "this", "from", "have", "or", "by", "one", "had", "not", "but", "what",
    "all", "were", "when", "we", "there", "can", "report", "question", "answer", "market",
    "system", "garden", "window", "river", "travel", "summary", "people", "water", "story",
    "number", "reason", "paper", "letter", "simple", "quick", "careful", "growing", "morning",
    "little", "better", "written", "explain", "describe", "compare", "improve", "between",
    "because",
];

/// One request's bytes, head and body.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is sent.
    pub bytes: Vec<u8>,
    mark: usize,
    /// What the last event of a whole stream contains; `None`: no stream was asked for.
    pub stream_end: Option<&'static [u8]>,
}

impl Call {
    /// The request that `options` describe, with these headers.
    #[must_use]
    pub fn new(target: &Target, dialect: Dialect, options: &Options, headers: &[String]) -> Self {
        let body = body(dialect, options);
        let mut head = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\naccept: */*\r\ncontent-length: {}\r\n",
            target.path,
            target.host,
            body.len()
        );
        if dialect == Dialect::Anthropic {
            head.push_str("anthropic-version: 2023-06-01\r\n");
        }
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        let bytes = [head.as_bytes(), body.as_bytes()].concat();
        let mark = memchr::memmem::find(&bytes, MARK.as_bytes()).unwrap_or(bytes.len());
        Self {
            bytes,
            mark,
            stream_end: options.stream.then(|| dialect.stream_end()),
        }
    }

    /// Makes the request differ from every other: `n` in letters, since digits look like data.
    pub fn number(&mut self, n: u64) {
        let mut rest = n;
        for at in self.bytes.iter_mut().skip(self.mark).take(MARK.len()) {
            *at = b'a' + u8::try_from(rest % 26).unwrap_or(0);
            rest /= 26;
        }
    }
}

fn body(dialect: Dialect, options: &Options) -> String {
    // Built twice: what stands around the prompt says how long the prompt may be.
    let bare = render(dialect, options, &[String::new()]).len();
    let room = options.body_bytes.saturating_sub(bare);
    let around = render(dialect, options, &[String::new(), String::new()]).len() - bare;
    let count = (room / MESSAGE).max(1);
    // Odd, so that the last message is the user's.
    let count = count - (1 - count % 2);
    let room = room.saturating_sub((count - 1) * (around + 4));
    let mut random = Random::new(7);
    let mut messages: Vec<String> = (1..count)
        .map(|_| prose(&mut random, room / count))
        .collect();
    messages.push(String::new());
    // The last message takes what is left, so that the body is of the very size.
    let left = options
        .body_bytes
        .saturating_sub(render(dialect, options, &messages).len());
    if let Some(last) = messages.last_mut() {
        *last = prose(&mut random, left);
    }
    render(dialect, options, &messages)
}

fn render(dialect: Dialect, options: &Options, messages: &[String]) -> String {
    const SYSTEM: &str = "You are a helpful assistant.";
    let mut list: Vec<Value> = messages
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let role = if at % 2 == 0 { "user" } else { "assistant" };
            let text = if at == 0 {
                format!("{MARK} {text}")
            } else {
                text.clone()
            };
            json!({"role": role, "content": text})
        })
        .collect();
    let mut body = match dialect {
        Dialect::Openai => {
            list.insert(0, json!({"role": "system", "content": SYSTEM}));
            json!({"model": options.model, "max_tokens": 256})
        }
        Dialect::Anthropic => {
            json!({"model": options.model, "max_tokens": 256, "system": SYSTEM})
        }
    };
    if options.stream {
        body["stream"] = json!(true);
    }
    body["messages"] = Value::Array(list);
    body.to_string()
}

/// Exactly `length` bytes of words and sentences, with nothing in it that JSON must escape.
fn prose(random: &mut Random, length: usize) -> String {
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        text.push_str(WORDS[random.below(WORDS.len())]);
        text.push_str(if random.below(12) == 0 { ". " } else { " " });
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(dialect: Dialect, bytes: usize, stream: bool) -> Call {
        let url = "http://127.0.0.1:1/v1/chat/completions";
        let options = Options {
            body_bytes: bytes,
            stream,
            ..Options::for_url(url)
        };
        let headers = ["authorization: Bearer k".to_owned()];
        Call::new(&Target::parse(url).unwrap(), dialect, &options, &headers)
    }

    fn split(call: &Call) -> (String, Value, usize) {
        let text = String::from_utf8(call.bytes.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (
            head.to_owned(),
            serde_json::from_str(body).unwrap(),
            body.len(),
        )
    }

    #[test]
    fn a_body_has_exactly_the_size_that_was_asked_for() {
        for dialect in [Dialect::Openai, Dialect::Anthropic] {
            for size in [256, 1024, 5_000, 30_000, 30_720, 100_001] {
                let (head, body, length) = split(&call(dialect, size, false));
                assert_eq!(length, size, "{dialect:?}");
                assert!(head.contains(&format!("content-length: {size}")));
                let messages = body["messages"].as_array().unwrap();
                assert_eq!(messages.last().unwrap()["role"], "user");
            }
        }
    }

    #[test]
    fn no_two_requests_are_the_same_and_each_is_valid() {
        let mut call = call(Dialect::Openai, 1024, true);
        call.number(1);
        let first = split(&call).1;
        call.number(27);
        let second = split(&call).1;
        assert_ne!(first["messages"], second["messages"]);
        assert_eq!(first["stream"], true);
        assert!(split(&call).0.contains("authorization: Bearer k"));
    }
}
