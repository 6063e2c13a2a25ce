//! The texts that come piece by piece, and the channels on which they run.

use marshal_adapter_api::{Channel, ChannelKind};
use marshal_wire::json::Doc;

use crate::words::number;

/// A text that comes piece by piece in `{name}.delta` and whole in `{name}.done`.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: ChannelKind,
    /// Which of its item's texts it is.
    pub(super) index: &'static str,
    /// The whole text's member.
    pub(super) whole: &'static str,
    pub(super) json_text: bool,
    /// The type of item that says it so; empty for any.
    pub(super) item: &'static str,
}

const fn family(
    name: &'static str,
    kind: ChannelKind,
    index: &'static str,
    whole: &'static str,
    item: &'static str,
) -> Family {
    Family {
        name,
        kind,
        index,
        whole,
        json_text: matches!(whole.as_bytes(), b"arguments"),
        item,
    }
}

pub(super) const FAMILIES: [Family; 10] = [
    family(
        "response.output_text",
        ChannelKind::Text,
        "content_index",
        "text",
        "",
    ),
    family(
        "response.refusal",
        ChannelKind::Refusal,
        "content_index",
        "refusal",
        "",
    ),
    family(
        "response.reasoning_summary_text",
        ChannelKind::Thinking,
        "summary_index",
        "text",
        "",
    ),
    family(
        "response.reasoning_text",
        ChannelKind::Reasoning,
        "content_index",
        "text",
        "",
    ),
    family(
        "response.function_call_arguments",
        ChannelKind::Arguments,
        "",
        "arguments",
        "function_call",
    ),
    family(
        "response.mcp_call_arguments",
        ChannelKind::Arguments,
        "",
        "arguments",
        "mcp_call",
    ),
    family(
        "response.custom_tool_call_input",
        ChannelKind::Arguments,
        "",
        "input",
        "custom_tool_call",
    ),
    family(
        "response.code_interpreter_call_code",
        ChannelKind::Arguments,
        "",
        "code",
        "code_interpreter_call",
    ),
    family(
        "response.shell_call_command",
        ChannelKind::Arguments,
        "command_index",
        "command",
        "shell_call",
    ),
    family(
        "response.output_audio_transcript",
        ChannelKind::Text,
        "content_index",
        "transcript",
        "",
    ),
];

/// Channels of an item: more texts than any item has.
pub(super) const MOST_TEXTS: u32 = 1_000;
/// The first channel of whole texts.
pub(super) const WHOLE: u32 = 1_000_000;
/// How many of an item's channels are closed with it, for providers that do not end each text.
pub(super) const CLOSED_TEXTS: u32 = 16;

pub(super) fn is_event(kind: &str, of: &Family, suffix: &str) -> bool {
    kind.strip_prefix(of.name) == Some(suffix)
}

/// The channel of an item's text.
pub(super) fn channel(item: u64, index: u64, kind: ChannelKind) -> Channel {
    let least = |number: u64| {
        u32::try_from(number)
            .unwrap_or(u32::MAX)
            .min(MOST_TEXTS - 1)
    };
    Channel {
        choice: 0,
        part: least(item) * MOST_TEXTS + least(index),
        kind,
    }
}

pub(super) fn channel_of(doc: Doc<'_>, of: &Family) -> Channel {
    let at = |name| number(doc, doc.root(), name).unwrap_or(0);
    channel(at("output_index"), at(of.index), of.kind)
}
