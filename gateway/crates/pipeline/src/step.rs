//! What every step of the recipe has in common: a tower layer whose logic is one function.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use marshal_types::Refusal;
use tower::{Layer, Service};

use crate::answer::AnswerBody;

/// What the recipe answers with, unless it refuses.
pub(crate) type Answer = http::Response<AnswerBody>;

/// A future on the heap: steps are not named by their futures.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One governance step: takes `In`, and hands on what it has proved to `next`, which takes nothing less.
pub trait Step<In>: Clone + Send + Sync + 'static {
    /// The evidence that this step makes.
    type Out: Send;

    /// Does the step. Not calling `next` ends the call here.
    ///
    /// # Errors
    /// The refusal that the client gets.
    fn run<N>(&self, input: In, next: N) -> impl Future<Output = Result<Answer, Refusal>> + Send
    where
        N: Next<Self::Out>;
}

/// The rest of the recipe.
pub trait Next<In>: Send {
    /// Goes on.
    fn go(self, input: In) -> impl Future<Output = Result<Answer, Refusal>> + Send;
}

impl<In, S> Next<In> for S
where
    In: Send,
    S: Service<In, Response = Answer, Error = Refusal, Future: Send> + Send,
{
    async fn go(mut self, input: In) -> Result<Answer, Refusal> {
        self.call(input).await
    }
}

/// Makes a tower layer of a [`Step`].
#[derive(Clone, Debug)]
pub struct StepLayer<T>(pub T);

impl<T: Clone, S> Layer<S> for StepLayer<T> {
    type Service = StepService<T, S>;

    fn layer(&self, next: S) -> Self::Service {
        StepService(Arc::new((self.0.clone(), next)))
    }
}

/// A step with the rest of the recipe behind it. Shared, since every call clones what is left of the recipe.
#[derive(Debug)]
pub struct StepService<T, S>(Arc<(T, S)>);

impl<T, S> Clone for StepService<T, S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T, S, In> Service<In> for StepService<T, S>
where
    In: Send + 'static,
    T: Step<In>,
    S: Next<T::Out> + Clone + Sync + 'static,
{
    type Response = Answer;
    type Error = Refusal;
    type Future = BoxFuture<Result<Answer, Refusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        // Nothing in the recipe waits for room here: load is shed by a step, with an answer.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, input: In) -> Self::Future {
        let this = self.0.clone();
        Box::pin(async move { this.0.run(input, this.1.clone()).await })
    }
}
