//! A process comes, stays and goes: it says what keeps it from starting, ends when it is told to and not before what it
//! has begun is done, and hands over to its successor without a call lost.

mod commands;
mod start;
mod stop;
mod upgrade;

pub(crate) use start::fails_to_serve;
