//! Chunks; nothing of a candidate behind its finish, which every candidate has.

use std::collections::BTreeSet;

use super::{is_list, need};
use crate::plain::Plain;

pub(super) fn check(events: &[Plain], all: bool) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut finished = BTreeSet::new();
    for (at, event) in events.iter().enumerate() {
        let data = &event.data;
        need(
            is_list(&data["candidates"])
                || data["usageMetadata"].is_object()
                || data["promptFeedback"].is_object(),
            at,
            event,
            "says nothing",
        )?;
        for candidate in data["candidates"].as_array().into_iter().flatten() {
            let number = candidate["index"].as_u64().unwrap_or(0);
            let more = is_list(&candidate["content"]["parts"]);
            need(
                !(more && finished.contains(&number)),
                at,
                event,
                "more of a finished candidate",
            )?;
            seen.insert(number);
            if candidate["finishReason"].is_string() {
                finished.insert(number);
            }
        }
    }
    let last = events.len() - 1;
    need(
        seen == finished || !all,
        last,
        &events[last],
        "a candidate did not finish",
    )
}
