//! Start, blocks one after the other, delta, stop.

use super::{kind, named, need};
use crate::plain::Plain;

pub(super) fn check(events: &[Plain]) -> Result<(), String> {
    let mut open = None;
    let mut next = 0;
    for (at, event) in events.iter().enumerate() {
        named(at, event)?;
        let kind = kind(event);
        let index = event.data["index"].as_u64();
        let last = at + 1 == events.len();
        let fits = match kind {
            kind if last != (kind == "message_stop") => false,
            "message_start" => at == 0,
            "content_block_start" => open.is_none() && index == Some(next),
            "content_block_delta" | "content_block_stop" => open.is_some() && open == index,
            "message_delta" => open.is_none() && at + 2 == events.len(),
            "message_stop" => at > 0 && self::kind(&events[at - 1]) == "message_delta",
            _ => false,
        };
        need(fits, at, event, "out of order")?;
        match kind {
            "content_block_start" => open = index,
            "content_block_stop" => {
                open = None;
                next += 1;
            }
            _ => {}
        }
    }
    Ok(())
}
