//! What authenticates the gateway at a provider, and the headers that go with each request.

use std::sync::Arc;

use marshal_catalog::{AuthScheme, PlatformKind};
use marshal_config::Auth;
use marshal_pipeline::UpstreamCredential;
use marshal_platform::{AwsCredentials, Platform, ServiceAccount};
use marshal_types::{Dialect, Place, Secret, SystemClock};

use super::{Gathered, Outline, Written};
use crate::google::GoogleTokens;

/// The variable with which Google's own programs name a key file.
pub(super) const GOOGLE_KEY_FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

impl Gathered<'_> {
    pub(super) fn credential(
        &mut self,
        written: Written<'_>,
        outline: &Outline,
    ) -> Option<UpstreamCredential> {
        let own = written.entry.api_key.as_ref();
        let own = own.map(|key| key.secret.clone());
        match Self::auth(written, outline) {
            AuthScheme::Aws => self.amazon(written, outline, own),
            AuthScheme::Google => match own {
                Some(token) => Some(UpstreamCredential::Bearer(token)),
                None => self.google(written),
            },
            scheme => {
                let key = own.or_else(|| self.usual_key(written));
                self.key(written, scheme, key)
            }
        }
    }

    /// How a key is sent: as the operator says, as the catalog says, as the dialect has it.
    fn auth(written: Written<'_>, outline: &Outline) -> AuthScheme {
        let first = outline.dialects.first().copied();
        let usual = AuthScheme::usual(first.unwrap_or(Dialect::OpenAi));
        let known = written.known.map_or(usual, |known| known.auth);
        match &written.entry.auth {
            // Which header it is in is seen where the key is.
            Some(_) => AuthScheme::Bearer,
            None => known,
        }
    }

    fn usual_key(&self, written: Written<'_>) -> Option<Secret> {
        let variable = written.known.and_then(|known| known.env_key)?;
        self.variable(variable).map(Secret::new)
    }

    fn key(
        &mut self,
        written: Written<'_>,
        scheme: AuthScheme,
        key: Option<Secret>,
    ) -> Option<UpstreamCredential> {
        let entry = written.entry;
        let Some(key) = key else {
            let variable = written.known.and_then(|known| known.env_key);
            let is_cloud = written
                .known
                .is_some_and(|known| known.platform != PlatformKind::Plain);
            // A known provider elsewhere may be a proxy that has the key itself.
            if let Some(variable) = variable.filter(|_| entry.base_url.is_none() || is_cloud) {
                self.wrong(&entry.place, format!("providers.{}.api_key: is missing; set {variable} in the environment, or write `api_key: {{env: NAME}}`", entry.name));
                return None;
            }
            return Some(UpstreamCredential::None);
        };
        let header = match (&entry.auth, scheme) {
            (Some(Auth::Header(header)), _) => header.as_str(),
            (_, AuthScheme::Header(header)) => header,
            _ => return Some(UpstreamCredential::Bearer(key)),
        };
        let header = self.header_name(written, header)?;
        Some(UpstreamCredential::Header(header, key))
    }

    /// A bearer key, or an account's keys to sign with. What is written goes before what is in the environment.
    fn amazon(
        &mut self,
        written: Written<'_>,
        outline: &Outline,
        own: Option<Secret>,
    ) -> Option<UpstreamCredential> {
        let region = match &outline.reach.platform {
            Platform::Bedrock { region } => region.clone(),
            _ => outline.reach.region.clone().unwrap_or_default(),
        };
        if let Some(key) = own {
            return Some(UpstreamCredential::Bearer(key));
        }
        if let Some(keys) = &written.entry.platform.aws {
            return Some(UpstreamCredential::Aws(AwsCredentials {
                access_key_id: keys.access_key_id.secret.expose().to_owned(),
                secret_access_key: keys.secret_access_key.secret.clone(),
                session_token: keys.session_token.as_ref().map(|key| key.secret.clone()),
                region,
            }));
        }
        if let Some(key) = self.usual_key(written) {
            return Some(UpstreamCredential::Bearer(key));
        }
        let id = self.variable("AWS_ACCESS_KEY_ID");
        let key = self.variable("AWS_SECRET_ACCESS_KEY").map(Secret::new);
        let (Some(access_key_id), Some(secret_access_key)) = (id, key) else {
            self.wrong(&written.entry.place, format!("providers.{}.aws: is missing; write `aws: {{access_key_id: {{env: NAME}}, secret_access_key: {{env: NAME}}}}` or `api_key: {{env: NAME}}`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_BEARER_TOKEN_BEDROCK in the environment", written.name()));
            return None;
        };
        Some(UpstreamCredential::Aws(AwsCredentials {
            access_key_id,
            secret_access_key,
            session_token: self.variable("AWS_SESSION_TOKEN").map(Secret::new),
            region,
        }))
    }

    fn google(&mut self, written: Written<'_>) -> Option<UpstreamCredential> {
        let (text, place) = match self.key_file(written) {
            Ok(found) => found,
            Err(problem) => {
                let message = format!("providers.{}.service_account: {problem}", written.name());
                self.wrong(&written.entry.place, message);
                return None;
            }
        };
        match ServiceAccount::from_json(text.expose()) {
            Ok(account) => {
                let transport = self.transport(written)?;
                let tokens = GoogleTokens::new(account, transport, SystemClock::new());
                Some(UpstreamCredential::Google(Arc::new(tokens)))
            }
            Err(problem) => {
                let message = format!("providers.{}.service_account: {problem}", written.name());
                self.wrong(&place, message);
                None
            }
        }
    }

    /// The project that the service account belongs to; what is wrong with it is said elsewhere.
    pub(super) fn project_of_account(&self, written: Written<'_>) -> Option<String> {
        let (text, _) = self.key_file(written).ok()?;
        let account = ServiceAccount::from_json(text.expose()).ok()?;
        account.project().map(str::to_owned)
    }

    /// A key file's text, and where it is named.
    fn key_file(&self, written: Written<'_>) -> Result<(Secret, Place), String> {
        let entry = written.entry;
        if let Some(key) = &entry.platform.service_account {
            return Ok((key.secret.clone(), key.place.clone()));
        }
        let path = self.variable(GOOGLE_KEY_FILE).ok_or_else(|| {
            format!("is missing; write `service_account: {{file: PATH}}`, or set {GOOGLE_KEY_FILE} in the environment")
        })?;
        let text = std::fs::read_to_string(path)
            .map_err(|_| format!("the file that {GOOGLE_KEY_FILE} names cannot be read"))?;
        Ok((Secret::new(text), entry.place.clone()))
    }

    pub(super) fn headers(
        &mut self,
        written: Written<'_>,
    ) -> Vec<(http::HeaderName, http::HeaderValue)> {
        let known = written.known.map_or(&[][..], |known| &known.headers[..]);
        let usual = known.iter().map(|(name, value)| (*name, *value));
        let own = written
            .entry
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut headers = Vec::new();
        for (header, value) in usual.chain(own) {
            let Some(header) = self.header_name(written, header) else {
                continue;
            };
            match http::HeaderValue::from_str(value) {
                Ok(value) => {
                    headers.retain(|(other, _)| *other != header);
                    headers.push((header, value));
                }
                Err(_) => self.wrong(
                    &written.entry.place,
                    format!(
                        "providers.{}.headers.{header}: the value is no header value",
                        written.name()
                    ),
                ),
            }
        }
        headers
    }

    fn header_name(&mut self, written: Written<'_>, name: &str) -> Option<http::HeaderName> {
        let header = http::HeaderName::try_from(name).ok();
        if header.is_none() {
            self.wrong(
                &written.entry.place,
                format!("providers.{}: `{name}` is no header name", written.name()),
            );
        }
        header
    }
}
