//! How hard to think, said as each family of models wants it.
//!
//! To Claude an effort is a budget: `minimal` 1,024 tokens, `low` 2,048, `medium` 8,192, `high` 16,384, above
//! that 32,768; at most half of the output limit, of which thinking is a part. To others a budget is an effort:
//! under 4,096 tokens `low`, under 16,384 `medium`, else `high`.

use marshal_adapter_api::{ChatRequest, Message, Object, Part, Role, ThinkingMode, ToolChoice};
use marshal_types::Dialect;

use super::own;
use super::turns::sealed;
use crate::words::{Family, Said, path};

const LEAST: u64 = 1_024;

/// What a model is told about thinking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing: it thinks as it does unasked.
    Nothing,
    /// Claude's way.
    Mode(ThinkingMode),
    /// Claude's effort, as its own dialect says it.
    ClaudeEffort(String),
    /// Amazon's way.
    Nova(&'static str),
    /// OpenAI's way.
    Effort(String),
}

/// What to tell a model of `family`, with `limit` output tokens.
pub(super) fn told(
    request: &ChatRequest,
    family: Family,
    limit: u64,
    dropped: &mut Vec<String>,
) -> Told {
    let told = match family {
        Family::Claude => claude(request, limit),
        Family::Nova2 => effort(request).and_then(|effort| nova(request, effort, dropped)),
        Family::GptOss => effort(request).map(|effort| Told::Effort(effort.to_owned())),
        Family::Nova | Family::Other => None,
    };
    let effort = request.effort.as_deref().filter(|effort| *effort != "none");
    if told.is_none() && effort.is_some() {
        dropped.push(path(request.origin, Said::Effort).to_owned());
    }
    let thinks = request
        .thinking
        .as_ref()
        .is_some_and(|thinking| thinking.mode != ThinkingMode::Off);
    if told.is_none() && thinks {
        dropped.push(path(request.origin, Said::Thinking).to_owned());
    }
    if let Some(thinking) = &request.thinking
        && !carries_all(request, family)
    {
        thinking.extra.report(dropped);
    }
    told.unwrap_or(Told::Nothing)
}

fn claude(request: &ChatRequest, limit: u64) -> Option<Told> {
    let own = request.origin == Dialect::Anthropic;
    match request.thinking.as_ref().map(|thinking| &thinking.mode) {
        // Anthropic's clients know the rules of their model.
        Some(mode) if own => Some(Told::Mode(mode.clone())),
        Some(ThinkingMode::Off) => Some(Told::Nothing),
        Some(ThinkingMode::Adaptive) => request
            .effort
            .is_some()
            .then(|| budget(request, limit))
            .flatten(),
        Some(ThinkingMode::Budget(wanted)) => fitting(request, *wanted, limit),
        None if own => request.effort.clone().map(Told::ClaudeEffort),
        None => budget(request, limit),
    }
}

fn budget(request: &ChatRequest, limit: u64) -> Option<Told> {
    let wanted = match request.effort.as_deref()? {
        "none" => return None, // no thinking is what these models do unasked
        "minimal" => LEAST,
        "low" => 2_048,
        "medium" => 8_192,
        "high" => 16_384,
        _ => 32_768,
    };
    fitting(request, wanted, limit)
}

/// Under 1,024 tokens, with a demanded tool, or amid tool calls whose thoughts are not at hand, Claude refuses to think.
fn fitting(request: &ChatRequest, wanted: u64, limit: u64) -> Option<Told> {
    let demanded = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Named(_))
    );
    let budget = wanted.min(limit / 2);
    let possible = budget >= LEAST && !demanded && !amid_tool_calls(request);
    possible.then_some(Told::Mode(ThinkingMode::Budget(budget)))
}

/// With thinking on, a turn that called tools must open with its sealed thoughts.
fn amid_tool_calls(request: &ChatRequest) -> bool {
    let calls = |message: &Message| {
        let mut parts = message.parts.iter();
        parts.any(|part| matches!(part, Part::ToolCall { .. }))
    };
    let user = |message: &Message| {
        let mut parts = message.parts.iter();
        message.role == Role::User && !parts.any(|part| matches!(part, Part::ToolResult { .. }))
    };
    request
        .messages
        .iter()
        .rev()
        .take_while(|message| !user(message))
        .any(|message| calls(message) && !sealed(request.origin, message))
}

fn effort(request: &ChatRequest) -> Option<&str> {
    if let Some(effort) = request.effort.as_deref() {
        return (effort != "none").then_some(effort);
    }
    match request.thinking.as_ref()?.mode {
        ThinkingMode::Budget(..4_096) => Some("low"),
        ThinkingMode::Budget(..16_384) => Some("medium"),
        ThinkingMode::Budget(_) => Some("high"),
        ThinkingMode::Off | ThinkingMode::Adaptive => None,
    }
}

/// At `high` these models take no output limit, and the client's limit counts for more.
fn nova(request: &ChatRequest, effort: &str, dropped: &mut Vec<String>) -> Option<Told> {
    let word = match effort {
        "minimal" | "low" => "low",
        "medium" => "medium",
        _ if request.max_output.is_some() => {
            dropped.push(path(request.origin, Said::Effort).to_owned());
            "medium"
        }
        _ => "high",
    };
    Some(Told::Nova(word))
}

fn carries_all(request: &ChatRequest, family: Family) -> bool {
    request.origin == Dialect::Anthropic && family == Family::Claude
}

/// Writes it into `additionalModelRequestFields`.
pub(super) fn write(told: &Told, request: &ChatRequest, family: Family, to: &mut Object<'_>) {
    match told {
        Told::Nothing => {}
        Told::Mode(mode) => {
            {
                let mut inner = to.object("thinking");
                own::mode(mode, &mut inner);
                if let Some(thinking) = &request.thinking
                    && carries_all(request, family)
                {
                    thinking.extra.write(&mut inner);
                }
            }
            if let Some(effort) = &request.effort
                && carries_all(request, family)
            {
                to.object("output_config").str("effort", effort);
            }
        }
        Told::ClaudeEffort(effort) => to.object("output_config").str("effort", effort),
        Told::Nova(effort) => own::nova_effort(effort, to),
        Told::Effort(effort) => to.str("reasoning_effort", effort),
    }
}
