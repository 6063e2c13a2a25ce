//! Google's service accounts: a key file becomes a signed assertion, and that a token (RFC 7523).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use marshal_types::{Secret, Timestamp};
use marshal_wire::json::{Doc, Index, Kind, Limits, write_str};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::{Token, TokenError};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
/// The longest that Google lets an assertion live.
const LIFETIME_S: u64 = 3_600;

/// Why a key file is no use. Repeats nothing of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not JSON.
    #[error("is not JSON; use the key file that Google gives for a service account")]
    NotJson,
    /// JSON of another kind: a user's credentials, a workload identity's configuration.
    #[error("is not a service account's key: its \"type\" is not \"service_account\"")]
    OtherType,
    /// A field is missing or empty.
    #[error("has no {0}; use the key file as Google gives it")]
    Missing(&'static str),
    /// The private key is none.
    #[error("holds a private_key that is not an RSA key in PKCS#8 PEM form")]
    BadKey,
    /// Tokens would be asked for in the clear.
    #[error("holds a token_uri that is not an https address")]
    BadTokenUri,
}

/// A service account that can sign for itself.
pub struct ServiceAccount {
    email: String,
    key_id: Option<String>,
    project: Option<String>,
    token_uri: String,
    key: RsaKeyPair,
}

/// Says whose key it is, never what it is.
impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

impl ServiceAccount {
    /// Reads a key file's text.
    ///
    /// # Errors
    /// [`KeyFileError`] says what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, KeyFileError> {
        let index =
            Index::parse(text.as_bytes(), &Limits::default()).map_err(|_| KeyFileError::NotJson)?;
        let doc = index.doc(text.as_bytes());
        if doc.kind(doc.root()) != Kind::Object {
            return Err(KeyFileError::NotJson);
        }
        if member(doc, "type").as_deref() != Some("service_account") {
            return Err(KeyFileError::OtherType);
        }
        let need = |key: &'static str| member(doc, key).ok_or(KeyFileError::Missing(key));
        let token_uri = need("token_uri")?;
        if !is_safe(&token_uri) {
            return Err(KeyFileError::BadTokenUri);
        }
        let pem = Secret::new(need("private_key")?);
        Ok(Self {
            email: need("client_email")?,
            key_id: member(doc, "private_key_id"),
            project: member(doc, "project_id"),
            token_uri,
            key: key_pair(&pem)?,
        })
    }

    /// The project that the account belongs to, if the file says.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// Where tokens are asked for.
    #[must_use]
    pub fn token_uri(&self) -> &str {
        &self.token_uri
    }

    /// The assertion (JWT, RS256) that a token is given for; it is worth as much as a token for an hour.
    ///
    /// # Errors
    /// [`TokenError::Key`] if the key does not sign.
    pub fn assertion(&self, now: Timestamp) -> Result<Secret, TokenError> {
        let mut header = br#"{"alg":"RS256","typ":"JWT""#.to_vec();
        if let Some(key_id) = &self.key_id {
            header.extend_from_slice(b",\"kid\":");
            write_str(&mut header, key_id);
        }
        header.push(b'}');
        let mut claims = br#"{"iss":"#.to_vec();
        write_str(&mut claims, &self.email);
        claims.extend_from_slice(b",\"scope\":");
        write_str(&mut claims, SCOPE);
        claims.extend_from_slice(b",\"aud\":");
        write_str(&mut claims, &self.token_uri);
        let issued = now.as_secs();
        let ends = issued.saturating_add(LIFETIME_S);
        claims.extend_from_slice(format!(",\"iat\":{issued},\"exp\":{ends}}}").as_bytes());
        let mut jwt = URL_SAFE_NO_PAD.encode(header);
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                jwt.as_bytes(),
                &mut signature,
            )
            .map_err(|_| TokenError::Key)?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(Secret::new(jwt))
    }

    /// The body of the request for a token: `application/x-www-form-urlencoded`, to be posted to
    /// [`token_uri`](Self::token_uri).
    ///
    /// # Errors
    /// [`TokenError::Key`] if the key does not sign.
    pub fn token_request(&self, now: Timestamp) -> Result<Secret, TokenError> {
        let assertion = self.assertion(now)?;
        Ok(Secret::new(format!(
            "grant_type={GRANT}&assertion={}",
            assertion.expose()
        )))
    }
}

impl Token {
    /// Reads what a token endpoint answered to a request that was sent at `asked`.
    ///
    /// # Errors
    /// [`TokenError::Refused`] for any status but 200, [`TokenError::Malformed`] where there is no token.
    pub fn from_answer(status: u16, body: &[u8], asked: Timestamp) -> Result<Self, TokenError> {
        let index = Index::parse(body, &Limits::default()).ok();
        let doc = index.as_ref().map(|index| index.doc(body));
        if status != 200 {
            let reason = doc
                .and_then(|doc| member(doc, "error"))
                .filter(|word| is_word(word));
            return Err(TokenError::Refused { status, reason });
        }
        let doc = doc.ok_or(TokenError::Malformed)?;
        let secret = member(doc, "access_token")
            .filter(|token| token.bytes().all(|b| b.is_ascii_graphic()))
            .ok_or(TokenError::Malformed)?;
        let lives = doc
            .get(doc.root(), "expires_in")
            .and_then(|id| doc.u64(id))
            .ok_or(TokenError::Malformed)?;
        Ok(Self {
            secret: Secret::new(secret),
            expires: asked.plus(std::time::Duration::from_secs(lives)),
        })
    }
}

/// A short word such as `invalid_grant`: anything longer may say more than belongs into a log.
fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Only a test or a proxy on this machine may be asked in the clear.
fn is_safe(address: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    address.bytes().all(|b| b.is_ascii_graphic())
        && (address.starts_with("https://") || local.iter().any(|begin| address.starts_with(begin)))
}

fn key_pair(pem: &Secret) -> Result<RsaKeyPair, KeyFileError> {
    let body: String = pem
        .expose()
        .split_once("-----BEGIN PRIVATE KEY-----")
        .and_then(|(_, rest)| rest.split_once("-----END PRIVATE KEY-----"))
        .map(|(body, _)| body.chars().filter(|c| !c.is_ascii_whitespace()).collect())
        .ok_or(KeyFileError::BadKey)?;
    let body = Secret::new(body);
    let der = STANDARD
        .decode(body.expose())
        .map_err(|_| KeyFileError::BadKey)?;
    RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyFileError::BadKey)
}

fn member(doc: Doc<'_>, key: &str) -> Option<String> {
    let text = doc.str(doc.get(doc.root(), key)?)?;
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    const FILE: &str = include_str!("../testdata/service_account.json");

    fn now() -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000)
    }

    fn changed(key: &str, value: &str) -> String {
        let mut file: Value = serde_json::from_str(FILE).unwrap();
        file[key] = value.into();
        file.to_string()
    }

    #[test]
    fn an_assertion_says_who_asks_for_what_and_is_signed_with_the_accounts_key() {
        let account = ServiceAccount::from_json(FILE).unwrap();
        assert_eq!(account.project(), Some("my-project"));
        let jwt = account.assertion(now()).unwrap();
        let (signed, signature) = jwt.expose().rsplit_once('.').unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, account.key.public());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        let parts: Vec<Value> = signed
            .split('.')
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        assert_eq!(
            parts[0],
            serde_json::json!({"alg": "RS256", "typ": "JWT", "kid": "0123456789abcdef"})
        );
        assert_eq!(
            parts[1],
            serde_json::json!({
                "iss": "gateway@my-project.iam.gserviceaccount.com",
                "scope": "https://www.googleapis.com/auth/cloud-platform",
                "aud": "https://oauth2.googleapis.com/token",
                "iat": 1_700_000_000u64,
                "exp": 1_700_003_600u64,
            })
        );
        let request = account.token_request(now()).unwrap();
        assert!(request.expose().starts_with(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ"
        ));
    }

    #[test]
    fn a_key_file_that_is_no_use_says_why_and_repeats_nothing() {
        let why = |text: &str| ServiceAccount::from_json(text).unwrap_err();
        assert_eq!(why("hunter2"), KeyFileError::NotJson);
        assert_eq!(why("[]"), KeyFileError::NotJson);
        assert_eq!(why("{}"), KeyFileError::OtherType);
        assert_eq!(
            why(&changed("type", "authorized_user")),
            KeyFileError::OtherType
        );
        assert_eq!(
            why(&changed("client_email", "")),
            KeyFileError::Missing("client_email")
        );
        assert_eq!(
            why(&changed("private_key", "hunter2")),
            KeyFileError::BadKey
        );
        let wrong = "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n";
        assert_eq!(why(&changed("private_key", wrong)), KeyFileError::BadKey);
        for uri in ["http://oauth2.example/token", "ftp://x", "https://a b"] {
            assert_eq!(why(&changed("token_uri", uri)), KeyFileError::BadTokenUri);
        }
        assert!(ServiceAccount::from_json(&changed("token_uri", "http://127.0.0.1:9/t")).is_ok());
        let shown = format!("{:?}", ServiceAccount::from_json(FILE).unwrap());
        assert!(
            !shown.contains("gateway@") && !shown.contains("PRIVATE"),
            "{shown}"
        );
    }

    #[test]
    fn a_token_is_read_with_the_time_when_it_ends() {
        let answer = br#"{"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"}"#;
        let token = Token::from_answer(200, answer, now()).unwrap();
        assert_eq!(token.secret.expose(), "ya29.x");
        assert_eq!(token.expires.as_secs(), 1_700_003_599);
        let refused = br#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#;
        assert_eq!(
            Token::from_answer(400, refused, now()).unwrap_err(),
            TokenError::Refused {
                status: 400,
                reason: Some("invalid_grant".into())
            }
        );
        let chatty = br#"{"error":"Your key hunter2 is wrong"}"#;
        assert_eq!(
            Token::from_answer(401, chatty, now()).unwrap_err(),
            TokenError::Refused {
                status: 401,
                reason: None
            }
        );
        for wrong in [
            &b""[..],
            b"[]",
            b"{}",
            br#"{"access_token":"a b","expires_in":9}"#,
        ] {
            assert_eq!(
                Token::from_answer(200, wrong, now()).unwrap_err(),
                TokenError::Malformed
            );
        }
    }
}
