//! Which door a path is.

use marshal_types::{Code, Refusal, Surface};

/// Doors that exist at providers and are not open here: their bodies would pass uninspected.
const CLOSED: [&str; 14] = [
    "responses",
    "embeddings",
    "completions",
    "moderations",
    "images",
    "audio",
    "files",
    "batches",
    "realtime",
    "rerank",
    "fine_tuning",
    "assistants",
    "threads",
    "vector_stores",
];

/// The same with all that lies below them.
const CLOSED_BELOW: [&str; 4] = ["/v1/messages/", "/v1beta/", "/v2/rerank", "/passthrough/"];

/// The surface of a path, and the model that the path names.
pub(crate) fn surface_of(path: &str) -> Option<(Surface, Option<&str>)> {
    match inner(path) {
        "chat/completions" => Some((Surface::ChatCompletions, None)),
        "messages" => Some((Surface::Messages, None)),
        "models" => Some((Surface::Models, None)),
        other => other
            .strip_prefix("models/")
            .filter(|id| !id.is_empty())
            .map(|id| (Surface::Models, Some(id))),
    }
}

/// The surface of a request.
pub(crate) fn of_request(
    method: &http::Method,
    path: &str,
) -> Result<(Surface, Option<String>), Refusal> {
    let Some((surface, id)) = surface_of(path) else {
        return Err(unknown(path));
    };
    let wanted = if surface == Surface::Models {
        http::Method::GET
    } else {
        http::Method::POST
    };
    if *method != wanted {
        let message = format!("This endpoint takes {wanted} requests only.");
        return Err(Refusal::new(Code::MethodNotAllowed, message));
    }
    Ok((surface, id.map(decode_percent)))
}

/// SDKs come with and without the version, and some put the dialect's name before it.
fn inner(path: &str) -> &str {
    let path = path.trim_start_matches('/').trim_end_matches('/');
    let path = path
        .strip_prefix("anthropic/")
        .or_else(|| path.strip_prefix("openai/"))
        .unwrap_or(path);
    path.strip_prefix("v1/").unwrap_or(path)
}

fn unknown(path: &str) -> Refusal {
    let first = inner(path).split('/').next().unwrap_or_default();
    let below = |root: &&str| path.starts_with(*root);
    if CLOSED.contains(&first) || CLOSED_BELOW.iter().any(below) {
        return Refusal::new(
            Code::SurfaceNotGoverned,
            "This endpoint is closed: the gateway does not yet inspect what would pass through it. \
             Use /v1/chat/completions or /v1/messages.",
        );
    }
    Refusal::new(
        Code::UnknownEndpoint,
        "There is no such endpoint. Use POST /v1/chat/completions, POST /v1/messages or GET /v1/models; \
         an SDK's base URL ends in /v1 for OpenAI clients and has no path for Anthropic clients.",
    )
}

/// `%2F` in a model's name: SDKs escape the slash of `provider/model`.
fn decode_percent(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let pair = (byte == b'%')
            .then(|| Some((hex(rest.next()?)?, hex(rest.next()?)?)))
            .flatten();
        if let Some((high, low)) = pair {
            out.push(high * 16 + low);
            bytes = rest;
        } else {
            out.push(byte);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_that_sdks_use_lead_to_their_doors() {
        for path in [
            "/v1/chat/completions",
            "/chat/completions",
            "/openai/v1/chat/completions",
        ] {
            assert_eq!(
                surface_of(path),
                Some((Surface::ChatCompletions, None)),
                "{path}"
            );
        }
        for path in ["/v1/messages", "/anthropic/v1/messages", "/messages"] {
            assert_eq!(surface_of(path), Some((Surface::Messages, None)), "{path}");
        }
        assert_eq!(
            surface_of("/v1/models/openai%2Fgpt"),
            Some((Surface::Models, Some("openai%2Fgpt")))
        );
        assert_eq!(surface_of("/v1/embeddings"), None);
    }

    #[test]
    fn a_closed_door_says_that_it_is_closed_and_not_that_it_is_missing() {
        let of = |path: &str| of_request(&http::Method::POST, path).unwrap_err().code;
        assert_eq!(of("/v1/embeddings"), Code::SurfaceNotGoverned);
        assert_eq!(of("/v1/messages/batches"), Code::SurfaceNotGoverned);
        assert_eq!(
            of("/v1beta/models/g:generateContent"),
            Code::SurfaceNotGoverned
        );
        assert_eq!(of("/v2/rerank"), Code::SurfaceNotGoverned);
        assert_eq!(of("/v1/nonsense"), Code::UnknownEndpoint);
        assert_eq!(of("/v1/models"), Code::MethodNotAllowed);
    }

    #[test]
    fn an_escaped_slash_in_a_model_name_is_a_slash() {
        let (_, id) = of_request(&http::Method::GET, "/v1/models/demo%2fdemo-chat").unwrap();
        assert_eq!(id.as_deref(), Some("demo/demo-chat"));
        assert_eq!(decode_percent("50%"), "50%");
    }
}
