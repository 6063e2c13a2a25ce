//! What a provider says of its own failure once its status said that all is well.

use std::borrow::Cow;
use std::time::Duration;

use marshal_adapter_api::{
    ChatEvent, ProviderError, ProviderErrorKind, kind_of_status, kind_of_word,
};
use marshal_types::{Dialect, SurfaceKind};
use marshal_wire::frame::{Framing, RawEvent};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};
use memchr::memmem;

use crate::Shared;
use crate::voice::Voice;

/// The failure that an event of a stream reports, if it reports one. Nearly every event is only searched for a word.
pub(super) fn in_event(shared: &Shared, voice: Voice, event: &RawEvent) -> Option<ProviderError> {
    if event.is_exception() {
        // Amazon's own framing names the exception, whoever's events it carries.
        return said(shared, Dialect::Bedrock, event).or_else(|| {
            let error = shared
                .adapter(Dialect::Bedrock)
                .decode_error(500, &event.data());
            Some(ProviderError {
                code: event.name().map(Cow::into_owned),
                ..error
            })
        });
    }
    let word = b"\"error\"";
    match event.framing {
        Framing::Chunks => memmem::find(&event.data(), word)?,
        _ => memmem::find(&event.raw, word)?,
    };
    said(shared, voice.dialect(), event)
}

/// What a reader of the dialect makes of this event alone.
fn said(shared: &Shared, dialect: Dialect, event: &RawEvent) -> Option<ProviderError> {
    let mut events = Vec::new();
    // An event that cannot be read reports nothing; others judge what it does to the stream.
    let _ = shared
        .adapter(dialect)
        .stream_decoder()
        .event(event, &mut events);
    events.into_iter().find_map(|event| match event {
        ChatEvent::Error(error) => Some(error),
        _ => None,
    })
}

/// Members in which some dialect's answer says what was asked for. Where one of them says something, it is an answer.
const ANSWERS: [&str; 11] = [
    "choices",
    "content",
    "candidates",
    "output",
    "data",
    "results",
    "embeddings",
    "embedding",
    "images",
    "response",
    "text",
];

/// The failure that a whole answer reports in the place of what was asked for. What a provider keeps for its owner is
/// no such answer: a failed batch is still well told of.
pub(crate) fn in_answer(shared: &Shared, voice: Voice, body: &[u8]) -> Option<ProviderError> {
    let words: &[&[u8]] = match voice {
        Voice::Task(surface, _) if surface.kind() != SurfaceKind::Task => return None,
        _ if voice.dialect() == Dialect::Cohere => &[b"\"error\"", b"\"message\""],
        _ => &[b"\"error\"", b"\"__type\""],
    };
    // Few answers hold any of these, and only they are looked at.
    words
        .iter()
        .find(|word| memmem::find(body, word).is_some())?;
    let index = Index::parse(body, &Limits::default()).ok()?;
    let doc = index.doc(body);
    let root = doc.at(doc.root(), 0).unwrap_or(doc.root());
    let said = failed(doc, root, voice.dialect())?;
    let status = status_of(doc, root, said.error).unwrap_or(500);
    let error = voice.error(shared, status, &said.body);
    Some(ProviderError {
        // A dialect may know the word better than the number beside it.
        kind: match error.kind {
            ProviderErrorKind::Server => kind_of_status(status),
            kind => kind,
        },
        ..error
    })
}

/// A failure, and the body that would have come with a bad status.
struct Said<'a> {
    error: NodeId,
    body: Cow<'a, [u8]>,
}

fn failed<'a>(doc: Doc<'a>, root: NodeId, dialect: Dialect) -> Option<Said<'a>> {
    let whole = |error| Said {
        error,
        body: Cow::Borrowed(doc.raw(root)),
    };
    let is_word = |node: NodeId| doc.str(node).is_some_and(|text| !text.trim().is_empty());
    let is_error = |node: &NodeId| match doc.kind(*node) {
        Kind::Object => doc.children(*node).next().is_some(),
        _ => is_word(*node),
    };
    // Amazon's front door wraps its exceptions, and says that all is well.
    for at in [Some(root), doc.get(root, "Output")].into_iter().flatten() {
        if doc.get(at, "__type").is_some_and(is_word) {
            return Some(Said {
                error: at,
                body: Cow::Borrowed(doc.raw(at)),
            });
        }
    }
    let error = doc.get(root, "error").filter(is_error);
    let is_failed = |node| doc.str(node).as_deref() == Some("failed");
    if dialect == Dialect::Responses && doc.get(root, "status").is_some_and(is_failed) {
        return Some(whole(error.unwrap_or(root)));
    }
    let message = doc.get(root, "message");
    let mut answers = ANSWERS.iter().filter_map(|name| doc.get(root, name));
    let answered = answers.any(|node| !is_empty(doc, node))
        || message.is_some_and(|node| doc.kind(node) == Kind::Object);
    if !answered {
        let words = || match dialect {
            Dialect::Cohere => message.filter(|node| is_word(*node)),
            _ => None,
        };
        return error.or_else(words).map(whole);
    }
    // Routers to many providers report beside each choice what became of it.
    let mut choices = doc.children(doc.get(root, "choices")?);
    let of = |choice| doc.get(choice, "error").filter(is_error);
    let first = of(choices.next()?)?;
    choices.all(|choice| of(choice).is_some()).then(|| Said {
        error: first,
        body: Cow::Owned([b"{\"error\":", doc.raw(first), b"}"].concat()),
    })
}

fn is_empty(doc: Doc<'_>, node: NodeId) -> bool {
    match doc.kind(node) {
        Kind::Null => true,
        Kind::Array | Kind::Object => doc.children(node).next().is_none(),
        Kind::String => doc.str(node).is_some_and(|text| text.is_empty()),
        _ => false,
    }
}

/// The status that the failure should have come with: as a number it stands in several places, as a word in others.
fn status_of(doc: Doc<'_>, root: NodeId, error: NodeId) -> Option<u16> {
    let places = || {
        [error, root].into_iter().flat_map(move |at| {
            ["code", "status", "status_code", "type"]
                .into_iter()
                .filter_map(move |name| doc.get(at, name))
        })
    };
    let number = |node| match doc.kind(node) {
        Kind::String => doc.str(node)?.parse().ok(),
        _ => u16::try_from(doc.u64(node)?).ok(),
    };
    let word = |node| kind_of_word(&doc.str(node)?).map(status_of_kind);
    places()
        .filter_map(number)
        .find(|status| (400..600).contains(status))
        .or_else(|| places().find_map(word))
}

const fn status_of_kind(kind: ProviderErrorKind) -> u16 {
    match kind {
        ProviderErrorKind::Credential => 401,
        ProviderErrorKind::RateLimited => 429,
        ProviderErrorKind::Overloaded => 503,
        ProviderErrorKind::InvalidRequest => 400,
        ProviderErrorKind::NotFound => 404,
        ProviderErrorKind::TooLarge => 413,
        ProviderErrorKind::Timeout => 504,
        ProviderErrorKind::Server => 500,
    }
}

/// How long to wait, where the body says it: Google's `RetryInfo`.
pub(crate) fn retry_delay(body: &[u8]) -> Option<Duration> {
    memmem::find(body, b"\"retryDelay\"")?;
    let index = Index::parse(body, &Limits::default()).ok()?;
    let doc = index.doc(body);
    let root = doc.at(doc.root(), 0).unwrap_or(doc.root());
    let details = doc.get(doc.get(root, "error")?, "details")?;
    doc.children(details).find_map(|detail| {
        let text = doc.str(doc.get(detail, "retryDelay")?)?;
        let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok()
    })
}
