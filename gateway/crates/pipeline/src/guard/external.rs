//! Other services: how each is asked, and what its answer means. An answer that is not understood is a failure, never a
//! pass.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use http_body_util::{BodyExt, Full};
use marshal_policies::{External, Protocol};
use marshal_types::{CallId, Secret};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId, write_str};
use tower::ServiceExt;

use super::Side;
use super::texts::GuardText;
use super::verdict::Verdict;
use crate::Transport;

/// A service that answers with more is not understood.
const MOST_ANSWER: usize = 8 * 1024 * 1024;

/// What a service is told of the call besides its texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub call: &'a CallId,
    pub tenant: &'a str,
    pub model: &'a str,
    /// Pictures and sound, for services that want them.
    pub media: &'a [String],
}

/// Asks a service within its time.
pub(super) async fn ask(
    transport: &Transport,
    service: &External,
    side: Side,
    asked: &Asked<'_>,
    texts: &[GuardText],
) -> Verdict {
    let answered = tokio::time::timeout(
        service.timeout,
        send(transport, service, side, asked, texts),
    )
    .await;
    let failed = |why: String| Verdict::Failed {
        why,
        passes: service.fails_open,
    };
    match answered {
        Err(_) => failed(format!("no answer within {:?}", service.timeout)),
        Ok(Err(why)) => failed(why),
        Ok(Ok(body)) => match Index::parse(&body, &Limits::default()) {
            Err(_) => failed("the answer is not JSON".to_owned()),
            Ok(index) => read(service, index.doc(&body), texts).unwrap_or_else(failed),
        },
    }
}

async fn send(
    transport: &Transport,
    service: &External,
    side: Side,
    asked: &Asked<'_>,
    texts: &[GuardText],
) -> Result<Bytes, String> {
    let body = write(service, side, asked, texts);
    let mut request = http::Request::post(address(service, side))
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| "url makes no address".to_owned())?;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(name) = &service.key_env {
        let key = std::env::var(name)
            .map_err(|_| format!("the environment variable {name} is not set"))?;
        let (header, value) = credential(service.protocol, &Secret::new(key));
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| format!("{name} holds what no header can"))?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    let answer = transport
        .clone()
        .oneshot(request)
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!("status {}", status.as_u16()));
    }
    let mut answered = answer.into_body();
    let mut body = Vec::new();
    while let Some(frame) = answered.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        if let Some(data) = frame.data_ref() {
            if body.len() + data.len() > MOST_ANSWER {
                return Err(format!("the answer is over {MOST_ANSWER} bytes"));
            }
            body.extend_from_slice(data);
        }
    }
    Ok(body.into())
}

fn credential(protocol: Protocol, key: &Secret) -> (HeaderName, String) {
    match protocol {
        Protocol::LiteLlm => (
            HeaderName::from_static("x-api-key"),
            key.expose().to_owned(),
        ),
        _ => (AUTHORIZATION, format!("Bearer {}", key.expose())),
    }
}

fn address(service: &External, side: Side) -> String {
    const LITELLM: &str = "/beta/litellm_basic_guardrail_api";
    let url = service.url.trim_end_matches('/');
    match (service.protocol, side) {
        (Protocol::LiteLlm, _) if !url.ends_with(LITELLM) => format!("{url}{LITELLM}"),
        (Protocol::AgentGateway, Side::Requests) => format!("{url}/request"),
        (Protocol::AgentGateway, Side::Answers) => format!("{url}/response"),
        _ => url.to_owned(),
    }
}

/// A JSON text in the making.
#[derive(Default)]
struct Json(Vec<u8>);

impl Json {
    fn raw(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn str(mut self, text: &str) -> Self {
        write_str(&mut self.0, text);
        self
    }

    fn list<T>(
        mut self,
        items: impl IntoIterator<Item = T>,
        each: impl Fn(Self, T) -> Self,
    ) -> Self {
        self = self.raw("[");
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self = self.raw(",");
            }
            self = each(self, item);
        }
        self.raw("]")
    }

    fn message(self, text: &GuardText) -> Self {
        self.raw("{\"role\":")
            .str(text.role.as_str())
            .raw(",\"content\":")
            .str(&text.text)
            .raw("}")
    }

    fn media(self, name: &str, service: &External, asked: &Asked<'_>) -> Self {
        if !service.media {
            return self;
        }
        self.raw(",")
            .str(name)
            .raw(":")
            .list(asked.media, |json, one| json.str(one))
    }

    fn options(mut self, service: &External) -> Self {
        for (name, value) in &service.options {
            self = self.raw(",").str(name).raw(":").str(value);
        }
        self
    }
}

fn write(service: &External, side: Side, asked: &Asked<'_>, texts: &[GuardText]) -> Vec<u8> {
    let json = Json::default();
    let direction = match side {
        Side::Requests => "request",
        Side::Answers => "response",
    };
    let all = |json: Json| json.list(texts, |json, text| json.str(&text.text));
    let json = match service.protocol {
        Protocol::Webhook => all(json
            .raw("{\"direction\":")
            .str(direction)
            .raw(",\"call\":")
            .str(&asked.call.to_string())
            .raw(",\"tenant\":")
            .str(asked.tenant)
            .raw(",\"model\":")
            .str(asked.model)
            .raw(",\"texts\":"))
        .raw(",\"roles\":")
        .list(texts, |json, text| json.str(text.role.as_str()))
        .media("media", service, asked)
        .options(service)
        .raw("}"),
        Protocol::OpenAiModeration => all(json.raw("{\"input\":")).options(service).raw("}"),
        Protocol::LiteLlm => all(json
            .raw("{\"input_type\":")
            .str(direction)
            .raw(",\"litellm_call_id\":")
            .str(&asked.call.to_string())
            .raw(",\"texts\":"))
        .raw(",\"structured_messages\":")
        .list(texts, Json::message)
        .media("images", service, asked)
        .raw(",\"model\":")
        .str(asked.model)
        .raw(",\"request_data\":{\"user_api_key_team_id\":")
        .str(asked.tenant)
        .raw("},\"additional_provider_specific_params\":{\"marshal\":\"1\"")
        .options(service)
        .raw("}}"),
        Protocol::AgentGateway => match side {
            Side::Requests => json
                .raw("{\"body\":{\"messages\":")
                .list(texts, Json::message)
                .raw("}}"),
            Side::Answers => json
                .raw("{\"body\":{\"choices\":")
                .list(texts, |json, text| {
                    json.raw("{\"message\":").message(text).raw("}")
                })
                .raw("}}"),
        },
    };
    json.0
}

fn read(service: &External, doc: Doc<'_>, texts: &[GuardText]) -> Result<Verdict, String> {
    match service.protocol {
        Protocol::Webhook => webhook(doc, texts),
        Protocol::OpenAiModeration => moderation(service, doc, texts),
        Protocol::LiteLlm => litellm(doc, texts),
        Protocol::AgentGateway => agentgateway(doc, texts),
    }
}

fn text(doc: Doc<'_>, node: NodeId, key: &str) -> Option<String> {
    doc.get(node, key)
        .and_then(|value| doc.str(value))
        .map(std::borrow::Cow::into_owned)
}

/// The texts that a service gives back, one for each that it got.
fn changed(
    doc: Doc<'_>,
    list: Option<NodeId>,
    texts: &[GuardText],
    read: impl Fn(NodeId) -> Option<String>,
) -> Result<Vec<Option<String>>, String> {
    let list = list
        .filter(|list| doc.kind(*list) == Kind::Array)
        .ok_or("the answer changes texts and gives none")?;
    let new: Vec<String> = doc
        .children(list)
        .map(read)
        .collect::<Option<_>>()
        .ok_or("a text of the answer is none")?;
    if new.len() != texts.len() {
        return Err(format!(
            "the answer has {} texts for {}",
            new.len(),
            texts.len()
        ));
    }
    let pairs = new.into_iter().zip(texts);
    Ok(pairs
        .map(|(new, old)| (new != old.text).then_some(new))
        .collect())
}

/// A word of a service's own in a record: short, and of plain letters.
fn word(text: Option<String>, otherwise: &str) -> String {
    let kept: String = text
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ' '))
        .take(64)
        .collect();
    if kept.is_empty() {
        otherwise.to_owned()
    } else {
        kept
    }
}

fn webhook(doc: Doc<'_>, texts: &[GuardText]) -> Result<Verdict, String> {
    let root = doc.root();
    let why = word(text(doc, root, "reason"), "webhook");
    match text(doc, root, "action").as_deref() {
        Some("allow") => Ok(Verdict::Pass),
        Some("block") => Ok(Verdict::Flagged { why, score: 100 }),
        Some("mask") => Ok(Verdict::Changed {
            why,
            texts: changed(doc, doc.get(root, "texts"), texts, |node| {
                Some(doc.str(node)?.into_owned())
            })?,
        }),
        _ => Err("action is none of allow, mask and block".to_owned()),
    }
}

fn moderation(service: &External, doc: Doc<'_>, texts: &[GuardText]) -> Result<Verdict, String> {
    let results = doc
        .get(doc.root(), "results")
        .filter(|list| doc.kind(*list) == Kind::Array)
        .ok_or("the answer has no results")?;
    let results: Vec<NodeId> = doc.children(results).collect();
    if results.len() != texts.len() {
        return Err(format!(
            "the answer has {} results for {} texts",
            results.len(),
            texts.len()
        ));
    }
    let mut worst: Option<(u16, String)> = None;
    for result in results {
        let flagged = match doc.get(result, "flagged").map(|node| doc.raw(node)) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => return Err("a result does not say whether it is flagged".to_owned()),
        };
        let scores = scores(doc, result)?;
        if let Some(name) = service
            .thresholds
            .keys()
            .find(|name| !scores.iter().any(|(_, scored)| scored == *name))
        {
            return Err(format!(
                "a result has no score for {}",
                word(Some(name.clone()), "a category")
            ));
        }
        let over = scores.into_iter().filter(|(score, name)| {
            let least = service.thresholds.get(name);
            least.map_or(flagged && service.thresholds.is_empty(), |least| {
                score >= least
            })
        });
        let top = over.max();
        let plain =
            (flagged && service.thresholds.is_empty()).then(|| (1000, "flagged".to_owned()));
        worst = worst.max(top.or(plain));
    }
    Ok(
        worst.map_or(Verdict::Pass, |(score, why)| Verdict::Flagged {
            why: word(Some(why), "flagged"),
            score: u8::try_from(score / 10).unwrap_or(100),
        }),
    )
}

/// The scores of a result in thousandths, by category.
fn scores(doc: Doc<'_>, result: NodeId) -> Result<Vec<(u16, String)>, String> {
    let Some(scores) = doc.get(result, "category_scores") else {
        return Ok(Vec::new());
    };
    // What a model has no score for is null.
    let scored = doc
        .children(scores)
        .filter(|node| doc.kind(*node) != Kind::Null);
    let score = |node: NodeId| {
        let name = doc.key(node)?.into_owned();
        let score: f64 = std::str::from_utf8(doc.raw(node)).ok()?.parse().ok()?;
        Some(((score.clamp(0.0, 1.0) * 1000.0).round() as u16, name))
    };
    scored
        .map(score)
        .collect::<Option<_>>()
        .ok_or_else(|| "a score of the answer is no number".to_owned())
}

fn litellm(doc: Doc<'_>, texts: &[GuardText]) -> Result<Verdict, String> {
    let root = doc.root();
    match text(doc, root, "action").as_deref() {
        Some("NONE") => Ok(Verdict::Pass),
        Some("BLOCKED") => Ok(Verdict::Flagged {
            why: word(text(doc, root, "blocked_reason"), "blocked"),
            score: 100,
        }),
        Some("GUARDRAIL_INTERVENED") => {
            let list = doc
                .get(root, "texts")
                .filter(|list| doc.kind(*list) == Kind::Array);
            let texts = match list {
                Some(_) => changed(doc, list, texts, |node| Some(doc.str(node)?.into_owned()))?,
                None => changed(doc, doc.get(root, "structured_messages"), texts, |node| {
                    text(doc, node, "content")
                })?,
            };
            Ok(Verdict::Changed {
                why: "intervened".to_owned(),
                texts,
            })
        }
        _ => Err("action is none of NONE, BLOCKED and GUARDRAIL_INTERVENED".to_owned()),
    }
}

/// The action has no name: its shape says which it is. One that is not understood is no pass.
fn agentgateway(doc: Doc<'_>, texts: &[GuardText]) -> Result<Verdict, String> {
    let action = doc
        .get(doc.root(), "action")
        .filter(|action| doc.kind(*action) == Kind::Object)
        .ok_or("the answer has no action")?;
    let why = word(text(doc, action, "reason"), "webhook");
    let Some(body) = doc.get(action, "body") else {
        // A pass has a reason or nothing.
        let known = doc
            .children(action)
            .all(|node| doc.key(node).as_deref() == Some("reason"));
        return if known {
            Ok(Verdict::Pass)
        } else {
            Err("the action is of no known shape".to_owned())
        };
    };
    if doc.kind(body) == Kind::String {
        return Ok(Verdict::Flagged { why, score: 100 });
    }
    let texts = match doc.get(body, "choices") {
        Some(choices) => changed(doc, Some(choices), texts, |node| {
            text(doc, doc.get(node, "message")?, "content")
        })?,
        None => changed(doc, doc.get(body, "messages"), texts, |node| {
            text(doc, node, "content")
        })?,
    };
    Ok(Verdict::Changed { why, texts })
}
