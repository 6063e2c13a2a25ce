//! What a model can do, and what a call needs.

/// What a model can do, or what a call needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Capabilities {
    /// Calls tools.
    pub tools: bool,
    /// Sees images.
    pub vision: bool,
    /// Answers to a JSON schema.
    pub json_schema: bool,
    /// Thinks before it answers.
    pub thinking: bool,
    /// Reads documents.
    pub documents: bool,
    /// Hears audio.
    pub audio: bool,
}

impl Capabilities {
    /// Every one.
    pub const ALL: Self = Self {
        tools: true,
        vision: true,
        json_schema: true,
        thinking: true,
        documents: true,
        audio: true,
    };

    /// Each with its word in `marshal.yaml`, and whether it is there.
    #[must_use]
    pub const fn words(self) -> [(&'static str, bool); 6] {
        [
            ("tools", self.tools),
            ("vision", self.vision),
            ("json_schema", self.json_schema),
            ("thinking", self.thinking),
            ("documents", self.documents),
            ("audio", self.audio),
        ]
    }

    /// The same with the one of that word added; an unknown word adds nothing.
    #[must_use]
    pub fn with(mut self, word: &str) -> Self {
        match word {
            "tools" => self.tools = true,
            "vision" => self.vision = true,
            "json_schema" => self.json_schema = true,
            "thinking" => self.thinking = true,
            "documents" => self.documents = true,
            "audio" => self.audio = true,
            _ => {}
        }
        self
    }
}
