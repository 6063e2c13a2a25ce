//! A gate in front of hyper's HTTP/1 parser: lets whole, unambiguous request heads pass and nothing else.
//!
//! Hyper answers a malformed head with a bare 400 that no one sees, and is lenient where two parsers could
//! disagree about a message's length. The gate reads each head first. A head that is malformed or ambiguous never
//! reaches hyper: a short, well-formed stand-in takes its place, marked with the offence, so that the call goes the
//! way of every call, with an answer in the caller's dialect and a record, and the connection closes after it. (A client
//! that sends the mark itself is refused for the offence that it confesses.)
//!
//! The gate also keeps the time in which a head must arrive, closes idle connections, and gives up on a reader
//! that takes nothing for too long. HTTP/2 passes through; its framing leaves no room for the ambiguity.

mod head;
mod stream;

pub use head::{Framing, Head, HeadLimits, Offence, check_head};
pub use stream::{Gate, OFFENCE_HEADER, Protocol, Times, take_offence};
