//! The governed way of a call: one recipe, one folder a step.
