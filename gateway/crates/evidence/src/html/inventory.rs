//! The pages of an inventory and of a fact sheet.

use std::collections::BTreeMap;

use super::{Page, dollars, moment};
use crate::fact_sheet::FactSheet;
use crate::inventory::{Inventory, TargetUse};

pub(crate) fn inventory(inventory: &Inventory) -> String {
    let mut page = Page::new("Models and providers in use");
    page.facts([
        ("From", moment(&inventory.from)),
        ("Until before", moment(&inventory.to)),
        ("Made", moment(&inventory.generated)),
        ("Targets", inventory.targets.len().to_string()),
    ]);
    page.raw("<h2>The trail</h2>")
        .trail(&inventory.trail)
        .raw("<h2>Targets</h2>");
    if inventory.targets.is_empty() {
        page.paragraph("No call went to a provider in this time.");
        return page.end();
    }
    let rows: Vec<Vec<String>> = inventory.targets.iter().map(row).collect();
    let columns = [
        "Target",
        "First use",
        "Last use",
        "Attempts",
        "Failed",
        "Input tokens",
        "Output tokens",
        "Cost",
    ];
    page.table(
        "Attempts that began, and answers that ended, in the period",
        &columns,
        &rows,
    );
    for one in &inventory.targets {
        target(&mut page, one);
    }
    page.end()
}

fn row(one: &TargetUse) -> Vec<String> {
    vec![
        format!("{}/{}", one.provider, one.model),
        moment(&one.first),
        moment(&one.last),
        one.attempts.to_string(),
        one.failed.to_string(),
        one.input_tokens.to_string(),
        one.output_tokens.to_string(),
        match one.unpriced {
            0 => dollars(one.cost_nano_usd.0),
            some => format!("{}, {some} unpriced", dollars(one.cost_nano_usd.0)),
        },
    ]
}

fn target(page: &mut Page, one: &TargetUse) {
    page.raw("<h2>")
        .text(&format!("{}/{}", one.provider, one.model))
        .raw("</h2>");
    let rows: Vec<Vec<String>> = one
        .facts
        .iter()
        .map(|(name, value)| {
            let proven = one.facts_with_evidence.contains(name);
            vec![
                name.clone(),
                value.clone(),
                if proven { "yes" } else { "no" }.to_owned(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        page.table(
            "What was known of it",
            &["Fact", "Value", "With evidence"],
            &rows,
        );
    }
    for (caption, counts) in [
        ("Purposes", &one.purposes),
        ("Classes of data found", &one.classes),
        ("Tenants", &one.tenants),
        ("Access lines that allowed it", &one.access_lines),
        (
            "Compliance lines that let the data go",
            &one.compliance_lines,
        ),
    ] {
        tally(page, caption, counts);
    }
}

fn tally(page: &mut Page, caption: &str, counts: &BTreeMap<String, u64>) {
    if !counts.is_empty() {
        let rows: Vec<Vec<String>> = counts
            .iter()
            .map(|(name, count)| vec![name.clone(), count.to_string()])
            .collect();
        page.table(caption, &["What", "Attempts"], &rows);
    }
}

pub(crate) fn fact_sheet(sheet: &FactSheet) -> String {
    let mut page = Page::new(&format!("Fact sheet: {}", sheet.target));
    page.facts([
        ("From", moment(&sheet.from)),
        ("Until before", moment(&sheet.to)),
        ("Made", moment(&sheet.generated)),
    ]);
    page.raw("<h2>The trail</h2>")
        .trail(&sheet.trail)
        .raw("<h2>Month by month</h2>");
    if sheet.months.is_empty() {
        page.paragraph("No record names this target in this time.");
        return page.end();
    }
    let rows: Vec<Vec<String>> = sheet
        .months
        .iter()
        .map(|month| {
            let findings: Vec<String> = month
                .findings
                .iter()
                .map(|(class, n)| format!("{class}: {n}"))
                .collect();
            vec![
                month.month.clone(),
                month.attempts.to_string(),
                month.errors.to_string(),
                millis(month.duration_p50_us),
                millis(month.duration_p95_us),
                month.input_tokens.to_string(),
                month.output_tokens.to_string(),
                dollars(month.cost_nano_usd.0),
                month.refusals.to_string(),
                findings.join(", "),
            ]
        })
        .collect();
    let columns = [
        "Month",
        "Attempts",
        "Errors",
        "Median",
        "95 of 100",
        "Input tokens",
        "Output tokens",
        "Cost",
        "Refusals",
        "Findings",
    ];
    page.table(
        "Times are from the request's arrival to the answer's end",
        &columns,
        &rows,
    );
    page.end()
}

fn millis(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}
