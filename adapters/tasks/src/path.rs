//! Where a question is asked at its provider.

use std::borrow::Cow;

use marshal_types::{Dialect, Surface};

/// What is appended to a provider's base URL, which includes its version, as `Adapter::upstream_path` does.
///
/// `client_tail` tells apart what one door takes: `/images/variations`, `/audio/translations`, `/responses/compact`,
/// `embedContent`, `invoke-with-response-stream`; of what a provider keeps it is the path itself
/// (`/files/file-1/content`), out of which steps to a parent folder are left.
#[must_use]
pub fn upstream_path(surface: Surface, dialect: Dialect, client_tail: &str, model: &str) -> String {
    let last = client_tail
        .trim_end_matches('/')
        .rsplit(['/', ':'])
        .next()
        .unwrap_or_default();
    match surface {
        Surface::Completions => "/completions".to_owned(),
        Surface::Embeddings => "/embeddings".to_owned(),
        Surface::Moderations => "/moderations".to_owned(),
        Surface::ImageGenerations => "/images/generations".to_owned(),
        Surface::ImageEdits if last == "variations" => "/images/variations".to_owned(),
        Surface::ImageEdits => "/images/edits".to_owned(),
        Surface::Speech => "/audio/speech".to_owned(),
        Surface::Transcriptions if last == "translations" => "/audio/translations".to_owned(),
        Surface::Transcriptions => "/audio/transcriptions".to_owned(),
        Surface::ResponseTools if last == "compact" => "/responses/compact".to_owned(),
        Surface::ResponseTools => "/responses/input_tokens".to_owned(),
        Surface::CountTokens => "/messages/count_tokens".to_owned(),
        Surface::GeminiCountTokens => google(model, "countTokens"),
        Surface::EmbedContent if last == "embedContent" => google(model, "embedContent"),
        // What is translated comes with a list of texts, whatever the client's own tail is.
        Surface::EmbedContent => google(model, "batchEmbedContents"),
        Surface::Rerank => "/rerank".to_owned(),
        Surface::CohereEmbed => "/embed".to_owned(),
        Surface::OllamaEmbed if last == "embeddings" && dialect == Dialect::Ollama => {
            "/embeddings".to_owned()
        }
        Surface::OllamaEmbed => "/embed".to_owned(),
        Surface::OllamaGenerate => "/generate".to_owned(),
        Surface::Invoke => {
            let method = match last {
                "invoke-with-response-stream" => last,
                _ => "invoke",
            };
            format!("/model/{}/{method}", escaped(model))
        }
        Surface::StoredResponses => below("/responses", client_tail),
        Surface::Files => below("/files", client_tail),
        Surface::Batches if client_tail.starts_with("/messages") => below("/messages", client_tail),
        Surface::Batches => below("/batches", client_tail),
        _ => kept(client_tail).into_owned(),
    }
}

/// A method on a model, which may be named with its folder.
fn google(model: &str, method: &str) -> String {
    let (folder, name) = match model.rsplit_once('/') {
        Some((folder, name)) if folder.ends_with("models") || folder.ends_with("tunedModels") => {
            (folder, name)
        }
        _ => ("models", model),
    };
    let folders: Vec<_> = folder.split('/').map(escaped).collect();
    format!("/{}/{}:{method}", folders.join("/"), escaped(name))
}

/// A path below `root`, whether the client's tail names it or only what follows it.
fn below(root: &str, tail: &str) -> String {
    let tail = kept(tail);
    let rest = tail
        .strip_prefix(root)
        .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    match rest {
        Some(_) => tail.into_owned(),
        None => format!("{root}{tail}"),
    }
}

/// A path without steps to its own or its parent's folder, however they are spelled: `..`, `%2e%2E`, `x%2f..`.
fn kept(path: &str) -> Cow<'_, str> {
    let (path, query) = path.find('?').map_or((path, ""), |at| path.split_at(at));
    let start = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    let pieces: Vec<&str> = path.split('/').filter(|piece| !steps(piece)).collect();
    Cow::Owned(format!("{start}{}{query}", pieces.join("/")))
}

fn steps(piece: &str) -> bool {
    if !piece.contains(['.', '%']) {
        return false;
    }
    let plain = piece
        .replace("%2e", ".")
        .replace("%2E", ".")
        .replace("%2f", "/")
        .replace("%2F", "/")
        .replace("%5c", "/")
        .replace("%5C", "/");
    plain
        .split(['/', '\\'])
        .any(|step| matches!(step, "." | ".."))
}

fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_its_path() {
        let path = |surface, dialect, tail| upstream_path(surface, dialect, tail, "m");
        for (surface, dialect, tail, expected) in [
            (
                Surface::Embeddings,
                Dialect::OpenAi,
                "/embeddings",
                "/embeddings",
            ),
            (
                Surface::ImageEdits,
                Dialect::OpenAi,
                "/images/variations",
                "/images/variations",
            ),
            (
                Surface::Transcriptions,
                Dialect::OpenAi,
                "/v1/audio/translations/",
                "/audio/translations",
            ),
            (
                Surface::ResponseTools,
                Dialect::Responses,
                "/responses/compact",
                "/responses/compact",
            ),
            (
                Surface::CountTokens,
                Dialect::Anthropic,
                "",
                "/messages/count_tokens",
            ),
            (
                Surface::EmbedContent,
                Dialect::Gemini,
                "embedContent",
                "/models/m:embedContent",
            ),
            (
                Surface::EmbedContent,
                Dialect::Gemini,
                "/embeddings",
                "/models/m:batchEmbedContents",
            ),
            (
                Surface::GeminiCountTokens,
                Dialect::Gemini,
                "countTokens",
                "/models/m:countTokens",
            ),
            (
                Surface::OllamaEmbed,
                Dialect::Ollama,
                "/api/embeddings",
                "/embeddings",
            ),
            (Surface::OllamaEmbed, Dialect::Ollama, "/v2/embed", "/embed"),
            (
                Surface::Invoke,
                Dialect::Bedrock,
                "invoke-with-response-stream",
                "/model/m/invoke-with-response-stream",
            ),
            (
                Surface::Files,
                Dialect::OpenAi,
                "/files/file-1/content?after=a",
                "/files/file-1/content?after=a",
            ),
            (Surface::Files, Dialect::OpenAi, "", "/files"),
            (
                Surface::Batches,
                Dialect::Anthropic,
                "/messages/batches/b",
                "/messages/batches/b",
            ),
            (
                Surface::Batches,
                Dialect::OpenAi,
                "/batch_1/cancel",
                "/batches/batch_1/cancel",
            ),
            (
                Surface::Passthrough,
                Dialect::OpenAi,
                "/v1/fine_tuning/jobs",
                "/v1/fine_tuning/jobs",
            ),
        ] {
            assert_eq!(path(surface, dialect, tail), expected, "{surface:?} {tail}");
        }
    }

    #[test]
    fn no_path_leads_out_of_its_folder() {
        for tail in [
            "/../chat/completions",
            "/%2e%2E/chat/completions",
            "/x%2f..%2fy/chat/completions",
            "/./chat/completions",
            "/..%5c/chat/completions",
        ] {
            let path = upstream_path(Surface::Files, Dialect::OpenAi, tail, "");
            assert_eq!(path, "/files/chat/completions", "{tail}");
        }
        assert_eq!(
            upstream_path(
                Surface::Passthrough,
                Dialect::OpenAi,
                "/projects/a%2Fb/v1..2",
                ""
            ),
            "/projects/a%2Fb/v1..2"
        );
    }

    #[test]
    fn a_models_name_cannot_change_the_path() {
        let path = upstream_path(
            Surface::Invoke,
            Dialect::Bedrock,
            "invoke",
            "arn:aws:x/../y?z",
        );
        assert_eq!(path, "/model/arn%3Aaws%3Ax%2F..%2Fy%3Fz/invoke");
        assert_eq!(
            google("tunedModels/a b", "embedContent"),
            "/tunedModels/a%20b:embedContent"
        );
        assert_eq!(google("a/b", "embedContent"), "/models/a%2Fb:embedContent");
    }
}
