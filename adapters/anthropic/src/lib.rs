//! The Anthropic dialect: messages, whole and streamed.
