//! Requests to Amazon, signed with an account's keys.

use std::fmt;

use marshal_types::{Secret, Timestamp};

use crate::sigv4::{Signing, amz_date, sha256_hex};

/// Whom a request is signed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsService {
    /// Bedrock's runtime.
    Bedrock,
    /// A store of objects, Amazon's or one that speaks as it does.
    S3,
}

/// An account's keys.
#[derive(Clone)]
pub struct AwsCredentials {
    /// The access key's id; no secret.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: Secret,
    /// The token of temporary keys.
    pub session_token: Option<Secret>,
    /// The region that requests are signed for.
    pub region: String,
}

/// Says whose keys they are, never what they are.
impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCredentials")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A request as it is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// What the `host` header will say: the host, and the port if it is not the usual one.
    pub host: &'a str,
    /// The path as it is sent, encoded.
    pub path: &'a str,
    /// The query as it is sent, without the question mark; empty for none.
    pub query: &'a str,
    /// Further headers to sign, names in lower case; `content-type` is enough.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl AwsCredentials {
    /// The headers to add; the ones that hold a secret or a signature are `authorization` and `x-amz-security-token`.
    ///
    /// Amazon accepts them for some minutes around `now`, for this very method, address, headers and body.
    #[must_use]
    pub fn sign(
        &self,
        service: AwsService,
        request: &Signable<'_>,
        now: Timestamp,
    ) -> Vec<(&'static str, String)> {
        let date = amz_date(now);
        let body = sha256_hex(request.body);
        let mut signed = vec![
            ("host", request.host),
            ("x-amz-content-sha256", body.as_str()),
            ("x-amz-date", date.as_str()),
        ];
        if let Some(token) = &self.session_token {
            signed.push(("x-amz-security-token", token.expose()));
        }
        let own = signed.len();
        for (name, value) in request.headers {
            if signed[..own].iter().all(|(known, _)| known != name) {
                signed.push((name, value));
            }
        }
        let signing = Signing {
            method: request.method,
            path: request.path,
            query: request.query,
            headers: signed,
            body_sha256: &body,
            region: &self.region,
            service: match service {
                AwsService::Bedrock => "bedrock",
                AwsService::S3 => "s3",
            },
            encoded_twice: service != AwsService::S3,
        };
        // The one place where the key is exposed: it makes the signature, and does not go into it.
        let authorization =
            signing.authorization(&self.access_key_id, self.secret_access_key.expose(), &date);
        let mut headers = vec![
            ("authorization", authorization),
            ("x-amz-date", date),
            ("x-amz-content-sha256", body),
        ];
        if let Some(token) = &self.session_token {
            headers.push(("x-amz-security-token", token.expose().to_owned()));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(session_token: Option<&str>) -> AwsCredentials {
        AwsCredentials {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
            session_token: session_token.map(|token| Secret::new(token.into())),
            region: "us-east-1".into(),
        }
    }

    fn signed(token: Option<&str>) -> Vec<(&'static str, String)> {
        let request = Signable {
            method: "POST",
            host: "bedrock-runtime.us-east-1.amazonaws.com",
            path: "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke",
            query: "",
            headers: &[("content-type", "application/json")],
            body: br#"{"max_tokens":1}"#,
        };
        credentials(token).sign(
            AwsService::Bedrock,
            &request,
            Timestamp::from_micros(1_440_938_160_000_000),
        )
    }

    /// The signatures are the ones that botocore 1.43 makes of the same request at the same time.
    #[test]
    fn a_request_to_bedrock_gets_its_headers() {
        let headers = signed(None);
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["authorization", "x-amz-date", "x-amz-content-sha256"]
        );
        assert_eq!(
            headers[0].1,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=1ebc6c350c3de9aea09d80d4b5b514d1ff4390442b96b50390017b5a66492bfb"
        );
    }

    #[test]
    fn the_token_of_temporary_keys_is_sent_and_signed() {
        let headers = signed(Some("the-session-token"));
        assert_eq!(
            headers[3],
            ("x-amz-security-token", "the-session-token".to_owned())
        );
        assert_eq!(
            headers[0].1,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=395c8046fa4866d10b2417a6dea9b71619ba5671cf36bd593e6fe693e713fddc"
        );
    }

    /// "Example: PUT Object" of "Signature calculations for the authorization header" in Amazon S3's API reference.
    #[test]
    fn an_object_is_signed_for_with_its_path_as_it_is_sent() {
        let credentials = AwsCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into()),
            session_token: None,
            region: "us-east-1".into(),
        };
        let request = Signable {
            method: "PUT",
            host: "examplebucket.s3.amazonaws.com",
            path: "/test%24file.text",
            query: "",
            headers: &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            body: b"Welcome to Amazon S3.",
        };
        let now = Timestamp::parse("2013-05-24").unwrap();
        let headers = credentials.sign(AwsService::S3, &request, now);
        assert_eq!(
            headers[0].1,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
    }

    #[test]
    fn keys_do_not_print() {
        let text = format!("{:?}", credentials(Some("the-session-token")));
        assert!(
            !text.contains("AKID") && !text.contains("wJal") && !text.contains("token"),
            "{text}"
        );
    }
}
