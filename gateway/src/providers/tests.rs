use std::path::Path;

use marshal_pipeline::UpstreamCredential;
use marshal_platform::{Platform, Wanted};
use marshal_types::{Fact, Mode};
use marshal_wire::frame::Framing;

use super::*;

/// A key file that opens nothing.
const KEY_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../adapters/platform/testdata/service_account.json"
);

fn with_env(
    text: &str,
    vars: &'static [(&'static str, &'static str)],
) -> Result<Providers, Vec<Problem>> {
    let env = |name: &str| {
        let mut vars = vars.iter();
        vars.find_map(|(known, value)| (*known == name).then(|| (*value).to_owned()))
    };
    let config = match text {
        "" => Ok(Config::default()),
        text => marshal_config::from_text("marshal.yaml", text, &env),
    };
    gather(&config?, &env)
}

fn gathered(text: &str, vars: &'static [(&'static str, &'static str)]) -> Providers {
    with_env(text, vars).unwrap_or_else(|problems| panic!("{}", said(&problems)))
}

fn said(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn refused(text: &str) -> String {
    match with_env(text, &[]) {
        Ok(_) => panic!("{text} is accepted"),
        Err(problems) => said(&problems),
    }
}

fn provider<'a>(providers: &'a Providers, name: &str) -> &'a Provider {
    &providers.by_name[&ProviderName::new(name)]
}

fn target<'a>(providers: &'a Providers, name: &str) -> &'a Target {
    let mut targets = providers.targets.iter();
    targets
        .find(|target| target.name.to_string() == name)
        .unwrap_or_else(|| panic!("{name} is there"))
}

fn address(providers: &Providers, name: &str, dialect: Dialect, model: &str, path: &str) -> String {
    let provider = provider(providers, name);
    let wanted = Wanted {
        dialect,
        model,
        stream: false,
        framing: Framing::Sse,
        path,
    };
    provider.platform.address(provider.base(dialect), &wanted)
}

#[test]
fn the_configuration_and_the_catalog_know_the_same_providers() {
    let configured = marshal_config::KNOWN_PROVIDERS.to_vec();
    let known = shipped().providers().iter();
    let catalogued: Vec<_> = known.map(|known| known.name).collect();
    assert_eq!(configured, catalogued);
}

#[test]
fn a_model_that_its_provider_takes_away_is_served_and_not_offered() {
    let providers = gathered("", &[("OPENAI_API_KEY", "key")]);
    assert!(target(&providers, "openai/gpt-4o-mini").listed);
    assert!(!target(&providers, "openai/gpt-3.5-turbo").listed);
}

#[test]
fn a_key_in_the_environment_switches_its_provider_on_and_no_other() {
    let names = |vars| {
        let providers = gathered("", vars);
        let mut names: Vec<String> = providers.by_name.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&[]), ["demo"]);
    assert_eq!(
        names(&[("GROQ_API_KEY", "k"), ("XAI_API_KEY", " ")]),
        ["demo", "groq"]
    );
    // Half of what a cloud needs may be there for other programs.
    assert_eq!(names(&[("AWS_REGION", "eu-west-1")]), ["demo"]);
    assert_eq!(
        names(&[("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]),
        ["demo"]
    );
    assert_eq!(
        names(&[
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_REGION", "eu-west-1")
        ]),
        ["bedrock", "demo"]
    );
    assert_eq!(
        names(&[
            ("AWS_BEARER_TOKEN_BEDROCK", "a"),
            ("AWS_DEFAULT_REGION", "eu-west-1")
        ]),
        ["bedrock", "demo"]
    );
    assert_eq!(
        names(&[
            ("GOOGLE_CLOUD_PROJECT", "p"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere")
        ]),
        ["demo"]
    );
    assert_eq!(
        names(&[
            ("GOOGLE_CLOUD_PROJECT", "p"),
            ("GOOGLE_APPLICATION_CREDENTIALS", KEY_FILE)
        ]),
        ["demo", "vertex"]
    );
    // Which models there are is for the operator to say.
    assert_eq!(
        names(&[
            ("AZURE_OPENAI_API_KEY", "k"),
            ("OPENROUTER_API_KEY", "k"),
            ("HF_TOKEN", "k")
        ]),
        ["demo"]
    );
}

#[test]
fn every_model_of_every_known_provider_can_be_routed_to_and_has_a_price() {
    for known in shipped().providers() {
        let vars = &[
            ("AWS_REGION", "us-east-1"),
            ("AWS_BEARER_TOKEN_BEDROCK", "k"),
            ("GOOGLE_APPLICATION_CREDENTIALS", KEY_FILE),
            ("KEY", "k"),
        ];
        let models = if known.own_models {
            ", models: [{name: m, price: free}]"
        } else {
            ""
        };
        let base = if ["azure", "llamacpp"].contains(&known.name) {
            ", base_url: http://127.0.0.1:9"
        } else {
            ""
        };
        let key = if known.env_key.is_some() {
            ", api_key: {env: KEY}"
        } else {
            ""
        };
        let kind = if known.name == "demo" {
            "headers: {}".to_owned()
        } else {
            format!("kind: {}", known.name)
        };
        let text = format!(
            "providers: {{{}: {{{kind}{key}{models}{base}}}}}",
            known.name
        );
        let providers = gathered(&text, vars);
        assert!(!providers.targets.is_empty(), "{}", known.name);
        for target in &providers.targets {
            assert!(!target.is_unpriced(), "{}", target.name);
            assert!(!target.dialects.is_empty(), "{}", target.name);
        }
        marshal_routing::Directory::new(providers.targets, Vec::new()).unwrap();
    }
}

#[test]
fn two_accounts_of_one_provider_stand_beside_each_other() {
    let text = "
providers:
  groq-a: {kind: groq, api_key: {env: A}}
  groq-b: {kind: groq, api_key: {env: B}, translation: strict}
";
    let providers = gathered(
        text,
        &[("A", "key-a"), ("B", "key-b"), ("GROQ_API_KEY", "k")],
    );
    assert_eq!(providers.by_name.len(), 2);
    for (name, key) in [("groq-a", "key-a"), ("groq-b", "key-b")] {
        let provider = provider(&providers, name);
        assert_eq!(provider.base_url, "https://api.groq.com/openai/v1");
        let UpstreamCredential::Bearer(secret) = &provider.credential else {
            panic!("{:?}", provider.credential);
        };
        assert_eq!(secret.expose(), key);
        assert_eq!(provider.strict, name == "groq-b");
    }
    let whisper = target(&providers, "groq-b/whisper-large-v3");
    assert_eq!(whisper.mode, Mode::Transcription);
    assert!(whisper.has_door(Surface::Transcriptions) && !whisper.has_door(Surface::Embeddings));
}

#[test]
fn what_is_named_in_the_file_is_not_switched_on_beside_it() {
    let text = "
providers:
  groq-eu: {kind: groq, api_key: {env: A}}
  openai: {kind: azure, base_url: 'https://x.example', api_key: {env: A}, models: [gpt-4o]}
";
    let vars = &[
        ("A", "k"),
        ("GROQ_API_KEY", "k"),
        ("OPENAI_API_KEY", "k"),
        ("XAI_API_KEY", "k"),
    ];
    let providers = gathered(text, vars);
    let mut names: Vec<&str> = providers.by_name.keys().map(ProviderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["groq-eu", "openai", "xai"]);
}

#[test]
fn azure_is_reached_by_deployment_or_by_model() {
    let text = "
providers:
  old: {kind: azure, base_url: https://old.openai.azure.com, api_version: 2024-10-21, api_key: {env: K},
    models: [{name: gpt-4o, id: my-gpt}]}
  new: {kind: azure, base_url: https://new.openai.azure.com, region: eu, auth: bearer, api_key: {env: K},
    models: [gpt-4o-2024-08-06]}
";
    let providers = gathered(text, &[("K", "key")]);
    let old = target(&providers, "old/gpt-4o");
    assert_eq!(old.model_id(), "my-gpt");
    assert_eq!(
        address(
            &providers,
            "old",
            Dialect::OpenAi,
            old.model_id(),
            "/chat/completions"
        ),
        "https://old.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"
    );
    assert!(matches!(
        &provider(&providers, "old").credential,
        UpstreamCredential::Header(name, _) if name == "api-key"
    ));
    assert_eq!(
        address(
            &providers,
            "new",
            Dialect::Responses,
            "gpt-4o-2024-08-06",
            "/responses"
        ),
        "https://new.openai.azure.com/openai/v1/responses"
    );
    assert!(matches!(
        provider(&providers, "new").credential,
        UpstreamCredential::Bearer(_)
    ));
    let zone = target(&providers, "new/gpt-4o-2024-08-06")
        .price
        .unwrap()
        .input;
    assert_eq!(zone.nano_usd_per_mtok, 2_750_000_000);
}

#[test]
fn the_clouds_are_reached_with_what_they_need() {
    let text = format!(
        "
providers:
  vertex: {{location: europe-west4, service_account: {{file: {KEY_FILE}}}}}
  bedrock: {{region: eu-central-1, aws: {{access_key_id: {{env: ID}}, secret_access_key: {{env: KEY}}}}}}
"
    );
    let providers = gathered(&text, &[("ID", "AKIDEXAMPLE"), ("KEY", "k")]);
    let vertex = provider(&providers, "vertex");
    assert_eq!(
        vertex.platform,
        Platform::Vertex {
            project: "my-project".into(),
            location: "europe-west4".into()
        }
    );
    assert!(matches!(vertex.credential, UpstreamCredential::Google(_)));
    let claude = target(&providers, "vertex/claude-sonnet-4-5@20250929");
    assert_eq!(claude.dialects, [Dialect::Anthropic]);
    let UpstreamCredential::Aws(keys) = &provider(&providers, "bedrock").credential else {
        panic!("signed");
    };
    assert_eq!(
        (keys.access_key_id.as_str(), keys.region.as_str()),
        ("AKIDEXAMPLE", "eu-central-1")
    );
    let claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert_eq!(
        target(&providers, &format!("bedrock/{claude}")).dialects,
        [Dialect::Anthropic, Dialect::Bedrock]
    );
    assert!(
        address(
            &providers,
            "bedrock",
            Dialect::Anthropic,
            claude,
            "/messages"
        )
        .starts_with("https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.")
    );
}

#[test]
fn a_server_on_this_machine_is_local_and_free_and_one_elsewhere_is_neither() {
    let text = "
providers:
  ollama: {models: [llama3.2]}
  far: {kind: ollama, base_url: http://gpu.example:11434/v1, models: [{name: llama3.2, price: free}]}
";
    let providers = gathered(text, &[]);
    let near = target(&providers, "ollama/llama3.2");
    assert_eq!(near.facts.get("local"), Some(&Fact::Bool(true)));
    assert_eq!(near.price, Some(marshal_catalog::ModelPrice::default()));
    assert_eq!(near.dialects, [Dialect::OpenAi, Dialect::Ollama]);
    assert_eq!(
        address(&providers, "ollama", Dialect::Ollama, "", "/chat"),
        "http://127.0.0.1:11434/api/chat"
    );
    let far = target(&providers, "far/llama3.2");
    assert_eq!(far.facts.get("local"), None);
    assert_eq!(
        address(&providers, "far", Dialect::Ollama, "", "/chat"),
        "http://gpu.example:11434/api/chat"
    );
    let unpriced =
        "providers: {far: {kind: vllm, base_url: 'http://gpu.example:8000/v1', models: [m]}}";
    assert!(refused(unpriced).contains("has no price"));
    // Where the other dialect begins at a proxy nobody can know.
    let proxied =
        "providers: {deepseek: {base_url: 'https://proxy.example/ds', models: [deepseek-chat]}}";
    let providers = gathered(proxied, &[]);
    let chat = target(&providers, "deepseek/deepseek-chat");
    assert_eq!(chat.dialects, [Dialect::OpenAi, Dialect::Responses]);
}

#[test]
fn a_server_that_nobody_knows_takes_five_lines() {
    let text = "
providers:
  mine:
    base_url: https://mine.example/v1
    api_key: {env: MINE}
    models: [{name: m, price: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}}]
";
    let providers = gathered(text, &[("MINE", "key")]);
    let mine = target(&providers, "mine/m");
    assert_eq!(
        (mine.mode, &mine.dialects[..]),
        (Mode::Any, &[Dialect::OpenAi][..])
    );
    assert!(mine.has_door(Surface::Embeddings) && !mine.has_door(Surface::Files));
}

#[test]
fn what_is_missing_is_named_with_what_to_write() {
    for (text, wanted) in [
        (
            "providers: {vertex: {}}",
            "providers.vertex.project: is missing; write it, or set GOOGLE_CLOUD_PROJECT",
        ),
        (
            "providers: {vertex: {project: p}}",
            "providers.vertex.service_account: is missing; write `service_account: {file: PATH}`",
        ),
        (
            "providers: {bedrock: {}}",
            "providers.bedrock.region: is missing; write it, or set AWS_REGION",
        ),
        (
            "providers: {bedrock: {region: us-east-1}}",
            "providers.bedrock.aws: is missing",
        ),
        (
            "providers: {azure: }",
            "providers.azure.base_url: is missing; write where the provider's API begins: https://NAME.openai.azure.com",
        ),
        (
            "providers: {azure: {base_url: 'https://x', models: [m]}}",
            "set AZURE_OPENAI_API_KEY in the environment",
        ),
        (
            "providers: {openrouter: {base_url: 'https://x'}}",
            "providers.openrouter.models: is missing",
        ),
        (
            "providers: {mistral: {}}",
            "providers.mistral.api_key: is missing; set MISTRAL_API_KEY",
        ),
    ] {
        let said = refused(text);
        assert!(said.contains(wanted), "{said}");
    }
    assert!(Path::new(KEY_FILE).exists());
}
