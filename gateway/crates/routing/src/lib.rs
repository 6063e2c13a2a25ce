//! Filters, scores and plans: which target a call should go to, and why.
