//! What the provider says, on its way to the client: counted, and with the caller's own values in their places.

use bytes::Bytes;
use marshal_policies::{Answers, Finding, Surrogates};
use marshal_types::Code;
use marshal_wire::frame::{Framing, RawEvent};
use marshal_wire::json::{Index, Limits};

use super::meter::Meter;
use super::tap::{Tap, running_family, whole_texts};
use crate::answer::{StreamRestore, restore_whole};

/// The way back of a session.
pub(super) struct Outbound {
    surrogates: Surrogates,
    restore: Option<StreamRestore>,
    tap: Tap,
    whole: u64,
    pub meter: Meter,
}

/// What becomes of one event.
pub(super) struct Said {
    /// Texts for the client, in this order.
    pub events: Vec<String>,
    /// The event states what was used.
    pub metered: bool,
}

impl Outbound {
    pub(super) fn new(surrogates: &Surrogates, answers: &Answers) -> Self {
        Self {
            surrogates: surrogates.clone(),
            restore: StreamRestore::new(surrogates, answers, Framing::Ndjson),
            tap: Tap::default(),
            whole: 0,
            meter: Meter::default(),
        }
    }

    /// From here on there are these surrogates.
    pub(super) fn learn(&mut self, surrogates: &Surrogates, answers: &Answers) {
        match &mut self.restore {
            Some(restore) => restore.learn(surrogates, answers),
            None => self.restore = StreamRestore::new(surrogates, answers, Framing::Ndjson),
        }
        self.surrogates = surrogates.clone();
    }

    /// How many texts were changed.
    pub(super) fn restored(&self) -> u64 {
        let running = self.restore.as_ref().map_or(0, |restore| restore.restored);
        self.whole + running
    }

    /// Takes one of the provider's events; gives what the client gets.
    pub(super) fn event(&mut self, text: &str) -> Said {
        let as_it_is = |metered| Said {
            events: vec![text.to_owned()],
            metered,
        };
        let Ok(index) = Index::parse(text.as_bytes(), &Limits::default()) else {
            return as_it_is(false);
        };
        let doc = index.doc(text.as_bytes());
        let Some(kind) = doc.get(doc.root(), "type").and_then(|kind| doc.str(kind)) else {
            return as_it_is(false);
        };
        let metered = self.meter.observe(&kind, doc);
        let sound = kind.ends_with("audio.delta");
        let Some(restore) = self.restore.as_mut().filter(|_| !sound) else {
            return as_it_is(metered);
        };
        self.tap.follow(&kind, doc, text.as_bytes());
        let event = RawEvent::framed(Framing::Ndjson, Bytes::copy_from_slice(text.as_bytes()));
        let mut out = Vec::with_capacity(2);
        restore.event(&event, &self.tap, &mut out);
        self.tap.forget(&kind, doc);
        let is_whole = running_family(&kind).is_none();
        if is_whole
            && let Some(own) = out.last_mut()
            && let Some(clean) = restore.look(whole_texts, &own.raw)
        {
            *own = RawEvent::framed(Framing::Ndjson, clean);
        }
        if is_whole
            && let Some(own) = out.last_mut()
            && let Some((clean, count)) = restore_whole(whole_texts, &self.surrogates, &own.raw)
        {
            *own = RawEvent::framed(Framing::Ndjson, clean);
            self.whole += count;
        }
        Said {
            events: texts(&out),
            metered,
        }
    }

    /// Why the session ends here, if what was said last may not go out.
    pub(super) fn blocked_by(&self) -> Option<Code> {
        self.restore.as_ref().and_then(StreamRestore::blocked_by)
    }

    /// What the model said that it was not told, once.
    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        self.restore
            .as_mut()
            .map(StreamRestore::take_findings)
            .unwrap_or_default()
    }

    /// The session is over: what is held back goes out.
    pub(super) fn end(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(restore) = &mut self.restore {
            restore.end(&self.tap, &mut out);
        }
        texts(&out)
    }
}

fn texts(events: &[RawEvent]) -> Vec<String> {
    let text = |event: &RawEvent| String::from_utf8(event.data().into_owned()).ok();
    events.iter().filter_map(text).collect()
}
