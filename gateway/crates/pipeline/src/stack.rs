//! The product on one screen: the request meets the lines in order, the answer passes them in reverse.
//!
//! A step moved ahead of its evidence does not compile. Here routing is asked for before the data was looked at:
//!
//! ```compile_fail,E0277
//! use marshal_pipeline::{Comply, Inspect, Limited, Route, Step, StepLayer};
//! use tower::{Layer, Service};
//! fn needs<S: Service<Limited>>(_: S) {}
//! fn swapped(comply: StepLayer<Comply>, inspect: StepLayer<Inspect>, rest: Route) {
//!     needs(comply.layer(inspect.layer(rest))); // comply takes Inspected: nobody has inspected
//! }
//! ```
//!
//! And no one outside can make the evidence up: its fields are private to the step that earns it.
//!
//! ```compile_fail,E0451
//! fn forge(limited: marshal_pipeline::Limited) -> marshal_pipeline::Inspected {
//!     marshal_pipeline::Inspected { limited, inspection: Default::default() }
//! }
//! ```

use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;

use crate::step::{Answer, StepLayer};
use crate::{
    Arrival, Audit, Authenticate, Authorize, Cache, Comply, Decode, Inspect, Limit, Observe,
    Reserve, Route,
};
use marshal_types::Refusal;

/// The whole recipe, ready to be cloned for each call. It never fails: `observe` makes an answer of each refusal.
pub type Governed = BoxCloneSyncService<Arrival, Answer, Refusal>;

/// One layer a step.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the recipe below says what each step is")]
pub struct Steps {
    pub observe: StepLayer<Observe>,
    pub audit: StepLayer<Audit>,
    pub authenticate: StepLayer<Authenticate>,
    pub decode: StepLayer<Decode>,
    pub authorize: StepLayer<Authorize>,
    pub limit: StepLayer<Limit>,
    pub inspect: StepLayer<Inspect>,
    pub comply: StepLayer<Comply>,
    pub cache: StepLayer<Cache>,
    pub budget: StepLayer<Reserve>,
}

/// Composes the recipe.
#[must_use]
pub fn governed(steps: Steps, route: Route) -> Governed {
    BoxCloneSyncService::new(
        ServiceBuilder::new()
            .layer(steps.observe) // outermost: the clock and the span see everything, refusals too
            .layer(steps.audit) // every call has exactly one ending, refused and abandoned ones too
            .layer(steps.authenticate) // -> Authenticated: from the credential alone, before a body is read
            .layer(steps.decode) // -> Asked: size limit first, then the client's dialect, parsed once
            .layer(steps.authorize) // -> Permitted: the object is the model, so only after decode
            .layer(steps.limit) // -> Limited: requests and tokens a minute; cheap, so before whatever costs
            .layer(steps.inspect) // -> Inspected: clean bytes and data classes; may refuse, so before money is held
            .layer(steps.comply) // -> Cleared: the targets that this data may go to
            .layer(steps.cache) // after every decision: a hit is a governed answer too
            .layer(steps.budget) // -> Reserved: the dearest cleared target's worst case; settled on the way back
            .service(route), // plan -> attempts: fresh verdict, durable intent, encode, send, decode
    )
}
