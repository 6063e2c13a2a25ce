//! The results as data: `latest.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::machine::Machine;
use super::plan::{Lengths, Workload};
use crate::load::Report;

/// One measurement of one target.
pub(super) struct Round {
    pub(super) report: Report,
    pub(super) wall_s: f64,
    /// CPU time of the program between.
    pub(super) cpu_s: Option<f64>,
    /// Busy time of its core, whoever used it.
    pub(super) core_s: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Results {
    taken_at: String,
    pub(super) machine: Machine,
    pub(super) versions: Versions,
    pub(super) lengths: Lengths,
    pub(super) headline: Headline,
    pub(super) workloads: Vec<Measured>,
    pub(super) memory: BTreeMap<&'static str, Memory>,
    pub(super) notes: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Versions {
    pub(super) marshal: Option<String>,
    pub(super) nginx: Option<String>,
}

/// The figures to watch from one version to the next, all of Marshal.
#[derive(Default, Serialize)]
pub(super) struct Headline {
    pub(super) ratio_to_nginx_1k: Option<f64>,
    pub(super) ratio_to_nginx_30k: Option<f64>,
    pub(super) ratio_to_nginx_stream: Option<f64>,
    pub(super) cpu_us_per_call_1k: Option<f64>,
    pub(super) cpu_us_per_call_30k: Option<f64>,
    pub(super) cpu_us_per_stream: Option<f64>,
    pub(super) added_p50_us: Option<f64>,
    pub(super) added_p99_us: Option<f64>,
    pub(super) idle_mib: Option<f64>,
    pub(super) kib_per_stream: Option<f64>,
}

/// One workload, all targets.
#[derive(Serialize)]
pub(super) struct Measured {
    #[serde(flatten)]
    pub(super) workload: Workload,
    pub(super) targets: BTreeMap<&'static str, Figures>,
}

/// Medians over the rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) per_second: f64,
    /// Median of the ratios within each round.
    pub(super) ratio_to_nginx: Option<f64>,
    pub(super) cpu_us_per_call: Option<f64>,
    /// How much of its core the target had; well under 100 means that it was not the limit.
    pub(super) core_percent: Option<f64>,
    /// How much of that core others had, the kernel's network work for the target included.
    pub(super) others_percent: Option<f64>,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) first_byte_p50_us: f64,
    /// Over no gateway, in the same round.
    pub(super) added_p50_us: Option<f64>,
    pub(super) added_p99_us: Option<f64>,
    /// Calls not answered with 200 and to their end, over all rounds; must be 0.
    pub(super) bad: u64,
    pub(super) bad_statuses: BTreeMap<String, u64>,
    pub(super) rounds_per_second: Vec<f64>,
}

#[derive(Serialize)]
pub(super) struct Memory {
    pub(super) idle_kib: u64,
    pub(super) streams_kib: u64,
    pub(super) open_streams: u64,
    pub(super) kib_per_stream: Option<f64>,
}

impl Memory {
    pub(super) fn new(idle_kib: u64, streams_kib: u64, report: &Report) -> Self {
        let grown = streams_kib.saturating_sub(idle_kib);
        Self {
            idle_kib,
            streams_kib,
            open_streams: report.open_streams,
            kib_per_stream: (report.open_streams > 0)
                .then(|| tenths(float(grown) / float(report.open_streams))),
        }
    }
}

impl Results {
    pub(super) fn new(machine: Machine, lengths: Lengths, versions: Versions) -> Self {
        Self {
            taken_at: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
            machine,
            versions,
            lengths,
            headline: Headline::default(),
            workloads: Vec::new(),
            memory: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn taken_at(&self) -> &str {
        &self.taken_at
    }

    pub(super) fn add(&mut self, workload: &Workload, rounds: Vec<Vec<(&'static str, Round)>>) {
        let rounds: Vec<BTreeMap<&'static str, Round>> = rounds
            .into_iter()
            .map(|round| round.into_iter().collect())
            .collect();
        let names = rounds
            .first()
            .map(|round| round.keys().copied().collect::<Vec<_>>());
        let targets = names.unwrap_or_default().into_iter();
        self.workloads.push(Measured {
            workload: workload.clone(),
            targets: targets.map(|name| (name, figures(name, &rounds))).collect(),
        });
    }

    /// Draws the headline and what a reader must be warned of.
    pub(super) fn finish(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
        for measured in &self.workloads {
            for (name, figures) in &measured.targets {
                self.notes
                    .extend(warnings(&measured.workload, name, figures));
            }
        }
        for (name, memory) in &self.memory {
            if memory.open_streams < u64::try_from(self.lengths.open_streams).unwrap_or(0) {
                let open = memory.open_streams;
                self.notes
                    .push(format!("memory, {name}: only {open} streams were open."));
            }
        }
        let of = |name: &str| {
            let measured = self
                .workloads
                .iter()
                .find(|measured| measured.workload.name == name);
            measured
                .and_then(|measured| measured.targets.get("marshal").cloned())
                .unwrap_or_default()
        };
        let (small, large, stream) = (of("whole_1k"), of("whole_30k"), of("stream_60"));
        let single = of("single_1k");
        let memory = self.memory.get("marshal");
        self.headline = Headline {
            ratio_to_nginx_1k: small.ratio_to_nginx,
            ratio_to_nginx_30k: large.ratio_to_nginx,
            ratio_to_nginx_stream: stream.ratio_to_nginx,
            cpu_us_per_call_1k: small.cpu_us_per_call,
            cpu_us_per_call_30k: large.cpu_us_per_call,
            cpu_us_per_stream: stream.cpu_us_per_call,
            added_p50_us: single.added_p50_us,
            added_p99_us: single.added_p99_us,
            idle_mib: memory.map(|memory| tenths(float(memory.idle_kib) / 1024.0)),
            kib_per_stream: memory.and_then(|memory| memory.kib_per_stream),
        };
    }
}

fn warnings(workload: &Workload, name: &str, figures: &Figures) -> Vec<String> {
    let mut warnings = Vec::new();
    let what = workload.name;
    if figures.bad > 0 {
        let statuses = &figures.bad_statuses;
        warnings.push(format!(
            "{what}, {name}: {} calls went wrong {statuses:?}; do not quote it.",
            figures.bad
        ));
    }
    if workload.saturates() && figures.core_percent.is_some_and(|percent| percent < 80.0) {
        let percent = figures.core_percent.unwrap_or_default();
        warnings.push(format!(
            "{what}, {name}: it used {percent:.0} % of its core, so the mock, the generator or other programs were the limit: compare CPU a call."
        ));
    }
    warnings
}

fn figures(name: &str, rounds: &[BTreeMap<&'static str, Round>]) -> Figures {
    let own: Vec<&Round> = rounds.iter().filter_map(|round| round.get(name)).collect();
    let each = |value: fn(&Round) -> f64| median(own.iter().map(|round| value(round)));
    let maybe =
        |value: fn(&Round) -> Option<f64>| median(own.iter().filter_map(|round| value(round)));
    let against = |other: &str, value: fn(&Round, &Round) -> f64| {
        let pairs = rounds
            .iter()
            .filter_map(|round| Some((round.get(name)?, round.get(other)?)));
        median(pairs.map(|(own, other)| value(own, other)))
    };
    let added = |value: fn(&Round, &Round) -> f64| {
        if name == "direct" {
            None
        } else {
            against("direct", value)
        }
    };
    let mut bad_statuses: BTreeMap<String, u64> = BTreeMap::new();
    for (what, count) in own
        .iter()
        .flat_map(|round| round.report.statuses.iter().chain(&round.report.failures))
    {
        if what != "200" {
            *bad_statuses.entry(what.clone()).or_default() += count;
        }
    }
    Figures {
        per_second: each(|round| round.report.per_second).unwrap_or(0.0),
        ratio_to_nginx: against("nginx", |own, nginx| {
            hundredths(own.report.per_second / nginx.report.per_second)
        }),
        cpu_us_per_call: maybe(|round| {
            Some(tenths(
                round.cpu_s? * 1e6 / float(round.report.all_calls.max(1)),
            ))
        }),
        core_percent: maybe(|round| Some(tenths(round.cpu_s? / round.wall_s * 100.0))),
        others_percent: maybe(|round| {
            Some(tenths(
                (round.core_s? - round.cpu_s?).max(0.0) / round.wall_s * 100.0,
            ))
        }),
        p50_us: each(|round| round.report.latency_us.p50).unwrap_or(0.0),
        p99_us: each(|round| round.report.latency_us.p99).unwrap_or(0.0),
        first_byte_p50_us: each(|round| round.report.first_byte_us.p50).unwrap_or(0.0),
        added_p50_us: added(|own, direct| {
            tenths(own.report.latency_us.p50 - direct.report.latency_us.p50)
        }),
        added_p99_us: added(|own, direct| {
            tenths(own.report.latency_us.p99 - direct.report.latency_us.p99)
        }),
        bad: own.iter().map(|round| round.report.bad()).sum(),
        bad_statuses,
        rounds_per_second: own.iter().map(|round| round.report.per_second).collect(),
    }
}

/// The middle value, the lower of two; `None` of nothing.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a short run are far below 2^52"
)]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(per_second: f64, p50: f64, cpu_s: Option<f64>) -> Round {
        let mut report = Report {
            per_second,
            all_calls: 1000,
            ..Report::default()
        };
        report.latency_us.p50 = p50;
        Round {
            report,
            wall_s: 1.0,
            cpu_s,
            core_s: cpu_s.map(|cpu| cpu + 0.05),
        }
    }

    #[test]
    fn ratios_and_additions_compare_within_a_round() {
        // The second round ran on a machine half as fast: ratios hold, absolute figures do not.
        let rounds: Vec<BTreeMap<&'static str, Round>> = [(1.0, 1.0), (0.5, 2.0), (1.0, 1.0)]
            .map(|(speed, slow)| {
                BTreeMap::from([
                    ("direct", round(1000.0 * speed, 10.0 * slow, None)),
                    ("nginx", round(100.0 * speed, 30.0 * slow, Some(0.9))),
                    ("marshal", round(80.0 * speed, 40.0 * slow, Some(0.025))),
                ])
            })
            .into();
        let marshal = figures("marshal", &rounds);
        assert_eq!(marshal.ratio_to_nginx, Some(0.8));
        assert_eq!(marshal.added_p50_us, Some(30.0));
        assert_eq!(marshal.cpu_us_per_call, Some(25.0));
        assert_eq!(
            (marshal.core_percent, marshal.others_percent),
            (Some(2.5), Some(5.0))
        );
        assert_eq!(figures("direct", &rounds).added_p50_us, None);
    }

    #[test]
    fn without_nginx_there_is_no_ratio() {
        let rounds = [BTreeMap::from([("marshal", round(80.0, 40.0, Some(0.5)))])];
        assert_eq!(figures("marshal", &rounds).ratio_to_nginx, None);
        assert_eq!(figures("marshal", &rounds).added_p50_us, None);
    }

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0].into_iter()), Some(1.0));
        assert_eq!(median([].into_iter()), None);
    }
}
