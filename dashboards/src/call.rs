//! One call's whole story: what became of it, why it went where it went, what was decided and found, every record.

use std::fmt::Write;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use marshal_admin::{AdminError, AdminState};
use marshal_audit::{CallStory, CallSummary, Deny, Finding, Intent};

use crate::calls::model;
use crate::page::{Tab, Table, facts, page, problem};
use crate::records::{Record, Says};
use crate::show::{Text, cost, count, duration, result, tags, time};

/// `GET /calls/{id}`
pub(crate) async fn show(State(state): State<AdminState>, Path(id): Path<String>) -> Response {
    match find(&state, &id).await {
        Ok(story) => {
            let title = format!("Call {}", story.summary.call);
            page(Tab::Calls, &title, &body(&story)).into_response()
        }
        Err(error) => problem(Tab::Calls, &error),
    }
}

async fn find(state: &AdminState, id: &str) -> Result<CallStory, AdminError> {
    let call = id
        .parse()
        .map_err(|why: &str| AdminError::NotFound(format!("{why}.")))?;
    state
        .call(call)
        .await?
        .ok_or_else(|| AdminError::NotFound("The audit trail knows no call with this id.".into()))
}

fn body(story: &CallStory) -> String {
    let records: Vec<Record<'_>> = story
        .records
        .iter()
        .map(|line| Record::read(line))
        .collect();
    // Each attempt has an intent; the last one knows the most.
    let intent = records.iter().rev().find_map(|record| match &record.says {
        Says::Intent(intent) => Some(&**intent),
        _ => None,
    });
    let deny = records.iter().rev().find_map(|record| match &record.says {
        Says::Deny(deny) => Some(&**deny),
        _ => None,
    });
    let mut html = head(&story.summary);
    if let Some(deny) = deny {
        html.push_str(&refusal(deny));
    }
    html.push_str("<section><h2>At a glance</h2>");
    html.push_str(&glance(&story.summary, intent));
    html.push_str("</section>");
    if let Some(intent) = intent {
        html.push_str(&route(intent));
        html.push_str(&rules(intent));
    }
    let found = intent
        .map(|intent| intent.findings.as_slice())
        .or(deny.map(|deny| deny.findings.as_slice()));
    html.push_str(&findings(found.unwrap_or_default(), &story.summary));
    html.push_str(&timeline(&records));
    html
}

fn head(call: &CallSummary) -> String {
    let mut html = format!(
        "<p class=\"crumb\"><a href=\"/\">Calls</a></p><h1 class=\"call\">{} {}</h1><p class=\"muted\">{} UTC · <code>{}</code></p>",
        model(call),
        result(call.result),
        time(call.time),
        call.call
    );
    if call.cached {
        html.push_str("<p>Answered from the cache, under the same policies.</p>");
    }
    html
}

fn glance(call: &CallSummary, intent: Option<&Intent<'_>>) -> String {
    let usage = &call.usage;
    let text = |text: &str| Text(text).to_string();
    let micros = |micros: u64| {
        if micros == 0 {
            String::new()
        } else {
            duration(micros)
        }
    };
    let part = |tokens: u64, what: &str| {
        if tokens == 0 {
            String::new()
        } else {
            format!(" ({} {what})", count(tokens))
        }
    };
    let estimated = if usage.estimated { ", estimated" } else { "" };
    let tokens = if usage.input.0 + usage.output.0 == 0 {
        String::new()
    } else {
        format!(
            "{} in{}{}, {} out{}{estimated}",
            count(usage.input.0),
            part(usage.cache_read.0, "from the provider’s cache"),
            part(usage.cache_write.0, "written to it"),
            count(usage.output.0),
            part(usage.reasoning.0, "reasoning"),
        )
    };
    facts([
        ("Tenant", text(&call.tenant)),
        ("Key", text(&call.key)),
        ("Door", text(&call.surface)),
        (
            "Status",
            call.status
                .map_or_else(String::new, |status| status.to_string()),
        ),
        ("Code", call.code.as_deref().map_or_else(String::new, text)),
        ("Attempts", call.attempts.to_string()),
        ("Streamed", if call.stream { "yes" } else { "no" }.into()),
        ("Tokens", tokens),
        ("Cost", cost(call.cost_nano_usd)),
        (
            "Held at most",
            intent.map_or_else(String::new, |intent| cost(intent.reserved_nano_usd)),
        ),
        ("Duration", micros(call.duration_us)),
        (
            "First byte",
            call.first_byte_us.map_or_else(String::new, duration),
        ),
        ("Marshal’s share", micros(call.overhead_us)),
        (
            "Purpose",
            intent
                .and_then(|intent| intent.purpose.as_deref())
                .map_or_else(String::new, text),
        ),
        (
            "Tags",
            intent.map_or_else(String::new, |intent| {
                tags(intent.tags.iter().map(AsRef::as_ref))
            }),
        ),
        (
            "Trace",
            intent
                .and_then(|intent| intent.trace_id.as_deref())
                .map_or_else(String::new, |id| format!("<code>{}</code>", Text(id))),
        ),
    ])
}

fn refusal(deny: &Deny<'_>) -> String {
    let rule = deny.rule.as_deref().map_or_else(
        || "No rule allowed it.".to_owned(),
        |rule| format!("Rule <code>{}</code> decided.", Text(rule)),
    );
    let place = deny.place.as_deref().map_or_else(String::new, |place| {
        format!(" <code>{}</code>", Text(place))
    });
    let rule = if deny.rule.is_some() || deny.place.is_some() || is_policy(&deny.code) {
        format!("<p>{rule}{place}</p>")
    } else {
        String::new()
    };
    let detail = deny.detail.as_deref().map_or_else(String::new, |detail| {
        format!("<p class=\"muted\">For the operator: {}</p>", Text(detail))
    });
    format!(
        "<section class=\"card warn\"><h2>Why it was refused</h2><p><strong>{}</strong> <span class=\"code\">{}</span></p>{rule}{detail}</section>",
        Text(&deny.message),
        Text(&deny.code)
    )
}

/// Whether a policy decided, so that the lack of a rule says something.
fn is_policy(code: &str) -> bool {
    ["access_denied", "compliance_denied"].contains(&code)
}

fn route(intent: &Intent<'_>) -> String {
    let mut html = String::from("<section><h2>Why it went there</h2>");
    if !intent.plan.order.is_empty() {
        let mut table = Table::new(
            "Targets in the order of the plan",
            &["Rank", "Target", "Score", "Why"],
        );
        for (at, planned) in intent.plan.order.iter().enumerate() {
            table.row([
                (at + 1).to_string(),
                format!("<span class=\"name\">{}</span>", Text(&planned.target)),
                planned.score.to_string(),
                Text(&planned.why).to_string(),
            ]);
        }
        html.push_str(&table.end());
    }
    if !intent.plan.removed.is_empty() {
        let mut table = Table::new("Targets that were not possible", &["Target", "Why not"]);
        for removed in &intent.plan.removed {
            table.row([
                format!("<span class=\"name\">{}</span>", Text(&removed.target)),
                Text(&removed.why).to_string(),
            ]);
        }
        html.push_str(&table.end());
    }
    if intent.client_dialect != intent.provider_dialect {
        let _ = write!(
            html,
            "<p>Translated from {} to {}.</p>",
            intent.client_dialect, intent.provider_dialect
        );
    }
    if !intent.dropped.is_empty() {
        let fields = tags(intent.dropped.iter().map(AsRef::as_ref));
        let _ = write!(html, "<p>The other side cannot express: {fields}</p>");
    }
    html.push_str("</section>");
    html
}

fn rules(intent: &Intent<'_>) -> String {
    let rule = |rule: Option<&str>| {
        rule.map_or_else(String::new, |rule| format!("<code>{}</code>", Text(rule)))
    };
    format!(
        "<section><h2>What the policies decided</h2>{}</section>",
        facts([
            ("Allowed by", rule(intent.access_rule.as_deref())),
            ("Cleared by", rule(intent.compliance_rule.as_deref())),
            (
                "Data classes",
                tags(intent.classes.iter().map(AsRef::as_ref))
            ),
            (
                "Bundle",
                format!("<code class=\"hash\">{}</code>", intent.policy)
            ),
        ])
    )
}

fn findings(findings: &[Finding<'_>], call: &CallSummary) -> String {
    if findings.is_empty() {
        let said = if call.classes.is_empty() {
            "<p class=\"muted\">Nothing was found.</p>".into()
        } else {
            format!(
                "<p>Of the classes {}</p>",
                tags(call.classes.iter().map(AsRef::as_ref))
            )
        };
        return format!("<section><h2>Sensitive data</h2>{said}</section>");
    }
    let mut table = Table::new(
        "What was found, never the data itself",
        &["What", "Where", "Count", "Done"],
    );
    for finding in findings {
        let shadow = if finding.shadow {
            " <span class=\"tag\">shadow: only recorded</span>"
        } else {
            ""
        };
        table.row([
            Text(&finding.entity).to_string(),
            format!("<code>{}</code>", Text(&finding.path)),
            finding.count.to_string(),
            format!("{}{shadow}", Text(&finding.action)),
        ]);
    }
    format!("<section><h2>Sensitive data</h2>{}</section>", table.end())
}

fn timeline(records: &[Record<'_>]) -> String {
    let mut html = String::from("<section><h2>Records</h2><ol class=\"timeline\">");
    for record in records {
        let envelope = &record.envelope;
        let clock = envelope.time.get(11..26).unwrap_or(&envelope.time);
        let _ = write!(
            html,
            "<li><h3>{} <span class=\"muted\">#{} · {}</span></h3><p>{}</p>\
             <details><summary>Record</summary>{}<pre tabindex=\"0\"><code>{}</code></pre></details></li>",
            Text(&envelope.kind),
            envelope.seq,
            Text(clock),
            Text(&record.sentence()),
            facts([
                (
                    "Hash",
                    format!("<code class=\"hash\">{}</code>", Text(&envelope.hash))
                ),
                (
                    "Follows",
                    format!("<code class=\"hash\">{}</code>", Text(&envelope.prev))
                ),
            ]),
            Text(&record.pretty())
        );
    }
    html.push_str("</ol></section>");
    html
}
