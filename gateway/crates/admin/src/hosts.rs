//! Which `Host` and `Origin` a request may come with.
//!
//! A page of another site can make a browser send requests here, and a name of its own can be made to point here (DNS
//! rebinding). Then the `Host` is that name. So a name must be `localhost` or configured; an IP address is no name and
//! cannot be rebound.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, Uri};

/// The names under which the control plane may be reached.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts {
    names: Vec<String>,
}

impl AllowedHosts {
    /// `localhost` and IP addresses, with any port, and these names: `marshal.example.com` with any port,
    /// `marshal.example.com:8443` with that one.
    #[must_use]
    pub fn new<I: IntoIterator<Item: AsRef<str>>>(names: I) -> Self {
        let names = names
            .into_iter()
            .map(|name| name.as_ref().to_ascii_lowercase())
            .collect();
        Self { names }
    }

    /// The request's host, if it may be one.
    pub(crate) fn host<'a>(&self, uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut hosts = headers.get_all(HOST).iter();
        let header = hosts.next();
        if hosts.next().is_some() {
            return None;
        }
        let header = header.map(|host| host.to_str().unwrap_or(""));
        let authority = uri.authority().map(axum::http::uri::Authority::as_str);
        // Both are there in HTTP/2 from some clients: then both must be good.
        if [header, authority]
            .iter()
            .flatten()
            .any(|host| !self.allows(host))
        {
            return None;
        }
        authority.or(header)
    }

    fn allows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let Some((name, port)) = split(&host) else {
            return false;
        };
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return false;
        }
        let address = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(name);
        name == "localhost"
            || address.parse::<IpAddr>().is_ok()
            || self
                .names
                .iter()
                .any(|known| *known == host || known == name)
    }
}

/// Whether a request that changes something comes from a page of this host, or from no page at all.
///
/// Browsers send `Sec-Fetch-Site` or `Origin` with every such request; a command line sends neither.
pub(crate) fn is_own_origin(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    origin
        .to_str()
        .ok()
        .and_then(|origin| {
            origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"))
        })
        .is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

/// Name and port; the name of an IPv6 address keeps its brackets.
fn split(host: &str) -> Option<(&str, Option<&str>)> {
    if host.starts_with('[') {
        let end = host.find(']')? + 1;
        let (name, rest) = host.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Some((name, Some(port))),
            None if rest.is_empty() => Some((name, None)),
            None => None,
        };
    }
    match host.split_once(':') {
        Some((name, port)) => Some((name, Some(port))),
        None => Some((host, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_an_address_or_a_configured_name_is_a_host() {
        let hosts = AllowedHosts::new(["Marshal.example.com", "gate:8443"]);
        for good in [
            "localhost:8081",
            "LOCALHOST",
            "127.0.0.1:8081",
            "[::1]:8081",
            "[::1]",
            "10.0.0.5:9000",
            "marshal.example.com",
            "marshal.example.com:8081",
            "gate:8443",
        ] {
            assert!(hosts.allows(good), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "gate:8081",
            "",
            ":8081",
            "[::1",
            "[::1]x",
            "localhost:",
            "localhost:80:80",
            "evil.example@localhost",
        ] {
            assert!(!hosts.allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_change_from_another_sites_page_is_not_its_own() {
        let own = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, axum::http::HeaderValue::from_static(value));
            }
            is_own_origin(&Method::POST, &headers, "localhost:8081")
        };
        assert!(own(&[]));
        assert!(own(&[("origin", "http://localhost:8081")]));
        assert!(own(&[
            ("origin", "http://localhost:8081"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!own(&[("origin", "http://localhost:8080")]));
        assert!(!own(&[("origin", "http://evil.example")]));
        assert!(!own(&[("origin", "null")]));
        assert!(!own(&[("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
    }
}
