//! A provider's stream in the client's dialect: one event may become none or many.

use marshal_adapter_api::{
    Adapter, ChatEvent, Malformed, StreamDecoder, StreamEncoder, StreamShape,
};
use marshal_wire::frame::RawEvent;

/// Decoder and encoder of one stream.
pub(super) struct Transcode {
    decoder: Box<dyn StreamDecoder>,
    encoder: Box<dyn StreamEncoder>,
    events: Vec<ChatEvent>,
    /// The provider reported an error in the stream, or cut it.
    pub failed: bool,
}

impl Transcode {
    pub(super) fn new(from: &dyn Adapter, to: &dyn Adapter, shape: StreamShape) -> Self {
        Self {
            decoder: from.stream_decoder(),
            encoder: to.stream_encoder(shape),
            events: Vec::new(),
            failed: false,
        }
    }

    /// Appends what `event` becomes.
    ///
    /// # Errors
    /// If the provider's event is not of its dialect.
    pub(super) fn event(&mut self, event: &RawEvent, out: &mut Vec<u8>) -> Result<(), Malformed> {
        self.decoder.event(event, &mut self.events)?;
        self.write(out);
        Ok(())
    }

    /// Appends what still lacks when the provider has said all.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.decoder.end(&mut self.events);
        self.write(out);
        self.encoder.end(out);
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        for event in self.events.drain(..) {
            self.failed |= matches!(event, ChatEvent::Error(_));
            self.encoder.event(&event, out);
        }
    }
}
