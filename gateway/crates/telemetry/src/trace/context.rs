//! W3C trace context: `traceparent` read strictly and written in version 00.

use std::fmt;

/// The id that every span and every audit record of one trace shares. Never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub(super) u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

/// The place in a trace that a `traceparent` header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span within it. Never zero.
    pub span_id: u64,
    /// Whether the caller records this trace.
    pub sampled: bool,
}

const LENGTH: usize = 55; // 00-<32>-<16>-<2>

impl TraceContext {
    /// Reads a `traceparent` header. `None` if it is not one to the letter (upper case and zero ids
    /// included): the call then starts a trace of its own, as W3C asks.
    ///
    /// A header of a later version is read by the part that all versions share. A request with more than
    /// one such header has none: pass none.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let bytes = header.as_bytes();
        let version = u8::try_from(hex(bytes.get(..2)?)?).ok()?;
        let ends_well = match version {
            0xff => false,
            0 => bytes.len() == LENGTH,
            _ => bytes.len() == LENGTH || bytes.get(LENGTH) == Some(&b'-'),
        };
        let dashed = [2, 35, 52].iter().all(|at| bytes.get(*at) == Some(&b'-'));
        if !ends_well || !dashed {
            return None;
        }
        let trace_id = hex(bytes.get(3..35)?)?;
        let span_id = u64::try_from(hex(bytes.get(36..52)?)?).ok()?;
        let flags = hex(bytes.get(53..55)?)?;
        (trace_id != 0 && span_id != 0).then_some(Self {
            trace_id: TraceId(trace_id),
            span_id,
            sampled: flags & 1 == 1,
        })
    }
}

/// A `traceparent` header's value in version 00.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(f, "00-{}-{:016x}-{flags:02x}", self.trace_id, self.span_id)
    }
}

/// At most 32 lower-case hex digits.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |value: u128, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_reads_and_writes_as_itself() {
        let context = TraceContext::parse(GOOD).unwrap();
        assert_eq!(context.to_string(), GOOD);
        assert!(context.sampled);
        let unsampled = GOOD.replace("-01", "-00");
        let context = TraceContext::parse(&unsampled).unwrap();
        assert_eq!(context.to_string(), unsampled);
    }

    #[test]
    fn flags_that_version_00_does_not_know_are_not_passed_on() {
        let context = TraceContext::parse(&GOOD.replace("-01", "-ff")).unwrap();
        assert_eq!(context.to_string(), GOOD);
    }

    #[test]
    fn a_later_version_is_read_by_the_part_that_all_versions_share() {
        let later = GOOD.replacen("00-", "cc-", 1);
        assert!(TraceContext::parse(&later).is_some());
        assert!(TraceContext::parse(&format!("{later}-what-the-future-holds")).is_some());
        assert!(TraceContext::parse(&format!("{later}.future")).is_none());
    }

    #[test]
    fn whatever_is_not_a_traceparent_to_the_letter_is_none() {
        let upper = GOOD.to_uppercase();
        let long = format!("{GOOD}-00");
        for bad in [
            "",
            "00",
            "00-",
            &GOOD[..54],
            &long,
            &upper,
            &GOOD.replacen("00-", "ff-", 1),
            &GOOD.replacen("00-", "0x-", 1),
            &GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &GOOD.replace("b7ad6b7169203331", &"0".repeat(16)),
            &GOOD.replace("b7ad6b7169203331", "b7ad6b716920333g"),
            &GOOD.replace("-b7", "_b7"),
            &GOOD.replace("-01", "-+1"),
            &format!(" {GOOD}"),
            &format!("{GOOD} "),
            "00-0af7651916cd43dd8448eb211c80319é-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }
}
