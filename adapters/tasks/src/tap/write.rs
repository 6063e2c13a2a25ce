//! More text, said as the stream says its own.

use marshal_adapter_api::{AnswerMeta, Channel, ChannelKind, Object};

use super::said::Shape;

/// An event's data that says `text` on `channel`.
pub(super) fn event(
    shape: Shape,
    channel: &Channel,
    text: &str,
    meta: &AnswerMeta,
    block: u64,
) -> Vec<u8> {
    let mut data = Vec::with_capacity(128 + text.len());
    let mut root = Object::new(&mut data);
    match shape {
        Shape::Choices | Shape::Deltas => choices(shape, channel, text, meta, &mut root),
        Shape::Transcript => {
            root.str("type", "transcript.text.delta");
            root.str("delta", text);
        }
        Shape::Transcription => {
            root.str("type", "transcription.text.delta");
            root.str("text", text);
        }
        Shape::Generate => {
            root.opt_str("model", meta.model.as_deref());
            let thinks = channel.kind == ChannelKind::Thinking;
            root.str("response", if thinks { "" } else { text });
            if thinks {
                root.str("thinking", text);
            }
            root.bool("done", false);
        }
        Shape::Plain(name) => root.str(name, text),
        Shape::Cohere => {
            root.u64("index", u64::from(channel.choice));
            root.bool("is_finished", false);
            root.str("text", text);
        }
        Shape::CohereChat => {
            root.bool("is_finished", false);
            root.str("event_type", "text-generation");
            root.str("text", text);
        }
        Shape::Outputs => {
            let mut outputs = root.array("outputs");
            let mut output = outputs.object();
            output.str("text", text);
            output.null("stop_reason");
        }
        Shape::Blocks => blocks(channel, text, block, &mut root),
    }
    drop(root);
    data
}

fn choices(shape: Shape, channel: &Channel, text: &str, meta: &AnswerMeta, root: &mut Object<'_>) {
    root.opt_str("id", meta.id.as_deref());
    let plain = shape == Shape::Choices;
    root.str(
        "object",
        if plain {
            "text_completion"
        } else {
            "chat.completion.chunk"
        },
    );
    root.opt_str("model", meta.model.as_deref());
    let mut choices = root.array("choices");
    let mut choice = choices.object();
    choice.u64("index", u64::from(channel.choice));
    if plain {
        choice.str("text", text);
        choice.null("logprobs");
    } else {
        choice.object("delta").str("content", text);
    }
    choice.null("finish_reason");
}

fn blocks(channel: &Channel, text: &str, block: u64, root: &mut Object<'_>) {
    let mut inner = root.object("contentBlockDelta");
    if channel.kind == ChannelKind::Arguments {
        inner.object("delta").object("toolUse").str("input", text);
        inner.u64("contentBlockIndex", u64::from(channel.part));
    } else {
        inner.object("delta").str("text", text);
        inner.u64("contentBlockIndex", block);
    }
}
