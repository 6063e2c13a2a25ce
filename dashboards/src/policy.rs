//! What is in force: the bundle, the targets, and what changed lately.

use std::fmt::Write;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use marshal_admin::{AdminError, AdminState, PolicyStatus, TargetStatus};
use marshal_audit::{
    Admin, Change, Erase, Exported, HoldChange, KeyChange, KeyChangeKind, PolicyChange,
};

use crate::page::{Tab, Table, facts, page, problem};
use crate::show::{Text, badge, tags, time};

/// How many changes the page tells.
const CHANGES: usize = 50;

/// `GET /policy`
pub(crate) async fn show(State(state): State<AdminState>) -> Response {
    match body(&state).await {
        Ok(body) => page(Tab::Policy, "Policy", &body).into_response(),
        Err(error) => problem(Tab::Policy, &error),
    }
}

async fn body(state: &AdminState) -> Result<String, AdminError> {
    let changes = state.changes(CHANGES).await?;
    Ok(format!(
        "<h1>Policy</h1>{}{}{}",
        bundle(&state.policy()),
        targets(&state.targets()),
        history(&changes)
    ))
}

fn bundle(policy: &PolicyStatus) -> String {
    let mut html = String::from("<section>");
    if !policy.problems.is_empty() {
        html.push_str(
            "<div class=\"problem\" role=\"alert\"><p><strong>The newest bundle is not in force.</strong> \
             It has mistakes, so the one below still decides:</p><ul>",
        );
        for problem in &policy.problems {
            let _ = write!(html, "<li><code>{}</code></li>", Text(&problem.to_string()));
        }
        html.push_str("</ul></div>");
    }
    html.push_str("<h2>The bundle in force</h2>");
    html.push_str(&facts([
        ("From", format!("<code>{}</code>", Text(&policy.label))),
        (
            "Digest",
            format!("<code class=\"hash\">{}</code>", policy.digest),
        ),
        ("Since (UTC)", time(policy.loaded)),
        ("Files", tags(policy.files.iter().map(String::as_str))),
    ]));
    html.push_str("</section>");
    html
}

fn targets(targets: &[TargetStatus]) -> String {
    if targets.is_empty() {
        return String::new();
    }
    let mut table = Table::new("Where calls can go", &["Target", "State", "Note"]);
    for status in targets {
        let state = if status.healthy {
            badge("healthy", "good")
        } else {
            badge("resting", "bad")
        };
        table.row([
            format!(
                "<span class=\"name\">{}</span>",
                Text(&status.target.to_string())
            ),
            state,
            Text(&status.note).to_string(),
        ]);
    }
    format!("<section><h2>Targets</h2>{}</section>", table.end())
}

fn history(changes: &[Change]) -> String {
    let mut html = String::from("<section><h2>Changes</h2>");
    if changes.is_empty() {
        html.push_str("<p class=\"muted\">None yet.</p></section>");
        return html;
    }
    let mut table = Table::new(
        "Keys, policies, sign-ins and starts, from the audit trail",
        &["Time (UTC)", "What", "Details"],
    );
    for change in changes {
        table.row([
            time(change.time),
            Text(&change.kind.replace('-', " ")).to_string(),
            Text(&sentence(change)).to_string(),
        ]);
    }
    html.push_str(&table.end());
    html.push_str("</section>");
    html
}

/// What a record says; nothing for one that has nothing to add to its kind.
fn sentence(change: &Change) -> String {
    let record = change.record.as_str();
    let told = match change.kind.as_str() {
        "key-change" => serde_json::from_str(record).map(|change: KeyChange<'static>| {
            let did = match change.change {
                KeyChangeKind::Created => "made",
                KeyChangeKind::Revoked => "revoked",
                KeyChangeKind::Rotated => "replaced",
            };
            let why = change
                .break_glass
                .map_or_else(String::new, |why| format!(", to break the glass: {why}"));
            format!("{} {did} {} ({}){why}", change.by, change.name, change.key)
        }),
        "policy-change" => serde_json::from_str(record).map(|change: PolicyChange<'static>| {
            if change.ok {
                let by = match change.approvers.as_slice() {
                    [] => String::new(),
                    names => format!(", signed by {}", names.join(", ")),
                };
                format!("{} came into force{by}", change.label)
            } else {
                format!(
                    "{} was not taken: {}",
                    change.label,
                    change.problems.join("; ")
                )
            }
        }),
        "admin" => serde_json::from_str(record)
            .map(|deed: Admin<'static>| format!("{}: {} {}", deed.who, deed.action, deed.detail)),
        "erase" => serde_json::from_str(record).map(|erase: Erase<'static>| {
            let held = if erase.held {
                "; holds keep the rest"
            } else {
                ""
            };
            format!(
                "{}: {} keys of {} destroyed, {}{held}",
                erase.by, erase.keys_destroyed, erase.subject, erase.reason
            )
        }),
        "hold" => serde_json::from_str(record).map(|hold: HoldChange<'static>| {
            let did = if hold.released { "released" } else { "began" };
            format!("{} {did} {}: {}", hold.by, hold.name, hold.reason)
        }),
        "export" => serde_json::from_str(record).map(|export: Exported<'static>| {
            if export.standing {
                format!("as they come, {} to {}", export.format, export.to)
            } else {
                format!(
                    "{}: {} records, {} to {}",
                    export.by, export.records, export.format, export.to
                )
            }
        }),
        _ => return String::new(),
    };
    told.unwrap_or_default()
}
