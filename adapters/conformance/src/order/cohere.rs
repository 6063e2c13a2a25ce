//! Start, contents and calls one after the other, end; then, perhaps, the marker.

use super::{kind, named, need};
use crate::plain::Plain;

pub(super) fn check(events: &[Plain]) -> Result<(), String> {
    let events = match events {
        [events @ .., last] if last.data == "[DONE]" => events,
        events => events,
    };
    // What is open: `content`, `tool-call` or `citation`, and its number.
    let mut open: Option<(String, Option<u64>)> = None;
    for (at, event) in events.iter().enumerate() {
        named(at, event)?;
        let kind = kind(event);
        let index = event.data["index"].as_u64();
        need(
            (kind == "message-start") == (at == 0),
            at,
            event,
            "`message-start` is not first",
        )?;
        let last = at + 1 == events.len();
        need(
            (kind == "message-end") == last,
            at,
            event,
            "`message-end` is not last",
        )?;
        if last {
            return need(open.is_none(), at, event, "something is open");
        }
        match kind {
            "message-start" | "debug" | "citation-start" | "citation-end" => {}
            "tool-plan-delta" => need(open.is_none(), at, event, "something is open")?,
            _ => {
                let Some((what, step)) = kind.rsplit_once('-') else {
                    return need(false, at, event, "no event of this dialect");
                };
                need(
                    matches!(what, "content" | "tool-call"),
                    at,
                    event,
                    "no event of this dialect",
                )?;
                let this = Some((what.to_owned(), index));
                match step {
                    "start" => {
                        need(
                            open.is_none() && index.is_some(),
                            at,
                            event,
                            "something is open",
                        )?;
                        open = this;
                    }
                    "delta" => need(open == this, at, event, "of something that is not open")?,
                    "end" => {
                        need(open == this, at, event, "of something that is not open")?;
                        open = None;
                    }
                    _ => need(false, at, event, "no event of this dialect")?,
                }
            }
        }
    }
    Ok(())
}
