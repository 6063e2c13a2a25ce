//! An answer, written in this dialect.

use marshal_adapter_api::{ChatResponse, Encoded, Finish, Object, Part};
use marshal_types::Dialect;

use super::foreign::{self, Ids, Outcome};
use crate::items::{self, BESIDE};
use crate::usage;
use crate::words::{incomplete, is_approximate, status_of};

/// The tiers that clients of this dialect know, written.
const TIERS: [&str; 7] = [
    "\"auto\"",
    "\"default\"",
    "\"flex\"",
    "\"scale\"",
    "\"priority\"",
    "\"fast\"",
    "\"ultrafast\"",
];

/// Writes an answer. Of several choices it holds the first; the others are reported.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let mut encoded = Encoded::default();
    let mut body = Vec::with_capacity(2048);
    // One put together from a stream kept nothing aside: it is written anew.
    if response.origin == Dialect::Responses && !response.extra.is_empty() {
        as_it_was(response, &mut Object::new(&mut body));
    } else {
        anew(response, &mut Object::new(&mut body), &mut encoded.dropped);
    }
    encoded.body = body;
    encoded
}

fn as_it_was(response: &ChatResponse, root: &mut Object<'_>) {
    root.opt_str("id", response.id.as_deref());
    if let Some(created) = response.created {
        root.u64("created_at", created);
    }
    root.opt_str("model", response.model.as_deref());
    let choice = response.choices.first();
    let parts = choice.map_or(&[][..], |choice| &choice.message.parts);
    for part in parts {
        if let Part::Thinking {
            text,
            word: Some(BESIDE),
            ..
        } = part
        {
            root.str(BESIDE, text);
        }
    }
    if !response.extra.lacks("output") {
        items::model_items(parts, &mut root.array("output"));
    }
    if let Some(finish) = choice.and_then(|choice| choice.finish.as_ref()) {
        status(finish, response, root);
    }
    if let Some(source) = response
        .usage
        .as_ref()
        .and_then(|usage| usage.source.as_ref())
    {
        root.json("usage", source);
    }
    response.extra.write(root);
}

fn status(finish: &Finish, response: &ChatResponse, root: &mut Object<'_>) {
    let status = status_of(&finish.word);
    root.str("status", status);
    let reasoned = status == "incomplete" && finish.word != status;
    if reasoned && response.extra.get("incomplete_details").is_none() {
        root.object("incomplete_details")
            .str("reason", &finish.word);
    }
}

fn anew(response: &ChatResponse, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let choice = response.choices.first();
    let finish = choice.and_then(|choice| choice.finish.as_ref());
    let parts = choice.map_or(&[][..], |choice| &choice.message.parts);
    let refuses = parts
        .iter()
        .any(|part| matches!(part, Part::Refusal { .. }));
    let reason = finish.map(|finish| finish.reason);
    if is_approximate(reason) {
        dropped.push("finish_reason".to_owned());
    }
    if finish.is_some_and(|finish| finish.stop_sequence.is_some()) {
        dropped.push("stop_sequence".to_owned());
    }
    // Chat completions name the tier that served as this dialect does.
    let tier = match response.origin {
        Dialect::OpenAi => response
            .extra
            .get("service_tier")
            .filter(|tier| TIERS.contains(&tier.as_str())),
        _ => None,
    };
    let mut ids = Ids::new(response.id.as_deref());
    let mut output = Vec::with_capacity(512);
    {
        let mut list = marshal_adapter_api::Array::new(&mut output);
        if let Some(choice) = choice {
            foreign::items(choice, &mut ids, &mut list, dropped);
        }
    }
    foreign::answer(
        root,
        &Outcome {
            id: &ids.response(),
            model: response.model.as_deref().unwrap_or_default(),
            created: response.created.unwrap_or(0),
            status: if incomplete(reason, refuses).is_some() {
                "incomplete"
            } else {
                "completed"
            },
            incomplete: incomplete(reason, refuses),
            error: None,
            output: &output,
            usage: response.usage.as_ref().map(|usage| usage.tokens),
            service_tier: tier,
        },
    );
    if let Some(reported) = response
        .usage
        .as_ref()
        .filter(|_| response.origin != Dialect::Responses)
    {
        usage::report_foreign(reported, dropped);
    }
    for other in response.choices.iter().skip(1) {
        dropped.push(format!("choices[{}]", other.index));
    }
    // What goes without saying, or is said by another member here.
    let served = if tier.is_some() { "service_tier" } else { "" };
    response
        .extra
        .report_except(&["object", "type", "role", served], dropped);
}
