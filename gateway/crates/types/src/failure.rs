//! What every error owes to the edge and to the audit trail: a stable code, public words, a fault.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::{Place, RuleId};

/// Whose doing a failure is, and whether the same call may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller's: the same call will fail again.
    Downstream,
    /// A provider's. `retry_safe` says that nothing of the answer had reached the client.
    Upstream {
        /// Whether another attempt cannot do harm.
        retry_safe: bool,
    },
    /// Marshal's own, or its operator's: the disk, the policies, a bug.
    Ours,
}

/// What edge and audit need to know of any error. Each method is an exhaustive match.
pub trait Failure: std::error::Error {
    /// Stable and never reused: clients match on it.
    fn code(&self) -> Code;
    /// All that a client may know: no provider text, no address, no one else's amounts.
    fn public(&self) -> Cow<'static, str>;
    /// Whose fault it is.
    fn fault(&self) -> Fault;
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $fault:expr;)*) => {
        /// The stable name of a failure. A client matches on it, so it is never renamed and never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code there is, for the catalogue in the docs and for tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as a client reads it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Whose fault a failure of this code is.
            #[must_use]
            pub const fn fault(self) -> Fault {
                match self { $(Self::$variant => $fault,)* }
            }
        }
    };
}

codes! {
    /// The bytes on the connection are not well-formed HTTP, or are ambiguous about a message's length.
    MalformedHttp = "malformed_http", Fault::Downstream;
    /// The request's header section is too large.
    HeadersTooLarge = "headers_too_large", Fault::Downstream;
    /// The request did not arrive in time.
    RequestTimeout = "request_timeout", Fault::Downstream;
    /// No such path.
    UnknownEndpoint = "unknown_endpoint", Fault::Downstream;
    /// The path exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", Fault::Downstream;
    /// The surface exists but its body cannot be governed, so it is closed.
    SurfaceNotGoverned = "surface_not_governed", Fault::Downstream;
    /// No credential in the request.
    NoCredential = "no_credential", Fault::Downstream;
    /// The credential is unknown, malformed or expired.
    InvalidCredential = "invalid_credential", Fault::Downstream;
    /// The key was revoked.
    RevokedCredential = "revoked_credential", Fault::Downstream;
    /// The body is larger than the configured limit.
    BodyTooLarge = "body_too_large", Fault::Downstream;
    /// The body's media type or encoding is not one that can be governed.
    UnsupportedMediaType = "unsupported_media_type", Fault::Downstream;
    /// The body broke off or its framing is wrong.
    BodyIncomplete = "body_incomplete", Fault::Downstream;
    /// The body is not JSON.
    InvalidJson = "invalid_json", Fault::Downstream;
    /// The body is not UTF-8.
    InvalidUtf8 = "invalid_utf8", Fault::Downstream;
    /// An object names the same key twice, so two readers could see two requests.
    DuplicateKey = "duplicate_key", Fault::Downstream;
    /// The JSON nests deeper than the limit.
    NestingTooDeep = "nesting_too_deep", Fault::Downstream;
    /// The JSON is well formed, but not a request of this dialect.
    InvalidRequest = "invalid_request", Fault::Downstream;
    /// The call asks for something that the target's dialect cannot hold.
    CannotTranslate = "cannot_translate", Fault::Downstream;
    /// The caller's name for a model resolves to nothing.
    UnknownModel = "unknown_model", Fault::Downstream;
    /// What a provider keeps under that id is not the caller's own.
    UnknownObject = "unknown_object", Fault::Downstream;
    /// The access policy does not allow it.
    AccessDenied = "access_denied", Fault::Downstream;
    /// The policy allows it only with an approval, and there is none.
    ApprovalRequired = "approval_required", Fault::Downstream;
    /// Too many requests or tokens in this minute.
    RateLimited = "rate_limited", Fault::Downstream;
    /// Too many calls at once, or the gateway sheds load.
    Overloaded = "overloaded", Fault::Ours;
    /// The data policy blocks what was found in the call.
    DataBlocked = "data_blocked", Fault::Downstream;
    /// A guard does not let the call or its answer pass.
    GuardBlocked = "guard_blocked", Fault::Downstream;
    /// A guard could not be asked, and the policy wants its word.
    GuardUnavailable = "guard_unavailable", Fault::Ours;
    /// No target may receive what was found in the call.
    ComplianceDenied = "compliance_denied", Fault::Downstream;
    /// The budget has less left than the call could cost.
    BudgetSpent = "budget_spent", Fault::Downstream;
    /// No target has what the call needs, or the call names a model without a price.
    NoTarget = "no_target", Fault::Downstream;
    /// The audit trail cannot promise durability, so no call goes out.
    AuditUnavailable = "audit_unavailable", Fault::Ours;
    /// The gateway is draining and takes no new calls.
    Draining = "draining", Fault::Ours;
    /// A provider did not accept Marshal's own credential.
    UpstreamCredential = "upstream_credential", Fault::Ours;
    /// A provider limits Marshal's rate.
    UpstreamRateLimited = "upstream_rate_limited", Fault::Upstream { retry_safe: true };
    /// A provider refused the request itself.
    UpstreamRejected = "upstream_rejected", Fault::Downstream;
    /// A provider failed.
    UpstreamFailed = "upstream_failed", Fault::Upstream { retry_safe: true };
    /// A provider says that it is overloaded.
    UpstreamOverloaded = "upstream_overloaded", Fault::Upstream { retry_safe: true };
    /// A provider could not be reached.
    UpstreamUnreachable = "upstream_unreachable", Fault::Upstream { retry_safe: true };
    /// A provider did not answer in time.
    UpstreamTimeout = "upstream_timeout", Fault::Upstream { retry_safe: true };
    /// A provider's answer broke off after bytes of it had reached the client.
    UpstreamBroken = "upstream_broken", Fault::Upstream { retry_safe: false };
    /// A provider's answer is not in its dialect.
    UpstreamMalformed = "upstream_malformed", Fault::Upstream { retry_safe: false };
    /// The client left before there was an answer.
    ClientGone = "client_gone", Fault::Downstream;
    /// A bug in Marshal.
    Internal = "internal", Fault::Ours;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A call that ends here: the one shape in which every step of the pipeline refuses.
///
/// `message` is public: what is wrong, where, and what to do. Never a provider's text, an
/// address, a secret, a prompt, or another tenant's amounts.
#[derive(Debug)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// Public sentence.
    pub message: Cow<'static, str>,
    /// The request's field at fault, if there is one, as the dialect names it (`messages[0].content`).
    pub param: Option<String>,
    /// When the same call may be tried again.
    pub retry_after: Option<Duration>,
    /// The policy line that decided, if one did.
    pub rule: Option<RuleId>,
    /// Where that line stands.
    pub place: Option<Place>,
    /// For logs and the audit record only; never sent to the client.
    pub detail: Option<String>,
}

impl Refusal {
    /// A refusal with a code and its public sentence.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
            retry_after: None,
            rule: None,
            place: None,
            detail: None,
        }
    }

    /// Names the field at fault.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub const fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Names the deciding policy line.
    #[must_use]
    pub fn rule(mut self, rule: Option<RuleId>, place: Option<Place>) -> Self {
        self.rule = rule;
        self.place = place;
        self
    }

    /// Adds what only the operator may read.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

impl Failure for Refusal {
    fn code(&self) -> Code {
        self.code
    }

    fn public(&self) -> Cow<'static, str> {
        self.message.clone()
    }

    fn fault(&self) -> Fault {
        self.code.fault()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_codes_share_a_name() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
    }
}
