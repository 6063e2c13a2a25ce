//! What the edge knows of the process's end, for sockets that are open then.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

use marshal_edge::Drain;
use marshal_pipeline::Leaving;

/// Sockets are calls in flight, and end with the drain.
#[derive(Debug)]
pub(crate) struct WithDrain(pub(crate) Drain);

impl Leaving for WithDrain {
    fn stay(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(self.0.enter())
    }

    fn over(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let drain = self.0.clone();
        Box::pin(async move { drain.over().await })
    }
}
