//! The audit trail: what a record says, how records are chained, and how they are read and verified.
//!
//! # On disk
//! `<data>/audit/<instance>/000001.jsonl`, `000002.jsonl`, …: one folder a process, one *chain* a folder,
//! append-only segments, one record a line. A file `lock` in the folder is held by the process that writes it.
//!
//! # A line
//! ```text
//! {"call":"…","kind":"interrupted",…,"prev":"<hex>","seq":7,"time":"2026-11-22T20:05:44.000001Z","v":1,"hash":"<hex>"}\n
//! ```
//! - Without its last member, `hash`, the line is RFC 8785 canonical JSON: members sorted by name, no white space,
//!   whole numbers only, UTF-8, shortest escapes.
//! - `hash` is the SHA-256, in 64 lower-case hex digits, of exactly those bytes: the line without its newline and
//!   with the 74 bytes `,"hash":"…"` cut out. So a reader may cut bytes, or parse, drop `hash` and write canonically:
//!   both give the same bytes.
//! - `prev` is the `hash` of the record before in this chain; 64 zeros in the first.
//! - `seq` counts from 1 within the chain, across segments, without a gap.
//! - `time` is UTC with microseconds and never goes back within a chain; records that are made durable together have the same.
//!   So a record is durable if one with a later time follows it in its segment. `v` is the version of the format: 1.
//! - `kind` says which other members there are: see [`Event`].
//!
//! # Chains belong together
//! A chain begins with `start`, which links every earlier chain that no start had taken over yet: its `instance` and
//! the `seq` and `hash` of its last record. With `"live": true` (a hand-over) that chain is still being written
//! and the link names some record of it; otherwise it names its very last one. So only the newest chain is linked by none,
//! and links say which chain came before which: clocks may be set back.
//!
//! # After a crash
//! The last line of a chain may be torn: cut off before its newline, or, after a power loss, a run of at least
//! 512 NUL bytes. Nobody was told that such a record is durable, so it is reported and is no failure.
//!
//! # After a failed write
//! A segment on which a write or a sync failed is never written again. Its unacknowledged end is cut off if that
//! works. In any case the next segment begins with `resume`, which names the segment (`poisoned`) and how many
//! of its bytes count (`good_bytes`); bytes after those are void and are not read. `resume` continues `seq` and
//! `prev` from the last record that counts.
//!
//! # Signed trees
//! The lines of a chain, without their newlines, are the leaves of a Merkle tree (RFC 6962). `start` names the key that
//! signs it (`vkey`, as C2SP's signed-note writes it; its name is the deployment's and the chain's: `marshal/<instance>`). A
//! `checkpoint` holds in `note` a checkpoint of C2SP's tlog-checkpoint over all records before it, signed by that key; its
//! origin is the key's name. The first stands behind `start` and the `interrupted` records that follow it, so that a chain which goes on
//! without one was not written by who has the key. Only a `checkpoint` may follow a `stop`. What no checkpoint covers at a
//! chain's end are at most 70,000 records of 60 seconds. Chains of a time before there was a key have no `vkey`; once one
//! has, all later ones have.
//!
//! # Attempts
//! An `intent` is durable before the first byte of an attempt goes out. It ends in exactly one `complete`, `abort` or
//! `interrupted`. The first two stand in the same chain; `interrupted` stands in a later one, whose process found
//! the intent open after its own process had ended. A refusal is a `deny` and needs no intent.
//!
//! `verify.py` beside this crate checks all of this with Python's standard library alone.

mod canonical;
mod chain;
mod draft;
mod event;
mod layout;
mod log;
mod order;
pub mod proof;
mod read;
mod scan;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;
mod verify;
mod with;

pub use chain::{Chain, Line, Seq};
pub use draft::Draft;
pub use event::{
    Abort, Admin, AskedTarget, BreakGlass, Checkpointed, Complete, Deny, Erase, Event, Exported,
    FactValue, Finding, HoldChange, Intent, Interrupted, KeyChange, KeyChangeKind, Link, Outcome,
    Payload, Plan, Planned, PolicyChange, Question, Removed, Resume, ShadowBundle, Shadowed,
    Source, Start, Stop,
};
pub use layout::{LOCK_FILE, chain_folders, segment_file, trail_folder};
pub use log::Log;
pub use order::{chain_links, chains_in_order};
pub use read::{each_record, segment_numbers, segment_records};
pub use scan::{Bad, ChainScan, Spot, Torn, scan_chain};
pub use trail::{
    AuditQuery, CallResult, CallStory, CallSummary, Change, Cursor, Filter, Follower, Names, Place,
    QueryError, Reader, Row, call_story, story_of,
};
pub use verify::{Report, Trust, verify, verify_with};

#[cfg(test)]
mod tampering;
#[cfg(test)]
mod testbed;
#[cfg(test)]
mod tests;
