//! What a client says of its own call in headers: it may narrow what policy grants, never widen it.

use std::sync::Arc;

use marshal_policies::Bundle;
use marshal_routing::Strategy;
use marshal_types::{Code, Fact, Facts, Refusal};

/// What the headers say.
pub(crate) struct Claims {
    pub facts: Facts,
    pub purpose: Option<String>,
    pub tags: Vec<String>,
    pub strategy: Option<Strategy>,
    pub wants_cost: bool,
}

/// Reads `x-marshal-purpose`, `x-marshal-tags`, `x-marshal-strategy`, and whether `x-marshal-cost-usd` is asked for.
pub(crate) fn read(headers: &http::HeaderMap, bundle: &Bundle) -> Result<Claims, Refusal> {
    let purpose = header(headers, "x-marshal-purpose")?
        .map(|text| word(bundle, text, "x-marshal-purpose"))
        .transpose()?;
    let tags = match header(headers, "x-marshal-tags")? {
        Some(text) => text
            .split(',')
            .map(|tag| word(bundle, tag.trim(), "x-marshal-tags"))
            .collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let strategy = header(headers, "x-marshal-strategy")?
        .map(strategy)
        .transpose()?;
    let mut facts = Facts::default();
    if let Some(purpose) = &purpose {
        facts = facts.with("purpose", Fact::Text(Arc::from(purpose.as_str())));
    }
    if !tags.is_empty() {
        facts = facts.with(
            "tags",
            Fact::List(tags.iter().map(|tag| Arc::from(tag.as_str())).collect()),
        );
    }
    Ok(Claims {
        facts,
        purpose,
        tags,
        strategy,
        wants_cost: headers.contains_key("x-marshal-cost-usd"),
    })
}

fn header<'a>(
    headers: &'a http::HeaderMap,
    name: &'static str,
) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    value.to_str().map(Some).map_err(|_| invalid(name))
}

/// A word that goes into records. One that looks like data does not.
fn word(bundle: &Bundle, text: &str, name: &'static str) -> Result<String, Refusal> {
    let good =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.:".contains(&byte);
    if text.is_empty()
        || text.len() > 64
        || !text.bytes().all(good)
        || !bundle.scan(text).is_empty()
    {
        return Err(invalid(name));
    }
    Ok(text.to_owned())
}

fn strategy(text: &str) -> Result<Strategy, Refusal> {
    match text {
        "ordered" => Ok(Strategy::Ordered),
        "cost" => Ok(Strategy::Cost),
        "latency" => Ok(Strategy::Latency),
        "balanced" => Ok(Strategy::Balanced),
        _ => Err(Refusal::new(
            Code::InvalidRequest,
            "x-marshal-strategy is one of ordered, cost, latency, balanced.",
        )
        .param("x-marshal-strategy")),
    }
}

fn invalid(name: &'static str) -> Refusal {
    let message = format!(
        "{name} takes words of lower-case letters, digits, `-`, `_`, `.` and `:`, at most 64 characters each, and none that looks like a number or a key of someone's."
    );
    Refusal::new(Code::InvalidRequest, message).param(name)
}
