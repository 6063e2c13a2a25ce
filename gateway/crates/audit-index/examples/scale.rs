//! How the trail and its index do at scale: `scale DIR RECORDS` writes a signed trail of so many records over thirty days
//! (unless DIR has one), verifies it, makes the index and asks it questions. Prints one JSON object.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use marshal_audit::proof::{Signer, prove};
use marshal_audit::{
    AuditQuery, CallResult, Draft, Event, Filter, Log, Start, segment_file, trail_folder, verify,
};
use marshal_audit_index::Index;
use marshal_types::{CallId, Digest, Timestamp};
use serde_json::{Value, json};

const SEGMENT: usize = 64 * 1024 * 1024;
const BEGINS: u64 = 1_793_491_200_000_000; // 2026-11-01
const SPAN: u64 = 30 * 86_400 * 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir: PathBuf = arguments.next().ok_or("scale DIR RECORDS")?.into();
    let records: u64 = arguments.next().ok_or("scale DIR RECORDS")?.parse()?;
    let trail = trail_folder(&dir);
    if !trail.exists() {
        write(&trail, records)?;
    }
    let begun = Instant::now();
    let report = verify(&dir);
    let verified = begun.elapsed();
    let index = Index::open(&dir).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    index.rebuild()?;
    let rebuilt = begun.elapsed();
    let calls = records / 2;
    let some = |n: u64| call(n * 7_919 % calls, calls);
    let mut by_id: Vec<Duration> = (0..200)
        .map(|n| time(|| index.call(some(n)).map(drop)))
        .collect();
    let mut filtered: Vec<Duration> = Vec::new();
    for n in 0..25_u64 {
        let text = |text: String| Some(text);
        let filters = [
            Filter {
                tenant: text(format!("tenant-{}", n % 50)),
                ..Filter::default()
            },
            Filter {
                key: text(format!("key-{}", n * 19 % 500)),
                ..Filter::default()
            },
            Filter {
                model: text(format!("model-{}", n % 20)),
                code: text("data_blocked".into()),
                ..Filter::default()
            },
            Filter {
                tenant: text(format!("tenant-{}", n % 50)),
                result: Some(CallResult::Denied),
                ..Filter::default()
            },
            Filter {
                class: text("pci".into()),
                tenant: text(format!("tenant-{}", n % 50)),
                ..Filter::default()
            },
            Filter {
                provider: text("provider-3".into()),
                before: Some(some(n)),
                ..Filter::default()
            },
            Filter {
                since: Some(Timestamp::from_micros(BEGINS + SPAN / 30 * n)),
                until: Some(Timestamp::from_micros(BEGINS + SPAN / 30 * (n + 1))),
                ..Filter::default()
            },
            Filter {
                tenant: text("nobody".into()),
                ..Filter::default()
            },
        ];
        for filter in &filters {
            filtered.push(time(|| index.calls(filter).map(drop)));
        }
    }
    let mut front: Vec<Duration> = (0..50)
        .map(|_| {
            time(|| {
                index.calls(&Filter::default())?;
                index.changes(50).map(drop)
            })
        })
        .collect();
    let begun = Instant::now();
    let proofs = prove(&trail, some(3))?;
    let proved = begun.elapsed();
    let size = std::fs::metadata(marshal_audit_index::index_file(&dir))?.len();
    println!(
        "{}",
        json!({
            "records": report.records, "ok": report.ok, "checkpoints": report.checkpoints,
            "verify_records_per_second": (report.records as f64 / verified.as_secs_f64()) as u64,
            "index_rebuild_s": rebuilt.as_secs_f64(), "index_records_per_second": (report.records as f64 / rebuilt.as_secs_f64()) as u64,
            "index_bytes": size, "by_id_ms": spread(&mut by_id), "filtered_ms": spread(&mut filtered),
            "front_page_ms": spread(&mut front), "prove_s": proved.as_secs_f64(),
            "proof_hashes": proofs.iter().map(|proof| proof.hashes.len()).max(),
        })
    );
    Ok(())
}

fn time<E: std::fmt::Debug>(ask: impl FnOnce() -> Result<(), E>) -> Duration {
    let begun = Instant::now();
    let asked = ask();
    let took = begun.elapsed();
    if let Err(error) = asked {
        eprintln!("{error:?}");
    }
    took
}

fn spread(times: &mut [Duration]) -> Value {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    json!({ "p50": at(50), "p95": at(95), "max": at(100) })
}

/// The call's number in time.
fn call(number: u64, calls: u64) -> CallId {
    let millis = (BEGINS + SPAN / calls * number) / 1_000;
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6] = 0x70;
    bytes[8] = 0x80;
    bytes[9..].copy_from_slice(&number.to_be_bytes()[1..]);
    CallId::of_bytes(bytes)
}

fn write(trail: &Path, records: u64) -> Result<(), Box<dyn std::error::Error>> {
    let folder = trail.join("scale");
    std::fs::create_dir_all(&folder)?;
    let key = Signer::from_seed(&[7; 32]).ok_or("no key")?;
    let origin = "marshal/scale";
    let (mut log, mut out, mut segment) = (Log::default(), Vec::new(), 1);
    let time = |micros: u64| Timestamp::from_micros(micros).to_string();
    let start = Event::Start(Start {
        handover: false,
        instance: "scale".into(),
        policy_digest: Digest([1; 32]),
        previous: Vec::new(),
        version: "0".into(),
        vkey: Some(key.vkey(origin).to_string().into()),
    });
    log.seal(&Draft::of(&start), &time(BEGINS), &mut out);
    let calls = records / 2;
    for number in 0..calls {
        let at = BEGINS + SPAN / calls * number;
        for event in call_records(number, calls)? {
            log.seal(&Draft::of(&event), &time(at), &mut out);
        }
        if log.unsigned() >= 1_000 {
            log.sign(origin, &key, &time(at), &mut out);
        }
        if out.len() >= SEGMENT || number + 1 == calls {
            log.sign(origin, &key, &time(at), &mut out);
            std::fs::File::create(folder.join(segment_file(segment)))?.write_all(&out)?;
            out.clear();
            segment += 1;
        }
    }
    Ok(())
}

fn call_records(number: u64, calls: u64) -> Result<Vec<Event<'static>>, serde_json::Error> {
    let id = call(number, calls).to_string();
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (tenant, key) = (
        format!("tenant-{}", mixed % 50),
        format!("key-{}", mixed % 500),
    );
    let (model, provider) = (
        format!("model-{}", mixed % 20),
        format!("provider-{}", mixed % 5),
    );
    let classes: &[&str] = match mixed % 40 {
        0 => &["pci"],
        1..4 => &["pii"],
        _ => &[],
    };
    let zeros = "0".repeat(64);
    if mixed.is_multiple_of(97) {
        let deny = json!({"attempts": 0, "call": id, "classes": classes, "code": "data_blocked", "detail": null, "findings": [],
            "key": key, "message": "no", "place": null, "policy": zeros, "request_model": model, "rule": "secrets", "status": 403,
            "surface": "chat", "tenant": tenant});
        let twice = serde_json::from_value(deny)?;
        return Ok(vec![Event::Deny(Box::new(twice))]);
    }
    let intent = json!({"access_rule": "everyone", "attempt": 1, "call": id, "classes": classes, "client_dialect": "openai",
        "compliance_rule": "eu", "dropped": [], "findings": [], "key": key, "model": model, "plan": {"order": [], "removed": []},
        "policy": zeros, "provider": provider, "provider_dialect": "openai", "purpose": null, "request_bytes": 700,
        "request_model": "fast", "request_sha256": zeros, "reserved_nano_usd": 1000, "shadow": [], "source": "dispatch",
        "stream": true, "surface": "chat", "tags": [], "tenant": tenant, "trace_id": null});
    let complete = json!({"attempt": 1, "call": id, "cost_nano_usd": 1234, "dropped": [], "duration_us": 900_000,
        "finish_reasons": ["stop"], "first_byte_us": 300_000, "outcome": "ok", "overhead_us": 25, "response_bytes": 500,
        "response_model": null, "response_sha256": zeros, "restored": 0, "status": 200,
        "usage": {"input": 10, "output": 3, "cache_read": 4, "cache_write": 0, "reasoning": 1, "estimated": false}});
    Ok(vec![
        Event::Intent(Box::new(serde_json::from_value(intent)?)),
        Event::Complete(Box::new(serde_json::from_value(complete)?)),
    ])
}
