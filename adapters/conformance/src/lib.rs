//! Recorded provider traffic, run through every dialect.
//!
//! What each recording says is read from its plain JSON, apart from the adapters; each check then holds
//! an adapter's reading and writing against it. Differences that were looked at and found right stand
//! in `reviewed.txt` with their reasons.

mod checks;
mod compare;
mod recording;
mod reviewed;
mod run;
mod said;
mod streams;
mod turns;

pub use checks::{across, errors, facts_and_edit, request_round_trip, response_round_trip};
pub use compare::differences;
pub use recording::{Recording, read_folder};
pub use reviewed::Reviewed;
pub use run::{Outcome, Summary, run, shared_folder};
pub use said::{Call, Said};
pub use streams::{assembled, cut_anywhere, tap_agrees};
pub use turns::request_across;
