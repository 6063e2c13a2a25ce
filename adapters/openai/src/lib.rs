//! The OpenAI dialect: chat completions, whole and streamed.
