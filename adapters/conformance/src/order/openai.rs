//! A role first, nothing of a choice behind its finish, usage without choices, the marker last.

use std::collections::{BTreeMap, BTreeSet};

use super::{is_list, need};
use crate::plain::Plain;

pub(super) fn check(events: &[Plain], all: bool) -> Result<(), String> {
    let mut begun = BTreeSet::new();
    let mut finished = BTreeSet::new();
    let mut calls: BTreeMap<u64, u64> = BTreeMap::new();
    let mut used = false;
    for (at, event) in events.iter().enumerate() {
        let last = at + 1 == events.len();
        if event.data == "[DONE]" || last {
            need(
                event.data == "[DONE]" && last,
                at,
                event,
                "the marker is not last",
            )?;
            continue;
        }
        let data = &event.data;
        let same = data["id"] == events[0].data["id"] && data["object"] == "chat.completion.chunk";
        need(same, at, event, "not a chunk of this answer")?;
        need(!used, at, event, "a chunk behind the usage")?;
        used = data["usage"].is_object() && !is_list(&data["choices"]);
        for choice in data["choices"].as_array().into_iter().flatten() {
            let number = choice["index"].as_u64().unwrap_or(0);
            let delta = &choice["delta"];
            let role = delta["role"] == "assistant";
            need(
                begun.insert(number) == role,
                at,
                event,
                "the role comes once, first",
            )?;
            need(
                !finished.contains(&number),
                at,
                event,
                "more of a finished choice",
            )?;
            if choice["finish_reason"].is_string() {
                finished.insert(number);
            }
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let index = call["index"].as_u64();
                let known = calls.entry(number).or_default();
                let new = call["function"]["name"].is_string();
                let fits = if new {
                    index == Some(*known)
                } else {
                    index.is_some_and(|index| index < *known)
                };
                need(fits, at, event, "a call's number does not fit")?;
                *known += u64::from(new);
            }
        }
    }
    need(
        begun == finished || !all,
        events.len() - 1,
        &events[events.len() - 1],
        "a choice did not finish",
    )
}
