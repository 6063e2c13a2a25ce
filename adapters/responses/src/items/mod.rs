//! Items, the pieces that requests and answers are made of: read into parts and written again as they were.
//!
//! The first plain part of an item of the model carries what the item kept aside, at the item's path; what that
//! part itself kept aside stands there under its place in the item (`content[0].annotations`).

mod content;
mod decode;
mod own;
mod thoughts;

pub(crate) use content::{detail_image, file, sound};
pub(crate) use decode::{Side, input_object, is_model_item, item, turns};
pub(crate) use own::{call_seal, model_items, write_turns};

/// Before the members that the part of a message which carries its item kept aside: where it stands.
fn place(at: usize) -> String {
    format!("content[{at}].")
}

/// The words of thoughts: the list of the item in which they stand.
pub(crate) const SUMMARY: &str = "summary";
/// See [`SUMMARY`].
pub(crate) const CONTENT: &str = "content";
/// Between the texts of a summary, where they are one text.
pub(crate) const BETWEEN_THOUGHTS: &str = "\n\n";
/// Thoughts that stand beside the items of an answer (mistral.rs).
pub(crate) const BESIDE: &str = "reasoning";
/// The tool call that takes a text instead of JSON, and its answer.
pub(crate) const CUSTOM_CALL: &str = "custom_tool_call";
/// See [`CUSTOM_CALL`].
pub(crate) const CUSTOM_OUTPUT: &str = "custom_tool_call_output";
