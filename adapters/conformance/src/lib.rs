//! Recorded provider traffic, run through every dialect.
//!
//! What each recording says is read from its plain JSON, apart from the adapters; each check then holds
//! an adapter's reading and writing against it. What a dialect cannot hold stands in one table
//! ([`holds`]); differences that were looked at and found right stand in `reviewed.txt`; both with reasons.

mod carried;
mod checks;
mod compare;
mod failures;
pub mod fuzzing;
mod order;
mod plain;
mod recording;
mod reviewed;
mod route;
mod run;
mod said;
mod schema;
mod spoken;
mod streams;
mod summary;
mod tasks;
mod turns;

pub use checks::{Exchange, across, facts_and_edit, request_round_trip, response_round_trip};
pub use compare::differences;
pub use failures::errors;
pub use order::in_order;
pub use plain::Plain;
pub use recording::{Recording, read_folder};
pub use reviewed::Reviewed;
pub use route::{Chat, Route, Task, route};
pub use run::{Outcome, kind, run, run_all, shared_folder};
pub use said::{Call, Said};
pub use spoken::{Holds, holds, spoken};
pub use streams::{assembled, cut_anywhere, tap_agrees};
pub use summary::Summary;
pub use tasks::{Checked, verbatim};
pub use turns::request_across;
