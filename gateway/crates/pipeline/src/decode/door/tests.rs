use super::*;

#[test]
fn the_paths_that_sdks_use_lead_to_their_doors() {
    for (path, surface) in [
        ("/v1/chat/completions", Surface::ChatCompletions),
        ("/chat/completions", Surface::ChatCompletions),
        ("/openai/v1/chat/completions", Surface::ChatCompletions),
        ("/v1/messages", Surface::Messages),
        ("/anthropic/v1/messages", Surface::Messages),
        ("/messages", Surface::Messages),
        ("/v1/messages/count_tokens", Surface::CountTokens),
        ("/anthropic/v1/messages/count_tokens", Surface::CountTokens),
        ("/v1/responses", Surface::Responses),
        ("/v1/responses/input_tokens", Surface::ResponseTools),
        ("/v1/responses/resp_1/input_items", Surface::StoredResponses),
        ("/v1/embeddings", Surface::Embeddings),
        ("/v1/images/edits", Surface::ImageEdits),
        ("/v1/audio/transcriptions", Surface::Transcriptions),
        ("/v1/files", Surface::Files),
        ("/v1/files/file-1/content", Surface::Files),
        ("/v1/batches/b/cancel", Surface::Batches),
        ("/v1/messages/batches", Surface::Batches),
        ("/v1/rerank", Surface::Rerank),
        ("/v2/rerank", Surface::Rerank),
        ("/cohere/v2/chat", Surface::CohereChat),
        ("/v2/embed", Surface::CohereEmbed),
        ("/api/chat", Surface::OllamaChat),
        ("/api/tags", Surface::Models),
        ("/v1beta/models", Surface::Models),
        ("/v1/realtime", Surface::Realtime),
    ] {
        assert_eq!(door(path).map(|door| door.surface), Some(surface), "{path}");
    }
    assert_eq!(door("/v1/nonsense"), None);
}

#[test]
fn an_address_may_name_the_model_and_whether_to_stream() {
    for (path, surface, model, stream) in [
        (
            "/v1beta/models/gemini-x:generateContent",
            Surface::GenerateContent,
            "gemini-x",
            Some(false),
        ),
        (
            "/gemini/v1beta/models/openai%2Fgpt:streamGenerateContent",
            Surface::GenerateContent,
            "openai/gpt",
            Some(true),
        ),
        (
            "/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
            Surface::GenerateContent,
            "g",
            Some(false),
        ),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude@1:streamRawPredict",
            Surface::InvokeMessages,
            "claude@1",
            Some(true),
        ),
        (
            "/v1beta/models/e:embedContent",
            Surface::EmbedContent,
            "e",
            None,
        ),
        (
            "/bedrock/model/us.anthropic.claude%3A0/converse-stream",
            Surface::Converse,
            "us.anthropic.claude:0",
            Some(true),
        ),
        (
            "/bedrock/model/amazon.titan/invoke",
            Surface::Invoke,
            "amazon.titan",
            Some(false),
        ),
        (
            "/openai/deployments/gpt-4o/chat/completions",
            Surface::ChatCompletions,
            "gpt-4o",
            None,
        ),
        (
            "/v1/models/openai%2Fgpt",
            Surface::Models,
            "openai/gpt",
            None,
        ),
    ] {
        let found = door(path).unwrap();
        assert_eq!(
            (found.surface, found.model.as_deref(), found.stream),
            (surface, Some(model), stream),
            "{path}"
        );
    }
}

#[test]
fn a_path_of_a_provider_is_the_door_that_it_would_be_here() {
    let found = door("/passthrough/anthropic/v1/messages").unwrap();
    assert_eq!(
        (found.surface, found.provider),
        (Surface::Messages, Some("anthropic"))
    );
    let found = door("/passthrough/aws/model/m/converse").unwrap();
    assert_eq!(
        (found.surface, found.provider),
        (Surface::Converse, Some("aws"))
    );
    let found = door("/passthrough/openai/v1/fine_tuning/jobs").unwrap();
    assert_eq!(
        (found.surface, found.tail),
        (Surface::Passthrough, "/v1/fine_tuning/jobs")
    );
    assert_eq!(door("/passthrough/openai"), None);
    let found = door("/passthrough/openai/v1/files/file-1").unwrap();
    assert_eq!(
        (found.surface, found.tail, found.provider),
        (Surface::Files, "/files/file-1", Some("openai")),
        "whose a file is counts on this way too"
    );
    for hidden in [
        "/passthrough/o/v1/%66iles/file-1",
        "/passthrough/o/v1/x/%2e%2e/files/file-1",
        "/passthrough/o/v1%2Ffiles/file-1",
    ] {
        assert_eq!(door(hidden), None, "{hidden}");
    }
    for doubled in [
        "/v1//files/file-1",
        "/v1/files//file-1",
        "/passthrough/o//v1/files/file-1",
    ] {
        assert_eq!(door(doubled), None, "{doubled}");
    }
}

#[test]
fn a_closed_door_says_that_it_is_closed_and_not_that_it_is_missing() {
    let of = |path: &str| of_request(&http::Method::POST, path).unwrap_err().code;
    assert_eq!(of("/v1/assistants"), Code::SurfaceNotGoverned);
    assert_eq!(
        of("/v1beta/models/g:predictLongRunning"),
        Code::SurfaceNotGoverned
    );
    assert_eq!(of("/v1/nonsense"), Code::UnknownEndpoint);
    assert_eq!(of("/v1/models"), Code::MethodNotAllowed);
}

#[test]
fn a_gemini_client_says_how_its_stream_is_framed() {
    let found = door("/v1beta/models/g:streamGenerateContent").unwrap();
    assert_eq!(framing(&found, Some("alt=sse")), Framing::Sse);
    assert_eq!(framing(&found, None), Framing::JsonArray);
}

#[test]
fn an_escaped_slash_in_a_model_name_is_a_slash() {
    assert_eq!(percent_decoded("demo%2fdemo-chat"), "demo/demo-chat");
    assert_eq!(percent_decoded("50%"), "50%");
}
