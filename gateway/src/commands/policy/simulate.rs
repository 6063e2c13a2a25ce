//! `marshal policy simulate`: recorded calls, put to a changed bundle.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marshal_audit::{chain_folders, segment_file, trail_folder};
use marshal_pipeline::{Judged, Recorded, judge};
use marshal_policies::Bundle;
use marshal_types::NanoUsd;
use serde_json::{Value, json};

use super::record::Line;
use crate::cli::Global;
use crate::output;

/// Calls that are printed one by one; the counts are of all.
const MOST_SHOWN: usize = 100;

/// What came of it.
#[derive(Default)]
struct Simulated {
    /// Decisions of policies that were put to the bundle again.
    asked: u64,
    same: u64,
    /// Refusals that were decided before a target was known, or by something else than policies.
    passed_over: u64,
    gained: u64,
    lost: u64,
    /// What the lost calls had cost.
    lost_cost: NanoUsd,
    /// By line and change: how many.
    by_line: BTreeMap<(&'static str, String), u64>,
    shown: Vec<Shown>,
}

struct Shown {
    call: String,
    who: String,
    change: &'static str,
    judged: Judged,
}

/// Reads the trail and prints what would be decided otherwise.
pub(super) fn run(global: &Global, against: Option<PathBuf>) -> Result<ExitCode, ExitCode> {
    let (source, config) = super::source(global, None)?;
    let bundle = super::load(global, &source)?;
    let data = against.unwrap_or(config.data_dir);
    let trail = if data.join("audit").is_dir() {
        trail_folder(&data)
    } else {
        data
    };
    let simulated = read(&bundle, &trail).map_err(|error| {
        output::wrong(
            &format!("the trail {} cannot be read: {error}", trail.display()),
            global.json,
        )
    })?;
    if global.json {
        output::object(&object(&bundle, &simulated));
    } else {
        output::print(&text(&bundle, &simulated));
    }
    Ok(ExitCode::from(output::WELL))
}

fn read(bundle: &Bundle, trail: &Path) -> std::io::Result<Simulated> {
    let names = chain_folders(trail)?;
    if names.is_empty() {
        return Err(std::io::Error::other("no audit trail is here"));
    }
    let mut simulated = Simulated::default();
    let mut lost: HashSet<String> = HashSet::new();
    let mut line = Vec::new();
    for name in names {
        for number in 1.. {
            let Ok(file) = File::open(trail.join(&name).join(segment_file(number))) else {
                break;
            };
            let mut reader = BufReader::with_capacity(1 << 20, file);
            loop {
                line.clear();
                if reader.read_until(b'\n', &mut line)? == 0 {
                    break;
                }
                // What is torn or foreign is for `audit verify` to tell.
                if let Ok(record) = serde_json::from_slice::<Line<'_>>(&line) {
                    simulated.record(bundle, &record, &mut lost);
                }
            }
        }
    }
    Ok(simulated)
}

impl Simulated {
    fn record(&mut self, bundle: &Bundle, record: &Line<'_>, lost: &mut HashSet<String>) {
        let call = record.call.as_deref().unwrap_or_default();
        if record.kind == "complete" {
            if lost.contains(call) {
                let cost = NanoUsd(record.cost_nano_usd.unwrap_or_default());
                self.lost_cost = self.lost_cost.saturating_add(cost);
            }
            return;
        }
        let Some((recorded, allowed)) = record.asked() else {
            self.passed_over += u64::from(record.kind == "deny");
            return;
        };
        self.asked += 1;
        let judged = judge(bundle, &recorded);
        if judged.allowed == allowed {
            self.same += 1;
            return;
        }
        let change = if judged.allowed { "gains" } else { "loses" };
        if judged.allowed {
            self.gained += 1;
        } else {
            self.lost += 1;
            // The first attempt stands for its call.
            if record.attempt.unwrap_or(1) == 1 {
                lost.insert(call.to_owned());
            }
        }
        let line = judged
            .rule
            .as_ref()
            .map_or_else(|| "(no line)".to_owned(), ToString::to_string);
        *self.by_line.entry((change, line)).or_default() += 1;
        if self.shown.len() < MOST_SHOWN {
            self.shown.push(Shown {
                call: call.to_owned(),
                who: who(&recorded),
                change,
                judged,
            });
        }
    }
}

fn who(recorded: &Recorded) -> String {
    let subjects = recorded.principal.subjects.iter();
    subjects
        .map(|subject| &**subject)
        .collect::<Vec<_>>()
        .join(" ")
}

fn text(bundle: &Bundle, simulated: &Simulated) -> String {
    let mut text = String::new();
    for shown in &simulated.shown {
        text.push_str(&format!(
            "{}  {}  {}: {}\n",
            shown.change, shown.call, shown.who, shown.judged.reason
        ));
    }
    for ((change, line), count) in &simulated.by_line {
        text.push_str(&format!("{count:>8} {change} by {line}\n"));
    }
    text.push_str(&format!(
        "{} decisions under {} ({}): {} the same, {} gained, {} lost; the lost calls had cost {} USD\n",
        simulated.asked,
        bundle.label(),
        bundle.digest(),
        simulated.same,
        simulated.gained,
        simulated.lost,
        simulated.lost_cost
    ));
    if simulated.passed_over > 0 {
        text.push_str(&format!(
            "{} refusals were not decided by policies about a target, and are passed over\n",
            simulated.passed_over
        ));
    }
    text
}

fn object(bundle: &Bundle, simulated: &Simulated) -> Value {
    let calls: Vec<Value> = simulated
        .shown
        .iter()
        .map(|shown| {
            json!({
                "call": shown.call, "who": shown.who, "change": shown.change,
                "target": shown.judged.target.as_ref().map(ToString::to_string),
                "rule": shown.judged.rule.as_ref().map(ToString::to_string),
                "reason": shown.judged.reason,
            })
        })
        .collect();
    let lines: Vec<Value> = simulated
        .by_line
        .iter()
        .map(|((change, line), count)| json!({ "change": change, "line": line, "count": count }))
        .collect();
    json!({
        "ok": true,
        "policy": bundle.digest().to_string(),
        "decisions": simulated.asked,
        "same": simulated.same,
        "gained": simulated.gained,
        "lost": simulated.lost,
        "lost_cost_usd": simulated.lost_cost.to_string(),
        "passed_over": simulated.passed_over,
        "lines": lines,
        "calls": calls,
    })
}
