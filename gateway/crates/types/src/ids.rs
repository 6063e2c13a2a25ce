//! Names of things, each a type of its own so that none is taken for another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::random_bytes;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(#[serde(with = "arc_str")] Arc<str>);

        impl $type {
            /// From its text.
            #[must_use]
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.0)
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

mod arc_str {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::sync::Arc;

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Arc::from)
    }
}

name!(
    /// A provider as the configuration names it: `openai`, `anthropic`, `local`.
    ProviderName
);
name!(
    /// A model as a provider names it: `gpt-4o-mini`.
    ModelName
);
name!(
    /// The public half of a virtual key; the secret half is nowhere stored.
    KeyId
);
name!(
    /// One run of the gateway: names its folder in the audit trail.
    InstanceId
);

/// A model at a provider: what a plan is made of. Written `provider/model`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TargetName {
    /// The provider.
    pub provider: ProviderName,
    /// The provider's own name of the model.
    pub model: ModelName,
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// One call of a client, whatever becomes of it. A `UUIDv7`: sorts by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(uuid::Uuid);

impl CallId {
    /// A fresh id. It carries the machine's time to a quarter of a microsecond, so that ids sort (RFC 9562, section
    /// 6.2, method 3); nothing is decided by that time.
    #[must_use]
    pub fn fresh() -> Self {
        Self::at(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        )
    }

    /// Its 16 bytes, which sort as it does.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 16] {
        *self.0.as_bytes()
    }

    /// The id with these bytes.
    #[must_use]
    pub const fn of_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }

    fn at(since_epoch: Duration) -> Self {
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(0);
        let fraction = u64::from(since_epoch.subsec_nanos() % 1_000_000) * 4_096 / 1_000_000;
        let mut tail = [0; 10];
        tail[..2].copy_from_slice(&u16::try_from(fraction).unwrap_or(0).to_be_bytes());
        tail[2..].copy_from_slice(&next_random().to_le_bytes());
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallId({self})")
    }
}

impl FromStr for CallId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        uuid::Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| "a call id is a UUID, as in the x-marshal-call-id header")
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014), seeded by the operating system once a thread: an id has to be unique, not
/// secret, and a system call for each would cost more than the id.
fn next_random() -> u64 {
    use std::cell::Cell;
    thread_local! {
        static STATE: Cell<u64> = Cell::new(u64::from_le_bytes(random_bytes()));
    }
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        state.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_ids_sort_by_time_and_do_not_repeat() {
        let at = |micros| CallId::at(Duration::from_micros(micros));
        let (early, late) = (at(1_795_377_944_000_001), at(1_795_377_944_000_002));
        assert!(early < late);
        assert!(late < at(1_795_377_944_001_000));
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| at(7)).collect();
        assert_eq!(ids.len(), 10_000);
        assert_eq!(early.to_string().parse(), Ok(early));
    }
}
