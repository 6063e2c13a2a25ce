//! The Gemini dialect: generateContent, whole and streamed.
