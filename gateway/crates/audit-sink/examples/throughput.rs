//! How many records a second the trail makes durable, signed, and how long one waits: `throughput [DIR] [WRITERS] [RECORDS]
//! [PER_SECOND]`. Without PER_SECOND each writer goes on as soon as its record is durable.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use marshal_audit::proof::Signer;
use marshal_audit::{Complete, Event, Outcome};
use marshal_audit_sink::{Sink, SinkOptions, new_instance};
use marshal_types::{CallId, Digest, NanoUsd, SystemClock, Usage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from)
        .join("marshal-throughput");
    let writers: usize = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let each: usize = arguments.next().map_or(Ok(64_000), |text| text.parse())? / writers;
    let per_second: Option<u32> = arguments.next().map(|text| text.parse()).transpose()?;
    let pause =
        per_second.map(|rate| Duration::from_secs(u64::try_from(writers).unwrap_or(1)) / rate);
    let clock = SystemClock::new();
    let instance = new_instance(&*clock);
    let key = Signer::from_seed(&[7; 32]).ok_or("no key")?;
    let options = SinkOptions {
        signing: Some(("marshal".to_owned(), Arc::new(key))),
        ..SinkOptions::new(&dir, instance, clock)
    };
    let (sink, _) = Sink::open(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?;
    let begun = Instant::now();
    let mut waits = runtime.block_on(async {
        let tasks: Vec<_> = (0..writers)
            .map(|writer| {
                // Calls do not come in step.
                let turn = u32::try_from(writer).unwrap_or(0);
                let first =
                    pause.map(|pause| (pause * turn / u32::try_from(writers).unwrap_or(1), pause));
                tokio::spawn(write(sink.clone(), each, first))
            })
            .collect();
        let mut waits = Vec::new();
        for task in tasks {
            waits.extend(task.await??);
        }
        Ok::<_, Box<dyn std::error::Error>>(waits)
    })?;
    let took = begun.elapsed();
    sink.close();
    waits.sort_unstable();
    let at = |part: usize| waits[(waits.len() - 1) * part / 100];
    let rate = waits.len() as u128 * 1_000_000 / took.as_micros();
    println!(
        "{writers} writers: {rate} records/s, wait p50 {:?}, p99 {:?}",
        at(50),
        at(99)
    );
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

async fn write(
    sink: Sink,
    count: usize,
    pace: Option<(Duration, Duration)>,
) -> Result<Vec<Duration>, marshal_audit_sink::SinkError> {
    let mut waits = Vec::with_capacity(count);
    let mut tick = pace
        .map(|(first, pause)| tokio::time::interval_at(tokio::time::Instant::now() + first, pause));
    for _ in 0..count {
        if let Some(tick) = &mut tick {
            tick.tick().await;
        }
        let event = Event::Complete(Box::new(Complete {
            classes: Vec::new(),
            more_findings: 0,
            findings: Vec::new(),
            attempt: 1,
            call: CallId::fresh(),
            dropped: Vec::new(),
            cost_nano_usd: NanoUsd(1_234_000),
            duration_us: 912_345,
            finish_reasons: vec!["stop".into()],
            first_byte_us: Some(301_000),
            outcome: Outcome::Ok,
            overhead_us: 25,
            payload: None,
            provider_code: None,
            response_bytes: 2_345,
            response_model: Some("gpt-4o-mini-2024-07-18".into()),
            response_sha256: Digest([2; 32]),
            restored: 2,
            status: 200,
            usage: Usage::default(),
        }));
        let begun = Instant::now();
        sink.append(&event).await?;
        waits.push(begun.elapsed());
    }
    Ok(waits)
}
