//! The results for people: `latest.md`.

use std::fmt::Write;

use super::report::{Figures, Measured, Results};

/// Rows are in this order.
const ORDER: [&str; 3] = ["direct", "nginx", "marshal"];

/// The whole page.
pub(super) fn render(results: &Results) -> String {
    let mut page = String::from("# Side by side: no gateway, nginx, Marshal\n\n");
    // Writing to a string cannot fail.
    let _ = intro(&mut page, results);
    for measured in &results.workloads {
        let _ = workload(&mut page, measured);
    }
    let _ = memory(&mut page, results);
    if !results.notes.is_empty() {
        page.push_str("\n## Notes\n\n");
        for note in &results.notes {
            let _ = writeln!(page, "- {note}");
        }
    }
    page
}

fn intro(page: &mut String, results: &Results) -> std::fmt::Result {
    let lengths = results.lengths;
    let unknown = || "not measured".to_owned();
    writeln!(
        page,
        "{}. {}\n",
        results.taken_at(),
        results.machine.sentence()
    )?;
    writeln!(
        page,
        "Marshal: {}. nginx: {}. Medians of {} rounds of {} s, all targets in turn; ratios and additions within a round.",
        results.versions.marshal.clone().unwrap_or_else(unknown),
        results.versions.nginx.clone().unwrap_or_else(unknown),
        lengths.rounds,
        lengths.seconds
    )?;
    writeln!(
        page,
        "Marshal runs with everything on: authentication, both policies, detectors over every string, budgets and a durable audit trail; only the limits are raised. nginx is a plain reverse proxy (one worker, kept connections, no log).\n"
    )?;
    let head = &results.headline;
    writeln!(
        page,
        "| Marshal | 1 KB | 30 KB | stream of 60 |\n|---|---|---|---|"
    )?;
    writeln!(
        page,
        "| throughput, as a ratio to nginx | {} | {} | {} |",
        shown(head.ratio_to_nginx_1k, 2),
        shown(head.ratio_to_nginx_30k, 2),
        shown(head.ratio_to_nginx_stream, 2)
    )?;
    writeln!(
        page,
        "| CPU a call, µs | {} | {} | {} |\n",
        shown(head.cpu_us_per_call_1k, 1),
        shown(head.cpu_us_per_call_30k, 1),
        shown(head.cpu_us_per_stream, 0)
    )?;
    writeln!(
        page,
        "One connection, 1 KB: adds {} µs at p50 and {} µs at p99. Memory: {} MiB idle, {} KiB an open stream.",
        shown(head.added_p50_us, 0),
        shown(head.added_p99_us, 0),
        shown(head.idle_mib, 1),
        shown(head.kib_per_stream, 1)
    )
}

fn workload(page: &mut String, measured: &Measured) -> std::fmt::Result {
    writeln!(
        page,
        "\n## {}: {}\n",
        measured.workload.name, measured.workload.what
    )?;
    page.push_str("| | per second | to nginx | CPU µs | core % | p50 µs | p99 µs | first byte p50 µs | added p50 µs | added p99 µs | wrong |\n");
    page.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    for name in ORDER {
        if let Some(figures) = measured.targets.get(name) {
            row(page, name, figures)?;
        }
    }
    Ok(())
}

fn row(page: &mut String, name: &str, figures: &Figures) -> std::fmt::Result {
    writeln!(
        page,
        "| {name} | {:.0} | {} | {} | {} | {:.0} | {:.0} | {:.0} | {} | {} | {} |",
        figures.per_second,
        shown(figures.ratio_to_nginx, 2),
        shown(figures.cpu_us_per_call, 1),
        shown(figures.core_percent, 0),
        figures.p50_us,
        figures.p99_us,
        figures.first_byte_p50_us,
        shown(figures.added_p50_us, 0),
        shown(figures.added_p99_us, 0),
        figures.bad
    )
}

fn memory(page: &mut String, results: &Results) -> std::fmt::Result {
    page.push_str("\n## Memory\n\n| | idle MiB | with slow streams MiB | streams open | KiB a stream |\n|---|---|---|---|---|\n");
    for (name, memory) in &results.memory {
        writeln!(
            page,
            "| {name} | {} | {} | {} | {} |",
            memory.idle_kib / 1024,
            memory.streams_kib / 1024,
            memory.open_streams,
            shown(memory.kib_per_stream, 1)
        )?;
    }
    Ok(())
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}
