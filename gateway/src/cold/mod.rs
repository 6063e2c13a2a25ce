//! Ended segments of the trail go to a store of objects: as they are, so that a copy verifies, and as Parquet.

mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use marshal_audit::{chain_links, chains_in_order, segment_file, segment_numbers};
use marshal_audit_export::export_segment;
use marshal_audit_sink::is_taken_over;
use marshal_state::write_atomic;
use marshal_telemetry::ExportMetrics;

use crate::assemble::chain as causes;
use crate::paths;

pub(crate) use store::Store;

/// How many segments of each chain are there.
const STATE: &str = "archive.json";

/// Brings ended segments away.
pub(crate) struct Archive {
    pub store: Store,
    pub every: Duration,
    /// The trail's folder.
    pub trail: PathBuf,
    pub data: PathBuf,
    pub metrics: ExportMetrics,
}

/// A segment that will not grow.
struct Ended {
    chain: String,
    number: u32,
}

impl Archive {
    /// Runs until the process ends.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut tick = tokio::time::interval(self.every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = Ok(());
        loop {
            tick.tick().await;
            let done = self.bring().await;
            if done != told {
                match &done {
                    Ok(()) => {
                        tracing::info!("Ended segments of the audit trail are archived again.")
                    }
                    Err(error) => {
                        tracing::error!(%error, "Ended segments of the audit trail cannot be archived; it is tried again.");
                    }
                }
            }
            if done.is_ok() {
                self.metrics.lag(Duration::ZERO);
            } else {
                self.metrics.failed();
                self.tell_lag().await;
            }
            told = done;
        }
    }

    /// Since when something waits that could not be brought away.
    async fn tell_lag(self: &Arc<Self>) {
        let this = self.clone();
        let oldest = on_disk(move || {
            let (_, ended) = this.ended()?;
            let times = ended.iter().map(|segment| {
                let seen = this.file(segment).metadata()?;
                seen.modified()
            });
            Ok(times.flatten().min())
        });
        // Where not even that is known, what was said last stands.
        if let Ok(oldest) = oldest.await {
            let lag = oldest.and_then(|oldest| oldest.elapsed().ok());
            self.metrics.lag(lag.unwrap_or_default());
        }
    }

    fn file(&self, segment: &Ended) -> PathBuf {
        let folder = self.trail.join(&segment.chain);
        folder.join(segment_file(segment.number))
    }

    /// Brings away what has ended.
    async fn bring(self: &Arc<Self>) -> Result<(), String> {
        let this = self.clone();
        let (mut there, ended) = on_disk(move || this.ended()).await?;
        for segment in ended {
            let this = self.clone();
            let (chain, number) = (segment.chain.clone(), segment.number);
            let (raw, table, records) = on_disk(move || this.read(&segment)).await?;
            let name = segment_file(number);
            let table_name = name.replace(".jsonl", ".parquet");
            self.store
                .put(&format!("audit/{chain}/{name}"), "application/jsonl", raw)
                .await?;
            self.store
                .put(
                    &format!("parquet/{chain}/{table_name}"),
                    "application/vnd.apache.parquet",
                    table,
                )
                .await?;
            there.insert(chain, number);
            let text = serde_json::to_vec(&there).map_err(|error| error.to_string())?;
            let state = paths::state(&self.data);
            on_disk(move || write_atomic(&state, STATE, &text).map_err(|error| causes(&error)))
                .await?;
            self.metrics.exported(records);
        }
        Ok(())
    }

    /// What is there already, and what is to be brought there, in order.
    fn ended(&self) -> Result<(BTreeMap<String, u32>, Vec<Ended>), String> {
        let file = paths::state(&self.data).join(STATE);
        let there: BTreeMap<String, u32> = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| format!("{} is not as it was written: {error}", file.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        };
        let wrong = |error: std::io::Error| format!("{}: {error}", self.trail.display());
        let mut ended = Vec::new();
        // Chains of which all is there, or about to be: a copy verifies only with what its chains link.
        let mut whole = BTreeSet::new();
        for chain in chains_in_order(&self.trail).map_err(wrong)? {
            let links = chain_links(&self.trail, &chain).map_err(wrong)?;
            let waits =
                |linked: &String| !whole.contains(linked) && self.trail.join(linked).exists();
            if links.iter().any(waits) {
                continue;
            }
            // Asked before it is listed: one that is taken over in between has its last segment left for the next time.
            let over = is_taken_over(&self.data, &chain)
                || has_stopped(&self.trail, &chain).map_err(wrong)?;
            let mut numbers = segment_numbers(&self.trail, &chain).map_err(wrong)?;
            if over {
                whole.insert(chain.clone());
            } else {
                numbers.pop();
            }
            let known = there.get(&chain).copied().unwrap_or(0);
            ended.extend(
                numbers
                    .into_iter()
                    .filter(|number| *number > known)
                    .map(|number| Ended {
                        chain: chain.clone(),
                        number,
                    }),
            );
        }
        Ok((there, ended))
    }

    /// The segment as it is, as a table, and how many records it has.
    fn read(&self, segment: &Ended) -> Result<(Bytes, Bytes, u64), String> {
        let file = self.file(segment);
        let raw = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let draft = format!("archive-{}.parquet", std::process::id());
        let draft = paths::state(&self.data).join(draft);
        let (records, table) = table(&self.trail, segment, &draft)?;
        Ok((raw.into(), table.into(), records))
    }
}

/// Whether a chain ends with its `stop`, behind which a checkpoint stands at most.
fn has_stopped(trail: &Path, chain: &str) -> std::io::Result<bool> {
    let Some(last) = segment_numbers(trail, chain)?.pop() else {
        return Ok(false);
    };
    let mut file = File::open(trail.join(chain).join(segment_file(last)))?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let stop = memchr::memmem::rfind(&end, br#"{"kind":"stop","prev":"#);
    Ok(stop.is_some_and(|at| {
        let behind = end[at..].split(|byte| *byte == b'\n').skip(1);
        behind
            .filter(|line| !line.is_empty())
            .all(|line| memchr::memmem::find(line, br#""kind":"checkpoint""#).is_some())
    }))
}

/// More than a `stop` and a checkpoint are long.
const END: u64 = 4_096;

fn table(trail: &Path, segment: &Ended, draft: &Path) -> Result<(u64, Vec<u8>), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", draft.display());
    let file = File::create(draft).map_err(wrong)?;
    let records = export_segment(trail, &segment.chain, segment.number, file)
        .map_err(|error| causes(&error))?;
    let table = std::fs::read(draft).map_err(wrong)?;
    std::fs::remove_file(draft).map_err(wrong)?;
    Ok((records, table))
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| error.to_string())?
}
