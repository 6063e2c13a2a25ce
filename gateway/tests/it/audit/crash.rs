//! `kill -9` under load, a hundred times; `MARSHAL_KILLS` says how often otherwise.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use marshal_types::random_bytes;
use serde_json::{Value, json};

use crate::support::{
    Connection, Gateway, Request, Seen, Setup, Speech, Upstream, answer, both, of_path, provider,
    stream,
};

const CLIENTS: u64 = 8;

fn digest(seen: &Seen) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &seen.body);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Calls without a pause, each with a prompt of its own, until the gateway is gone.
/// Whole answers go into `delivered`.
fn load(
    gateway: &Gateway,
    client: u64,
    number: &AtomicU64,
    over: &AtomicBool,
    delivered: &Mutex<Vec<String>>,
) {
    let dialect = both()[usize::try_from(client % 2).unwrap()];
    'connect: while !over.load(Ordering::Relaxed) {
        let Ok(mut connection) = Connection::open(gateway.data) else {
            continue;
        };
        while !over.load(Ordering::Relaxed) {
            let number = number.fetch_add(1, Ordering::Relaxed);
            let mut body = dialect.says("up/m", &format!("call {number}"));
            body["stream"] = json!(number.is_multiple_of(3));
            let request = Request::post(dialect.path()).key(&gateway.key).json(&body);
            if connection.send(&request.bytes()).is_err() {
                continue 'connect;
            }
            match connection.answer() {
                Ok(got) if got.whole && got.status == 200 => {
                    delivered.lock().unwrap().push(got.call());
                }
                _ => continue 'connect,
            }
        }
    }
}

#[test]
fn no_kill_loses_an_attempt_that_a_provider_saw() {
    let upstream = Upstream::start(|seen| {
        let dialect = of_path(seen.path());
        if seen.json()["stream"] == true {
            stream(dialect.streams(&["some", " words"]))
        } else {
            answer(200, &[], dialect.answers("well").to_string())
        }
    });
    let config = format!(
        "providers:\n{}",
        provider("up", &upstream.url(), "openai, anthropic", &["m"], "")
    );
    let mut gateway = Setup::with(config).start();
    let number = AtomicU64::new(0);
    let delivered = Mutex::new(Vec::new());
    let kills = std::env::var("MARSHAL_KILLS").map_or(100, |text| text.parse().unwrap());
    for kill in 1..=kills {
        let over = AtomicBool::new(false);
        let before = upstream.count();
        // Somewhere between the first calls and full swing.
        let until = before + 1 + usize::from(random_bytes::<1>()[0] % 48);
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (gateway, number, over, delivered) = (&gateway, &number, &over, &delivered);
                scope.spawn(move || load(gateway, client, number, over, delivered));
            }
            upstream.wait_for(until);
            gateway.signal(rustix::process::Signal::KILL);
            over.store(true, Ordering::Relaxed);
        });
        gateway.wait();
        let records = gateway.records();
        seen_was_written(&upstream, &records);
        delivered_was_completed(&delivered.lock().unwrap(), &records);
        gateway.start();
        let report = gateway.verify();
        assert_eq!(
            (&report["ok"], &report["open"]),
            (&json!(true), &json!(0)),
            "after kill {kill}: {report}"
        );
    }
    gateway.stop();
    assert!(
        !delivered.lock().unwrap().is_empty(),
        "no answer came whole: the test shows nothing"
    );
    let records = gateway.records();
    every_intent_has_one_ending(&records);
    let interrupted = records
        .iter()
        .filter(|record| record["kind"] == "interrupted")
        .count();
    assert!(
        interrupted > 0,
        "no kill came between an intent and its ending: the test shows nothing"
    );
    assert_eq!(gateway.verify()["ok"], true);
}

/// Every request that the provider saw has an intent over just these bytes.
fn seen_was_written(upstream: &Upstream, records: &[Value]) {
    let intents = records.iter().filter(|record| record["kind"] == "intent");
    let written: HashSet<&str> = intents
        .map(|intent| intent["request_sha256"].as_str().unwrap())
        .collect();
    for seen in upstream.seen() {
        assert!(
            written.contains(digest(&seen).as_str()),
            "no intent for {}",
            String::from_utf8_lossy(&seen.body)
        );
    }
}

/// Every answer that a client got whole has its completion on the disk.
fn delivered_was_completed(delivered: &[String], records: &[Value]) {
    let completed = records.iter().filter(|record| record["kind"] == "complete");
    let completed: HashSet<&str> = completed
        .map(|record| record["call"].as_str().unwrap())
        .collect();
    for call in delivered {
        assert!(completed.contains(call.as_str()), "no completion of {call}");
    }
}

fn every_intent_has_one_ending(records: &[Value]) {
    let attempt = |record: &Value| (record["call"].to_string(), record["attempt"].as_u64());
    let mut open: HashMap<_, u32> = HashMap::new();
    for record in records.iter().filter(|record| record["kind"] == "intent") {
        assert_eq!(
            open.insert(attempt(record), 0),
            None,
            "two intents for one attempt: {record}"
        );
    }
    for record in records {
        if ["complete", "abort", "interrupted"]
            .iter()
            .any(|kind| record["kind"] == *kind)
        {
            *open
                .get_mut(&attempt(record))
                .unwrap_or_else(|| panic!("an ending without intent: {record}")) += 1;
        }
    }
    let wrong: Vec<_> = open.iter().filter(|(_, endings)| **endings != 1).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
