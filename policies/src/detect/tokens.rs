//! Credentials that say themselves what they are: by their prefix, their alphabet and their length.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Builtin, Found, On, Weight};

/// No credential is shorter, prefix included.
pub(super) const SHORTEST: usize = 14;

/// Which bytes may follow the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    Hex,
    Upper,
    Alnum,
    /// Letters, digits, `_`, `-`.
    Word,
    /// What base64 of any kind is made of, and dots.
    Wide,
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Wide => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b'=' | b'+' | b'/')
            }
        }
    }
}

struct Token {
    prefix: &'static str,
    alphabet: Alphabet,
    /// Length of what follows the prefix.
    body: Range<usize>,
    builtin: Builtin,
}

macro_rules! tokens {
    ($($builtin:ident { $($prefix:literal $alphabet:ident $from:literal..$to:literal)* })*) => {
        &[$($(Token { prefix: $prefix, alphabet: Alphabet::$alphabet, body: $from..$to + 1, builtin: Builtin::$builtin },)*)*]
    };
}

/// As published by each provider. Ranges are inclusive.
static TOKENS: &[Token] = tokens! {
    GithubToken {
        "ghp_" Alnum 36..36 "gho_" Alnum 36..36 "ghu_" Alnum 36..36 "ghs_" Alnum 36..36 "ghr_" Alnum 36..76 "github_pat_" Word 82..82
    }
    AwsAccessKey {
        "AKIA" Upper 16..16 "ASIA" Upper 16..16 "ABIA" Upper 16..16 "ACCA" Upper 16..16 "A3T" Upper 17..17
        "ABSK" Wide 100..272 "bedrock-api-key-" Wide 16..2000
    }
    ApiKey {
        "sk-ant-" Word 20..200 "sk-proj-" Word 20..250 "sk-svcacct-" Word 20..250 "sk-admin-" Word 20..250 "sk-or-v1-" Hex 40..80 "sk-" Alnum 20..64
        "pplx-" Alnum 40..64 "gsk_" Alnum 40..64 "xai-" Alnum 60..100 "r8_" Alnum 37..40 "nvapi-" Word 60..80 "co_" Alnum 40..40
        "AIza" Word 35..35 "ya29." Word 30..500 "GOCSPX-" Word 28..28
        "sk_live_" Alnum 10..120 "sk_test_" Alnum 10..120 "sk_prod_" Alnum 10..120 "rk_live_" Alnum 10..120 "rk_test_" Alnum 10..120 "rk_prod_" Alnum 10..120 "whsec_" Alnum 24..80
        "xoxb-" Word 8..200 "xoxp-" Word 8..200 "xoxa-" Word 8..200 "xoxr-" Word 8..200 "xoxs-" Word 8..200 "xoxo-" Word 8..200 "xoxe-" Word 8..300 "xoxe." Wide 20..300 "xapp-" Word 10..200 "hooks.slack.com/services/" Wide 30..100 "hooks.slack.com/triggers/" Wide 30..100
        "glpat-" Wide 20..80 "gldt-" Word 20..20 "glcbt-" Word 20..60 "glffct-" Word 20..20 "glft-" Word 20..20 "glimt-" Word 25..25 "glagent-" Word 50..50 "gloas-" Word 64..64
        "glptt-" Hex 40..40 "GR1348941" Word 20..20 "glrt-" Wide 20..80 "glsoat-" Word 20..20
        "npm_" Alnum 36..36 "pypi-" Word 50..1000 "rubygems_" Hex 48..48 "hf_" Alnum 30..40 "api_org_" Alnum 34..34 "CLOJARS_" Alnum 60..60 "oy2" Alnum 43..43
        "SG." Wide 60..70 "xkeysib-" Word 70..100 "key-" Hex 32..32 "pubkey-" Hex 32..32 "SK" Hex 32..32 "AC" Hex 32..32
        "shpat_" Hex 32..32 "shpca_" Hex 32..32 "shppa_" Hex 32..32 "shpss_" Hex 32..32 "shippo_live_" Hex 40..40 "shippo_test_" Hex 40..40
        "sq0atp-" Word 22..60 "sq0csp-" Word 40..50 "EAAA" Word 50..64 "EAAC" Alnum 80..300 "EAAM" Alnum 80..300 "EZAK" Alnum 54..54 "EZTK" Alnum 54..54
        "FLWSECK_TEST-" Word 12..40 "FLWPUBK_TEST-" Word 30..40 "FLWSECK-" Word 30..45
        "dop_v1_" Hex 64..64 "doo_v1_" Hex 64..64 "dor_v1_" Hex 64..64 "dp.pt." Alnum 40..50 "dp.st." Wide 40..60 "dapi" Word 32..36 "dt0c01." Wide 80..100
        "duffel_live_" Wide 43..43 "duffel_test_" Wide 43..43 "fio-u-" Wide 60..70 "fo1_" Word 40..50 "fm1r_" Wide 80..300 "fm2_" Wide 80..1000
        "glc_" Wide 32..400 "glsa_" Word 41..41 "eyJrIjoi" Wide 60..400 "pat." Wide 50..80 "sat." Wide 50..80 "HRKU-" Word 58..64
        "ico-" Alnum 32..32 "s-s4t2ud-" Hex 64..64 "s-s4t2af-" Hex 64..64 "lin_api_" Alnum 40..40 "lin_oauth_" Hex 64..64
        "ntn_" Alnum 46..46 "secret_" Alnum 43..43 "API-" Upper 26..26 "sha256~" Word 43..43 "pscale_tkn_" Wide 32..64 "pscale_oauth_" Wide 32..64 "pscale_pw_" Wide 32..64
        "PMAK-" Word 59..59 "pnu_" Alnum 36..36 "pul-" Hex 40..40 "rdme_" Alnum 70..70 "tk-us-" Word 48..48 "tk-eu-" Word 48..48
        "sntrys_" Wide 80..300 "sntryu_" Hex 64..64 "sm_aat_" Alnum 16..16 "sm_pat_" Alnum 16..16 "sm_sat_" Alnum 16..16
        "sgp_" Word 40..60 "hvb." Word 138..300 "hvs." Word 20..120 "s." Alnum 24..24 "t1." Wide 60..120 "AQVN" Word 35..38 "YC" Word 38..38
        "AGE-SECRET-KEY-1" Upper 58..58 "LTAI" Alnum 20..20 "AKCp" Alnum 69..69 "cmVmd" Alnum 59..59 "A3-" Word 30..40 "ops_eyJ" Wide 200..1000
        "p8e-" Alnum 32..32 "4b1d" Alnum 38..38 "v1.0-" Word 150..190 "patz" Wide 70..90 "pk." Wide 60..120 "sk." Wide 60..120 "access-sandbox-" Word 36..36 "access-production-" Word 36..36
        "sc_" Wide 60..120 "ext_" Wide 60..120 "scauth_" Wide 60..120 "authress_" Wide 60..120 "squ_" Wide 40..44 "sqp_" Wide 40..44 "sqa_" Wide 40..44 "sl." Wide 130..160 "dnkey-" Wide 60..90
        "nfp_" Alnum 36..40 "tskey-" Word 20..80 "lsv2_" Word 30..60 "pcsk_" Word 40..90 "re_" Word 30..40 "vercel_" Alnum 24..40 "sbp_" Hex 40..40 "phc_" Alnum 40..50 "phx_" Alnum 40..50
        "ZXlKaGJHY2lPaU" Wide 40..4000
    }
};

/// Rules by the first byte of their prefix.
static BY_FIRST: LazyLock<Vec<Vec<&'static Token>>> = LazyLock::new(|| {
    let mut table = vec![Vec::new(); 256];
    for token in TOKENS {
        table[usize::from(token.prefix.as_bytes()[0])].push(token);
    }
    table
});

/// The unbroken word around `at`.
pub(super) fn run(bytes: &[u8], at: usize) -> Range<usize> {
    let start = at
        - bytes[..at]
            .iter()
            .rev()
            .take_while(|byte| in_run(**byte))
            .count();
    let end = at + bytes[at..].iter().take_while(|byte| in_run(**byte)).count();
    start..end
}

pub(super) fn in_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'~' | b'|')
}

/// Every credential that starts in the word. It may reach past its end: some hold `=`.
pub(super) fn find(bytes: &[u8], run: Range<usize>, on: &On, out: &mut Vec<Found>) {
    let mut at = run.start;
    while at < run.end {
        let starts = at == run.start || matches!(bytes[at - 1], b'/' | b'.' | b'+' | b'|' | b'~');
        let end = if starts {
            find_at(bytes, at, on, out)
        } else {
            None
        };
        at = end.unwrap_or(at + 1);
    }
}

fn find_at(bytes: &[u8], at: usize, on: &On, out: &mut Vec<Found>) -> Option<usize> {
    let rest = &bytes[at..];
    let token = on.get(Builtin::Jwt).filter(|_| rest.starts_with(b"eyJ"));
    if let Some((entity, length)) = token.and_then(|entity| Some((entity, jwt(rest)?))) {
        out.push(Found {
            entity,
            start: at,
            end: at + length,
            weight: Weight::Checked,
        });
        return Some(at + length);
    }
    let candidates = BY_FIRST[usize::from(rest[0])].iter().filter(|token| {
        let prefix = token.prefix.as_bytes();
        // The second byte alone turns most away.
        rest.get(1) == prefix.get(1) && rest.starts_with(prefix)
    });
    for token in candidates {
        let Some(entity) = on.get(token.builtin) else {
            continue;
        };
        let body = &rest[token.prefix.len()..];
        let length = body
            .iter()
            .take(token.body.end)
            .take_while(|byte| token.alphabet.has(**byte))
            .count();
        let length = body[..length]
            .iter()
            .rposition(|byte| *byte != b'.')
            .map_or(0, |last| last + 1);
        if token.body.contains(&length)
            && !goes_on(body.get(length))
            && !is_placeholder(&body[..length])
            && is_varied(&body[..length])
        {
            let end = at + token.prefix.len() + length;
            out.push(Found {
                entity,
                start: at,
                end,
                weight: Weight::Specific,
            });
            return Some(end);
        }
    }
    None
}

fn goes_on(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The length of a JSON Web Token: header, claims and signature, and a header that names an algorithm.
fn jwt(rest: &[u8]) -> Option<usize> {
    let part = |from: usize| {
        rest[from..]
            .iter()
            .take_while(|byte| Alphabet::Word.has(**byte))
            .count()
    };
    let header = part(0);
    let claims = (rest.get(header)? == &b'.')
        .then(|| part(header + 1))
        .filter(|length| *length >= 4)?;
    let dot = header + 1 + claims;
    let signature = if rest.get(dot) == Some(&b'.') {
        part(dot + 1)
    } else {
        return None;
    };
    let decoded = URL_SAFE_NO_PAD.decode(&rest[..header]).ok()?;
    let names_algorithm =
        decoded.starts_with(b"{") && memchr::memmem::find(&decoded, b"\"alg\"").is_some();
    names_algorithm.then_some(dot + 1 + signature)
}

/// What documentation writes where a credential belongs.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"example",
        b"placeholder",
        b"xxxx",
        b"your",
        b"redacted",
        b"changeme",
        b"insert",
        b"dummy",
        b"mrsh_",
    ];
    WORDS.iter().any(|word| {
        value
            .windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    })
}

/// Random text repeats itself little; `0000…` and `aaaa…` are no credentials.
fn is_varied(body: &[u8]) -> bool {
    let mut seen = [false; 128];
    for byte in body {
        seen[usize::from(byte & 0x7f)] = true;
    }
    seen.iter().filter(|seen| **seen).count() >= 5
}
