//! Where and how a provider wants a request of a dialect: addresses, envelopes, signatures.
