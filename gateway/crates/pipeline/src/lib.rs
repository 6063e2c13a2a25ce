//! The governed way of a call: one recipe ([`governed`]), one folder a step.
//!
//! Each step takes the evidence that the step before made, so that no provider is reachable without all of
//! them. On the way back the answer settles what the way in reserved, exactly once, whatever its ending.

mod answer;
mod arrival;
mod audit;
mod authenticate;
mod authorize;
mod budget;
mod cache;
mod call;
mod comply;
mod coverage;
mod decode;
mod dispatch;
mod facts;
mod governance;
mod guard;
mod inspect;
mod laps;
mod limit;
mod objects;
mod obligations;
mod observe;
mod replay;
mod route;
mod shared;
mod socket;
mod stack;
mod step;
mod voice;

pub use answer::AnswerBody;
pub use arrival::{Arrival, BoxError, RequestBody};
pub use audit::Audit;
pub use authenticate::{Authenticate, Authenticated};
pub use authorize::{Authorize, Permitted};
pub use budget::{Reserve, Reserved};
pub use cache::{Answered, Cache};
pub use call::{Ask, Content, Ctx};
pub use comply::{Cleared, Comply};
pub use coverage::{Coverage, coverage};
pub use decode::{Asked, Decode};
pub use dispatch::{Transport, TransportError, UpstreamBody, UpstreamCredential, UpstreamTimes};
pub use governance::{
    BudgetRule, Governance, Keeping, LimitRule, RecordLevel, RecordMode, Recording, Rules,
};
pub use inspect::{Inspect, Inspected};
pub use limit::{Limit, Limited};
pub use obligations::unmet;
pub use observe::{Observe, Observed};
pub use replay::{Judged, Recorded, RecordedTarget, judge};
pub use route::Route;
pub use shared::{Adapters, Provider, Scopes, Shared, Telemetry};
pub use socket::{Knock, Leaving};
pub use stack::{Governed, Steps, governed};
pub use step::{Step, StepLayer};
