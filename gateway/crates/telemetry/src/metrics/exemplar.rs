//! The trace behind a measurement, for a page that shows it: the newest one of each bucket.

use std::cell::RefCell;
use std::fmt;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::trace::TraceId;

/// One measurement and its trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exemplar {
    trace: TraceId,
    /// In the histogram's own unit on the page.
    value: f64,
    at: SystemTime,
}

/// As `OpenMetrics` writes it behind a bucket.
impl fmt::Display for Exemplar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, value) = (self.trace, self.value);
        let at = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        f.write_str(" # {trace_id=\"")?;
        write!(
            f,
            "{trace}\"}} {value} {}.{:03}",
            at.as_secs(),
            at.subsec_millis()
        )
    }
}

/// A place for each bucket, made when the first trace comes: without a collector there is none.
#[derive(Debug)]
pub(super) struct Exemplars {
    buckets: usize,
    places: OnceLock<Box<[Mutex<Option<Exemplar>>]>>,
}

impl Exemplars {
    pub(super) const fn new(buckets: usize) -> Self {
        Self {
            buckets,
            places: OnceLock::new(),
        }
    }

    /// Keeps the newest. Never waits: of two at once one is enough.
    pub(super) fn keep(&self, bucket: usize, trace: TraceId, value: f64) {
        let places = self
            .places
            .get_or_init(|| (0..self.buckets).map(|_| Mutex::new(None)).collect());
        if let Some(mut place) = places.get(bucket).and_then(|place| place.try_lock()) {
            let at = SystemTime::now();
            *place = Some(Exemplar { trace, value, at });
        }
    }

    /// Shows every bucket's, on a page that is being [`shown`].
    pub(super) fn show(&self) {
        SHOWN.with_borrow_mut(|shown| match self.places.get() {
            Some(places) => shown.extend(places.iter().map(|place| *place.lock())),
            None => shown.extend(std::iter::repeat_n(None, self.buckets)),
        });
    }
}

thread_local! {
    // The library's encoder takes exemplars of its own making alone, so ours wait here, in the order of the page's buckets.
    static SHOWN: RefCell<Vec<Option<Exemplar>>> = const { RefCell::new(Vec::new()) };
}

/// Encodes a page and gives what belongs behind its buckets, one for each.
pub(super) fn shown(encode: impl FnOnce()) -> Vec<Option<Exemplar>> {
    SHOWN.with_borrow_mut(Vec::clear);
    encode();
    SHOWN.take()
}
