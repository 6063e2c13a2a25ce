//! The trail's records go elsewhere as they come: all of them, whatever happens to either side, and no call waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use prost::Message;
use serde_json::{Value, json};

use super::export_nats::Nats;
use super::export_redis::Redis;
use crate::support::{
    Act, Dialect, Gate, Gateway, Setup, Speech, Upstream, answer, free_ports, segments, until,
};

/// A record's chain and number.
pub(super) type Name = (String, u64);

/// A gateway whose trail goes there.
pub(super) fn setup(export: &str) -> Setup {
    Setup::with(format!(
        "providers: {{demo: {{}}}}\naudit:\n  reserve_bytes: 1048576\n  exports:\n    - {export}\n"
    ))
}

/// Some calls, answered and refused; a stranger's text among them.
pub(super) fn calls(gateway: &Gateway) {
    for model in [
        "demo/demo-chat",
        "none/\"]\r\n<0>1 = ,é\u{202e}",
        "=cmd|' /C calc'!A0",
    ] {
        let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says(model, "hello"));
        assert_eq!(
            got.status == 200,
            model == "demo/demo-chat",
            "{}",
            got.text()
        );
    }
}

/// Every record of the trail, as its line.
pub(super) fn trail(gateway: &Gateway) -> BTreeMap<Name, String> {
    let mut all = BTreeMap::new();
    for file in segments(&gateway.data_dir()) {
        let chain = file.parent().unwrap().file_name().unwrap();
        let chain = chain.to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            all.insert(
                (chain.clone(), record["seq"].as_u64().unwrap()),
                line.to_owned(),
            );
        }
    }
    all
}

/// Waits until all that the trail holds now has arrived, word for word.
pub(super) fn all_arrives(gateway: &Gateway, mut seen: impl FnMut() -> Vec<(Name, String)>) {
    let wanted = trail(gateway);
    until("every record arrives", || {
        let seen: BTreeMap<Name, String> = seen().into_iter().collect();
        wanted
            .iter()
            .all(|(name, line)| seen.get(name).is_some_and(|other| other == line))
            .then_some(())
    });
}

/// Waits until it is written down that all of the trail arrived.
fn is_saved(gateway: &Gateway, export: &str) {
    let file = gateway
        .data_dir()
        .join(format!("state/exports/{export}.json"));
    until("it is written down how far the export came", || {
        let text = std::fs::read_to_string(&file).ok()?;
        let saved: Value = serde_json::from_str(&text).unwrap();
        let last = trail(gateway).into_keys().all(|(chain, seq)| {
            saved["chains"][chain]["seq"]
                .as_u64()
                .is_some_and(|saved| saved >= seq)
        });
        last.then_some(())
    });
}

/// A log server.
struct LogServer {
    messages: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl LogServer {
    /// Reads messages, each after its length (RFC 6587).
    fn listen(at: SocketAddr) -> Self {
        let listener = until("the port is free", || TcpListener::bind(at).ok());
        let server = Self {
            messages: Arc::default(),
            connections: Arc::default(),
        };
        let (messages, connections) = (server.messages.clone(), server.connections.clone());
        std::thread::spawn(move || {
            // One connection: whoever wants another starts another server.
            let (stream, _) = listener.accept().unwrap();
            drop(listener);
            connections
                .lock()
                .unwrap()
                .push(stream.try_clone().unwrap());
            let mut stream = BufReader::new(stream);
            let mut length = Vec::new();
            while stream
                .read_until(b' ', &mut length)
                .is_ok_and(|read| read > 0)
            {
                let size = std::str::from_utf8(&length)
                    .unwrap()
                    .trim()
                    .parse()
                    .unwrap();
                length.clear();
                let mut message = vec![0; size];
                if stream.read_exact(&mut message).is_err() {
                    return;
                }
                messages
                    .lock()
                    .unwrap()
                    .push(String::from_utf8(message).unwrap());
            }
        });
        server
    }

    fn hang_up(&self) {
        for stream in self.connections.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn records(&self) -> Vec<(Name, String)> {
        let messages = self.messages.lock().unwrap();
        messages.iter().map(|message| record(message)).collect()
    }
}

/// What a message of syslog says: `<PRI>1 TIME HOST APP PROC ID [data] line`.
fn record(message: &str) -> (Name, String) {
    let (head, line) = message.split_at(message.find("] {").unwrap() + 2);
    assert!(
        head.starts_with("<108>1 20") || head.starts_with("<110>1 20"),
        "{head}"
    );
    assert!(head.contains(" marshal marshal - "), "{head}");
    let parameter = |name: &str| {
        let (_, rest) = head.split_once(&format!(" {name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let kind: Value = serde_json::from_str(line).unwrap();
    assert_eq!(parameter("kind"), kind["kind"].as_str().unwrap());
    let name = (parameter("instance"), parameter("seq").parse().unwrap());
    (name, line.to_owned())
}

#[test]
fn a_log_server_that_was_down_gets_everything_and_nothing_twice_after_a_restart() {
    let [at, _] = free_ports();
    let mut gateway = setup(&format!("{{name: siem, kind: syslog, to: \"tcp://{at}\"}}")).start();
    let records = gateway.records();
    let standing = records.iter().find(|record| record["kind"] == "export");
    let standing = standing.expect("where records go is on record");
    assert_eq!(
        (&standing["format"], &standing["standing"], &standing["to"]),
        (
            &"syslog".into(),
            &true.into(),
            &format!("tcp://{at}").into()
        )
    );
    calls(&gateway);
    until("it is counted that nobody listens", || {
        let failures = gateway.metric("marshal_audit_export_failures_total{export=\"siem\"}");
        (failures > 0.0).then_some(())
    });
    let first = LogServer::listen(at);
    all_arrives(&gateway, || first.records());
    first.hang_up();
    calls(&gateway);
    let second = LogServer::listen(at);
    all_arrives(&gateway, || [first.records(), second.records()].concat());
    is_saved(&gateway, "siem");
    let exported = gateway.metric("marshal_audit_exported_records_total{export=\"siem\"}");
    assert!(exported >= second.records().len() as f64, "{exported}");
    let before: BTreeSet<Name> = trail(&gateway).into_keys().collect();
    gateway.kill();
    second.hang_up();
    let third = LogServer::listen(at);
    gateway.start();
    calls(&gateway);
    all_arrives(&gateway, || {
        [first.records(), second.records(), third.records()].concat()
    });
    let again = third.records();
    let again: Vec<_> = again
        .iter()
        .filter(|(name, _)| before.contains(name))
        .collect();
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn a_file_holds_the_trail_and_a_killed_gateway_leaves_no_gap_in_it() {
    let mut gateway = setup("{name: file, kind: jsonl, path: out.jsonl}").start();
    let seen = |gateway: &Gateway| -> Vec<(Name, String)> {
        let text = std::fs::read_to_string(gateway.home().join("out.jsonl")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let line = |line: &str| {
            let outer: Value = serde_json::from_str(line).unwrap();
            let from = line.find("\"record\":").unwrap() + "\"record\":".len();
            let name = outer["instance"].as_str().unwrap().to_owned();
            let record = line[from..line.len() - 1].to_owned();
            ((name, outer["seq"].as_u64().unwrap()), record)
        };
        whole.lines().map(line).collect()
    };
    for _ in 0..3 {
        calls(&gateway);
        gateway.kill();
        gateway.start();
    }
    all_arrives(&gateway, || seen(&gateway));
    assert!(gateway.stop().success());
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn no_call_waits_for_a_collector_and_it_gets_every_record_in_the_end() {
    let gate = Gate::default();
    let closed = gate.clone();
    let collector = Upstream::start(move |_| {
        let mut acts = vec![Act::Wait(closed.clone())];
        acts.extend(answer(503, &[], "not yet"));
        acts
    });
    let endpoint = collector.url().replace("/v1", "");
    let export = format!(
        "{{name: collector, kind: otlp, endpoint: \"{endpoint}\", authorization: {{env: COLLECTOR}}}}"
    );
    let gateway = setup(&export)
        .env("COLLECTOR", "Basic aHVudGVyMg==")
        .start();
    collector.wait_for(1);
    for _ in 0..5 {
        calls(&gateway);
    }
    assert!(
        !gate.is_open(),
        "the calls were answered while the collector said nothing"
    );
    gate.open();
    until("a refusal is counted", || {
        let failures = gateway.metric("marshal_audit_export_failures_total{export=\"collector\"}");
        (failures > 0.0).then_some(())
    });
    collector.then(|_| answer(200, &[("content-type", "application/x-protobuf")], ""));
    all_arrives(&gateway, || {
        collector
            .seen()
            .iter()
            .flat_map(|seen| logs(&seen.body))
            .collect()
    });
    let last = collector.last();
    assert_eq!(last.path(), "/v1/logs");
    assert_eq!(last.header("authorization"), Some("Basic aHVudGVyMg=="));
    let said = gateway.log() + &gateway.metrics();
    assert!(!said.contains("aHVudGVyMg"), "{said}");
    until("nothing lags", || {
        let lag = gateway.metric("marshal_audit_export_lag_seconds{export=\"collector\"}");
        (lag < 3.0).then_some(())
    });
}

fn logs(body: &[u8]) -> Vec<(Name, String)> {
    let request = ExportLogsServiceRequest::decode(body).unwrap();
    let records = &request.resource_logs[0].scope_logs[0].log_records;
    let of = |value: &Option<opentelemetry_proto::tonic::common::v1::AnyValue>| match value
        .as_ref()
        .and_then(|value| value.value.as_ref())
    {
        Some(Any::StringValue(text)) => text.clone(),
        Some(Any::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let record = |log: &opentelemetry_proto::tonic::logs::v1::LogRecord| {
        let attribute = |key: &str| {
            let found = log.attributes.iter().find(|one| one.key == key).unwrap();
            of(&found.value)
        };
        assert_eq!(log.event_name, attribute("marshal.audit.kind"));
        let seq = attribute("marshal.audit.seq").parse().unwrap();
        ((attribute("marshal.audit.instance"), seq), of(&log.body))
    };
    records.iter().map(record).collect()
}

/// A server with a stream that keeps what it acknowledged.
pub(super) trait Stream {
    fn again(&mut self);
    fn stop(&mut self);
    fn messages(&self) -> Vec<(Name, String)>;
}

const PASSWORD: &str = "hunter2-and-more";

/// The server ends and comes back, and the gateway is killed while it is away: everything arrives.
fn whichever_of_the_two_ends_midway(export: &str, server: &mut dyn Stream) {
    let mut gateway = setup(export).env("STREAM", PASSWORD).start();
    calls(&gateway);
    all_arrives(&gateway, || server.messages());
    server.stop();
    calls(&gateway);
    until("it is counted that the server is gone", || {
        let failures = gateway.metric("marshal_audit_export_failures_total{export=\"stream\"}");
        (failures > 0.0).then_some(())
    });
    gateway.kill();
    server.again();
    gateway.start();
    calls(&gateway);
    all_arrives(&gateway, || server.messages());
    gateway.stop();
    let said = gateway.log() + &gateway.stdout() + &gateway.run(&["check", "--json"]).stdout;
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_stream_of_redis_gets_everything_whichever_of_the_two_ends_midway() {
    let [at, _] = free_ports();
    let Some(mut redis) = Redis::start(at, PASSWORD) else {
        crate::support::skipped("there is no redis-server (Debian's package redis-server)");
        return;
    };
    let export = format!(
        "{{name: stream, kind: redis, address: \"{at}\", stream: trail, database: 2, user: default, password: {{env: STREAM}}}}"
    );
    whichever_of_the_two_ends_midway(&export, &mut redis);
}

#[test]
fn a_stream_of_nats_gets_everything_whichever_of_the_two_ends_midway() {
    let [at, _] = free_ports();
    let Some(mut nats) = Nats::start(at, PASSWORD) else {
        crate::support::skipped("there is no nats-server (Debian's package nats-server)");
        return;
    };
    let export = format!(
        "{{name: stream, kind: nats, address: \"{at}\", stream: evidence, subject: acme.audit, user: ada, password: {{env: STREAM}}}}"
    );
    whichever_of_the_two_ends_midway(&export, &mut nats);
    // What was sent again within two minutes is there once: each message has a name.
    let messages = nats.messages();
    let names: BTreeSet<&Name> = messages.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), messages.len());
}

/// A message of JSON: the chain, the number, and the record word for word.
pub(super) fn named(message: &str) -> (Name, String) {
    let read: Value = serde_json::from_str(message).unwrap();
    let (_, record) = message.split_once(",\"record\":").unwrap();
    let name = (
        read["instance"].as_str().unwrap().to_owned(),
        read["seq"].as_u64().unwrap(),
    );
    (name, record.strip_suffix('}').unwrap().to_owned())
}

#[test]
fn the_command_writes_a_file_and_the_trail_says_so() {
    let mut gateway = setup("{name: file, kind: jsonl, path: out.jsonl}").start();
    calls(&gateway);
    let other = gateway.key_of(&["--tenant", "acme"]);
    let body = Dialect::OpenAi.says("demo/demo-chat", "hello");
    let got = crate::support::Request::post(Dialect::OpenAi.path())
        .key(&other)
        .json(&body)
        .send(gateway.data);
    assert_eq!(got.status, 200, "{}", got.text());
    for running in [true, false] {
        if !running {
            gateway.stop();
        }
        for format in ["jsonl", "csv", "parquet"] {
            let before = trail(&gateway).len() as u64;
            let file = format!("audit.{format}");
            let arguments = [
                "audit", "export", "--json", "--format", format, "--output", &file,
            ];
            let ran = gateway.run(&arguments);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            let records = ran.json()["records"].as_u64().unwrap();
            assert!(records >= before, "{records} of {before}");
            let path = gateway.home().join(&file);
            assert_eq!(rows(format, &path).unwrap_or(records), records);
            let exports = gateway.records();
            let said = exports
                .iter()
                .rfind(|record| record["kind"] == "export")
                .unwrap();
            assert_eq!(
                (&said["format"], &said["records"]),
                (&json!(format), &json!(records))
            );
            assert!(said["to"].as_str().unwrap().ends_with(&file), "{said}");
        }
    }
    let of_tenant = [
        "audit", "export", "--format", "csv", "--output", "acme.csv", "--tenant", "acme", "--json",
    ];
    // The key; of the list of models and of the call the intent and the ending.
    assert_eq!(gateway.run(&of_tenant).json()["records"], 5);
    let none = [&of_tenant[..], &["--since", "2100-01-01"]].concat();
    assert_eq!(gateway.run(&none).json()["records"], 0);
    let wrong = gateway.run(&[&of_tenant[..], &["--until", "tomorrow"]].concat());
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("--until \"tomorrow\" is no day"),
        "{}",
        wrong.stderr
    );
    assert_eq!(gateway.verify()["ok"], true);
}

/// How many records a file holds; what is in Parquet is for the tests of the crate that writes it.
fn rows(format: &str, path: &Path) -> Option<u64> {
    match format {
        "jsonl" => Some(std::fs::read_to_string(path).unwrap().lines().count() as u64),
        "csv" => {
            const READ: &str = "import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))
assert all(not cell.startswith(('=', '+', '-', '@')) for row in rows for cell in row.values()), rows
assert any(row['request_model'].startswith(\"'=cmd\") for row in rows)
print(len(rows))";
            let out = Command::new("python3")
                .arg("-c")
                .arg(READ)
                .arg(path)
                .output()
                .unwrap();
            assert!(
                out.status.success(),
                "{}",
                String::from_utf8_lossy(&out.stderr)
            );
            String::from_utf8(out.stdout).unwrap().trim().parse().ok()
        }
        _ => {
            let bytes = std::fs::read(path).unwrap();
            assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
            None
        }
    }
}
