//! What was said in calls, where a policy wants it kept: encrypted apart by person and time, so that the end of a key is
//! the end of what it encrypts.
//!
//! ```text
//! <data>/payloads/<bucket>/<run>-000001.bin       what was said, encrypted; read by nobody without its key
//! <data>/payload-keys/<bucket>/<subject>.key      the key of one subject and bucket, wrapped by the store's own key
//! <data>/state/payload-key                        the store's own key
//! <data>/state/holds.json                         what must not be destroyed, and why
//! ```
//!
//! A *subject* is whose words they are: a user, or the key of a call that names none. It goes by a keyed hash, so that no
//! file name says who. A *bucket* is a month and for how many days after its end it is kept: `2026-11.30d`. One key for
//! each subject in each bucket (AES-256-GCM); the call, the attempt and what it is stand in the authenticated data, so that a
//! text cannot be moved under another call.
//!
//! The audit trail holds no word of it: a record names bucket, subject and the SHA-256 of what is encrypted. So proofs of
//! records hold after a key was destroyed as they did before.

mod bucket;
mod erase;
mod holds;
mod keys;
mod read;
mod store;
mod write;

pub use bucket::Bucket;
pub use erase::Ending;
pub use holds::{Hold, Scope};
pub use keys::{KeyName, Subject, SubjectId};
pub use store::{Payloads, PayloadsError};
pub use write::{Kept, Part, Sealed, SubjectKey};

#[cfg(test)]
mod tests;
