//! Cohere's chat dialect, version 2, whole and streamed.
