//! How a call and how an attempt ended: the same words on metrics and on spans.

use marshal_types::Code;

/// How a call ended, as its client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// The answer reached the client whole.
    Completed,
    /// Marshal said no.
    Refused(Code),
    /// A provider or Marshal itself failed.
    Failed(Code),
    /// The client left before the answer ended.
    Abandoned,
}

impl CallOutcome {
    /// Every label, in the order of [`CallOutcome::index`].
    pub(crate) const LABELS: [&'static str; 4] = ["completed", "refused", "failed", "abandoned"];

    /// The outcome of a call that ended with `code`: a provider's failures and bugs are failures,
    /// everything else is a refusal.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        match ProviderFault::of(code) {
            Some(_) => Self::Failed(code),
            None if matches!(code, Code::Internal) => Self::Failed(code),
            None => Self::Refused(code),
        }
    }

    /// The word on metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::LABELS[self.index()]
    }

    /// The code, if the call ended with one.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Refused(code) | Self::Failed(code) => Some(code),
            Self::Completed | Self::Abandoned => None,
        }
    }

    /// What `error.type` says of it.
    pub(crate) const fn error_type(self) -> Option<&'static str> {
        match self {
            Self::Completed => None,
            Self::Refused(code) | Self::Failed(code) => Some(code.as_str()),
            Self::Abandoned => Some(Self::LABELS[3]),
        }
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Completed => 0,
            Self::Refused(_) => 1,
            Self::Failed(_) => 2,
            Self::Abandoned => 3,
        }
    }
}

/// How one attempt at a provider ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The provider's answer was read whole.
    Completed,
    /// It failed.
    Failed(Code),
    /// It was cancelled: the client left, or another attempt won.
    Abandoned,
}

impl AttemptOutcome {
    /// Every label, in the order of [`AttemptOutcome::index`].
    pub(crate) const LABELS: [&'static str; 3] = ["completed", "failed", "abandoned"];

    /// The word on metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::LABELS[self.index()]
    }

    /// What `error.type` says of it.
    pub(crate) const fn error_type(self) -> Option<&'static str> {
        match self {
            Self::Completed => None,
            Self::Failed(code) => Some(code.as_str()),
            Self::Abandoned => Some(Self::LABELS[2]),
        }
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Completed => 0,
            Self::Failed(_) => 1,
            Self::Abandoned => 2,
        }
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $code:ident;)*) => {
        /// What went wrong at a provider: the closed set behind `marshal_provider_errors_total`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProviderFault { $($(#[$doc])* $variant,)* }

        impl ProviderFault {
            /// Every fault, in the order of its discriminant.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The fault behind a code; `None` for a code that is no provider's doing.
            #[must_use]
            pub const fn of(code: Code) -> Option<Self> {
                match code { $(Code::$code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

faults! {
    /// It did not accept Marshal's credential.
    Credential = "credential", UpstreamCredential;
    /// It limits Marshal's rate.
    RateLimited = "rate_limited", UpstreamRateLimited;
    /// It says that it is overloaded.
    Overloaded = "overloaded", UpstreamOverloaded;
    /// It refused the request itself.
    Rejected = "rejected", UpstreamRejected;
    /// It failed.
    Server = "server", UpstreamFailed;
    /// It did not answer in time.
    Timeout = "timeout", UpstreamTimeout;
    /// It could not be reached.
    Unreachable = "unreachable", UpstreamUnreachable;
    /// Its answer broke off.
    Broken = "broken", UpstreamBroken;
    /// Its answer is not in its dialect.
    Malformed = "malformed", UpstreamMalformed;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_a_provider_has_its_kind() {
        for code in Code::ALL {
            let upstream = code.as_str().starts_with("upstream_");
            assert_eq!(ProviderFault::of(*code).is_some(), upstream, "{code}");
        }
    }

    #[test]
    fn a_spent_budget_is_a_refusal_and_a_broken_provider_a_failure() {
        assert_eq!(CallOutcome::of(Code::BudgetSpent).as_str(), "refused");
        assert_eq!(CallOutcome::of(Code::UpstreamTimeout).as_str(), "failed");
        assert_eq!(CallOutcome::of(Code::Internal).as_str(), "failed");
    }
}
