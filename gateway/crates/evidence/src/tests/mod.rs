//! The seeded month, and what reports must say of it.

mod controls;
mod faults;
mod frameworks;
mod models;
mod month;
mod pages;
mod pen;
mod plant;
mod reading;
mod records;

use marshal_types::Timestamp;

use crate::evidence::{Evidence, Folds, compile};
use crate::framework::Framework;
use crate::pass::{Period, TrailState, walk};
use month::{Month, november};
use pen::Folder;

/// What `framework` is told of the month.
fn of_november(month: &Month, framework: &Framework) -> Evidence {
    let (from, to, now) = november();
    of(month, framework, from, to, now)
}

fn of(
    month: &Month,
    framework: &Framework,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Evidence {
    let folder = Folder::new();
    month.write(&folder.0);
    let verification = marshal_audit::verify(&folder.0);
    assert!(verification.ok, "{:?}", verification.first_bad);
    let period = Period::new(from, to).unwrap();
    let mut folds = Folds::of(framework);
    let unread = walk(&folder.0, period, &mut folds).unwrap();
    assert_eq!(unread, 0);
    let trail = TrailState {
        verification,
        unread,
    };
    compile(framework, folds, trail, period, now)
}
