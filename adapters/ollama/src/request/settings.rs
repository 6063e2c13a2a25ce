//! Options and thinking.
//!
//! Only `gpt-oss` takes an effort as a word; every other model is told to think or not to. A thinking budget becomes
//! an effort: under 4,096 tokens `low`, under 16,384 `medium`, else `high`.

use marshal_adapter_api::{ChatRequest, Object, ThinkingMode};

use super::decode::UNASKED_STREAM;
use crate::asked::{Asked, path};
use crate::words::{has_inner, is_marked, write_extra, write_inner};

/// Options that other dialects have too, in the words under which those keep them.
const CARRIED: [(&str, &[&str]); 4] = [
    (
        "frequency_penalty",
        &["frequency_penalty", "generationConfig.frequencyPenalty"],
    ),
    (
        "presence_penalty",
        &["presence_penalty", "generationConfig.presencePenalty"],
    ),
    ("repeat_penalty", &["repetition_penalty", "repeat_penalty"]),
    ("min_p", &["min_p"]),
];

/// Writes the options that every dialect has.
fn common(request: &ChatRequest, options: &mut Object<'_>) {
    if let Some(limit) = request.max_output {
        options.u64("num_predict", limit);
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("top_p", &request.top_p),
        ("top_k", &request.top_k),
        ("seed", &request.seed),
    ] {
        if let Some(value) = value {
            options.json(name, value);
        }
    }
    match request.stop.as_deref() {
        Some([stop]) if request.stop_bare => options.str("stop", stop),
        Some(stops) => {
            let mut list = options.array("stop");
            stops.iter().for_each(|stop| list.str(stop));
        }
        None => {}
    }
}

fn has_common(request: &ChatRequest) -> bool {
    request.max_output.is_some()
        || request.temperature.is_some()
        || request.top_p.is_some()
        || request.top_k.is_some()
        || request.seed.is_some()
        || request.stop.is_some()
}

/// Writes the settings of a request of this dialect, and all that it kept aside.
pub(super) fn own(request: &ChatRequest, root: &mut Object<'_>) {
    if has_common(request) || has_inner(&request.extra, "options") {
        let mut options = root.object("options");
        common(request, &mut options);
        write_inner(&request.extra, "options", &mut options);
    }
    match request.thinking.as_ref().map(|thinking| &thinking.mode) {
        Some(ThinkingMode::Off) => root.bool("think", false),
        Some(_) => root.bool("think", true),
        None => root.opt_str("think", request.effort.as_deref()),
    }
    let unasked =
        is_marked(&request.extra, UNASKED_STREAM) || request.extra.get("stream").is_some();
    if let Some(stream) = request.stream
        && !unasked
    {
        root.bool("stream", stream);
    }
    write_extra(&request.extra, Some("options"), root);
}

/// Writes the settings of a request of another dialect, and reports the rest of it.
pub(super) fn foreign(
    request: &ChatRequest,
    model: &str,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    // `tool_choice` stands aside where a provider has its own word for a choice that was understood.
    let mut understood = vec!["tool_choice", "n", "stream_options"];
    let mut carried = Vec::new();
    for (name, words) in CARRIED {
        let found = words
            .iter()
            .find_map(|word| request.extra.get(word).map(|value| (*word, value)));
        if let Some((word, value)) = found
            && value.as_str().parse::<f64>().is_ok()
        {
            carried.push((name, value));
            understood.push(word);
        }
    }
    if has_common(request) || !carried.is_empty() {
        let mut options = root.object("options");
        common(request, &mut options);
        for (name, value) in carried {
            options.json(name, value);
        }
    }
    thinking(request, model, root, dropped);
    if request.user.is_some() {
        dropped.push(path(request.origin, Asked::User).to_owned());
    }
    if let Some(tier) = request.service_tier.as_deref()
        && tier != "auto"
    {
        dropped.push(path(request.origin, Asked::Tier).to_owned());
    }
    request.extra.report_except(&understood, dropped);
}

/// Whether the model takes an effort as a word.
fn takes_words(model: &str) -> bool {
    model.contains("gpt-oss")
}

fn thinking(request: &ChatRequest, model: &str, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let budget = request.thinking.as_ref().map(|thinking| {
        thinking.extra.report(dropped);
        &thinking.mode
    });
    let by_budget = match budget {
        Some(ThinkingMode::Off | ThinkingMode::Budget(0)) => Some("none"),
        Some(ThinkingMode::Budget(..4_096)) => Some("low"),
        Some(ThinkingMode::Budget(..16_384)) => Some("medium"),
        Some(ThinkingMode::Budget(_)) => Some("high"),
        Some(ThinkingMode::Adaptive) | None => None,
    };
    let word = by_budget.or(request.effort.as_deref());
    let at = || path(request.origin, Asked::Thinking).to_owned();
    match word {
        Some("none") => root.bool("think", false),
        Some(word) if takes_words(model) => {
            let known = match word {
                "low" | "medium" | "high" => word,
                "minimal" => "low",
                _ => "high",
            };
            root.str("think", known);
            if known != word || by_budget.is_some() {
                dropped.push(at());
            }
        }
        // How much is the model's own affair.
        Some(_) => {
            root.bool("think", true);
            dropped.push(at());
        }
        None if budget.is_some() => root.bool("think", true),
        None => {}
    }
}
