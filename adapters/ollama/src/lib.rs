//! Ollama's own chat dialect, whole and streamed.
