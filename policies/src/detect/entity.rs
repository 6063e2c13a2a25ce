//! The built-in entities: their names, and the names that others have for them.

/// What a surrogate of an entity looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Email,
    Phone,
    Card,
    Iban,
    Ssn,
    Ip,
    /// A word that says what stood here.
    Token,
}

macro_rules! builtins {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $canonical:literal, $shape:ident;)*) => {
        /// An entity that Marshal knows how to find.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Builtin { $($(#[$doc])* $variant,)* }

        impl Builtin {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `data.yaml`.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(crate) const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)* }
            }

            const fn canonical(self) -> &'static str {
                match self { $(Self::$variant => $canonical,)* }
            }
        }
    };
}

builtins! {
    EmailAddress = "EMAIL_ADDRESS", "EMAIL_ADDRESS", Email;
    PhoneNumber = "PHONE_NUMBER", "PHONE_NUMBER", Phone;
    /// 12 to 19 digits of a known issuer with a right Luhn check digit.
    CreditCard = "CREDIT_CARD", "CREDIT_CARD", Card;
    /// Its country's length and right mod-97 check digits.
    IbanCode = "IBAN_CODE", "IBAN_CODE", Iban;
    /// Never an area, group or serial that was not issued.
    UsSsn = "US_SSN", "US_SSN", Ssn;
    IpAddress = "IP_ADDRESS", "IP_ADDRESS", Ip;
    AwsAccessKey = "AWS_ACCESS_KEY", "SECRET", Token;
    GithubToken = "GITHUB_TOKEN", "SECRET", Token;
    /// A token with a prefix of its own: `sk-…`, `AIza…`, `xoxb-…`, `glpat-…` and a hundred more.
    ApiKey = "API_KEY", "SECRET", Token;
    /// Three base64url parts whose header names an algorithm.
    Jwt = "JWT", "SECRET", Token;
    /// A whole PEM block.
    PrivateKey = "PRIVATE_KEY", "SECRET", Token;
    /// A random value that is called a key, a token, a secret or a password.
    GenericSecret = "GENERIC_SECRET", "SECRET", Token;
}

impl Builtin {
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|builtin| builtin.name() == name)
    }
}

/// The name under which an entity is evaluated: its own, or `SECRET` for every kind of credential.
#[must_use]
pub fn canonical(entity: &str) -> &str {
    match Builtin::by_name(entity) {
        Some(builtin) => builtin.canonical(),
        None => entity,
    }
}
