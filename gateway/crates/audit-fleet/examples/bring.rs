//! How a fleet's database does at scale: `bring DIR` brings the trail in DIR (the example `scale` of the index writes one)
//! to a PostgreSQL of its own and asks it questions. Prints one JSON object.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use marshal_audit::{AuditQuery, Filter, QueryError};
use marshal_audit_fleet::Fleet;
use marshal_audit_fleet::testing::Postgres;
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir: PathBuf = std::env::args().nth(1).ok_or("bring DIR")?.into();
    let server = Postgres::start("bring").ok_or("there is no PostgreSQL")?;
    let fleet = Fleet::new(server.options("one"), &dir);
    let begun = Instant::now();
    fleet.catch_up().map_err(|error| error.source)?;
    let brought = begun.elapsed();
    let newest = fleet.calls(&Filter {
        limit: 1_000,
        ..Filter::default()
    })?;
    let mut by_id: Vec<Duration> = newest
        .iter()
        .step_by(5)
        .map(|one| time(|| fleet.call(one.call).map(drop)))
        .collect();
    let text = |text: String| Some(text);
    let mut filtered: Vec<Duration> = (0..25)
        .flat_map(|n| {
            [
                Filter {
                    tenant: text(format!("tenant-{n}")),
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
                    class: text("pci".into()),
                    tenant: text(format!("tenant-{n}")),
                    ..Filter::default()
                },
                Filter {
                    tenant: text("nobody".into()),
                    ..Filter::default()
                },
            ]
        })
        .map(|filter| time(|| fleet.calls(&filter).map(drop)))
        .collect();
    let mut front: Vec<Duration> = (0..25)
        .map(|_| {
            time(|| {
                fleet
                    .calls(&Filter::default())
                    .and_then(|_| fleet.changes(20))
                    .map(drop)
            })
        })
        .collect();
    println!(
        "{}",
        json!({
            "bring_s": brought.as_secs_f64(),
            "by_id_ms": spread(&mut by_id),
            "filtered_ms": spread(&mut filtered),
            "front_page_ms": spread(&mut front),
        })
    );
    Ok(())
}

/// How long a question takes. One that fails is no measurement.
fn time(ask: impl FnOnce() -> Result<(), QueryError>) -> Duration {
    let begun = Instant::now();
    if let Err(error) = ask() {
        eprintln!("{error}: {}", error.source);
        std::process::exit(1);
    }
    begun.elapsed()
}

fn spread(times: &mut [Duration]) -> serde_json::Value {
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    json!({"p50": at(50), "p95": at(95), "max": at(100)})
}
