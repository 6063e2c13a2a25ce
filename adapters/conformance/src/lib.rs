//! Recorded provider traffic, run through every dialect.
