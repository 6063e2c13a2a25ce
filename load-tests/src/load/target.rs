//! Which address may be loaded: one of this machine, and no other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::Uri;

use crate::error::Error;

/// A loopback address and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where to connect.
    pub address: SocketAddr,
    /// Path and query.
    pub path: String,
    /// The Host header.
    pub host: String,
}

impl Target {
    /// Reads `http://HOST:PORT/PATH`.
    ///
    /// No name but `localhost` is resolved: what a name means is for others to decide.
    ///
    /// # Errors
    /// [`Error::NotLoopback`] or [`Error::BadUrl`].
    pub fn parse(url: &str) -> Result<Self, Error> {
        let bad = |why| Error::BadUrl {
            url: url.to_owned(),
            why,
        };
        let uri: Uri = url.parse().map_err(|_| bad("it is not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(bad("it must begin with http://"));
        }
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        let host = authority.host();
        let ip = match host.trim_start_matches('[').trim_end_matches(']') {
            "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            text => text.parse().ok(),
        };
        let loopback = ip.filter(IpAddr::is_loopback);
        let ip = loopback.ok_or_else(|| Error::NotLoopback {
            url: url.to_owned(),
        })?;
        if authority.as_str().contains('@') {
            return Err(bad("it must not hold credentials; use --header-file"));
        }
        Ok(Self {
            address: SocketAddr::new(ip, authority.port_u16().unwrap_or(80)),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            host: authority.as_str().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_are_taken() {
        for (url, address) in [
            (
                "http://127.0.0.1:8080/v1/chat/completions",
                "127.0.0.1:8080",
            ),
            ("http://localhost:9/x", "127.0.0.1:9"),
            ("http://[::1]:9/x", "[::1]:9"),
            ("http://127.9.9.9/x", "127.9.9.9:80"),
        ] {
            assert_eq!(
                Target::parse(url).unwrap().address,
                address.parse().unwrap()
            );
        }
    }

    #[test]
    fn every_other_address_is_refused() {
        for url in [
            "http://api.openai.com/v1/chat/completions",
            "http://10.0.0.1:8080/",
            "http://0.0.0.0:8080/",
            "http://[::]:8080/",
            "http://[::ffff:10.0.0.1]:1/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://169.254.169.254/",
        ] {
            assert!(
                matches!(Target::parse(url), Err(Error::NotLoopback { .. })),
                "{url}"
            );
        }
        for url in [
            "https://127.0.0.1/",
            "127.0.0.1:80",
            "http://user@127.0.0.1/",
            "http:///x",
        ] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
