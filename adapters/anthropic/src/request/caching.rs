//! Bedrock's cache points: a point behind a block is a mark on the block here.

use marshal_adapter_api::{Extra, Object};

/// The member by which Bedrock's dialect keeps the point behind a thing.
pub(super) const POINT: &str = "cachePoint";

/// Marks the block where a point stood behind it; a time to live that is said is said again.
pub(super) fn write(extra: &Extra, to: &mut Object<'_>) {
    let Some(point) = extra.get(POINT) else {
        return;
    };
    let mut mark = to.object("cache_control");
    mark.str("type", "ephemeral");
    for ttl in ["5m", "1h"] {
        if point.as_str().contains(&format!("\"{ttl}\"")) {
            mark.str("ttl", ttl);
        }
    }
}
