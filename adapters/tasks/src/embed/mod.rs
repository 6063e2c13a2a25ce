//! Texts to vectors, in every dialect's words.
//!
//! One canonical request and answer; each dialect reads its own words into them and writes them in its own. What the
//! other side has no word for is reported by path, and refused where leaving it out would embed something else.

mod answer;
mod ask;
mod request;
mod vector;

pub(crate) use answer::{read as read_answer, write as write_answer};
pub(crate) use ask::{Names, write as write_request};
pub(crate) use request::read as read_request;

use marshal_types::Usage;

/// Texts to be embedded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbedRequest {
    /// The texts, each to become one vector.
    pub inputs: Vec<String>,
    /// How long the vectors are to be.
    pub dimensions: Option<u64>,
    /// What the vectors are for.
    pub purpose: Option<Purpose>,
    /// How the vectors are to be written.
    pub encoding: Encoding,
    /// Whether a text that is too long may be cut.
    pub truncate: Option<bool>,
    /// The client asked for one text and expects one vector, where its dialect tells the two apart.
    pub single: bool,
    /// Paths of members that the canonical form has no word for.
    pub beyond: Vec<String>,
}

/// Vectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbedResponse {
    /// One for each text, in the order of the texts. Single precision is all that any provider sends.
    pub vectors: Vec<Vec<f32>>,
    /// What was used, where the answer says.
    pub usage: Option<Usage>,
    /// The model that answered, where the answer says.
    pub model: Option<String>,
    /// The provider's id of the answer.
    pub id: Option<String>,
}

/// How a vector is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// An array of numbers.
    #[default]
    Float,
    /// Base64 of little-endian single-precision numbers.
    Base64,
}

/// What vectors are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Questions to find documents by.
    Query,
    /// Documents to be found.
    Document,
    /// Comparison of like texts.
    Similarity,
    /// Classification.
    Classification,
    /// Clustering.
    Clustering,
    /// Questions to find answers by.
    QuestionAnswering,
    /// Claims to find evidence by.
    FactVerification,
    /// Questions to find code by.
    CodeQuery,
}

impl Purpose {
    /// Each with Google's and, where it has one, Cohere's word.
    const WORDS: [(Self, &'static str, Option<&'static str>); 8] = [
        (Self::Query, "RETRIEVAL_QUERY", Some("search_query")),
        (
            Self::Document,
            "RETRIEVAL_DOCUMENT",
            Some("search_document"),
        ),
        (Self::Similarity, "SEMANTIC_SIMILARITY", None),
        (
            Self::Classification,
            "CLASSIFICATION",
            Some("classification"),
        ),
        (Self::Clustering, "CLUSTERING", Some("clustering")),
        (Self::QuestionAnswering, "QUESTION_ANSWERING", None),
        (Self::FactVerification, "FACT_VERIFICATION", None),
        (Self::CodeQuery, "CODE_RETRIEVAL_QUERY", None),
    ];

    /// From any dialect's word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "query" => return Some(Self::Query),
            "document" | "passage" => return Some(Self::Document),
            _ => {}
        }
        Self::WORDS
            .iter()
            .find(|(_, google, cohere)| *google == word || *cohere == Some(word))
            .map(|(purpose, _, _)| *purpose)
    }

    fn words(self) -> (&'static str, Option<&'static str>) {
        let found = Self::WORDS.iter().find(|(purpose, _, _)| *purpose == self);
        found.map_or(("RETRIEVAL_QUERY", None), |(_, google, cohere)| {
            (google, *cohere)
        })
    }

    pub(crate) fn google(self) -> &'static str {
        self.words().0
    }

    pub(crate) fn cohere(self) -> Option<&'static str> {
        self.words().1
    }
}
