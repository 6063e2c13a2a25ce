//! A whole answer, written.

use marshal_adapter_api::{
    Array, ChatResponse, Choice, Encoded, Finish, FinishReason, Json, Object, Part,
};
use marshal_types::Dialect;

use crate::aside::{self, spelled};
use crate::parts::{self, own_content};
use crate::words::{is_approximate, word_of};
use crate::{time, usage};

/// Writes an answer. `created` is the caller's to fill in where the provider gave none.
pub(crate) fn encode(response: &ChatResponse) -> Encoded {
    let own = response.origin == Dialect::Gemini;
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        let extra = &response.extra;
        if !(own && aside::has(extra, "candidates.is", "absent")) {
            let mut list = root.array(spelled(extra, "candidates"));
            for choice in &response.choices {
                if own {
                    own_choice(choice, &mut list.object());
                } else {
                    foreign_choice(choice, &mut list.object(), dropped);
                }
            }
        }
        write_usage(response, own, &mut root, dropped);
        root.opt_str(spelled(extra, "modelVersion"), response.model.as_deref());
        root.opt_str(spelled(extra, "responseId"), response.id.as_deref());
        if own {
            let created = aside::get(extra, "created");
            root.opt_str(spelled(extra, "createTime"), created);
            aside::write(extra, &[], &mut root);
        } else {
            if let Some(created) = response.created {
                root.str("createTime", &time::written(created));
            }
            extra.report_except(&["object", "type", "role"], dropped);
        }
    }
    encoded.body = body;
    encoded
}

fn write_usage(
    response: &ChatResponse,
    own: bool,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    let Some(reported) = &response.usage else {
        return;
    };
    match &reported.source {
        Some(source) if own => root.json(spelled(&response.extra, "usageMetadata"), source),
        _ => {
            usage::write(root, &reported.tokens);
            usage::report_foreign(reported, dropped);
        }
    }
}

fn own_choice(choice: &Choice, to: &mut Object<'_>) {
    let extra = &choice.extra;
    if !aside::has(extra, "content", "absent") {
        own_content(&choice.message, &mut to.object("content"));
    }
    let word = spelled(extra, "finishReason");
    match (aside::get(extra, "number"), &choice.finish) {
        (Some(number), _) => to.raw(word, number.as_bytes()),
        (None, Some(finish)) => to.str(word, &finish.word),
        (None, None) => {}
    }
    if !aside::has(extra, "index", "absent") {
        to.u64("index", u64::from(choice.index));
    }
    aside::write(extra, &[], to);
}

fn foreign_choice(choice: &Choice, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    {
        let mut content = to.object("content");
        let mut list = content.array("parts");
        for part in &choice.message.parts {
            foreign_part(part, &mut list, dropped);
        }
        drop(list);
        content.str("role", "model");
    }
    let refuses = choice
        .message
        .parts
        .iter()
        .any(|part| matches!(part, Part::Refusal { text, .. } if !text.is_empty()));
    if let Some(finish) = &choice.finish {
        to.str("finishReason", word_of(finish.reason, refuses));
        report_finish(finish, dropped);
    }
    to.u64("index", u64::from(choice.index));
    choice.message.extra.report(dropped);
    choice.extra.report(dropped);
}

/// Reports what a finish word of this dialect does not say.
pub(crate) fn report_finish(finish: &Finish, dropped: &mut Vec<String>) {
    if is_approximate(finish.reason) {
        dropped.push("finish_reason".to_owned());
    }
    if finish.reason == FinishReason::StopSequence || finish.stop_sequence.is_some() {
        dropped.push("stop_sequence".to_owned());
    }
}

fn foreign_part(part: &Part, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            extra.report(dropped);
            if !text.is_empty() {
                parts::text(text, &mut list.object());
            }
        }
        Part::Thinking {
            text,
            signature,
            extra,
            ..
        } => {
            extra.report(dropped);
            let seal = signature.as_deref().filter(|seal| !seal.is_empty());
            if !text.is_empty() || seal.is_some() {
                parts::thought(text, seal, &mut list.object());
            }
        }
        Part::ToolCall {
            id,
            name,
            arguments,
            signature,
            extra,
        } => {
            extra.report_except(&["type", "index", "extra_content"], dropped);
            let seal = signature.as_deref();
            parts::call(id, name, arguments, seal, &mut list.object());
        }
        Part::Image { extra, .. } | Part::Document { extra, .. } | Part::Media { extra, .. } => {
            let mut source = Vec::new();
            let shown = parts::data(part, &mut Object::new(&mut source));
            if shown {
                extra.report(dropped);
                list.json(&Json::from_source(
                    String::from_utf8_lossy(&source).into_owned(),
                ));
            } else {
                dropped.push(extra.path().to_owned());
            }
        }
        Part::Opaque { path, .. } => dropped.push(path.clone()),
        Part::ToolResult { extra, .. } => dropped.push(extra.path().to_owned()),
    }
}
