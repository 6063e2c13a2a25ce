//! Limits, budgets, keys and cache, embedded.
