//! Queries that go along to a provider.

/// Names under which clients send credentials in a query.
const CREDENTIALS: [&str; 4] = ["key", "api_key", "api-key", "access_token"];

/// The query without what authenticates the client here.
pub(super) fn without_credentials(query: &str) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !name.is_empty() && !CREDENTIALS.contains(&name)
        })
        .collect();
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_this_gateway_never_goes_along() {
        assert_eq!(without_credentials("a=1&key=mk_x&limit=2"), "a=1&limit=2");
        assert_eq!(without_credentials("key=mk_x"), "");
    }
}
