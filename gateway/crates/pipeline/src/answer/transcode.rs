//! A provider's stream in the client's dialect: one event may become none or many.

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChatEvent, Malformed, ProviderError, StreamDecoder, StreamEncoder, StreamShape,
};
use marshal_wire::frame::{Framing, RawEvent, Splitter, Writer};

/// Decoder and encoder of one stream.
pub(super) struct Transcode {
    decoder: Box<dyn StreamDecoder>,
    encoder: Box<dyn StreamEncoder>,
    /// Where the client wants another framing than the dialect's own.
    reframe: Option<(Splitter, Writer)>,
    events: Vec<ChatEvent>,
    /// The answer's id, where the provider gives none.
    id: String,
    /// The provider reported an error in the stream, or cut it.
    pub failed: bool,
    /// The provider's own words, where it reported one.
    pub failure: Option<ProviderError>,
}

impl Transcode {
    pub(super) fn new(
        from: &dyn Adapter,
        to: &dyn Adapter,
        shape: StreamShape,
        framing: Framing,
        id: String,
    ) -> Self {
        let native = to.framing();
        Self {
            decoder: from.stream_decoder(),
            encoder: to.stream_encoder(shape),
            reframe: (native != framing)
                .then(|| (Splitter::new(native, usize::MAX), Writer::new(framing))),
            events: Vec::new(),
            id,
            failed: false,
            failure: None,
        }
    }

    /// Appends what `event` becomes.
    ///
    /// # Errors
    /// If the provider's event is not of its dialect.
    pub(super) fn event(&mut self, event: &RawEvent, out: &mut Vec<u8>) -> Result<(), Malformed> {
        self.decoder.event(event, &mut self.events)?;
        self.write(out, false);
        Ok(())
    }

    /// Appends what still lacks when the provider has said all.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.decoder.end(&mut self.events);
        self.write(out, true);
    }

    /// What could not be said, so far.
    pub(super) fn dropped(&self) -> &[String] {
        self.encoder.dropped()
    }

    fn write(&mut self, out: &mut Vec<u8>, last: bool) {
        let mut own = Vec::new();
        let native = match self.reframe {
            Some(_) => &mut own,
            None => &mut *out,
        };
        for mut event in self.events.drain(..) {
            if let ChatEvent::Start { id, .. } = &mut event {
                id.get_or_insert_with(|| self.id.clone());
            }
            if let ChatEvent::Error(error) = &event {
                self.failed = true;
                // At the end the decoder says in its own words that something lacks.
                if !last && self.failure.is_none() {
                    self.failure = Some(error.clone());
                }
            }
            self.encoder.event(&event, native);
        }
        if last {
            self.encoder.end(native);
        }
        let Some((splitter, writer)) = &mut self.reframe else {
            return;
        };
        splitter.push(Bytes::from(own));
        while let Ok(Some(event)) = splitter.next() {
            writer.event(event.name().as_deref(), &event.data(), out);
        }
        if last {
            writer.end(out);
        }
    }
}
