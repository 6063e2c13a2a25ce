//! The Responses dialect of OpenAI, whole and streamed.
