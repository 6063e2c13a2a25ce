//! The page of a report.

use super::{Page, moment, values};
use crate::answer::{Example, Status};
use crate::evidence::{ControlEvidence, Evidence, QueryEvidence};

pub(crate) fn evidence(evidence: &Evidence) -> String {
    let mut page = Page::new(&format!("Evidence: {}", evidence.title));
    page.raw("<div class=\"card\">")
        .paragraph(&evidence.disclaimer)
        .raw("</div>");
    page.facts([
        ("Framework", evidence.edition.clone()),
        ("From", moment(&evidence.from)),
        ("Until before", moment(&evidence.to)),
        ("Made", moment(&evidence.generated)),
        ("Its text", evidence.source.clone()),
    ]);
    if !evidence.note.is_empty() {
        page.paragraph(&evidence.note);
    }
    page.raw("<h2>The trail</h2>").trail(&evidence.trail);
    overview(&mut page, evidence);
    for (at, control) in evidence.controls.iter().enumerate() {
        section(&mut page, at, control);
    }
    page.end()
}

fn overview(page: &mut Page, evidence: &Evidence) {
    let sum = &evidence.summary;
    page.raw("<h2>Controls</h2>").facts([
        (word(Status::Evidence), sum.evidence.to_string()),
        (word(Status::Gap), sum.gap.to_string()),
        (word(Status::NoRecords), sum.no_records.to_string()),
        (word(Status::Outside), sum.outside.to_string()),
    ]);
    page.raw("<div class=\"scroll\"><table><caption>Every control and what the records show for it</caption><thead><tr>")
        .raw("<th scope=\"col\">Control</th><th scope=\"col\">Title</th><th scope=\"col\">Status</th><th scope=\"col\">Gaps</th>")
        .raw("</tr></thead><tbody>");
    for (at, control) in evidence.controls.iter().enumerate() {
        let gaps: usize = control
            .queries
            .iter()
            .map(|query| query.answer.gaps.len())
            .sum();
        page.raw("<tr><th scope=\"row\"><a href=\"#control-")
            .number(at)
            .raw("\">")
            .text(&control.id);
        page.raw("</a></th><td>")
            .text(&control.title)
            .raw("</td><td>");
        badge(page, control.status);
        page.raw("</td><td>").number(gaps).raw("</td></tr>");
    }
    page.raw("</tbody></table></div>");
}

fn section(page: &mut Page, at: usize, control: &ControlEvidence) {
    page.raw("<section aria-labelledby=\"control-")
        .number(at)
        .raw("\"><h2 id=\"control-")
        .number(at)
        .raw("\">");
    page.text(&control.id)
        .raw(" · ")
        .text(&control.title)
        .raw(" ");
    badge(page, control.status);
    page.raw("</h2>").paragraph(&control.asks);
    if let Some(outside) = &control.outside {
        page.raw("<p class=\"muted\"><strong>Not for a gateway to show:</strong> ")
            .text(outside)
            .raw("</p>");
    }
    for query in &control.queries {
        answer(page, query);
    }
    page.raw("</section>");
}

fn answer(page: &mut Page, query: &QueryEvidence) {
    page.raw("<h3><code>").text(query.name).raw("</code> ");
    badge(page, query.answer.status);
    page.raw("</h3><p class=\"muted\">")
        .text(query.means)
        .raw("</p>");
    if !query.answer.gaps.is_empty() {
        page.raw("<ul class=\"gaps\">");
        for gap in &query.answer.gaps {
            page.raw("<li>").text(gap).raw("</li>");
        }
        page.raw("</ul>");
    }
    values::figures(page, &query.answer.result);
    let row = |one: &Example| {
        vec![
            one.place.clone(),
            one.call.clone().unwrap_or_default(),
            one.shows.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = query.answer.examples.iter().map(row).collect();
    if !rows.is_empty() {
        page.table(
            "Examples from the trail",
            &["Record", "Call", "Shows"],
            &rows,
        );
    }
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Evidence => "Evidence",
        Status::Gap => "Gap",
        Status::NoRecords => "No records",
        Status::Outside => "Outside",
    }
}

fn badge(page: &mut Page, status: Status) {
    page.raw(match status {
        Status::Evidence => "<span class=\"badge good\">",
        Status::Gap => "<span class=\"badge warn\">",
        Status::NoRecords | Status::Outside => "<span class=\"badge quiet\">",
    });
    page.text(word(status)).raw("</span>");
}
