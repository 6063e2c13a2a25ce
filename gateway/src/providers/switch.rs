//! Which providers the environment switches on, unnamed in any file.
//!
//! What is found there may be meant for other programs: it switches a provider on where it is enough to call it, and is
//! never a reason not to start.

use marshal_catalog::{PlatformKind, ProviderInfo};
use marshal_config::Config;
use marshal_platform::ServiceAccount;

use super::reach::is_word;
use super::{DEMO, credential};

pub(super) fn is_on(
    known: &ProviderInfo,
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
) -> bool {
    if known.name == DEMO {
        // The demo is there until someone configures the gateway.
        return config.file.is_none();
    }
    if known.own_models || known.local {
        return false;
    }
    let text = |name: &str| {
        let text = env(name).map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let key = known.env_key.is_some_and(|name| text(name).is_some());
    match known.platform {
        PlatformKind::Plain | PlatformKind::Azure => key,
        PlatformKind::Bedrock => {
            let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
                .into_iter()
                .find_map(text);
            let account =
                text("AWS_ACCESS_KEY_ID").is_some() && text("AWS_SECRET_ACCESS_KEY").is_some();
            region.is_some_and(|region| is_word(&region)) && (key || account)
        }
        PlatformKind::Vertex => {
            let project = text("GOOGLE_CLOUD_PROJECT").is_some_and(|project| is_word(&project));
            let place = text("GOOGLE_CLOUD_LOCATION").is_none_or(|place| is_word(&place));
            let account = text(credential::GOOGLE_KEY_FILE)
                .and_then(|path| std::fs::read_to_string(path).ok())
                .is_some_and(|file| ServiceAccount::from_json(&file).is_ok());
            project && place && account
        }
    }
}
