//! Where a request goes.

use marshal_types::Dialect;

use crate::percent::encode;
use crate::{Platform, Wanted};

impl Platform {
    /// Where the platform's API begins if the operator does not say; `None` where only the operator can know.
    #[must_use]
    pub fn default_base_url(&self) -> Option<String> {
        match self {
            Self::Plain | Self::Azure { .. } => None,
            Self::Vertex { location, .. } => Some(match location.as_str() {
                "global" => "https://aiplatform.googleapis.com".to_owned(),
                "us" | "eu" => format!("https://aiplatform.{location}.rep.googleapis.com"),
                _ => format!("https://{location}-aiplatform.googleapis.com"),
            }),
            Self::Bedrock { region } => {
                let partition = if region.starts_with("cn-") {
                    "amazonaws.com.cn"
                } else {
                    "amazonaws.com"
                };
                Some(format!("https://bedrock-runtime.{region}.{partition}"))
            }
        }
    }

    /// The whole address of a request. Names in it are percent-encoded.
    #[must_use]
    pub fn address(&self, base_url: &str, wanted: &Wanted<'_>) -> String {
        let base = base_url.trim_end_matches('/');
        match self {
            Self::Plain => format!("{base}{}", wanted.path),
            Self::Azure {
                api_version,
                deployments,
            } => azure(base, api_version.as_deref(), *deployments, wanted),
            Self::Vertex { project, location } => vertex(base, project, location, wanted),
            Self::Bedrock { .. } => bedrock(base, wanted),
        }
    }
}

/// A resource's address may be written with or without what follows it for every call.
fn azure(base: &str, api_version: Option<&str>, deployments: bool, wanted: &Wanted<'_>) -> String {
    let path = wanted.path;
    if wanted.dialect == Dialect::Anthropic {
        let root = base.trim_end_matches("/v1").trim_end_matches("/anthropic");
        return format!("{root}/anthropic/v1{path}");
    }
    let root = base.trim_end_matches("/v1").trim_end_matches("/openai");
    let realtime = path.starts_with("/realtime");
    // The interface for models of other makers names the model in the body alone.
    let address = if root.ends_with("/models") {
        format!("{root}{path}")
    } else if !deployments {
        format!("{root}/openai/v1{path}")
    } else if realtime || wanted.model.is_empty() || path.starts_with("/responses") {
        format!("{root}/openai{path}")
    } else {
        let model = encode(wanted.model, b"");
        format!("{root}/openai/deployments/{model}{path}")
    };
    let address = match api_version {
        Some(version) => with_query(address, "api-version", version),
        None => address,
    };
    if realtime && deployments {
        return with_query(address, "deployment", wanted.model);
    }
    address
}

fn vertex(base: &str, project: &str, location: &str, wanted: &Wanted<'_>) -> String {
    let version = if base.ends_with("/v1") || base.ends_with("/v1beta1") {
        ""
    } else {
        "/v1"
    };
    let project = encode(project, b":");
    let location = encode(location, b"");
    let root = format!("{base}{version}/projects/{project}/locations/{location}");
    match wanted.dialect {
        Dialect::Anthropic => {
            let model = if counts_tokens(wanted.path) {
                "count-tokens".to_owned()
            } else {
                encode(wanted.model, b"@")
            };
            let method = if wanted.stream {
                "streamRawPredict"
            } else {
                "rawPredict"
            };
            format!("{root}/publishers/anthropic/models/{model}:{method}")
        }
        Dialect::OpenAi | Dialect::Responses => {
            format!("{root}/endpoints/openapi{}", wanted.path)
        }
        _ => format!("{root}/publishers/google{}", wanted.path),
    }
}

fn bedrock(base: &str, wanted: &Wanted<'_>) -> String {
    match wanted.dialect {
        Dialect::Anthropic => {
            let method = if wanted.stream {
                "invoke-with-response-stream"
            } else {
                "invoke"
            };
            format!("{base}/model/{}/{method}", encode(wanted.model, b""))
        }
        Dialect::OpenAi | Dialect::Responses => format!("{base}/openai/v1{}", wanted.path),
        _ => format!("{base}{}", wanted.path),
    }
}

/// On Vertex AI Claude's tokens are counted by a model of that name.
pub(crate) fn counts_tokens(path: &str) -> bool {
    path.starts_with("/messages/count_tokens")
}

fn with_query(mut address: String, name: &str, value: &str) -> String {
    address.push(if address.contains('?') { '&' } else { '?' });
    address.push_str(name);
    address.push('=');
    address.push_str(&encode(value, b""));
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use marshal_wire::frame::Framing;

    fn wanted<'a>(dialect: Dialect, model: &'a str, stream: bool, path: &'a str) -> Wanted<'a> {
        Wanted {
            dialect,
            model,
            stream,
            framing: Framing::Sse,
            path,
        }
    }

    fn azure_at(
        version: Option<&str>,
        deployments: bool,
        base: &str,
        wanted: &Wanted<'_>,
    ) -> String {
        let platform = Platform::Azure {
            api_version: version.map(str::to_owned),
            deployments,
        };
        platform.address(base, wanted)
    }

    #[test]
    fn a_plain_provider_gets_the_dialects_own_path() {
        let chat = wanted(Dialect::OpenAi, "m", false, "/chat/completions");
        assert_eq!(
            Platform::Plain.address("https://a.example/v1/", &chat),
            "https://a.example/v1/chat/completions"
        );
    }

    #[test]
    fn azure_names_the_deployment_in_the_address_or_in_the_body() {
        const BASE: &str = "https://res.openai.azure.com";
        let chat = wanted(Dialect::OpenAi, "my gpt", false, "/chat/completions");
        let dated = Some("2024-10-21");
        assert_eq!(
            azure_at(dated, true, BASE, &chat),
            "https://res.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"
        );
        for base in [
            BASE,
            "https://res.openai.azure.com/openai",
            "https://res.openai.azure.com/openai/v1/",
        ] {
            assert_eq!(
                azure_at(None, false, base, &chat),
                "https://res.openai.azure.com/openai/v1/chat/completions"
            );
        }
        let responses = wanted(Dialect::Responses, "gpt", false, "/responses");
        assert_eq!(
            azure_at(dated, true, BASE, &responses),
            "https://res.openai.azure.com/openai/responses?api-version=2024-10-21"
        );
        assert_eq!(
            azure_at(Some("preview"), false, BASE, &responses),
            "https://res.openai.azure.com/openai/v1/responses?api-version=preview"
        );
        let files = wanted(Dialect::OpenAi, "", false, "/files?purpose=batch");
        assert_eq!(
            azure_at(dated, true, BASE, &files),
            "https://res.openai.azure.com/openai/files?purpose=batch&api-version=2024-10-21"
        );
        let realtime = wanted(Dialect::OpenAi, "voice", false, "/realtime");
        assert_eq!(
            azure_at(dated, true, BASE, &realtime),
            "https://res.openai.azure.com/openai/realtime?api-version=2024-10-21&deployment=voice"
        );
        let other = "https://res.services.ai.azure.com/models";
        assert_eq!(
            azure_at(Some("2024-05-01-preview"), false, other, &chat),
            "https://res.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview"
        );
        let claude = wanted(Dialect::Anthropic, "claude", true, "/messages");
        assert_eq!(
            azure_at(None, false, "https://res.services.ai.azure.com", &claude),
            "https://res.services.ai.azure.com/anthropic/v1/messages"
        );
    }

    #[test]
    fn vertex_puts_project_place_and_publisher_before_the_model() {
        let at = |location: &str| Platform::Vertex {
            project: "my-project".into(),
            location: location.into(),
        };
        let address = |location: &str, wanted: &Wanted<'_>| {
            let platform = at(location);
            platform.address(&platform.default_base_url().unwrap(), wanted)
        };
        let gemini = wanted(
            Dialect::Gemini,
            "gemini-2.5-flash",
            true,
            "/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        );
        assert_eq!(
            address("us-central1", &gemini),
            "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
        );
        let claude = |stream| {
            wanted(
                Dialect::Anthropic,
                "claude-3-7-sonnet@20250219",
                stream,
                "/messages?beta=true",
            )
        };
        assert_eq!(
            address("us-east5", &claude(false)),
            "https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/claude-3-7-sonnet@20250219:rawPredict"
        );
        assert!(
            address("global", &claude(true)).starts_with("https://aiplatform.googleapis.com/v1/")
        );
        assert!(address("global", &claude(true)).ends_with(":streamRawPredict"));
        assert!(
            address("eu", &claude(true)).starts_with("https://aiplatform.eu.rep.googleapis.com/")
        );
        let count = wanted(
            Dialect::Anthropic,
            "claude",
            false,
            "/messages/count_tokens",
        );
        assert!(
            address("global", &count)
                .ends_with("/publishers/anthropic/models/count-tokens:rawPredict")
        );
        let llama = wanted(Dialect::OpenAi, "meta/llama", false, "/chat/completions");
        assert!(
            address("global", &llama)
                .ends_with("/locations/global/endpoints/openapi/chat/completions")
        );
        let embed = wanted(Dialect::Gemini, "e", false, "/models/e:embedContent");
        assert_eq!(
            at("global").address("https://proxy.example/v1beta1", &embed),
            "https://proxy.example/v1beta1/projects/my-project/locations/global/publishers/google/models/e:embedContent"
        );
    }

    #[test]
    fn bedrock_invokes_claude_and_converses_with_the_others() {
        let platform = Platform::Bedrock {
            region: "us-east-1".into(),
        };
        let base = platform.default_base_url().unwrap();
        let claude = |stream| {
            wanted(
                Dialect::Anthropic,
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                stream,
                "/messages",
            )
        };
        assert_eq!(
            platform.address(&base, &claude(false)),
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"
        );
        assert!(
            platform
                .address(&base, &claude(true))
                .ends_with("/invoke-with-response-stream")
        );
        let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x";
        let address = platform.address(&base, &wanted(Dialect::Anthropic, arn, false, "/messages"));
        assert!(address.contains(
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fx/invoke"
        ));
        let nova = wanted(
            Dialect::Bedrock,
            "amazon.nova-lite-v1:0",
            false,
            "/model/amazon.nova-lite-v1%3A0/converse",
        );
        assert!(
            platform
                .address(&base, &nova)
                .ends_with(".com/model/amazon.nova-lite-v1%3A0/converse")
        );
        assert_eq!(
            platform.framing(Dialect::Anthropic, Framing::Sse),
            Framing::Chunks
        );
        assert_eq!(
            platform.framing(Dialect::Bedrock, Framing::EventStream),
            Framing::EventStream
        );
        assert_eq!(
            Platform::Plain.framing(Dialect::Anthropic, Framing::Sse),
            Framing::Sse
        );
    }
}
