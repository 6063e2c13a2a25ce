//! What the audit trail shows for each control of a framework, what is missing, and which models were used.
//!
//! A report never says that anybody fulfils a law or a standard: it names, control by control, the question that was put
//! to the records, what they answer, some of them by their place, and what is missing. A [`Status`] is one of four:
//! `evidence`, `gap`, `no_records`, `outside`.
//!
//! # From the files to the page
//! - [`Framework`]: `frameworks/*.yaml`, embedded. Controls in our own words, each with the names of its queries.
//! - [`read`]: the records of a period, straight from the trail's folder.
//! - `pass`: one pass over the trail that hands each record, with the attempt that it ends, to whoever asks.
//! - `queries`: the closed set of named questions. Each folds over the records and then gives an answer.
//! - [`report`] puts the answers under the controls: [`Evidence`], as JSON or as a page.
//! - [`inventory`] and [`fact_sheet`]: the same pass, for targets and for one target month by month.
//!
//! A period holds what was written at or after `from` and before `to`. What an answer has to know of the time around it
//! (whether a call of the last minute ended later, which keys are older) is read as well.

mod answer;
mod error;
mod evidence;
mod fact_sheet;
mod framework;
mod html;
mod inventory;
mod pass;
mod queries;
mod read;
mod row;
mod tally;
mod time;

pub use answer::{Answer, Example, Status};
pub use error::Error;
pub use evidence::{ControlEvidence, DISCLAIMER, Evidence, QueryEvidence, Summary, report};
pub use fact_sheet::{FactSheet, Month, fact_sheet};
pub use framework::{Control, Framework, Retention};
pub use inventory::{Inventory, TargetUse, inventory};
pub use pass::TrailState;
pub use queries::QueryName;
pub use read::{Place, Seen, read};
pub use time::midnight;

#[cfg(test)]
mod tests;
