//! `*` in the object of a policy line stands for any run of characters; everything else for itself.

/// Whether `pattern` stands for `text`. Linear in practice, never exponential: the last `*` alone is retried.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            p = after;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether the object of a line stands for the object asked for. `provider:NAME` stands for every model of it.
#[must_use]
pub fn object_matches(pattern: &str, object: &str) -> bool {
    if let (Some(provider), Some(model)) = (
        pattern.strip_prefix("provider:"),
        object.strip_prefix("model:"),
    ) {
        return model
            .split_once('/')
            .is_some_and(|(name, _)| matches(provider, name));
    }
    matches(pattern, object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "a/b"),
            ("model:*/gpt-4*", "model:openai/gpt-4o"),
            ("a*b*c", "aXbYbZc"),
            ("a", "a"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a*", "ba"),
            ("a*c", "ab"),
            ("model:openai/*", "model:openai2/x"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_provider_stands_for_its_models() {
        assert!(object_matches("provider:openai", "model:openai/gpt-4o"));
        assert!(object_matches("provider:openai", "provider:openai"));
        assert!(!object_matches("provider:openai", "model:fast"));
        assert!(!object_matches("provider:openai", "model:openai2/gpt-4o"));
    }
}
