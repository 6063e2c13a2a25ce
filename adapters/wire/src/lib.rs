//! Wire formats without I/O: JSON with places, server-sent events, error envelopes.
