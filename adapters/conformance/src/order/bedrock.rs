//! Start, blocks one after the other, stop, metadata. Only a call of a tool begins its block with an event.

use super::need;
use crate::plain::Plain;

pub(super) fn check(events: &[Plain]) -> Result<(), String> {
    let mut open: Option<u64> = None;
    let mut next = 0;
    let mut stopped = false;
    for (at, event) in events.iter().enumerate() {
        let name = event.name.as_deref().unwrap_or_default();
        let index = event.data["contentBlockIndex"].as_u64();
        need(
            (name == "messageStart") == (at == 0),
            at,
            event,
            "`messageStart` is not first",
        )?;
        match name {
            "contentBlockStart" => {
                need(
                    open.is_none() && !stopped && index == Some(next),
                    at,
                    event,
                    "out of order",
                )?;
                open = index;
            }
            "contentBlockDelta" => {
                let tool = event.data["delta"]["toolUse"].is_object();
                let fits = match open {
                    Some(open) => index == Some(open),
                    None => !tool && !stopped && index == Some(next),
                };
                need(fits, at, event, "out of order")?;
                open = index;
            }
            "contentBlockStop" => {
                need(open.is_some() && open == index, at, event, "not open")?;
                open = None;
                next += 1;
            }
            "messageStop" => {
                need(open.is_none() && !stopped, at, event, "a block is open")?;
                stopped = true;
            }
            "metadata" => need(
                stopped && at + 1 == events.len(),
                at,
                event,
                "not behind the stop, or not last",
            )?,
            _ => need(
                name == "messageStart",
                at,
                event,
                "no event of this dialect",
            )?,
        }
    }
    need(
        stopped,
        events.len() - 1,
        &events[events.len() - 1],
        "no `messageStop`",
    )
}
