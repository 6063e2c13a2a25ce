//! The process's end, as far as open sockets are concerned.

use std::any::Any;
use std::fmt::Debug;

use crate::step::BoxFuture;

/// Keeps the process there for open sockets, and tells them when it leaves. The edge knows.
pub trait Leaving: Debug + Send + Sync {
    /// Counts as a call in flight while it lives.
    fn stay(&self) -> Box<dyn Any + Send + Sync>;

    /// Ends when calls that are still open are about to be cut.
    fn over(&self) -> BoxFuture<()>;
}
