//! What Marshal's own part of a call is made of.

macro_rules! parts {
    ($($(#[$doc:meta])* $variant:ident = $text:literal;)*) => {
        /// A part of a call that is Marshal's own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Part { $($(#[$doc])* $variant,)* }

        impl Part {
            /// Every part, in the order in which a call meets them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

parts! {
    /// Who calls.
    Authenticate = "authenticate";
    /// Waiting for the body.
    Receive = "receive";
    /// Taking the body apart.
    Parse = "parse";
    /// Whether the caller may.
    Authorize = "authorize";
    /// Requests and tokens a minute, and places.
    Limit = "limit";
    /// Finding and acting on data; guards.
    Inspect = "inspect";
    /// Where the data may go.
    Comply = "comply";
    /// Looking whether the answer is kept.
    Cache = "cache";
    /// Holding the money.
    Reserve = "reserve";
    /// Planning and writing the provider's request.
    Route = "route";
    /// Waiting until the intent is on disk.
    Intent = "intent";
    /// Everything after: the answer's way back and the completion on disk; of a refusal, the step that refused.
    Rest = "rest";
}
