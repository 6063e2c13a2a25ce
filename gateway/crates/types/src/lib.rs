//! The words that every crate of Marshal shares: money, tokens, ids, secrets, failures and time.
//!
//! No I/O, no async, no HTTP: what stands here can be tested with `assert_eq!`.

mod clock;
mod facts;
mod failure;
mod ids;
mod money;
mod policy;
mod secret;
pub mod semconv;
mod surface;

pub use clock::{Civil, Clock, ManualClock, SystemClock, Timestamp};
pub use facts::{Fact, Facts};
pub use failure::{Code, Failure, Fault, Refusal};
pub use ids::{CallId, InstanceId, KeyId, ModelName, ProviderName, TargetName};
pub use money::{DecimalUsdError, NanoUsd, Price, Tokens, Units, Usage};
pub use policy::{Action, DataClass, Digest, Effect, Object, Place, Principal, Problem, RuleId};
pub use secret::{Secret, random_bytes};
pub use surface::{Dialect, Mode, Surface, SurfaceKind};
