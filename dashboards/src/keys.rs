//! Virtual keys: see them, make one, revoke one.

use std::fmt::Write;

use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use marshal_admin::{Actor, AdminState, CreatedKey, KeyInfo, KeyRequest};
use marshal_types::{KeyId, Timestamp};
use serde::Deserialize;

use crate::page::{Tab, Table, page, problem};
use crate::show::{Text, badge, time};

const DAY_S: u64 = 86_400;
/// How long a key may work: days and words. The first is what the form offers.
const LIVES: [(u64, &str); 5] = [
    (90, "90 days"),
    (7, "7 days"),
    (30, "30 days"),
    (365, "1 year"),
    (0, "No end"),
];

/// `GET /keys`
pub(crate) async fn list(State(state): State<AdminState>) -> Response {
    let keys = state.keys();
    let now = state.now();
    let open = if keys.is_empty() { " open" } else { "" };
    let mut html = format!(
        "<h1>Keys</h1><p class=\"lead\">What an application presents to the gateway. Providers’ own keys never leave it.</p>\
         <details class=\"card\"{open}><summary>New key</summary>{}</details>",
        form()
    );
    if keys.is_empty() {
        html.push_str("<p class=\"empty\">There are no keys yet.</p>");
    } else {
        let mut table = Table::new(
            "All keys, the newest first",
            &[
                "Name",
                "Id",
                "Stands for",
                "Made (UTC)",
                "Ends",
                "State",
                "Change",
            ],
        );
        for key in keys.iter().rev() {
            table.row(row(key, now));
        }
        html.push_str(&table.end());
    }
    page(Tab::Keys, "Keys", &html).into_response()
}

fn row(key: &KeyInfo, now: Timestamp) -> [String; 7] {
    let status = key.status(now);
    let tone = match status {
        "active" => "good",
        "revoked" => "bad",
        _ => "quiet",
    };
    let mut stands_for = Text(&key.tenant).to_string();
    let names = [
        ("team", &key.team),
        ("user", &key.user),
        ("service", &key.service),
    ];
    for (kind, name) in names {
        if let Some(name) = name {
            let _ = write!(
                stands_for,
                "<br><span class=\"muted\">{kind}</span> {}",
                Text(name)
            );
        }
    }
    if key.admin {
        stands_for.push_str("<br><span class=\"tag\">admin</span>");
    }
    let change = if status == "active" {
        format!(
            "<details class=\"confirm\"><summary>Revoke<span class=\"unseen\"> {}</span></summary>\
             <form method=\"post\" action=\"/keys/{}/revoke\"><button class=\"danger\" type=\"submit\">Revoke for good</button></form></details>",
            Text(&key.name),
            Text(key.id.as_str())
        )
    } else {
        String::new()
    };
    [
        format!("<strong>{}</strong>", Text(&key.name)),
        format!("<code>{}</code>", Text(key.id.as_str())),
        stands_for,
        time(key.created),
        key.revoked
            .or(key.expires)
            .map_or_else(|| "<span class=\"muted\">never</span>".into(), time),
        badge(status, tone),
        change,
    ]
}

fn form() -> String {
    let mut html = String::from(
        "<form class=\"fields\" method=\"post\" action=\"/keys\">\
         <label>Name <input name=\"name\" required maxlength=\"100\" autocomplete=\"off\" placeholder=\"ci pipeline\"></label>\
         <label>Tenant <input name=\"tenant\" required maxlength=\"64\" value=\"default\" autocomplete=\"off\"></label>\
         <label>Team <span class=\"muted\">(optional)</span> <input name=\"team\" maxlength=\"64\" autocomplete=\"off\"></label>\
         <label>User <span class=\"muted\">(optional)</span> <input name=\"user\" maxlength=\"64\" autocomplete=\"off\"></label>\
         <label>Service <span class=\"muted\">(optional)</span> <input name=\"service\" maxlength=\"64\" autocomplete=\"off\"></label>\
         <label>Works for <select name=\"days\">",
    );
    for (days, label) in LIVES {
        let _ = write!(html, "<option value=\"{days}\">{label}</option>");
    }
    html.push_str(
        "</select></label><label class=\"check\"><input type=\"checkbox\" name=\"admin\" value=\"yes\"> May administer this gateway</label>\
         <button type=\"submit\">Make key</button></form>",
    );
    html
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct NewKeyForm {
    name: String,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    days: u64,
    #[serde(default)]
    admin: String,
}

impl NewKeyForm {
    fn into_request(self) -> KeyRequest {
        let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        KeyRequest {
            name: self.name,
            tenant: some(self.tenant),
            team: some(self.team),
            user: some(self.user),
            service: some(self.service),
            expires_in_s: (self.days > 0).then(|| self.days.saturating_mul(DAY_S)),
            admin: self.admin == "yes",
            break_glass: None,
        }
    }
}

/// `POST /keys`: the one page that ever shows the key.
pub(crate) async fn create(
    State(state): State<AdminState>,
    Extension(actor): Extension<Actor>,
    Form(form): Form<NewKeyForm>,
) -> Response {
    match state.create_key(&actor, form.into_request()).await {
        Ok(created) => page(Tab::Keys, "New key", &shown_once(&state, &created)).into_response(),
        Err(error) => problem(Tab::Keys, &error),
    }
}

fn shown_once(state: &AdminState, created: &CreatedKey) -> String {
    // The page that gives the secret out: to whoever asked for the key, once.
    let secret = Text(created.secret.expose());
    format!(
        "<h1>New key</h1><section class=\"card\"><p><strong>{}</strong> is ready. Copy it now: it is shown only here, and only once.</p>\
         <pre tabindex=\"0\"><code>{secret}</code></pre>\
         <p>An application sends it as its API key, with <code>{}/v1</code> as its API base address.</p></section>\
         <p><a href=\"/keys\">All keys</a></p>",
        Text(&created.info.name),
        Text(state.data_url())
    )
}

/// `POST /keys/{id}/revoke`
pub(crate) async fn revoke(
    State(state): State<AdminState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Response {
    match state.revoke_key(&actor, &KeyId::new(id)).await {
        Ok(_) => Redirect::to("/keys").into_response(),
        Err(error) => problem(Tab::Keys, &error),
    }
}
