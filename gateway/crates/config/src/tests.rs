use std::time::Duration;

use marshal_types::{Dialect, Fact, Mode, Price, Problem, Surface};
use proptest::prelude::{prop_assert, proptest};

use super::*;

fn no_env(_: &str) -> Option<String> {
    None
}

fn read(text: &str) -> Result<Config, Vec<Problem>> {
    from_text("marshal.yaml", text, &no_env)
}

fn said(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

const WITH_MISTAKES: &str = r#"listen: {data: "8080", control: 127.0.0.1:8081, admin: x}
data_dri: ./data
policies: ./no-such-folder
threads: 0
limits: {max_body_bytes: 32MiB, drain_s: 0}
providers:
  OpenAI: {base_url: https://api.openai.com/v1, models: [{name: gpt-4o}]}
  local:
    base_url: http://me:hunter2@127.0.0.1:8000/v1
    dialects: [opanai]
    api_key: {env: LOCAL_API_KEY}
    headers: {Authorization: Bearer hunter2}
    models:
      - name: llama
        capabilities: [tool]
        price: {input_usd_per_mtok: 0.0000000001, output_usd: 0.6}
        max_output_tokens: lots
    unpriced: maybe
    timeouts: {connect: 5}
  cloud:
    api_key: hunter2
    models: []
models:
  Fast: {candidates: [locl/llama, local/lama, llama], strategy: cheap}
telemetry: {log_level: verbose, otlp_endpoint: "127.0.0.1:4318", conventions: newest}
"#;

const ITS_MISTAKES: &str = r#"marshal.yaml:1:16: listen.data: "8080" is not an address; write an IP address and a port, such as 127.0.0.1:8080
marshal.yaml:1:49: listen.admin: no such key; known here: "data", "control"
marshal.yaml:2:1: data_dri: no such key; did you mean "data_dir"?
marshal.yaml:3:11: policies: there is no such folder; write a path relative to this file's folder, or an absolute one
marshal.yaml:4:10: threads: 0 is out of range; write 1 to 1024
marshal.yaml:5:26: limits.max_body_bytes: "32MiB" is not a whole number
marshal.yaml:5:42: limits.drain_s: 0 is out of range; write 1 to 3600
marshal.yaml:7:3: providers: "OpenAI" is not a name; use a-z, 0-9, "-", "_" and ".", beginning with a letter or digit, 64 at most
marshal.yaml:9:15: providers.local.base_url: holds a user name or password; remove it and name the key with api_key
marshal.yaml:10:16: providers.local.dialects[0]: "opanai" is not a dialect; use "openai", "anthropic", "responses", "gemini", "bedrock", "cohere" or "ollama"
marshal.yaml:11:20: providers.local.api_key.env: LOCAL_API_KEY is not set in the environment; set it or remove api_key
marshal.yaml:12:30: providers.local.headers.Authorization: carries credentials; remove it and use api_key and auth
marshal.yaml:15:24: providers.local.models.llama.capabilities[0]: "tool" is not a capability; use "tools", "vision", "json_schema", "thinking", "documents" or "audio"
marshal.yaml:16:37: providers.local.models.llama.price.input_usd_per_mtok: an amount has at most nine decimal places
marshal.yaml:16:51: providers.local.models.llama.price.output_usd: no such key; did you mean "output_usd_per_mtok"?
marshal.yaml:17:28: providers.local.models.llama.max_output_tokens: "lots" is not a whole number
marshal.yaml:18:15: providers.local.unpriced: "maybe" is not a choice; use "allow" or "refuse"
marshal.yaml:19:16: providers.local.timeouts.connect: no such key; did you mean "connect_s"?
marshal.yaml:21:5: providers.cloud: "base_url" is missing
marshal.yaml:21:14: providers.cloud.api_key: a key is not written here; say where it is kept: {env: CLOUD_API_KEY} or {file: PATH}
marshal.yaml:22:13: providers.cloud.models: is empty; list the models, each with its name
marshal.yaml:24:3: models: "Fast" is not a name; use a-z, 0-9, "-", "_" and ".", beginning with a letter or digit, 64 at most
marshal.yaml:24:23: models.Fast.candidates[0]: there is no provider "locl"; did you mean "local"?
marshal.yaml:24:35: models.Fast.candidates[1]: local has no model "lama"; did you mean "llama"?
marshal.yaml:24:47: models.Fast.candidates[2]: "llama" is not a target; write provider/model
marshal.yaml:24:65: models.Fast.strategy: "cheap" is not a strategy; use "ordered", "cost", "latency" or "balanced"
marshal.yaml:25:24: telemetry.log_level: "verbose" is not a log level; use "error", "warn", "info", "debug" or "trace"
marshal.yaml:25:48: telemetry.otlp_endpoint: is not an http or https URL; write it as https://api.example.com/v1
marshal.yaml:25:79: telemetry.conventions: "newest" is not a set of names; use "current" or "legacy""#;

#[test]
fn every_mistake_is_said_at_once_with_its_place_and_what_to_write() {
    assert_eq!(said(&read(WITH_MISTAKES).unwrap_err()), ITS_MISTAKES);
}

#[test]
fn no_message_repeats_what_may_be_a_secret() {
    for text in [
        "providers: {openai: {api_key: sk-hunter2}}",
        "providers: {openai: {api_key: {env: sk-hunter2}}}",
        "providers: {openai: {api_key: {env: AIzahunter2}}}",
        "providers: {openai: {api_key: {file: sk-hunter2}}}",
        "providers: {openai: {api_key: {value: sk-hunter2}}}",
        "providers: {openai: {api_key: [sk-hunter2]}}",
        "providers: {openai: {headers: {x-api-key: sk-hunter2}}}",
        "providers: {openai: {base_url: \"https://api.openai.com/v1?key=hunter2\"}}",
    ] {
        let said = said(&read(text).unwrap_err());
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_empty_file_is_the_shipped_defaults() {
    let config = read("# nothing yet\n").unwrap();
    assert_eq!(config.listen.data.to_string(), "127.0.0.1:8080");
    assert_eq!(config.listen.control.to_string(), "127.0.0.1:8081");
    assert_eq!(config.limits, ServerLimits::default());
    assert!(config.providers.is_empty() && config.models.is_empty() && config.policies.is_none());
    assert_eq!(config.data_dir, Config::default().data_dir);
}

#[test]
fn the_example_file_loads() {
    let text = include_str!("../../../../marshal.example.yaml");
    let env = |name: &str| name.ends_with("_API_KEY").then(|| "sk-test".to_owned());
    let config =
        from_text("marshal.example.yaml", text, &env).unwrap_or_else(|p| panic!("{}", said(&p)));
    assert_eq!(config.limits, ServerLimits::default());
    let telemetry = (config.telemetry, Telemetry::default());
    assert_eq!(format!("{:?}", telemetry.0), format!("{:?}", telemetry.1));
    assert_eq!(
        format!("{:?}", config.audit),
        format!("{:?}", AuditSettings::default())
    );
    assert_eq!(config.listen, Listen::default());
    let names: Vec<&str> = config.providers.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["openai", "anthropic", "local"]);
    let key = config.providers[0].api_key.as_ref().unwrap();
    assert_eq!(key.source, KeySource::Env("OPENAI_API_KEY".into()));
    assert_eq!(key.secret.expose(), "sk-test");
    let local = &config.providers[2];
    assert_eq!(local.timeouts, Timeouts::default());
    assert_eq!(local.models[0].price, Some(ModelPrice::Free));
    assert_eq!(local.facts.get("pci"), Some(&Fact::Bool(true)));
    assert_eq!(
        local.facts.get("certifications").unwrap().to_string(),
        "[iso27001]"
    );
    assert_eq!(config.models[0].strategy, Strategy::Balanced);
    assert_eq!(
        config.models[0].candidates[1].to_string(),
        "local/llama-3.1-8b"
    );
    assert_eq!(config.models[1].cache_ttl_s, Some(300));
}

#[test]
fn a_provider_says_all_that_it_can_say() {
    let text = r"
providers:
  gw:
    base_url: https://gw.example/v1/
    dialects: [anthropic, openai]
    auth: {header: X-Gw-Key}
    headers: {X-Team: research}
    base_urls: {anthropic: https://gw.example/claude/v1}
    tasks: [embeddings, files]
    unpriced: allow
    translation: strict
    timeouts: {total_s: 900}
    facts: {seats: -3, region: eu, version: '2'}
    models:
      - name: meta/llama:8b
        price: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6, cache_read_usd_per_mtok: 0.075}
";
    let config = read(text).unwrap_or_else(|p| panic!("{}", said(&p)));
    let gw = &config.providers[0];
    assert_eq!(gw.base_url.as_deref(), Some("https://gw.example/v1"));
    assert_eq!(gw.dialects, Some(vec![Dialect::Anthropic, Dialect::OpenAi]));
    assert_eq!(gw.auth, Some(Auth::Header("x-gw-key".into())));
    assert_eq!(gw.headers, [("x-team".to_owned(), "research".to_owned())]);
    assert_eq!(
        gw.base_urls,
        [(
            Dialect::Anthropic,
            "https://gw.example/claude/v1".to_owned()
        )]
    );
    assert_eq!(gw.tasks, Some(vec![Surface::Embeddings, Surface::Files]));
    assert_eq!(gw.translation, Some(Translation::Strict));
    assert_eq!(gw.unpriced, Some(Unpriced::Allow));
    assert_eq!(gw.timeouts.total, Duration::from_secs(900));
    assert_eq!(gw.facts.get("seats"), Some(&Fact::Number(-3)));
    assert_eq!(gw.facts.get("version"), Some(&Fact::Text("2".into())));
    let price = ModelPrice::Stated(StatedPrice {
        input: Some(Price::per_mtok(150_000_000)),
        output: Some(Price::per_mtok(600_000_000)),
        cache_read: Some(Price::per_mtok(75_000_000)),
        ..StatedPrice::default()
    });
    assert_eq!(gw.models[0].price, Some(price));
}

#[test]
fn a_known_provider_may_be_named_and_nothing_more() {
    let config = read(
        "providers:\n  demo:\n  openai: {}\nmodels:\n  x: {candidates: [demo/demo-chat, gemini/gemini-2.5-pro]}\n",
    );
    assert_eq!(config.unwrap().providers.len(), 2);
}

#[test]
fn a_known_provider_can_stand_under_other_names_and_clouds_say_where_they_are() {
    let text = r"
translation: strict
providers:
  groq-eu: {kind: groq, api_key: {env: GROQ_EU_KEY}}
  prod: {kind: azure, base_url: https://prod.openai.azure.com, api_version: 2024-10-21, deployments: true, region: eu,
    models: [{name: gpt-4o, id: prod-gpt}]}
  vertex: {project: my-project, location: europe-west4, service_account: {env: GOOGLE_KEY}}
  bedrock:
    region: eu-central-1
    aws: {access_key_id: {env: KEY_ID}, secret_access_key: {env: KEY}, session_token: {env: TOKEN}}
models:
  fast: {candidates: [groq-eu/openai/gpt-oss-20b, prod/gpt-4o, bedrock/amazon.nova-lite-v1:0]}
";
    let env = |name: &str| (!name.starts_with("MARSHAL")).then(|| format!("value-of-{name}"));
    let config = from_text("marshal.yaml", text, &env)
        .unwrap_or_else(|problems| panic!("{}", said(&problems)));
    assert_eq!(config.translation, Translation::Strict);
    let [groq, azure, vertex, bedrock] = &config.providers[..] else {
        panic!("four providers");
    };
    assert_eq!(
        (groq.known_as(), groq.name.as_str()),
        (Some("groq"), "groq-eu")
    );
    assert_eq!(azure.platform.api_version.as_deref(), Some("2024-10-21"));
    assert_eq!(azure.platform.deployments, Some(true));
    assert_eq!(azure.platform.region.as_deref(), Some("eu"));
    assert_eq!(azure.models[0].id.as_deref(), Some("prod-gpt"));
    assert_eq!(vertex.platform.project.as_deref(), Some("my-project"));
    assert_eq!(vertex.platform.location.as_deref(), Some("europe-west4"));
    let account = vertex.platform.service_account.as_ref().unwrap();
    assert_eq!(account.secret.expose(), "value-of-GOOGLE_KEY");
    assert_eq!(account.place.line, 7);
    let aws = bedrock.platform.aws.as_ref().unwrap();
    assert_eq!(aws.secret_access_key.secret.expose(), "value-of-KEY");
    assert!(aws.session_token.is_some());
}

#[test]
fn a_model_has_its_kind_and_is_priced_by_what_it_makes() {
    let text = r"
providers:
  own:
    base_url: http://127.0.0.1:9/v1
    models:
      - plain-name
      - {name: e, mode: embedding, price: {input_usd_per_mtok: 0.02}}
      - {name: w, mode: transcription, price: {second_usd: 0.0001}}
      - {name: i, mode: image, price: {image_usd: 0.04, request_usd: 0.000000001}}
      - {name: t, dialects: [responses], price: {input_usd_per_mtok: 1, output_usd_per_mtok: 2,
          reasoning_usd_per_mtok: 3, audio_input_usd_per_mtok: 4, search_usd: 0.01}}
";
    let config = read(text).unwrap_or_else(|p| panic!("{}", said(&p)));
    let models = &config.providers[0].models;
    let price = |at: usize| match models[at].price {
        Some(ModelPrice::Stated(price)) => price,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (models[0].name.as_str(), models[0].price),
        ("plain-name", None)
    );
    assert_eq!(models[0].place.line, 6);
    assert_eq!(models[1].mode, Some(Mode::Embedding));
    assert_eq!(price(1).input, Some(Price::per_mtok(20_000_000)));
    assert_eq!(price(2).second, Some(Price::per_mtok(100_000_000_000)));
    assert_eq!(price(3).image, Some(Price::per_mtok(40_000_000_000_000)));
    assert_eq!(price(3).request, Some(Price::per_mtok(1_000_000)));
    assert_eq!(models[4].dialects, Some(vec![Dialect::Responses]));
    assert_eq!(price(4).reasoning, Some(Price::per_mtok(3_000_000_000)));
    assert_eq!(price(4).audio_input, Some(Price::per_mtok(4_000_000_000)));
}

#[test]
fn a_provider_that_is_misdescribed_says_what_to_write_instead() {
    let text = r#"translation: loose
providers:
  a: {kind: grok}
  azure: {deployments: true}
  groq: {region: eu-west-1, project: x}
  bedrock: {region: "eu west", aws: {access_key_id: AKIDhunter2, session_token: {env: NO}}}
  own: {base_url: "http://x/v1", tasks: [embedings], base_urls: {opnai: "http://x"}, models: ["*", {name: c, mode: cat, price: {image_usd: 1}}, {name: i, mode: image, price: {image: 1}}]}
  llamacpp: {models: [m]}
"#;
    let wanted = r#"marshal.yaml:1:14: translation: "loose" is not a way to translate; use "lenient" or "strict"
marshal.yaml:3:13: providers.a.kind: "grok" is not a known provider; did you mean "groq"?
marshal.yaml:4:10: providers.azure: "base_url" is missing
marshal.yaml:4:10: providers.azure: deployments is true, and "api_version" is missing; write the version that the deployments are asked with: api_version: 2024-10-21
marshal.yaml:5:18: providers.groq.region: is for bedrock and azure alone; remove it, or write `kind: bedrock`
marshal.yaml:5:38: providers.groq.project: is for vertex alone; remove it, or write `kind: vertex`
marshal.yaml:6:21: providers.bedrock.region: "eu west" holds what has no place in an address; write it as in eu-central-1
marshal.yaml:6:37: providers.bedrock.aws: "secret_access_key" is missing
marshal.yaml:6:53: providers.bedrock.aws.access_key_id: a key is not written here; say where it is kept: {env: AWS_ACCESS_KEY_ID} or {file: PATH}
marshal.yaml:6:87: providers.bedrock.aws.session_token.env: NO is not set in the environment; set it or remove session_token
marshal.yaml:7:42: providers.own.tasks[0]: "embedings" is not a task; use "completions", "embeddings", "moderations", "image_generations", "image_edits", "speech", "transcriptions", "response_tools", "count_tokens", "gemini_count_tokens", "embed_content", "rerank", "cohere_embed", "ollama_embed", "ollama_generate", "invoke", "stored_responses", "files", "batches" or "realtime"
marshal.yaml:7:66: providers.own.base_urls.opnai: no such key; did you mean "openai"?
marshal.yaml:7:95: providers.own.models[0]: stands for no model; name each one that may be asked for, because each needs a price and a policy
marshal.yaml:7:116: providers.own.models.c.mode: "cat" is not a kind of model; use "chat", "completion", "embedding", "rerank", "image", "speech", "transcription", "moderation", "realtime" or "any"
marshal.yaml:7:128: providers.own.models.c.price: "input_usd_per_mtok" is missing
marshal.yaml:7:128: providers.own.models.c.price: "output_usd_per_mtok" is missing
marshal.yaml:7:175: providers.own.models.i.price: "input_usd_per_mtok" is missing
marshal.yaml:7:175: providers.own.models.i.price: "output_usd_per_mtok" is missing
marshal.yaml:7:176: providers.own.models.i.price.image: no such key; did you mean "image_usd"?
marshal.yaml:8:13: providers.llamacpp: "base_url" is missing"#;
    let said = said(&read(text).unwrap_err());
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(said, wanted);
}

#[test]
fn the_environment_overrides_the_file() {
    let env = |name: &str| match name {
        "MARSHAL_DATA_LISTEN" => Some("0.0.0.0:9000".to_owned()),
        "MARSHAL_CONTROL_LISTEN" => Some(String::new()),
        "MARSHAL_DATA_DIR" => Some("/var/lib/marshal".to_owned()),
        _ => None,
    };
    let text = "listen: {data: 127.0.0.1:1, control: localhost:2}\ndata_dir: ./x\n";
    let config = from_text("etc/marshal.yaml", text, &env).unwrap();
    assert_eq!(config.listen.data.to_string(), "0.0.0.0:9000");
    assert_eq!(config.listen.control.to_string(), "127.0.0.1:2");
    assert_eq!(config.data_dir.to_str(), Some("/var/lib/marshal"));
    let config = from_text("etc/marshal.yaml", text, &no_env).unwrap();
    assert_eq!(config.data_dir, std::path::Path::new("etc/./x"));
    let wrong = |name: &str| (name == "MARSHAL_DATA_LISTEN").then(|| "nine".to_owned());
    assert_eq!(
        said(&from_text("marshal.yaml", "", &wrong).unwrap_err()),
        "environment:1:1: MARSHAL_DATA_LISTEN: \"nine\" is not an address; write an IP address and a port, such as 127.0.0.1:8080"
    );
}

#[test]
fn one_address_for_both_planes_is_refused() {
    let said = said(&read("listen: {data: 127.0.0.1:8081}\n").unwrap_err());
    assert!(said.contains("the same address"), "{said}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let problems = load(
        Some("no/such/marshal.yaml".as_ref()),
        &no_env,
        Secrets::Needed,
    )
    .unwrap_err();
    assert_eq!(
        said(&problems),
        "no/such/marshal.yaml:1:1: there is no such file"
    );
    // Tests run in the crate's own folder, where there is no marshal.yaml.
    assert!(load(None, &no_env, Secrets::Needed).unwrap().file.is_none());
}

proptest! {
    #[test]
    fn a_damaged_file_never_panics_and_always_says_where(at in 0usize..3_000, put in "[-:{}\\[\\]\"'a0 \n]{0,3}") {
        let mut text = include_str!("../../../../marshal.example.yaml").to_owned();
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(at, &put);
        if let Err(problems) = read(&text) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.place.line > 0 && problem.place.column > 0));
        }
    }
}

#[test]
fn a_collector_is_written_short_over_http_and_whole_over_either() {
    let otlp = |text: &str| read(text).unwrap().telemetry.otlp.unwrap();
    let short = otlp("telemetry: {otlp_endpoint: \"http://127.0.0.1:4318\"}");
    let whole = otlp("telemetry: {otlp: {endpoint: \"http://127.0.0.1:4318\"}}");
    assert_eq!(format!("{short:?}"), format!("{whole:?}"));
    assert_eq!(whole.protocol, OtlpProtocol::Http);
    let grpc = otlp("telemetry: {otlp: {endpoint: \"http://127.0.0.1:4317\", protocol: grpc}}");
    assert_eq!(grpc.protocol, OtlpProtocol::Grpc);
    assert_eq!(grpc.sample_millionths, 1_000_000);
    let hosted = "telemetry: {otlp: {endpoint: \"https://otlp.example.com\", headers: {X-Team: {env: MY_KEY}}, sample_ratio: 0.25}}";
    let env = |name: &str| (name == "MY_KEY").then(|| "hunter2".to_owned());
    let hosted = from_text("marshal.yaml", hosted, &env).unwrap();
    let hosted = hosted.telemetry.otlp.unwrap();
    assert!(!format!("{hosted:?}").contains("hunter2"));
    assert_eq!(hosted.headers[0].0, "x-team");
    assert_eq!(hosted.sample_millionths, 250_000);
    let wrong = "telemetry: {otlp: {endpoint: \"http://c:4317/v1\", protocol: grpc, headers: {\"a b\": {env: MY_KEY}, x-key: sk-hunter2}, sample_ratio: 1.5}}";
    let wrong = said(&read(wrong).unwrap_err());
    for what in [
        "endpoint: has a path",
        "a b: is not a header's name",
        "x-key: a key is not written here",
        "sample_ratio: is no share",
    ] {
        assert!(wrong.contains(what), "{wrong}");
    }
    assert!(!wrong.contains("hunter2"), "{wrong}");
    let both = "telemetry: {otlp_endpoint: \"http://a:1\", otlp: {protocol: udp}}";
    assert_eq!(
        said(&read(both).unwrap_err()),
        "marshal.yaml:1:28: telemetry.otlp_endpoint: stands beside otlp, which has an endpoint of its own; remove one of them\n\
         marshal.yaml:1:48: telemetry.otlp: \"endpoint\" is missing\n\
         marshal.yaml:1:59: telemetry.otlp.protocol: \"udp\" is not an OTLP protocol; use \"http\" or \"grpc\""
    );
}
