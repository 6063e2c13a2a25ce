//! A mock provider, a replay provider and a load generator: HTTP only.
