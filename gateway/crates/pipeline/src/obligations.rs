//! What an allow demands of a call: asked for each target before it is cleared, and done where its request is written.
//!
//! A demand that cannot be met is a deny: a control that is configured either acts or stops the call.

use bytes::Bytes;
use marshal_adapter_api::{keep_nothing, limit_completion, limit_output};
use marshal_policies::{Bundle, Obligations};
use marshal_types::{Civil, Code, Dialect, Fact, Facts, Principal, Refusal, Surface, SurfaceKind};
use marshal_wire::json::{Edits, Index, Limits};

/// Why an allowed conversation could not go out at a target with these facts: for explanations.
#[must_use]
pub fn unmet(
    bundle: &Bundle,
    principal: &Principal,
    obligations: &Obligations,
    facts: &Facts,
    today: Civil,
) -> Option<String> {
    let door = (Surface::ChatCompletions, &http::Method::POST);
    check(bundle, principal, Some(obligations), door, facts, today)
        .err()
        .map(|refusal| refusal.message.into_owned())
}

/// Why a call through this door cannot meet what is demanded of it at a target with these facts.
///
/// # Errors
/// The refusal: an approval that is missing, or what cannot be done there.
pub(crate) fn check(
    bundle: &Bundle,
    principal: &Principal,
    obligations: Option<&Obligations>,
    door: (Surface, &http::Method),
    facts: &Facts,
    today: Civil,
) -> Result<(), Refusal> {
    let Some(obligations) = obligations else {
        return Ok(());
    };
    if let Some(rule) = bundle.lacks_approval(principal, obligations, today) {
        let message = format!(
            "This call needs an approval: the policy line {rule} asks for one, and none is in force for this key today. \
             Whoever keeps the policies adds it to approvals.yaml."
        );
        return Err(Refusal::new(Code::ApprovalRequired, message).rule(Some(rule.clone()), None));
    }
    let why = region(obligations, facts).or_else(|| cannot(obligations, door));
    match why {
        None => Ok(()),
        Some(why) => {
            let lines: Vec<&str> = obligations.lines.iter().map(|rule| &*rule.0).collect();
            let message = format!(
                "The policy allows this call under conditions that cannot be met: {why} (demanded by {}).",
                lines.join(", ")
            );
            Err(Refusal::new(Code::ComplianceDenied, message)
                .rule(obligations.lines.first().cloned(), None))
        }
    }
}

fn region(obligations: &Obligations, facts: &Facts) -> Option<String> {
    let regions = obligations.regions.as_ref()?;
    if regions.is_empty() {
        return Some("its lines demand regions that have none in common".to_owned());
    }
    let words = regions
        .iter()
        .map(|region| &**region)
        .collect::<Vec<_>>()
        .join(" or ");
    match facts.get("region") {
        Some(Fact::Text(region)) if regions.contains(region) => None,
        Some(Fact::Text(region)) => Some(format!(
            "the target's region is {region}, and it must be {words}"
        )),
        _ => Some(format!(
            "nobody states the target's region, and it must be {words}"
        )),
    }
}

fn cannot(
    obligations: &Obligations,
    (surface, method): (Surface, &http::Method),
) -> Option<String> {
    let door = surface.as_str();
    if obligations.max_tokens.is_some() && !bounds(surface) {
        return Some(format!(
            "the length of what is answered through `{door}` cannot be bounded"
        ));
    }
    if obligations.no_store && keeps(surface, method) {
        return Some(format!(
            "what is asked through `{door}` is kept at the provider"
        ));
    }
    None
}

/// Whether the answers of a door can be bounded, or say nothing at any length.
const fn bounds(surface: Surface) -> bool {
    match surface.kind() {
        SurfaceKind::Chat | SurfaceKind::Local => true,
        SurfaceKind::Task => !matches!(surface, Surface::Invoke | Surface::ResponseTools),
        SurfaceKind::Object => matches!(surface, Surface::Files | Surface::StoredResponses),
        SurfaceKind::Socket => false,
    }
}

/// Whether a door leaves something at the provider.
fn keeps(surface: Surface, method: &http::Method) -> bool {
    surface.kind() == SurfaceKind::Object
        && *method != http::Method::GET
        && *method != http::Method::DELETE
}

/// The body of a conversation as the obligations want it.
pub(crate) fn conversation(
    dialect: Dialect,
    body: Bytes,
    obligations: Option<&Obligations>,
) -> Bytes {
    written(body, obligations, |doc, obligations, edits| {
        if let Some(most) = obligations.max_tokens {
            limit_output(dialect, doc, most, edits);
        }
        if obligations.no_store {
            keep_nothing(dialect, doc, edits);
        }
    })
}

/// The body of another question as the obligations want it.
pub(crate) fn task(surface: Surface, body: Bytes, obligations: Option<&Obligations>) -> Bytes {
    let ollama = match surface {
        Surface::Completions => false,
        Surface::OllamaGenerate => true,
        _ => return body,
    };
    written(body, obligations, |doc, obligations, edits| {
        if let Some(most) = obligations.max_tokens {
            limit_completion(ollama, doc, most, edits);
        }
    })
}

fn written(
    body: Bytes,
    obligations: Option<&Obligations>,
    write: impl FnOnce(marshal_wire::json::Doc<'_>, &Obligations, &mut Edits),
) -> Bytes {
    let Some(obligations) = obligations.filter(|one| one.max_tokens.is_some() || one.no_store)
    else {
        return body;
    };
    // What was read or written by an adapter is JSON.
    let Ok(index) = Index::parse(&body, &Limits::default()) else {
        return body;
    };
    let mut edits = Edits::new();
    write(index.doc(&body), obligations, &mut edits);
    if edits.is_empty() {
        return body;
    }
    edits.apply(&body).into()
}
