//! Where a recorded stream is cut.

use bytes::Bytes;

use crate::random::Random;

/// The longest piece of a random cut, in bytes.
const LONGEST: usize = 64;

/// A way to cut a body into pieces; the pieces together are the body.
#[derive(Clone, Debug)]
pub struct Cut(Lengths);

#[derive(Clone, Debug)]
enum Lengths {
    Fixed(usize),
    Random(Random),
}

impl Cut {
    /// Pieces of `bytes` bytes; 0 does not cut.
    #[must_use]
    pub fn every(bytes: usize) -> Self {
        Self(Lengths::Fixed(bytes))
    }

    /// Pieces of 1 to 64 bytes, for every body the same ones by this seed.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        Self(Lengths::Random(Random::new(seed)))
    }

    /// Whether bodies stay whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.0, Lengths::Fixed(0))
    }

    /// The pieces of `body`, in order, none empty.
    pub fn pieces(&self, body: Bytes) -> impl Iterator<Item = Bytes> + Send + use<> {
        let mut lengths = self.0.clone();
        let mut rest = body;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let length = match &mut lengths {
                Lengths::Fixed(0) => rest.len(),
                Lengths::Fixed(bytes) => *bytes,
                Lengths::Random(random) => 1 + random.below(LONGEST),
            };
            Some(rest.split_to(length.min(rest.len())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_gives_back_the_same_bytes() {
        let body = Bytes::from((0..=255).collect::<Vec<u8>>());
        for cut in [
            Cut::every(0),
            Cut::every(1),
            Cut::every(7),
            Cut::random(1),
            Cut::random(2),
        ] {
            let pieces: Vec<Bytes> = cut.pieces(body.clone()).collect();
            assert!(pieces.iter().all(|piece| !piece.is_empty()));
            assert_eq!(pieces.concat(), body);
        }
        assert_eq!(Cut::every(1).pieces(body.clone()).count(), 256);
        assert_eq!(Cut::every(0).pieces(body).count(), 1);
    }

    #[test]
    fn a_seed_cuts_the_same_way_twice() {
        let body = Bytes::from(vec![b'x'; 500]);
        let lengths = |seed| -> Vec<usize> {
            Cut::random(seed)
                .pieces(body.clone())
                .map(|piece| piece.len())
                .collect()
        };
        assert_eq!(lengths(3), lengths(3));
        assert_ne!(lengths(3), lengths(4));
    }
}
