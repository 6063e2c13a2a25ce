//! What a provider says of its own failure once its status said that all is well.

use marshal_adapter_api::{ChatEvent, ProviderError};
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, RawEvent};
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
                code: event.name().map(std::borrow::Cow::into_owned),
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
