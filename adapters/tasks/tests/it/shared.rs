//! Recorded traffic, and the doors that it would have come through.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use marshal_types::{Dialect, Surface};
use marshal_wire::json::{Index, Limits};
use serde_json::Value;

/// One recorded exchange that answered a question that is no conversation.
pub(crate) struct Exchange {
    pub(crate) id: String,
    pub(crate) surface: Surface,
    pub(crate) dialect: Dialect,
    /// The model in the address.
    pub(crate) named: Option<String>,
    pub(crate) stream: bool,
    pub(crate) request: Request,
    pub(crate) media: String,
    pub(crate) answer: Vec<u8>,
}

pub(crate) enum Request {
    Json(Bytes),
    Form(Bytes, String),
    Unknown,
}

/// Every recorded exchange that went well; none, with a printed reason, where the folder is missing.
pub(crate) fn exchanges() -> Vec<Exchange> {
    let folder = std::env::var("MARSHAL_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let cassettes = folder.join("cassettes");
    let Ok(providers) = fs::read_dir(&cassettes) else {
        println!("skipped: no recordings at {}", cassettes.display());
        return Vec::new();
    };
    let mut all = Vec::new();
    for provider in providers
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        for file in fs::read_dir(provider)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if file
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
                let text = fs::read_to_string(file).unwrap();
                all.extend(
                    text.lines()
                        .filter_map(|line| exchange(&serde_json::from_str(line).unwrap())),
                );
            }
        }
    }
    assert!(!all.is_empty());
    all
}

fn exchange(line: &Value) -> Option<Exchange> {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let api = text("api");
    let (surface, dialect) = door(api, text("url_path"))?;
    if line["status"] != 200 || text("method") != "POST" && !text("method").is_empty() {
        return None;
    }
    let body = &line["request_body"];
    let media = line["request_headers"]["content-type"]
        .as_str()
        .unwrap_or_default();
    let request = if let Some(coded) = body["$base64"].as_str() {
        let bytes = Bytes::from(STANDARD.decode(coded).unwrap());
        match marshal_wire::multipart::boundary(media) {
            Some(boundary) => Request::Form(bytes, boundary),
            None => Request::Unknown,
        }
    } else if body.is_object() {
        Request::Json(Bytes::from(body.to_string()))
    } else {
        Request::Unknown
    };
    let answer = match (&line["response_body"], text("response_encoding")) {
        (Value::String(text), "base64") => STANDARD.decode(text).unwrap(),
        (Value::String(text), _) => text.clone().into_bytes(),
        (Value::Null, _) => return None,
        (other, _) => other.to_string().into_bytes(),
    };
    Some(Exchange {
        id: format!("{api} {}", text("id")),
        surface,
        dialect,
        named: model_of(text("url_path")),
        stream: line["stream"] == true,
        request,
        media: line["response_headers"]["content-type"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        answer,
    })
}

fn model_of(path: &str) -> Option<String> {
    let named = path
        .split_once("/model/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .or_else(|| {
            path.split_once("/models/")
                .and_then(|(_, rest)| rest.split_once(':'))
        })?;
    Some(named.0.replace("%3A", ":"))
}

fn door(api: &str, path: &str) -> Option<(Surface, Dialect)> {
    let path = path.split('?').next().unwrap_or_default();
    let openai = |surface| Some((surface, Dialect::OpenAi));
    if path.contains("/organization/") || path.contains("/prompts/") || api == "cohere.v1.embed" {
        return None;
    }
    if api.starts_with("bedrock.invoke") {
        return (!path.contains("anthropic")).then_some((Surface::Invoke, Dialect::Bedrock));
    }
    let last = path.rsplit(['/', ':']).next().unwrap_or_default();
    match last {
        "completions" if !path.contains("/chat/") => openai(Surface::Completions),
        "embeddings" if api.starts_with("ollama") => Some((Surface::OllamaEmbed, Dialect::Ollama)),
        "embeddings" => openai(Surface::Embeddings),
        "moderations" => openai(Surface::Moderations),
        "speech" => openai(Surface::Speech),
        "transcriptions" | "translations" => openai(Surface::Transcriptions),
        "generations" => openai(Surface::ImageGenerations),
        "edits" | "variations" => openai(Surface::ImageEdits),
        "rerank" => Some((Surface::Rerank, Dialect::Cohere)),
        "input_tokens" | "compact" => Some((Surface::ResponseTools, Dialect::Responses)),
        "count_tokens" => Some((Surface::CountTokens, Dialect::Anthropic)),
        "countTokens" => Some((Surface::GeminiCountTokens, Dialect::Gemini)),
        "embedContent" | "batchEmbedContents" => Some((Surface::EmbedContent, Dialect::Gemini)),
        "embed" if api.starts_with("ollama") => Some((Surface::OllamaEmbed, Dialect::Ollama)),
        "embed" => Some((Surface::CohereEmbed, Dialect::Cohere)),
        "generate" if api.starts_with("ollama") => Some((Surface::OllamaGenerate, Dialect::Ollama)),
        _ => None,
    }
}

pub(crate) fn index(body: &[u8]) -> Index {
    Index::parse(body, &Limits::default()).unwrap()
}
