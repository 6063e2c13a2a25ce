//! Takes a URL apart as browsers do, which forgive much.

/// A URL with a host.
pub(super) struct Url {
    /// In lower case, without user, port and final dot.
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) fragment: String,
}

impl Url {
    /// None for a URL that stays on the host where it is shown, or fetches nothing (`data:`, `mailto:`).
    pub(super) fn read(written: &str) -> Option<Url> {
        // Browsers pass over line breaks within a URL and take backslashes for slashes.
        let written: String = written
            .trim()
            .chars()
            .filter(|letter| !matches!(letter, '\n' | '\r' | '\t'))
            .collect();
        let rest = match written.split_once(':') {
            Some((scheme, rest)) if is_fetched(scheme) => rest.trim_start_matches(['/', '\\']),
            _ => written
                .strip_prefix("//")
                .or_else(|| written.strip_prefix("\\\\"))?,
        };
        let (authority, rest) =
            rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(host, |(host, _)| host);
        let host = host.trim_end_matches('.').to_lowercase();
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        (!host.is_empty()).then(|| Url {
            host,
            path: path.replace('\\', "/"),
            query: query.to_owned(),
            fragment: fragment.to_owned(),
        })
    }

    /// The host is `allowed`, or below it if it begins with `*.`.
    pub(super) fn is_on(&self, allowed: &str) -> bool {
        let allowed = allowed.to_lowercase();
        match allowed.strip_prefix('*') {
            Some(below) => {
                below.starts_with('.')
                    && self.host.len() > below.len()
                    && self.host.ends_with(below)
            }
            None => self.host == allowed,
        }
    }
}

fn is_fetched(scheme: &str) -> bool {
    ["http", "https", "ws", "wss", "ftp"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(url: &str) -> Option<String> {
        Url::read(url).map(|url| url.host)
    }

    #[test]
    fn the_host_is_the_one_that_a_browser_goes_to() {
        for url in [
            "https://evil.example/x",
            "HTTPS://Evil.Example:8443?x",
            "//evil.example",
            "https:\\\\evil.example\\x",
            "https:/evil.example/x",
            "https://good.example@evil.example/",
            "ht\ntps://evil.exam\nple/",
            " https://evil.example.#x",
        ] {
            assert_eq!(host(url).as_deref(), Some("evil.example"), "{url}");
        }
        for url in [
            "/local/x.png",
            "x.png?u=https://evil.example",
            "data:image/png;base64,AAAA",
            "mailto:a@evil.example",
            "#x",
            "https://",
        ] {
            assert_eq!(host(url), None, "{url}");
        }
    }

    #[test]
    fn hosts_are_allowed_by_name_or_by_what_they_are_below() {
        let is_on = |url: &str, allowed: &str| Url::read(url).is_some_and(|url| url.is_on(allowed));
        assert!(
            is_on("https://a.example/", "A.example")
                && is_on("https://b.a.example/", "*.a.example")
        );
        assert!(
            !is_on("https://b.a.example/", "a.example")
                && !is_on("https://eviла.example/", "*.a.example")
        );
        assert!(
            !is_on("https://a.example.evil.example/", "a.example")
                && !is_on("https://nota.example/", "*.a.example")
        );
    }
}
