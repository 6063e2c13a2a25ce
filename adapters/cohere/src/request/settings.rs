//! Sampling, limits and thinking.
//!
//! An effort becomes a thinking budget: `minimal` 1,024 tokens, `low` 2,048, `medium` 8,192, `high` 16,384 (at most
//! half of the output limit, of which thinking is a part), above that as much as the model sees fit.

use marshal_adapter_api::{ChatRequest, Json, Object, ThinkingMode};

use crate::asked::{Asked, path};

/// Penalties, in the words under which other dialects keep them.
const PENALTIES: [(&str, [&str; 3]); 2] = [
    (
        "frequency_penalty",
        [
            "frequency_penalty",
            "generationConfig.frequencyPenalty",
            "options.frequency_penalty",
        ],
    ),
    (
        "presence_penalty",
        [
            "presence_penalty",
            "generationConfig.presencePenalty",
            "options.presence_penalty",
        ],
    ),
];

fn common(request: &ChatRequest, own: bool, root: &mut Object<'_>) {
    if let Some(limit) = request.max_output {
        root.u64("max_tokens", limit);
    }
    for (name, value) in [
        ("temperature", &request.temperature),
        ("p", &request.top_p),
        ("k", &request.top_k),
        ("seed", &request.seed),
    ] {
        if let Some(value) = value {
            root.json(name, value);
        }
    }
    if let Some(stops) = &request.stop
        && (own || !stops.is_empty())
    {
        let mut list = root.array("stop_sequences");
        stops.iter().for_each(|stop| list.str(stop));
    }
}

/// Writes the settings of a request of this dialect; whatever else it holds is kept aside.
pub(super) fn own(request: &ChatRequest, root: &mut Object<'_>) {
    common(request, true, root);
    if let Some(thinking) = &request.thinking {
        let mut to = root.object("thinking");
        mode(&thinking.mode, &mut to);
        thinking.extra.write(&mut to);
    }
}

fn mode(mode: &ThinkingMode, to: &mut Object<'_>) {
    match mode {
        ThinkingMode::Off => to.str("type", "disabled"),
        ThinkingMode::Adaptive => to.str("type", "enabled"),
        ThinkingMode::Budget(budget) => {
            to.str("type", "enabled");
            to.u64("token_budget", *budget);
        }
    }
}

/// Writes the settings of a request of another dialect, and reports the rest of it.
pub(super) fn foreign(request: &ChatRequest, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    common(request, false, root);
    // `tool_choice` stands aside where a provider has its own word for a choice that was understood.
    let mut understood = vec!["tool_choice", "n", "stream_options"];
    for (name, words) in PENALTIES {
        let found = words
            .into_iter()
            .find_map(|word| request.extra.get(word).map(|value| (word, value)));
        if let Some((word, value)) = found
            && let Some(exact) = penalty(name, value, root)
        {
            if !exact {
                dropped.push(word.to_owned());
            }
            understood.push(word);
        }
    }
    thinking(request, root, dropped);
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

/// Cohere's penalties go from 0 to 1; others' from -2 to 2. Says whether it could be written as it was.
fn penalty(name: &str, value: &Json, root: &mut Object<'_>) -> Option<bool> {
    let number: f64 = value.as_str().parse().ok()?;
    if (0.0..=1.0).contains(&number) {
        root.json(name, value);
        return Some(true);
    }
    root.u64(name, u64::from(number > 1.0));
    Some(false)
}

fn thinking(request: &ChatRequest, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    let most = request.max_output.map_or(u64::MAX, |limit| limit / 2);
    let by_effort = || {
        Some(match request.effort.as_deref()? {
            "none" => ThinkingMode::Off,
            "minimal" => ThinkingMode::Budget(most.min(1_024)),
            "low" => ThinkingMode::Budget(most.min(2_048)),
            "medium" => ThinkingMode::Budget(most.min(8_192)),
            "high" => ThinkingMode::Budget(most.min(16_384)),
            _ => ThinkingMode::Adaptive,
        })
    };
    let asked = match request.thinking.as_ref() {
        Some(thinking) => {
            thinking.extra.report(dropped);
            match thinking.mode {
                ThinkingMode::Budget(0) => Some(ThinkingMode::Off),
                // An effort says more than that the model may think.
                ThinkingMode::Adaptive => by_effort().or(Some(ThinkingMode::Adaptive)),
                ref exact => Some(exact.clone()),
            }
        }
        None => by_effort(),
    };
    if let Some(asked) = asked {
        mode(&asked, &mut root.object("thinking"));
    }
}
