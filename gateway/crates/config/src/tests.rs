use std::time::Duration;

use marshal_types::{Dialect, Fact, Price, Problem};
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
telemetry: {log_level: verbose, otlp_endpoint: "127.0.0.1:4318"}
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
marshal.yaml:10:16: providers.local.dialects[0]: "opanai" is not a dialect; use "openai" or "anthropic"
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
marshal.yaml:25:48: telemetry.otlp_endpoint: is not an http or https URL; write it as https://api.example.com/v1"#;

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
    assert_eq!(config.telemetry, Telemetry::default());
    assert_eq!(config.audit, AuditSettings::default());
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
    unpriced: allow
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
    assert_eq!(gw.unpriced, Some(Unpriced::Allow));
    assert_eq!(gw.timeouts.total, Duration::from_secs(900));
    assert_eq!(gw.facts.get("seats"), Some(&Fact::Number(-3)));
    assert_eq!(gw.facts.get("version"), Some(&Fact::Text("2".into())));
    let price = ModelPrice::PerMtok {
        input: Price::per_mtok(150_000_000),
        output: Price::per_mtok(600_000_000),
        cache_read: Some(Price::per_mtok(75_000_000)),
        cache_write: None,
    };
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
    let problems = load(Some("no/such/marshal.yaml".as_ref()), &no_env).unwrap_err();
    assert_eq!(
        said(&problems),
        "no/such/marshal.yaml:1:1: there is no such file"
    );
    // Tests run in the crate's own folder, where there is no marshal.yaml.
    assert!(load(None, &no_env).unwrap().file.is_none());
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
