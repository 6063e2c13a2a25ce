//! How the shared types are written in a record, where they do not say so themselves.

use std::borrow::Cow;
use std::fmt;

use marshal_types::Digest;
use serde::de::{self, Visitor};
use serde::{Deserializer, Serializer};

/// Text that strangers choose is kept to this many bytes, so that no record grows without bound.
pub(crate) const TEXT_MAX: usize = 2_048;

/// The longest prefix of `text` that has at most [`TEXT_MAX`] bytes and ends between characters.
fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_MAX)]
}

pub(crate) mod clip {
    use super::{Cow, Serializer, clipped};
    use serde::Serialize;

    pub(crate) fn text<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(clipped(text))
    }

    pub(crate) fn option<S: Serializer>(
        text: &Option<Cow<'_, str>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        text.as_deref().map(clipped).serialize(to)
    }

    pub(crate) fn list<S: Serializer>(texts: &[Cow<'_, str>], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(texts.iter().map(|text| clipped(text)))
    }
}

/// A value written as its `Display` text and read back by `FromStr`.
pub(crate) mod text {
    use super::{Deserializer, Serializer, de, fmt};
    use serde::Deserialize;
    use std::str::FromStr;

    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

pub(crate) mod digest {
    use super::{Deserializer, Digest, HexVisitor, Serializer};
    use crate::chain::hex;

    pub(crate) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        let digits = hex(&digest.0);
        to.serialize_str(std::str::from_utf8(&digits).unwrap_or_default())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        from.deserialize_str(HexVisitor)
    }
}

pub(crate) mod digest_option {
    use super::{Deserializer, Digest, Serializer};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Hex(#[serde(with = "super::digest")] Digest);

    pub(crate) fn serialize<S: Serializer>(
        digest: &Option<Digest>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        digest.map(Hex).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Digest>, D::Error> {
        Ok(Option::<Hex>::deserialize(from)?.map(|hex| hex.0))
    }
}

/// `marshal_types::Usage` declares its fields in reading order; a record has them sorted.
pub(crate) mod usage {
    use super::Serializer;
    use marshal_types::Usage;
    use serde::Serialize;

    #[derive(Serialize)]
    struct Sorted {
        cache_read: u64,
        cache_write: u64,
        estimated: bool,
        input: u64,
        output: u64,
        reasoning: u64,
    }

    pub(crate) fn serialize<S: Serializer>(usage: &Usage, to: S) -> Result<S::Ok, S::Error> {
        Sorted {
            cache_read: usage.cache_read.0,
            cache_write: usage.cache_write.0,
            estimated: usage.estimated,
            input: usage.input.0,
            output: usage.output.0,
            reasoning: usage.reasoning.0,
        }
        .serialize(to)
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("64 lower-case hex digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
        crate::chain::unhex(text.as_bytes())
            .map(Digest)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
