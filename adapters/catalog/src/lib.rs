//! Providers, models, prices and capabilities as data.
