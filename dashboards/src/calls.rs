//! The list of calls, the newest first.

use std::fmt::Write;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use marshal_admin::{AdminError, AdminState, CallQuery};
use marshal_audit::{CallResult, CallSummary};

use crate::page::{Tab, Table, page, problem};
use crate::show::{RESULTS, Text, cost, count, duration, result, tags, time, url};

const COLUMNS: &[&str] = &[
    "Time (UTC)",
    "Model",
    "Outcome",
    "Tokens",
    "Cost",
    "Data",
    "Duration",
];

/// `GET /`
pub(crate) async fn list(
    State(state): State<AdminState>,
    query: Result<Query<CallQuery>, QueryRejection>,
) -> Response {
    match body(&state, query).await {
        Ok(body) => page(Tab::Calls, "Calls", &body).into_response(),
        Err(error) => problem(Tab::Calls, &error),
    }
}

async fn body(
    state: &AdminState,
    query: Result<Query<CallQuery>, QueryRejection>,
) -> Result<String, AdminError> {
    let Query(query) = query.map_err(|error| AdminError::Invalid(error.body_text()))?;
    let filter = query.filter()?;
    let limit = filter.limit;
    let calls = state.calls(filter).await?;
    let mut html = String::from("<h1>Calls</h1>");
    if calls.is_empty() && address(&query, None) == "/" {
        html.push_str(&first_call(state));
        return Ok(html);
    }
    html.push_str(&filters(&query));
    if calls.is_empty() {
        html.push_str("<p class=\"empty\">No call fits. <a href=\"/\">Show all calls</a></p>");
        return Ok(html);
    }
    html.push_str(&table(&calls));
    html.push_str("<nav class=\"pages\" aria-label=\"Pages\">");
    if !query.before.is_empty() {
        let newest = CallQuery {
            before: String::new(),
            ..query.clone()
        };
        let _ = write!(html, "<a href=\"{}\">Newest</a>", address(&newest, None));
    }
    if let Some(last) = calls.last().filter(|_| calls.len() == limit) {
        let older = address(&query, Some(&last.call.to_string()));
        let _ = write!(html, "<a href=\"{older}\" rel=\"next\">Older</a>");
    }
    html.push_str("</nav>");
    Ok(html)
}

fn table(calls: &[CallSummary]) -> String {
    let total = calls.iter().map(|call| call.cost_nano_usd).sum();
    let plural = if calls.len() == 1 { "call" } else { "calls" };
    let caption = format!(
        "{} {plural}, {} in all",
        count(calls.len() as u64),
        cost(total)
    );
    let mut table = Table::new(&caption, COLUMNS);
    for call in calls {
        table.row([
            format!("<a href=\"/calls/{}\">{}</a>", call.call, time(call.time)),
            model(call),
            outcome(call),
            tokens(call),
            if call.attempts == 0 || call.result == CallResult::Open {
                none()
            } else {
                cost(call.cost_nano_usd)
            },
            if call.classes.is_empty() {
                none()
            } else {
                tags(call.classes.iter().map(AsRef::as_ref))
            },
            if call.duration_us == 0 {
                none()
            } else {
                duration(call.duration_us)
            },
        ]);
    }
    table.end()
}

/// What was asked for, and what answered if that is not the same.
pub(crate) fn model(call: &CallSummary) -> String {
    let asked = if call.request_model.is_empty() {
        none()
    } else {
        format!("<span class=\"name\">{}</span>", Text(&call.request_model))
    };
    if call.provider.is_empty() {
        return asked;
    }
    let target = format!("{}/{}", call.provider, call.model);
    if *call.request_model == *target {
        return asked;
    }
    format!(
        "{asked}<span class=\"target\"><span aria-hidden=\"true\">→ </span><span class=\"unseen\">went to </span>{}</span>",
        Text(&target)
    )
}

fn outcome(call: &CallSummary) -> String {
    let mut html = result(call.result);
    if call.cached {
        html.push_str(" <span class=\"tag\">cached</span>");
    }
    if let Some(code) = &call.code {
        let _ = write!(html, "<span class=\"code\">{}</span>", Text(code));
    }
    html
}

fn tokens(call: &CallSummary) -> String {
    let usage = &call.usage;
    if usage.input.0 == 0 && usage.output.0 == 0 {
        return none();
    }
    format!(
        "{} <span class=\"muted\">in</span> {} <span class=\"muted\">out</span>",
        count(usage.input.0),
        count(usage.output.0)
    )
}

fn none() -> String {
    "<span class=\"muted\" aria-label=\"none\">–</span>".into()
}

fn filters(query: &CallQuery) -> String {
    let mut html = String::from(
        "<form class=\"filters\" method=\"get\" action=\"/\" role=\"search\" aria-label=\"Calls\">\
         <label>Outcome <select name=\"result\"><option value=\"\">Any</option>",
    );
    for (_, word, label, _) in RESULTS {
        let selected = if query.result == word {
            " selected"
        } else {
            ""
        };
        let _ = write!(html, "<option value=\"{word}\"{selected}>{label}</option>");
    }
    html.push_str("</select></label>");
    for (name, label, value) in [
        ("model", "Model", &query.model),
        ("tenant", "Tenant", &query.tenant),
        ("user", "User", &query.user),
        ("class", "Data class", &query.class),
    ] {
        let _ = write!(
            html,
            "<label>{label} <input name=\"{name}\" value=\"{}\" autocomplete=\"off\"></label>",
            Text(value)
        );
    }
    html.push_str("<button type=\"submit\">Filter</button>");
    if address(query, None) != "/" {
        html.push_str("<a href=\"/\">Clear</a>");
    }
    html.push_str("</form>");
    html
}

/// This list's own address, or that of the page after `before`.
fn address(query: &CallQuery, before: Option<&str>) -> String {
    let pairs = [
        ("result", query.result.as_str()),
        ("model", &query.model),
        ("tenant", &query.tenant),
        ("class", &query.class),
        ("key", &query.key),
        ("user", &query.user),
        ("team", &query.team),
        ("service", &query.service),
        ("since", &query.since),
        ("until", &query.until),
        ("code", &query.code),
        ("provider", &query.provider),
        ("limit", &query.limit),
        ("before", before.unwrap_or(&query.before)),
    ];
    let mut address = String::from("/");
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        let sign = if address.len() == 1 { '?' } else { '&' };
        let _ = write!(address, "{sign}{name}={}", url(value));
    }
    // In an attribute, and harmless in the comparison with "/".
    address.replace('&', "&amp;")
}

fn first_call(state: &AdminState) -> String {
    let targets = state.targets();
    let model = targets
        .first()
        .map_or_else(|| "demo-chat".into(), |status| status.target.to_string());
    let example = format!(
        "curl {}/v1/chat/completions \\\n  -H \"authorization: Bearer $MARSHAL_KEY\" \\\n  -H \"content-type: application/json\" \\\n  -d '{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": \"Hello\"}}]}}'",
        state.data_url()
    );
    format!(
        "<section class=\"card\"><h2>No calls yet</h2>\
         <p>Every call through the gateway appears here with its route, its cost and what the policies decided. \
         To make the first one, put a key (from <a href=\"/keys\">Keys</a>, or the one printed at the first start) into \
         <code>MARSHAL_KEY</code> and run:</p><pre tabindex=\"0\"><code>{}</code></pre>\
         <p>An application needs one change: its API base address becomes <code>{}/v1</code>.</p></section>",
        Text(&example),
        Text(state.data_url())
    )
}
