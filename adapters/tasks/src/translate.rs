//! A question in the words of another dialect, and its answer back.

use marshal_adapter_api::{Encoded, Malformed, Object, Untranslatable, index};
use marshal_types::Surface;
use marshal_wire::json::Doc;

use crate::embed::{self, Encoding};
use crate::meta::counted;
use crate::rerank;

/// The doors through which texts are embedded, those first that most providers have.
const EMBED: [Surface; 4] = [
    Surface::Embeddings,
    Surface::EmbedContent,
    Surface::CohereEmbed,
    Surface::OllamaEmbed,
];

/// What a client expects of the answer to its question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The model's name, as the client is to see it.
    pub model: String,
    /// An id for the answer, where the client's dialect has one; else the provider's own stands.
    pub id: Option<String>,
    /// How vectors are to be written.
    pub encoding: Encoding,
    /// One text was asked for, and one vector is expected.
    pub single: bool,
    /// Documents that the answer repeats; none where the client did not ask for them.
    pub documents: Vec<String>,
    /// The client reads `data` where others read `results`.
    pub voyage: bool,
}

impl Asked {
    /// What the question `doc`, which came through `surface`, expects; `model` is the name that the client is to see.
    #[must_use]
    pub fn of(surface: Surface, doc: Doc<'_>, model: &str) -> Self {
        let mut asked = Self {
            model: model.to_owned(),
            ..Self::default()
        };
        if EMBED.contains(&surface) {
            if let Ok(request) = embed::read_request(surface, doc) {
                asked.encoding = request.encoding;
                asked.single = request.single;
            }
        } else if surface == Surface::Rerank
            && let Ok(request) = rerank::read_request(doc)
        {
            asked.voyage = request.voyage;
            if request.echo {
                asked.documents = request.documents;
            }
        }
        asked
    }
}

/// Writes the question `doc`, which came through `from`, for one of the doors that a model's provider has.
///
/// # Errors
/// When none of them takes such a question, or what cannot be said there would change what it means.
pub fn translate_request(
    from: Surface,
    to: &[Surface],
    doc: Doc<'_>,
    model: &str,
) -> Result<(Surface, Encoded), Untranslatable> {
    if from == Surface::Rerank && to.contains(&from) {
        let encoded = rerank::translate_rerank(rerank::RerankStyle::Jina, doc, model)?;
        return Ok((from, encoded));
    }
    let target = EMBED
        .into_iter()
        .find(|surface| EMBED.contains(&from) && to.contains(surface));
    let Some(target) = target else {
        return Err(Untranslatable {
            message: format!(
                "This model's provider does not offer `{}`: ask another model.",
                from.as_str()
            ),
            param: Some("model".to_owned()),
        });
    };
    let request = embed::read_request(from, doc)?;
    let mut dropped = Vec::new();
    let names = embed::Names::of(from, request.single);
    let body = embed::write_request(target, &request, model, &names, &mut dropped);
    Ok((target, Encoded { body, dropped }))
}

/// Writes the answer `body` of a provider's door `from` for a client that came through `to`.
///
/// # Errors
/// When it is no such answer.
pub fn translate_response(
    from: Surface,
    to: Surface,
    body: &[u8],
    asked: &Asked,
) -> Result<Encoded, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let body = if from == Surface::Rerank {
        rerank::write_response(&rerank::read_response(doc)?, asked)
    } else if let Some(count) = count_of(from, doc) {
        count_answer(to, count)
    } else {
        embed::write_answer(to, &embed::read_answer(from, doc)?, asked)
    };
    Ok(Encoded {
        body,
        dropped: Vec::new(),
    })
}

fn count_of(from: Surface, doc: Doc<'_>) -> Option<u64> {
    matches!(
        from,
        Surface::CountTokens | Surface::GeminiCountTokens | Surface::ResponseTools
    )
    .then(|| counted(doc))
    .flatten()
}

fn count_answer(to: Surface, count: u64) -> Vec<u8> {
    let mut body = Vec::new();
    let mut root = Object::new(&mut body);
    match to {
        Surface::GeminiCountTokens => root.u64("totalTokens", count),
        Surface::ResponseTools => {
            root.str("object", "response.input_tokens");
            root.u64("input_tokens", count);
        }
        _ => root.u64("input_tokens", count),
    }
    drop(root);
    body
}
