//! Lines; the last one, and it alone, is done and says why.

use super::need;
use crate::plain::Plain;

pub(super) fn check(events: &[Plain]) -> Result<(), String> {
    for (at, event) in events.iter().enumerate() {
        let data = &event.data;
        let last = at + 1 == events.len();
        need(
            data["done"] == last,
            at,
            event,
            "`done` is not true at the end alone",
        )?;
        need(data["message"].is_object(), at, event, "no `message`")?;
        need(
            data["done_reason"].is_string() == last,
            at,
            event,
            "`done_reason` is not at the end alone",
        )?;
    }
    Ok(())
}
