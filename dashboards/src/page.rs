//! What every page has: head, navigation, and the way it reports that something went wrong.

use std::fmt::Write;

use axum::response::{Html, IntoResponse, Response};
use marshal_admin::AdminError;

use crate::show::Text;

/// The part of the navigation that a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Calls,
    Keys,
    Policy,
}

const TABS: [(Tab, &str, &str); 3] = [
    (Tab::Calls, "/", "Calls"),
    (Tab::Keys, "/keys", "Keys"),
    (Tab::Policy, "/policy", "Policy"),
];

/// A whole page. `title` is text, `body` is HTML.
pub(crate) fn page(tab: Tab, title: &str, body: &str) -> Html<String> {
    let mut nav = String::new();
    for (known, address, label) in TABS {
        let current = if known == tab {
            " aria-current=\"page\""
        } else {
            ""
        };
        // Writing to a String cannot fail.
        let _ = write!(nav, "<a href=\"{address}\"{current}>{label}</a>");
    }
    let title = Text(title);
    Html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\
         <title>{title} · Marshal</title><link rel=\"stylesheet\" href=\"/assets/style.css\"></head><body>\
         <a class=\"skip\" href=\"#main\">Skip to content</a>\
         <header class=\"top\"><a class=\"brand\" href=\"/\">Marshal</a>\
         <nav aria-label=\"Main\">{nav}</nav>\
         <form method=\"post\" action=\"/logout\"><button class=\"plain\" type=\"submit\">Sign out</button></form></header>\
         <main id=\"main\">{body}</main></body></html>\n"
    ))
}

/// What was asked for was not done, and why.
pub(crate) fn problem(tab: Tab, error: &AdminError) -> Response {
    let title = if matches!(error, AdminError::NotFound(_)) {
        "Not found"
    } else {
        "That did not work"
    };
    let back = TABS
        .iter()
        .find(|(known, ..)| *known == tab)
        .map_or("/", |(_, address, _)| *address);
    let body = format!(
        "<h1>{title}</h1>{}<p><a href=\"{back}\">Back</a></p>",
        alert(&error.to_string())
    );
    (error.status(), page(tab, title, &body)).into_response()
}

/// A sentence that must not be overlooked.
pub(crate) fn alert(text: &str) -> String {
    format!("<p class=\"problem\" role=\"alert\">{}</p>", Text(text))
}

/// A table that becomes a list of cards on a narrow screen. Roles are spelled out because browsers drop a table's
/// meaning when its layout changes.
pub(crate) struct Table {
    html: String,
    columns: &'static [&'static str],
}

impl Table {
    pub(crate) fn new(caption: &str, columns: &'static [&'static str]) -> Self {
        let mut html = format!(
            "<table role=\"table\"><caption>{}</caption><thead role=\"rowgroup\"><tr role=\"row\">",
            Text(caption)
        );
        for column in columns {
            let _ = write!(
                html,
                "<th role=\"columnheader\" scope=\"col\">{column}</th>"
            );
        }
        html.push_str("</tr></thead><tbody role=\"rowgroup\">");
        Self { html, columns }
    }

    /// Adds a row of HTML cells.
    pub(crate) fn row<I: IntoIterator<Item: AsRef<str>>>(&mut self, cells: I) {
        self.html.push_str("<tr role=\"row\">");
        for (column, cell) in self.columns.iter().zip(cells) {
            let _ = write!(
                self.html,
                "<td role=\"cell\" data-label=\"{column}\"><span>{}</span></td>",
                cell.as_ref()
            );
        }
        self.html.push_str("</tr>");
    }

    pub(crate) fn end(mut self) -> String {
        self.html.push_str("</tbody></table>");
        self.html
    }
}

/// Names and values, as a list. Values are HTML; an empty one is left out.
pub(crate) fn facts<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut html = String::from("<dl class=\"facts\">");
    for (name, value) in pairs {
        if !value.is_empty() {
            let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
    }
    html.push_str("</dl>");
    html
}
