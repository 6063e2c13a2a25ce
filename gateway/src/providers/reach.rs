//! Where a provider is: its platform, its addresses, and the dialects that can be spoken there.

use marshal_catalog::{PlatformKind, ProviderInfo};
use marshal_config::PlatformKeys;
use marshal_platform::Platform;
use marshal_types::Dialect;

use super::{Gathered, Written, is_demo};

/// Where a provider is.
pub(super) struct Reach {
    pub platform: Platform,
    pub base_url: String,
    /// Of the dialects that begin elsewhere.
    pub bases: Vec<(Dialect, String)>,
    /// The region or zone that prices are for.
    pub region: Option<String>,
    /// The address is on this machine.
    pub loopback: bool,
}

impl Gathered<'_> {
    pub(super) fn reach(&mut self, written: Written<'_>) -> Option<Reach> {
        let platform = self.platform(written)?;
        let entry = written.entry;
        let base_url = entry
            .base_url
            .clone()
            .or_else(|| platform.default_base_url())
            .or_else(|| {
                written
                    .known
                    .and_then(|known| known.base_url)
                    .map(str::to_owned)
            })
            .or_else(|| is_demo(written).then(|| "http://demo.invalid/v1".to_owned()));
        let Some(base_url) = base_url else {
            self.wrong(
                &entry.place,
                format!(
                    "providers.{}.base_url: is missing; write where the provider's API begins{}",
                    entry.name,
                    example(&platform)
                ),
            );
            return None;
        };
        let base_url = base_url.trim_end_matches('/').to_owned();
        let bases = bases(written, &base_url);
        let region = match &platform {
            Platform::Bedrock { region } => Some(region.clone()),
            _ => entry.platform.region.clone(),
        };
        let mut others = bases.iter().map(|(_, base)| base);
        let loopback = is_loopback(&base_url) && others.all(|base| is_loopback(base));
        Some(Reach {
            loopback,
            platform,
            base_url,
            bases,
            region,
        })
    }

    fn platform(&mut self, written: Written<'_>) -> Option<Platform> {
        let keys = &written.entry.platform;
        match written
            .known
            .map_or(PlatformKind::Plain, |known| known.platform)
        {
            PlatformKind::Plain => Some(Platform::Plain),
            PlatformKind::Azure => Some(azure(keys)),
            PlatformKind::Vertex => {
                let location = keys
                    .location
                    .clone()
                    .or_else(|| self.variable("GOOGLE_CLOUD_LOCATION"))
                    .unwrap_or_else(|| "global".to_owned());
                let project = keys.project.clone();
                let project = project.or_else(|| self.variable("GOOGLE_CLOUD_PROJECT"));
                let project = project.or_else(|| self.project_of_account(written));
                Some(Platform::Vertex {
                    project: self.word(written, "project", "GOOGLE_CLOUD_PROJECT", project)?,
                    location: self.word(
                        written,
                        "location",
                        "GOOGLE_CLOUD_LOCATION",
                        Some(location),
                    )?,
                })
            }
            PlatformKind::Bedrock => {
                let region = keys.region.clone();
                let region = region.or_else(|| self.variable("AWS_REGION"));
                let region = region.or_else(|| self.variable("AWS_DEFAULT_REGION"));
                Some(Platform::Bedrock {
                    region: self.word(written, "region", "AWS_REGION", region)?,
                })
            }
        }
    }

    /// A word for an address, from the file or the environment.
    fn word(
        &mut self,
        written: Written<'_>,
        key: &str,
        variable: &str,
        text: Option<String>,
    ) -> Option<String> {
        let problem = match text {
            Some(text) if is_word(&text) => return Some(text),
            Some(_) => format!(
                "{variable} holds what has no place in an address; correct it, or write `{key}` here"
            ),
            None => format!("is missing; write it, or set {variable} in the environment"),
        };
        let message = format!("providers.{}.{key}: {problem}", written.name());
        self.wrong(&written.entry.place, message);
        None
    }

    /// The dialects that can be spoken, the preferred one first.
    pub(super) fn dialects(&self, written: Written<'_>, reach: &Reach) -> Vec<Dialect> {
        if let Some(dialects) = &written.entry.dialects {
            return dialects.clone();
        }
        let Some(known) = written.known else {
            return vec![Dialect::OpenAi];
        };
        let elsewhere = |dialect: &Dialect| known.bases.iter().any(|(of, _)| of == dialect);
        let reached = |dialect: &Dialect| {
            !elsewhere(dialect) || reach.bases.iter().any(|(of, _)| of == dialect)
        };
        known.dialects.iter().copied().filter(reached).collect()
    }
}

fn azure(keys: &PlatformKeys) -> Platform {
    let dated = keys
        .api_version
        .as_ref()
        .is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()));
    Platform::Azure {
        api_version: keys.api_version.clone(),
        // A dated version is one of the addresses with deployments; the others have `preview` or none.
        deployments: keys.deployments.unwrap_or(dated),
    }
}

/// The bases of dialects that begin elsewhere: the operator's; the catalog's, if its own address is used; or the
/// catalog's with the operator's host, where the two addresses differ in their ends alone.
fn bases(written: Written<'_>, base_url: &str) -> Vec<(Dialect, String)> {
    let entry = written.entry;
    let mut bases = entry.base_urls.clone();
    for (dialect, base) in written.known.map_or(&[][..], |known| &known.bases) {
        if bases.iter().any(|(of, _)| of == dialect) {
            continue;
        }
        let moved = match (&entry.base_url, written.known) {
            (Some(_), Some(known)) => moved(known, base, base_url),
            _ => Some((*base).to_owned()),
        };
        bases.extend(moved.map(|base| (*dialect, base)));
    }
    bases
}

fn moved(known: &ProviderInfo, base: &str, to: &str) -> Option<String> {
    let usual = known.base_url?;
    let same = usual
        .bytes()
        .zip(base.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    // Both ends begin with the slash: `/v1`, `/api`.
    let same = usual[..same].rfind('/')?;
    let host = to.strip_suffix(&usual[same..])?;
    Some(format!("{host}{}", &base[same..]))
}

fn example(platform: &Platform) -> &'static str {
    match platform {
        Platform::Azure { .. } => ": https://NAME.openai.azure.com",
        _ => ", with its version: http://127.0.0.1:8000/v1",
    }
}

/// Letters, digits and little else: it becomes part of host names and paths.
pub(super) fn is_word(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(&b);
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 64
        && text.bytes().all(allowed)
}

/// Whether an address stays on this machine.
fn is_loopback(base: &str) -> bool {
    let host = http::Uri::try_from(base)
        .ok()
        .and_then(|uri| uri.host().map(str::to_owned));
    let Some(host) = host else {
        return false;
    };
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || literal
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
