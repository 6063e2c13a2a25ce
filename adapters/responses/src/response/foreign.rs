//! What a client of this dialect gets of another dialect's answer: whole, valid objects.

use marshal_adapter_api::{Array, Choice, Extra, Json, MediaSource, Object, Part, index};
use marshal_types::Usage;

use crate::items::call_seal;
use crate::{seal, usage};

/// Makes the ids of one answer and its items from the provider's id.
pub(crate) struct Ids {
    base: String,
    next: u64,
}

/// Ids here are at most 64 characters; this leaves room for what stands around it.
const LONGEST_BASE: usize = 44;

impl Ids {
    pub(crate) fn new(provider: Option<&str>) -> Self {
        let id = provider.unwrap_or_default();
        let bare = ["resp_", "chatcmpl-", "msg_"]
            .iter()
            .find_map(|prefix| id.strip_prefix(prefix))
            .unwrap_or(id);
        let base: String = bare
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
            .take(LONGEST_BASE)
            .collect();
        Self {
            base: if base.is_empty() {
                "0".to_owned()
            } else {
                base
            },
            next: 0,
        }
    }

    pub(crate) fn response(&self) -> String {
        format!("resp_{}", self.base)
    }

    pub(crate) fn item(&mut self, prefix: &str) -> String {
        let id = format!("{prefix}_{}_{}", self.base, self.next);
        self.next += 1;
        id
    }
}

/// What the object of an answer says.
pub(crate) struct Outcome<'a> {
    pub(crate) id: &'a str,
    pub(crate) model: &'a str,
    pub(crate) created: u64,
    pub(crate) status: &'a str,
    pub(crate) incomplete: Option<&'a str>,
    /// The code and the sentence.
    pub(crate) error: Option<(&'a str, &'a str)>,
    /// The array of items, written.
    pub(crate) output: &'a [u8],
    pub(crate) usage: Option<Usage>,
    pub(crate) service_tier: Option<&'a Json>,
}

/// Writes the object of an answer, with every member that clients' types demand.
pub(crate) fn answer(to: &mut Object<'_>, said: &Outcome<'_>) {
    to.str("id", said.id);
    to.str("object", "response");
    to.u64("created_at", said.created);
    to.str("status", said.status);
    to.bool("background", false);
    match said.error {
        Some((code, message)) => {
            let mut error = to.object("error");
            error.str("code", code);
            error.str("message", message);
        }
        None => to.null("error"),
    }
    match said.incomplete {
        Some(reason) => to.object("incomplete_details").str("reason", reason),
        None => to.null("incomplete_details"),
    }
    to.null("instructions");
    to.null("max_output_tokens");
    to.str("model", said.model);
    to.raw("output", said.output);
    to.bool("parallel_tool_calls", true);
    to.null("previous_response_id");
    {
        let mut reasoning = to.object("reasoning");
        reasoning.null("effort");
        reasoning.null("summary");
    }
    if let Some(tier) = said.service_tier {
        to.json("service_tier", tier);
    }
    to.bool("store", false);
    to.null("temperature");
    to.object("text").object("format").str("type", "text");
    to.str("tool_choice", "auto");
    drop(to.array("tools"));
    to.null("top_p");
    to.str("truncation", "disabled");
    match &said.usage {
        Some(tokens) => usage::write(to, tokens),
        None => to.null("usage"),
    }
    to.null("user");
    drop(to.object("metadata"));
}

/// Writes the items of an answer.
pub(crate) fn items(
    choice: &Choice,
    ids: &mut Ids,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) {
    let message = &choice.message;
    let citations = message.extra.get("annotations").and_then(citations);
    let logprobs = choice.extra.get("logprobs").and_then(logprobs);
    let mut left = message.parts.as_slice();
    let mut first_words = true;
    while let Some(first) = left.first() {
        let run = |of: fn(&Part) -> bool| left.iter().take_while(|part| of(part)).count();
        let taken = match first {
            Part::Text { .. } | Part::Refusal { .. } => {
                let words = run(|part| matches!(part, Part::Text { .. } | Part::Refusal { .. }));
                let aside = if std::mem::take(&mut first_words) {
                    (citations.as_ref(), logprobs.as_ref())
                } else {
                    (None, None)
                };
                self::words(&left[..words], aside, ids, list, dropped);
                words
            }
            Part::Thinking { .. } => {
                let taken = one_thought(left);
                thoughts(&left[..taken], ids, list, dropped);
                taken
            }
            part => {
                single(part, ids, list, dropped);
                1
            }
        };
        left = &left[taken..];
    }
    // They stand beside a text, where there is one.
    let taken = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::Text { text, .. } if !text.is_empty()));
    let understood = |found: bool, name: &'static str| if found { name } else { "" };
    message.extra.report_except(
        &[
            understood(taken && citations.is_some(), "annotations"),
            "role",
        ],
        dropped,
    );
    choice.extra.report_except(
        &[understood(taken && logprobs.is_some(), "logprobs")],
        dropped,
    );
}

/// How many of the thoughts at the beginning are one item: a seal ends it.
fn one_thought(parts: &[Part]) -> usize {
    let mut taken = 0;
    for part in parts {
        let Part::Thinking { signature, .. } = part else {
            break;
        };
        taken += 1;
        if signature.as_deref().is_some_and(|seal| !seal.is_empty()) {
            break;
        }
    }
    taken
}

/// A message's text and refusals; what stands aside belongs to its first text.
fn words(
    parts: &[Part],
    (citations, logprobs): (Option<&Json>, Option<&Json>),
    ids: &mut Ids,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) {
    let empty = parts.iter().all(|part| {
        matches!(part, Part::Text { text, .. } | Part::Refusal { text, .. } if text.is_empty())
    });
    if empty {
        return;
    }
    let mut to = list.object();
    to.str("type", "message");
    to.str("id", &ids.item("msg"));
    to.str("status", "completed");
    to.str("role", "assistant");
    let mut content = to.array("content");
    let mut aside = (citations, logprobs);
    for part in parts {
        match part {
            Part::Text { text, extra } => {
                extra.report(dropped);
                let (citations, logprobs) = std::mem::take(&mut aside);
                output_text(text, citations, logprobs, &mut content.object());
            }
            Part::Refusal { text, extra } => {
                extra.report(dropped);
                let mut entry = content.object();
                entry.str("type", "refusal");
                entry.str("refusal", text);
            }
            _ => {}
        }
    }
}

/// Writes a part of text.
pub(crate) fn output_text(
    text: &str,
    annotations: Option<&Json>,
    logprobs: Option<&Json>,
    to: &mut Object<'_>,
) {
    to.str("type", "output_text");
    to.str("text", text);
    for (name, value) in [("annotations", annotations), ("logprobs", logprobs)] {
        match value {
            Some(value) => to.json(name, value),
            None => to.raw(name, b"[]"),
        }
    }
}

fn thoughts(parts: &[Part], ids: &mut Ids, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    let mut texts = Vec::new();
    let mut sealed = None;
    for part in parts {
        let Part::Thinking {
            text,
            signature,
            extra,
            ..
        } = part
        else {
            continue;
        };
        extra.report(dropped);
        if !text.is_empty() {
            texts.push(text.as_str());
        }
        sealed = signature.as_deref().filter(|seal| !seal.is_empty());
    }
    if !texts.is_empty() || sealed.is_some() {
        reasoning(&ids.item("rs"), &texts, sealed, &mut list.object());
    }
}

/// Writes an item of thoughts.
pub(crate) fn reasoning(id: &str, texts: &[&str], sealed: Option<&str>, to: &mut Object<'_>) {
    to.str("type", "reasoning");
    to.str("id", id);
    {
        let mut list = to.array("summary");
        for text in texts {
            summary_text(text, &mut list.object());
        }
    }
    if let Some(sealed) = sealed {
        to.str("encrypted_content", &seal::to_wire(sealed));
    }
    to.str("status", "completed");
}

/// Writes a part of thoughts.
pub(crate) fn summary_text(text: &str, to: &mut Object<'_>) {
    to.str("type", "summary_text");
    to.str("text", text);
}

/// Writes a call of a tool.
pub(crate) fn function_call(
    id: &str,
    call_id: &str,
    name: &str,
    arguments: &str,
    status: &str,
    to: &mut Object<'_>,
) {
    to.str("type", "function_call");
    to.str("id", id);
    to.str("call_id", call_id);
    to.str("name", name);
    to.str("arguments", arguments);
    to.str("status", status);
}

fn single(part: &Part, ids: &mut Ids, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    match part {
        Part::ToolCall {
            id,
            name,
            arguments,
            signature,
            extra,
        } => {
            extra.report_except(&["type", "index"], dropped);
            let empty = arguments.trim().is_empty();
            let arguments = if empty { "{}" } else { arguments };
            let item = ids.item("fc");
            function_call(&item, id, name, arguments, "completed", &mut list.object());
            if let Some(seal) = signature {
                call_seal(&ids.item("rs"), id, seal, list);
            }
        }
        // A picture that the model made is what a tool makes here.
        Part::Image {
            source: MediaSource::Base64 { data, .. },
            ..
        } => {
            let mut to = list.object();
            to.str("type", "image_generation_call");
            to.str("id", &ids.item("ig"));
            to.str("status", "completed");
            to.str("result", data);
        }
        part => dropped.push(part.path().to_owned()),
    }
}

/// Annotations of chat completions, in this dialect's flatter form; `None` where any is something else.
fn citations(list: &Json) -> Option<Json> {
    let bytes = list.as_str().as_bytes();
    let index = index(bytes).ok()?;
    let doc = index.doc(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    {
        let mut array = Array::new(&mut out);
        for node in doc.children(doc.root()) {
            let inner = doc.get(node, "url_citation")?;
            let mut to = array.object();
            to.str("type", "url_citation");
            let mut members = Extra::default();
            for member in doc.children(inner) {
                members.keep(doc.key(member)?, Json::of(doc, member));
            }
            members.write(&mut to);
        }
    }
    String::from_utf8(out).ok().map(Json::from_source)
}

/// The entries of `logprobs` of chat completions have the same form here.
fn logprobs(value: &Json) -> Option<Json> {
    let bytes = value.as_str().as_bytes();
    let index = index(bytes).ok()?;
    let doc = index.doc(bytes);
    let content = doc.get(doc.root(), "content")?;
    (!doc.is_empty(content)).then(|| Json::of(doc, content))
}
