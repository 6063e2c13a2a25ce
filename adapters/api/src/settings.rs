//! How a request wants its answer made, for whoever watches: where each dialect says it, and what was found there.

use marshal_wire::json::{Doc, Kind, NodeId};

/// Paths of members, their names joined by dots, the usual one first; none for what the dialect has no word for.
type Paths = &'static [&'static str];

/// Where requests say how an answer is to be made.
#[derive(Clone, Copy, Debug)]
pub struct SettingPaths {
    /// The temperature.
    pub temperature: Paths,
    /// Nucleus sampling.
    pub top_p: Paths,
    /// So many candidates for each token.
    pub top_k: Paths,
    /// The penalty for what was said often.
    pub frequency_penalty: Paths,
    /// The penalty for what was said at all.
    pub presence_penalty: Paths,
    /// The seed.
    pub seed: Paths,
    /// A word for the answer's form, or the schema that it has to follow.
    pub output: Paths,
    /// The conversation that the provider keeps.
    pub conversation: Paths,
    /// How the numbers of an embedding are to be written: a word, or a list.
    pub encodings: Paths,
    /// How many numbers an embedding is to have.
    pub dimensions: Paths,
}

impl SettingPaths {
    /// Of a dialect that has no word for any of them.
    pub const NONE: Self = Self {
        temperature: &[],
        top_p: &[],
        top_k: &[],
        frequency_penalty: &[],
        presence_penalty: &[],
        seed: &[],
        output: &[],
        conversation: &[],
        encodings: &[],
        dimensions: &[],
    };

    /// Of embeddings, whatever the dialect.
    pub const EMBEDDINGS: Self = Self {
        encodings: &["encoding_format", "embedding_types"],
        dimensions: &[
            "dimensions",
            "output_dimension",
            "outputDimensionality",
            "output_dimensionality",
        ],
        ..Self::NONE
    };
}

/// What a request says of how its answer is to be made. What is of another type than it should be is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// So many candidates for each token.
    pub top_k: Option<f64>,
    /// The penalty for what was said often.
    pub frequency_penalty: Option<f64>,
    /// The penalty for what was said at all.
    pub presence_penalty: Option<f64>,
    /// The seed.
    pub seed: Option<i64>,
    /// The answer's form.
    pub output: Option<OutputForm>,
    /// The provider's id of the conversation that the call is part of.
    pub conversation: Option<String>,
    /// How the numbers of an embedding are to be written; words that no dialect has are left out.
    pub encodings: Vec<&'static str>,
    /// How many numbers an embedding is to have.
    pub dimensions: Option<u64>,
}

/// In which form an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputForm {
    /// As people write.
    Text,
    /// JSON, by a schema or without one.
    Json,
}

/// Sources: the reference pages of OpenAI (embeddings) and Cohere (embed).
const ENCODINGS: [&str; 6] = ["float", "base64", "int8", "uint8", "binary", "ubinary"];

impl Settings {
    /// Looks for each at its paths.
    #[must_use]
    pub fn read(doc: Doc<'_>, paths: &SettingPaths) -> Self {
        let number = |paths| find(doc, paths).and_then(|node| doc.f64(node));
        let encodings = find(doc, paths.encodings).map_or_else(Vec::new, |node| {
            let known = |node| {
                let word = doc.str(node)?;
                ENCODINGS.into_iter().find(|known| *known == word)
            };
            match doc.kind(node) {
                Kind::Array => doc.children(node).filter_map(known).collect(),
                _ => known(node).into_iter().collect(),
            }
        });
        Self {
            temperature: number(paths.temperature),
            top_p: number(paths.top_p),
            top_k: number(paths.top_k),
            frequency_penalty: number(paths.frequency_penalty),
            presence_penalty: number(paths.presence_penalty),
            seed: find(doc, paths.seed).and_then(|node| whole(doc, node)),
            output: find(doc, paths.output).and_then(|node| form(doc, node)),
            conversation: find(doc, paths.conversation)
                .and_then(|node| doc.str(node))
                .map(std::borrow::Cow::into_owned),
            encodings,
            dimensions: find(doc, paths.dimensions).and_then(|node| doc.u64(node)),
        }
    }
}

/// What stands at the first path that leads to something, `null` aside.
fn find(doc: Doc<'_>, paths: Paths) -> Option<NodeId> {
    paths.iter().find_map(|path| {
        let mut steps = path.split('.');
        let found = steps.try_fold(doc.root(), |node, name| doc.get(node, name));
        found.filter(|node| !matches!(doc.kind(*node), Kind::Null))
    })
}

fn whole(doc: Doc<'_>, node: NodeId) -> Option<i64> {
    match doc.kind(node) {
        Kind::Number => std::str::from_utf8(doc.raw(node)).ok()?.parse().ok(),
        _ => None,
    }
}

fn form(doc: Doc<'_>, node: NodeId) -> Option<OutputForm> {
    if doc.kind(node) == Kind::Object {
        return Some(OutputForm::Json);
    }
    match &*doc.str(node)? {
        "json" | "json_object" | "json_schema" | "application/json" => Some(OutputForm::Json),
        "text" | "text/plain" => Some(OutputForm::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_type_is_left_out_and_the_first_path_that_leads_somewhere_counts() {
        let paths = SettingPaths {
            temperature: &["t"],
            seed: &["options.seed", "seed"],
            output: &["format"],
            conversation: &["conversation.id", "conversation"],
            ..SettingPaths::EMBEDDINGS
        };
        let read = |body: &str| {
            let index = crate::index(body.as_bytes()).unwrap();
            Settings::read(index.doc(body.as_bytes()), &paths)
        };
        let all = read(
            r#"{"t":1,"options":{"seed":null},"seed":-7,"format":{},"conversation":{"id":"c"},"embedding_types":["int8","Ada"],"dimensions":3}"#,
        );
        let expected = Settings {
            temperature: Some(1.0),
            seed: Some(-7),
            output: Some(OutputForm::Json),
            conversation: Some("c".to_owned()),
            encodings: vec!["int8"],
            dimensions: Some(3),
            ..Settings::default()
        };
        assert_eq!(all, expected);
        let odd = read(
            r#"{"t":"hot","seed":1.5,"format":"Ada","conversation":7,"encoding_format":"Ada","dimensions":-1}"#,
        );
        assert_eq!(odd, Settings::default());
        assert_eq!(read(r#"["t"]"#), Settings::default());
        let short = read(r#"{"conversation":"c","format":"text"}"#);
        assert_eq!(
            (short.conversation.as_deref(), short.output),
            (Some("c"), Some(OutputForm::Text))
        );
    }
}
