//! What policies demand of a request beside its words: written into the finished body, in the dialect that the provider
//! reads. One place knows which member says it.

use marshal_types::Dialect;
use marshal_wire::json::{Doc, Edits, Kind, NodeId};

/// Where a dialect bounds an answer: the spellings of the object that holds the bound (none is the root), and the names
/// of the bound in it.
const fn limit_of(dialect: Dialect) -> (Names, Names) {
    match dialect {
        Dialect::OpenAi => (&[], &["max_completion_tokens", "max_tokens"]),
        Dialect::Anthropic | Dialect::Cohere => (&[], &["max_tokens"]),
        Dialect::Responses => (&[], &["max_output_tokens"]),
        // Google's servers read both spellings of every name.
        Dialect::Gemini => (
            &["generationConfig", "generation_config"],
            &["maxOutputTokens", "max_output_tokens"],
        ),
        Dialect::Bedrock => (&["inferenceConfig"], &["maxTokens"]),
        Dialect::Ollama => (&["options"], &["num_predict"]),
    }
}

type Names = &'static [&'static str];

/// OpenAI's own newer models refuse `max_tokens`; other providers know only that word.
#[must_use]
pub fn takes_new_limit(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let reasoning = name
        .strip_prefix('o')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    reasoning
        || name.starts_with("chatgpt-")
        || (name.starts_with("gpt-") && !name.starts_with("gpt-oss"))
}

/// Bounds an answer: a longer bound is lowered, a missing one is put in.
pub fn limit_output(dialect: Dialect, doc: Doc<'_>, most: u64, edits: &mut Edits) {
    let (within, mut names) = limit_of(dialect);
    let model = doc
        .get(doc.root(), "model")
        .and_then(|model| doc.str(model));
    if dialect == Dialect::OpenAi && model.is_some_and(|model| !takes_new_limit(&model)) {
        names = &["max_tokens", "max_completion_tokens"];
    }
    bound(doc, within, names, most, edits);
}

/// The same for texts that are gone on with: `/v1/completions` (no object), `/api/generate` (`options`).
pub fn limit_completion(ollama: bool, doc: Doc<'_>, most: u64, edits: &mut Edits) {
    match ollama {
        true => bound(doc, &["options"], &["num_predict"], most, edits),
        false => bound(doc, &[], &["max_tokens"], most, edits),
    }
}

/// Tells the provider to keep nothing of the answer, where its dialect has a word for that. Where it has none, nothing
/// is kept that one could ask for.
pub fn keep_nothing(dialect: Dialect, doc: Doc<'_>, edits: &mut Edits) {
    let keeps_unasked = match dialect {
        Dialect::Responses => true,
        Dialect::OpenAi => false,
        _ => return,
    };
    match doc.get(doc.root(), "store") {
        Some(node) if doc.raw(node) == b"false" => {}
        Some(node) => edits.replace(doc.span(node), *b"false"),
        None if keeps_unasked => edits.insert_member(doc, doc.root(), "store", b"false"),
        None => {}
    }
}

fn bound(doc: Doc<'_>, within: Names, names: Names, most: u64, edits: &mut Edits) {
    let Some(first) = within.first() else {
        return bound_in(doc, doc.root(), names, most, edits);
    };
    let mut there = false;
    for object in within.iter().filter_map(|name| doc.get(doc.root(), name)) {
        there = true;
        if doc.kind(object) == Kind::Object {
            bound_in(doc, object, names, most, edits);
        } else {
            edits.replace(doc.span(object), only(names, most));
        }
    }
    if !there {
        edits.insert_member(doc, doc.root(), first, only(names, most).as_bytes());
    }
}

/// An object with the bound and nothing else.
fn only(names: Names, most: u64) -> String {
    format!("{{\"{}\":{most}}}", names.first().unwrap_or(&""))
}

fn bound_in(doc: Doc<'_>, object: NodeId, names: Names, most: u64, edits: &mut Edits) {
    let mut bounded = false;
    for node in names.iter().filter_map(|name| doc.get(object, name)) {
        // What is no number, or a negative one, bounds nothing.
        let within = std::str::from_utf8(doc.raw(node))
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
            .is_some_and(|asked| asked <= most);
        if !within {
            edits.replace(doc.span(node), most.to_string());
        }
        bounded = true;
    }
    if let (false, Some(name)) = (bounded, names.first()) {
        edits.insert_member(doc, object, name, most.to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use marshal_wire::json::{Index, Limits};

    use super::*;

    fn edited(body: &str, edit: impl FnOnce(Doc<'_>, &mut Edits)) -> String {
        let index = Index::parse(body.as_bytes(), &Limits::default()).unwrap();
        let mut edits = Edits::new();
        edit(index.doc(body.as_bytes()), &mut edits);
        String::from_utf8(edits.apply(body.as_bytes())).unwrap()
    }

    #[test]
    fn an_answer_is_bounded_in_every_dialect() {
        for (dialect, body, want) in [
            (
                Dialect::OpenAi,
                r#"{"max_tokens":900}"#,
                r#"{"max_tokens":100}"#,
            ),
            (
                Dialect::OpenAi,
                r#"{"max_tokens":9,"max_completion_tokens":900}"#,
                r#"{"max_tokens":9,"max_completion_tokens":100}"#,
            ),
            (
                Dialect::OpenAi,
                r#"{"a":1}"#,
                r#"{"max_completion_tokens":100,"a":1}"#,
            ),
            (
                Dialect::OpenAi,
                r#"{"model":"gpt-5-mini"}"#,
                r#"{"max_completion_tokens":100,"model":"gpt-5-mini"}"#,
            ),
            (
                Dialect::OpenAi,
                r#"{"model":"llama3"}"#,
                r#"{"max_tokens":100,"model":"llama3"}"#,
            ),
            (
                Dialect::Anthropic,
                r#"{"max_tokens":100}"#,
                r#"{"max_tokens":100}"#,
            ),
            (
                Dialect::Responses,
                r#"{"max_output_tokens":null}"#,
                r#"{"max_output_tokens":100}"#,
            ),
            (
                Dialect::Gemini,
                r#"{"generationConfig":{"topK":1}}"#,
                r#"{"generationConfig":{"maxOutputTokens":100,"topK":1}}"#,
            ),
            (
                Dialect::Gemini,
                "{}",
                r#"{"generationConfig":{"maxOutputTokens":100}}"#,
            ),
            (
                Dialect::Gemini,
                r#"{"generation_config":{"max_output_tokens":900}}"#,
                r#"{"generation_config":{"max_output_tokens":100}}"#,
            ),
            (
                Dialect::Bedrock,
                r#"{"inferenceConfig":null}"#,
                r#"{"inferenceConfig":{"maxTokens":100}}"#,
            ),
            (
                Dialect::Ollama,
                r#"{"options":{"num_predict":-1}}"#,
                r#"{"options":{"num_predict":100}}"#,
            ),
        ] {
            let got = edited(body, |doc, edits| limit_output(dialect, doc, 100, edits));
            assert_eq!(got, want, "{dialect}");
        }
        assert_eq!(
            edited("{}", |doc, edits| limit_completion(true, doc, 5, edits)),
            r#"{"options":{"num_predict":5}}"#
        );
        assert_eq!(
            edited("{}", |doc, edits| limit_completion(false, doc, 5, edits)),
            r#"{"max_tokens":5}"#
        );
    }

    #[test]
    fn nothing_is_kept_where_a_dialect_could_keep_it() {
        for (dialect, body, want) in [
            (Dialect::Responses, "{}", r#"{"store":false}"#),
            (
                Dialect::Responses,
                r#"{"store":true}"#,
                r#"{"store":false}"#,
            ),
            (Dialect::OpenAi, r#"{"store":true}"#, r#"{"store":false}"#),
            (Dialect::OpenAi, "{}", "{}"),
            (Dialect::Anthropic, "{}", "{}"),
        ] {
            assert_eq!(
                edited(body, |doc, edits| keep_nothing(dialect, doc, edits)),
                want
            );
        }
    }
}
