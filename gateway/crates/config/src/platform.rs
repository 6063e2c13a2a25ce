//! What a cloud's own front door needs to be told: resources, regions, projects, accounts.

use marshal_yaml::{Item, MapReader, quoted};

use crate::ApiKey;
use crate::load::Context;
use crate::secret::{Holds, secret};

/// The kind whose addresses name an API version and deployments.
pub(crate) const AZURE: &str = "azure";
/// The kind whose addresses name a project and a place.
pub(crate) const VERTEX: &str = "vertex";
/// The kind whose addresses name a region.
pub(crate) const BEDROCK: &str = "bedrock";

/// What is written for a cloud's platform. `None` is for the environment, or a default, to fill in.
#[derive(Clone, Debug, Default)]
pub struct PlatformKeys {
    /// Azure: the `api-version` of every address; always there if `deployments` is true.
    pub api_version: Option<String>,
    /// Azure: whether addresses name the deployment.
    pub deployments: Option<bool>,
    /// Bedrock: the region. Azure: the zone that prices are for, `eu` or `us`.
    pub region: Option<String>,
    /// Vertex AI: the project.
    pub project: Option<String>,
    /// Vertex AI: `global`, or a region.
    pub location: Option<String>,
    /// Vertex AI: the text of a service account's key file.
    pub service_account: Option<ApiKey>,
    /// Bedrock: an account's keys.
    pub aws: Option<AwsKeys>,
}

/// An Amazon account's keys.
#[derive(Clone, Debug)]
pub struct AwsKeys {
    /// The access key's id.
    pub access_key_id: ApiKey,
    /// The access key.
    pub secret_access_key: ApiKey,
    /// The token of temporary keys.
    pub session_token: Option<ApiKey>,
}

/// Reads what belongs to a platform; a key of another kind's platform is noted.
pub(crate) fn read(
    map: &mut MapReader<'_>,
    kind: Option<&str>,
    context: &Context<'_>,
) -> PlatformKeys {
    let mut only = |key: &'static str, kinds: &[&str]| -> Option<Item<'_>> {
        let item = map.get(key)?;
        if kind.is_some_and(|kind| kinds.contains(&kind)) {
            return Some(item);
        }
        item.fail(format!(
            "is for {} alone; remove it, or write `kind: {}`",
            kinds.join(" and "),
            kinds.first().unwrap_or(&"")
        ));
        None
    };
    let keys = PlatformKeys {
        api_version: only("api_version", &[AZURE])
            .and_then(|item| word(&item, b".-", "2024-10-21")),
        deployments: only("deployments", &[AZURE]).and_then(|item| item.bool()),
        region: only("region", &[BEDROCK, AZURE])
            .and_then(|item| word(&item, b"-", "eu-central-1")),
        project: only("project", &[VERTEX]).and_then(|item| word(&item, b"-.:", "my-project")),
        location: only("location", &[VERTEX]).and_then(|item| word(&item, b"-", "europe-west4")),
        service_account: only("service_account", &[VERTEX])
            .and_then(|item| secret(&item, "GOOGLE_SERVICE_ACCOUNT", Holds::Text, context)),
        aws: only("aws", &[BEDROCK]).and_then(|item| aws(&item, context)),
    };
    if keys.deployments == Some(true) && keys.api_version.is_none() {
        map.fail("deployments is true, and \"api_version\" is missing; write the version that the deployments are asked with: api_version: 2024-10-21");
    }
    keys
}

fn aws(item: &Item<'_>, context: &Context<'_>) -> Option<AwsKeys> {
    let mut map = item.map()?;
    let id = map.require("access_key_id");
    let key = map.require("secret_access_key");
    let token = map.get("session_token");
    let kept = |item: Option<Item<'_>>, variable: &str| {
        item.and_then(|item| secret(&item, variable, Holds::Key, context))
    };
    let (id, key, token) = (
        kept(id, "AWS_ACCESS_KEY_ID"),
        kept(key, "AWS_SECRET_ACCESS_KEY"),
        kept(token, "AWS_SESSION_TOKEN"),
    );
    map.finish();
    Some(AwsKeys {
        access_key_id: id?,
        secret_access_key: key?,
        session_token: token,
    })
}

/// Goes into addresses and host names, so it is letters, digits and little else.
fn word(item: &Item<'_>, also: &[u8], example: &str) -> Option<String> {
    let text = item.str()?;
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b);
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins && text.len() <= 64 && text.bytes().all(allowed) {
        return Some(text.to_owned());
    }
    item.fail(format!(
        "{} holds what has no place in an address; write it as in {example}",
        quoted(text)
    ));
    None
}
