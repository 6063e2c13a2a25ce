//! The two hash functions that the weights were trained with; both only look like the published MurmurHash.

/// MurmurHash64A: how a string becomes a number.
pub(crate) fn murmur64a(bytes: &[u8], seed: u64) -> u64 {
    const MULTIPLIER: u64 = 0xC6A4_A793_5BD1_E995;
    const SHIFT: u32 = 47;
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let mut key = u64::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        key ^= key >> SHIFT;
        hash = (hash ^ key.wrapping_mul(MULTIPLIER)).wrapping_mul(MULTIPLIER);
    }
    if !tail.is_empty() {
        let last = tail
            .iter()
            .rev()
            .fold(0, |last, byte| last << 8 | u64::from(*byte));
        hash = (hash ^ last).wrapping_mul(MULTIPLIER);
    }
    hash ^= hash >> SHIFT;
    hash = hash.wrapping_mul(MULTIPLIER);
    hash ^ hash >> SHIFT
}

/// The four row numbers of one value, before the remainder by the height of the table.
pub(crate) fn embedding_keys(value: u64, seed: u32) -> [u32; 4] {
    let seed = u64::from(seed);
    let mut first = value
        .wrapping_mul(0x87C3_7B91_1142_53D5)
        .rotate_left(31)
        .wrapping_mul(0x4CF5_AD43_2745_937F);
    first ^= seed ^ 8;
    let mut second = seed ^ 8;
    first = first.wrapping_add(second);
    second = second.wrapping_add(first);
    first = mix(first);
    second = mix(second);
    first = first.wrapping_add(second);
    second = second.wrapping_add(first);
    [
        first as u32,
        (first >> 32) as u32,
        second as u32,
        (second >> 32) as u32,
    ]
}

fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ hash >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_hash_as_in_training() {
        let known = [
            ("hello", 5983625672228268878),
            ("John", 11174346320140919546),
            ("john", 10866537600956246361),
            ("Paris", 10427160276079242800),
            ("東京", 9360021637096476946),
            ("'s", 16428057658620181782),
            ("12345678", 9871996032675327904),
            ("123456789abcdefgh", 4275926136390810747),
            ("X", 4918752717281726814),
        ];
        for (text, hash) in known {
            assert_eq!(murmur64a(text.as_bytes(), 1), hash, "{text}");
        }
    }

    #[test]
    fn table_rows_are_those_of_training() {
        let john = murmur64a(b"john", 1);
        assert_eq!(
            embedding_keys(john, 8),
            [2119793206, 1359902089, 1032206161, 4187336782]
        );
        assert_eq!(
            embedding_keys(101, 11),
            [1763378230, 3759297338, 627086936, 2342724702]
        );
        assert_eq!(
            embedding_keys(1, 12),
            [2938686206, 2291508213, 2246688320, 3554967022]
        );
    }
}
