//! What a well-formed name, address, URL or duration is. Each function returns what to tell the user.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use marshal_types::NanoUsd;
use marshal_yaml::{Item, MapReader, quoted};

/// A name of the operator's own: of a provider, a virtual model, a budget.
pub(crate) fn name(text: &str) -> Result<(), String> {
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let begins = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.starts_with(begins) && text.len() <= 64 && text.chars().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "{} is not a name; use a-z, 0-9, \"-\", \"_\" and \".\", beginning with a letter or digit, 64 at most",
        quoted(text)
    ))
}

/// A name that a provider gave to a model: visible characters.
pub(crate) fn model_name(text: &str) -> Result<(), String> {
    if (1..=200).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(format!(
        "{} is not a model's name; write it as the provider does, without spaces",
        quoted(text)
    ))
}

/// `127.0.0.1:8080`, `[::]:8080` or `localhost:8080`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:");
    let local = local.map(|port| format!("127.0.0.1:{port}"));
    local.as_deref().unwrap_or(text).parse().map_err(|_| {
        format!(
            "{} is not an address; write an IP address and a port, such as 127.0.0.1:8080",
            quoted(text)
        )
    })
}

/// An absolute `http` or `https` URL with a host and perhaps a path; given back without a slash at its end.
///
/// The text is in no message: people put credentials into URLs.
pub(crate) fn base_url(text: &str) -> Result<String, String> {
    const EXAMPLE: &str = "write it as https://api.example.com/v1";
    let rest = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = rest else {
        return Err(format!("is not an http or https URL; {EXAMPLE}"));
    };
    if !rest.chars().all(|c| c.is_ascii_graphic()) {
        return Err(format!(
            "holds a space or a character that is not ASCII; {EXAMPLE}"
        ));
    }
    let (authority, _) = rest.split_once(['/', '?', '#']).unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err(
            "holds a user name or password; remove it and name the key with api_key".into(),
        );
    }
    if rest.contains(['?', '#']) {
        return Err(format!("holds a query or a fragment; {EXAMPLE}"));
    }
    if !is_host_and_port(authority) {
        return Err(format!("has no valid host and port; {EXAMPLE}"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// `host:port`, both there.
pub(crate) fn is_host_with_port(text: &str) -> bool {
    let port = text.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| !port.is_empty() && !port.ends_with(']')) && is_host_and_port(text)
}

fn is_host_and_port(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_ok = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let literal = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host_ok = match literal {
        Some(literal) => literal.parse::<Ipv6Addr>().is_ok(),
        None => is_host_name(host) || host.parse::<IpAddr>().is_ok(),
    };
    port_ok && host_ok
}

fn is_host_name(host: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    host.len() <= 253
        && host
            .trim_end_matches('.')
            .split('.')
            .all(|label| (1..=63).contains(&label.len()) && label.bytes().all(allowed))
}

/// Whole seconds within a sane range.
pub(crate) fn seconds(
    map: &mut MapReader<'_>,
    key: &'static str,
    most: u64,
    default: Duration,
) -> Duration {
    map.opt_u64_in(key, 1..=most)
        .map_or(default, Duration::from_secs)
}

/// A count or a size within a range.
pub(crate) fn size(
    map: &mut MapReader<'_>,
    key: &'static str,
    range: std::ops::RangeInclusive<u64>,
    default: usize,
) -> usize {
    map.opt_u64_in(key, range)
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(default)
}

/// An amount of US dollars, exactly.
pub(crate) fn usd(item: &Item<'_>) -> Option<NanoUsd> {
    let text = item.decimal()?;
    match NanoUsd::from_decimal(text) {
        Ok(amount) => Some(amount),
        Err(error) => {
            item.fail(error.to_string());
            None
        }
    }
}

/// Paths in a file are relative to the file's folder, wherever the gateway was started.
pub(crate) fn path(dir: &Path, text: &str) -> PathBuf {
    dir.join(text)
}

/// A file that must be there.
pub(crate) fn existing_file(dir: &Path, item: &Item<'_>) -> Option<PathBuf> {
    let path = path(dir, item.str()?);
    if path.is_file() {
        return Some(path);
    }
    item.fail(
        "there is no such file; write a path relative to this file's folder, or an absolute one",
    );
    None
}

/// A folder that must be there.
pub(crate) fn existing_dir(dir: &Path, item: &Item<'_>) -> Option<PathBuf> {
    let path = path(dir, item.str()?);
    if path.is_dir() {
        return Some(path);
    }
    item.fail(
        "there is no such folder; write a path relative to this file's folder, or an absolute one",
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_a_host_and_nothing_secret() {
        assert_eq!(
            base_url("https://a.example/v1/"),
            Ok("https://a.example/v1".into())
        );
        for good in [
            "http://127.0.0.1:8000/v1",
            "http://[::1]:80",
            "http://vllm",
            "https://a_b.svc.local:443/x",
        ] {
            assert_eq!(base_url(good), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "ftp://a",
            "api.example.com/v1",
            "https://",
            "https:///v1",
            "http://:80",
            "http://a:0",
            "http://a:x",
            "http://a:99999",
            "http://u:hunter2@a/v1",
            "http://a/v1?k=hunter2",
            "http://a/#x",
            "http://a b",
            "http://é",
            "http://[::1",
            "http://a..b",
        ] {
            let said = base_url(bad).unwrap_err();
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
