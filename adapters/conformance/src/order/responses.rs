//! Numbers that count up, `response.created` first, each item added, filled, done; the terminal event last.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{kind, named, need};
use crate::plain::Plain;

const TERMINAL: [&str; 3] = [
    "response.completed",
    "response.incomplete",
    "response.failed",
];

pub(super) fn check(events: &[Plain]) -> Result<(), String> {
    let mut open: BTreeMap<u64, Value> = BTreeMap::new();
    let mut parts: BTreeSet<(u64, u64)> = BTreeSet::new();
    let mut next = 0;
    for (at, event) in events.iter().enumerate() {
        named(at, event)?;
        let data = &event.data;
        need(
            data["sequence_number"].as_u64() == Some(at as u64),
            at,
            event,
            "the sequence number does not count up from 0",
        )?;
        let kind = kind(event);
        need(
            (kind == "response.created") == (at == 0),
            at,
            event,
            "`response.created` is not first",
        )?;
        need(
            TERMINAL.contains(&kind) == (at + 1 == events.len()),
            at,
            event,
            "the terminal event is not last",
        )?;
        let Some(item) = data["output_index"].as_u64() else {
            continue;
        };
        match kind {
            "response.output_item.added" => {
                need(item == next, at, event, "an item's number does not fit")?;
                next += 1;
                open.insert(item, data["item"]["id"].clone());
            }
            "response.output_item.done" => {
                let id = open.remove(&item);
                need(
                    id.as_ref() == Some(&data["item"]["id"]),
                    at,
                    event,
                    "done, but not open",
                )?;
                need(
                    !parts.iter().any(|(of, _)| *of == item),
                    at,
                    event,
                    "done with an open part",
                )?;
            }
            _ => inner(at, event, item, &open, &mut parts)?,
        }
    }
    need(
        open.is_empty(),
        events.len() - 1,
        &events[events.len() - 1],
        "an item was not done",
    )
}

/// What happens inside of an item.
fn inner(
    at: usize,
    event: &Plain,
    item: u64,
    open: &BTreeMap<u64, Value>,
    parts: &mut BTreeSet<(u64, u64)>,
) -> Result<(), String> {
    let data = &event.data;
    need(
        open.get(&item) == Some(&data["item_id"]),
        at,
        event,
        "of an item that is not open",
    )?;
    let part = data["content_index"]
        .as_u64()
        .or(data["summary_index"].as_u64());
    let Some(part) = part else { return Ok(()) };
    let at_part = (item, part);
    match kind(event) {
        "response.content_part.added" | "response.reasoning_summary_part.added" => {
            need(parts.insert(at_part), at, event, "the part was open")
        }
        "response.content_part.done" | "response.reasoning_summary_part.done" => {
            need(parts.remove(&at_part), at, event, "the part was not open")
        }
        // Reasoning text comes with or without parts round it.
        "response.reasoning_text.delta" | "response.reasoning_text.done" => Ok(()),
        _ => need(
            parts.contains(&at_part),
            at,
            event,
            "of a part that is not open",
        ),
    }
}
