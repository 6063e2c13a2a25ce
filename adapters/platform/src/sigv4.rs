//! AWS Signature Version 4: a request's own words, hashed and signed with a key of the day.
//!
//! After "Create a signed AWS API request" in the IAM user guide. For every service but S3 the path is encoded once more
//! than it is sent.

use std::fmt::Write as _;

use marshal_types::Timestamp;
use ring::{digest, hmac};

use crate::percent::encode;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed, and for whom.
pub(crate) struct Signing<'a> {
    pub(crate) method: &'a str,
    /// As it is sent.
    pub(crate) path: &'a str,
    /// As it is sent, without the question mark.
    pub(crate) query: &'a str,
    /// Names in lower case.
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body_sha256: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    /// Whether the path is encoded once more than it is sent.
    pub(crate) encoded_twice: bool,
}

/// `20150830T123600Z`
pub(crate) fn amz_date(now: Timestamp) -> String {
    let text = now.to_string();
    let whole = text.split('.').next().unwrap_or_default();
    let mut date: String = whole.chars().filter(char::is_ascii_alphanumeric).collect();
    date.push('Z');
    date
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

impl Signing<'_> {
    /// The `authorization` header. `date` is [`amz_date`]'s.
    pub(crate) fn authorization(mut self, access_key_id: &str, secret: &str, date: &str) -> String {
        self.headers.sort_unstable();
        let day = date.get(..8).unwrap_or(date);
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let signed = self.signed_headers();
        let canonical = sha256_hex(self.canonical(&signed).as_bytes());
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{canonical}");
        let key = self.key(secret, day);
        let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
        format!(
            "{ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        )
    }

    fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        names.join(";")
    }

    fn canonical(&self, signed: &str) -> String {
        let mut text = format!(
            "{}\n{}\n{}\n",
            self.method,
            if self.encoded_twice {
                canonical_path(self.path)
            } else {
                self.path.to_owned()
            },
            canonical_query(self.query)
        );
        for (name, value) in &self.headers {
            let words: Vec<&str> = value.split_ascii_whitespace().collect();
            // Writing to a String does not fail.
            let _ = writeln!(text, "{name}:{}", words.join(" "));
        }
        let _ = write!(text, "\n{signed}\n{}", self.body_sha256);
        text
    }

    fn key(&self, secret: &str, day: &str) -> hmac::Key {
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let mut chained = key(format!("AWS4{secret}").as_bytes());
        for part in [day, self.region, self.service, "aws4_request"] {
            chained = key(hmac::sign(&chained, part.as_bytes()).as_ref());
        }
        chained
    }
}

fn canonical_path(path: &str) -> String {
    if path.is_empty() {
        return "/".to_owned();
    }
    encode(path, b"/")
}

/// Sorted by name and value. Its parts are encoded already, for they are sent so.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The credentials of every published example.
    const ID: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const DATE: &str = "20150830T123600Z";

    /// One case of Amazon's signature test suite (`aws-sig-v4-test-suite`): region us-east-1, a service called "service".
    fn suite(method: &str, path: &str, query: &str, more: &[(&str, &str)], body: &[u8]) -> String {
        let mut headers = vec![("host", "example.amazonaws.com"), ("x-amz-date", DATE)];
        headers.extend_from_slice(more);
        let signing = Signing {
            method,
            path,
            query,
            headers,
            body_sha256: &sha256_hex(body),
            region: "us-east-1",
            service: "service",
            encoded_twice: true,
        };
        let header = signing.authorization(ID, SECRET, DATE);
        header.rsplit_once('=').unwrap().1.to_owned()
    }

    #[test]
    fn the_published_test_suite_is_signed_as_published() {
        for (case, signature, wanted) in [
            (
                "get-vanilla",
                suite("GET", "/", "", &[], b""),
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-query-order-key-case",
                suite("GET", "/", "Param2=value2&Param1=value1", &[], b""),
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "get-utf8",
                suite("GET", "/\u{1234}", "", &[], b""),
                "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
            ),
            (
                "post-vanilla",
                suite("POST", "/", "", &[], b""),
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-x-www-form-urlencoded",
                suite(
                    "POST",
                    "/",
                    "",
                    &[("content-type", "application/x-www-form-urlencoded")],
                    b"Param1=value1",
                ),
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            assert_eq!(signature, wanted, "{case}");
        }
    }

    #[test]
    fn the_user_guides_example_is_signed_as_printed_there() {
        // "Signature Version 4 signing process", the ListUsers request of the IAM user guide.
        let signing = Signing {
            method: "GET",
            path: "/",
            query: "Action=ListUsers&Version=2010-05-08",
            headers: vec![
                ("x-amz-date", DATE),
                ("host", "iam.amazonaws.com"),
                (
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
            ],
            body_sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            region: "us-east-1",
            service: "iam",
            encoded_twice: true,
        };
        assert_eq!(
            signing.authorization(ID, SECRET, DATE),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn a_path_that_is_encoded_already_is_encoded_once_more() {
        assert_eq!(
            canonical_path("/model/a%3Ab:0/invoke"),
            "/model/a%253Ab%3A0/invoke"
        );
        assert_eq!(canonical_path(""), "/");
    }

    #[test]
    fn a_date_is_written_in_the_basic_form() {
        assert_eq!(
            amz_date(Timestamp::from_micros(1_440_938_160_999_999)),
            DATE
        );
    }
}
