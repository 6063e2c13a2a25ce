//! Brings the audit trail's records elsewhere: as they come to a [`Destination`], or once, in a file of another format.
//!
//! # At least once, in order
//! An [`Export`] follows the trail and hands each chain's records on in their order, in batches. How far each chain was
//! acknowledged stands in `<data>/state/exports/<name>.json`, written only after the destination said so: a process that
//! ends in between hands some records on again. Records of different chains may come in any order.
//!
//! # What counts
//! Who reads a segment does not see how far its writer has synced, and must not bring elsewhere what a power loss may
//! still take back. All records of one commit have one time, and a commit begins only when the one before is durable.
//! So a record is handed on once a record with a later time stands behind it in its segment, or another segment does; where
//! nothing follows, once it has stood there for two seconds and a sync of its segment by this process went well.
//!
//! After a write that failed, records that were read may turn out void ([`marshal_audit::Reader::void`]). What waits of them
//! is dropped. What was handed on cannot be taken back; the record that counts has the same `instance` and `seq` and another
//! `hash`, and comes later.

mod backoff;
mod cursor;
mod destination;
mod export;
mod filter;
mod once;
mod record;
mod tail;

pub use cursor::CursorError;
pub use destination::{
    Delivery, DeliveryError, Destination, Jsonl, Nats, NatsOptions, Otlp, OtlpOptions, Post,
    PostError, PostRequest, Posted, Redis, RedisOptions, Syslog, SyslogTo,
};
pub use export::{Export, Meter};
pub use filter::Filter;
pub use once::{OnceError, Table, export_once, export_segment};
pub use record::Record;

#[cfg(test)]
mod testbed;
