//! What a label says of the text under it: `passportNumber` is "passport number".

/// Labels that say nothing of what the text is: any text may stand there.
const NEUTRAL: &[&str] = &[
    "content",
    "text",
    "input",
    "prompt",
    "arguments",
    "value",
    "data",
    "description",
    "title",
    "message",
    "query",
    "output",
    "thinking",
    "reasoning",
    "system",
    "instructions",
    "body",
    "summary",
    "refusal",
    "delta",
    "suffix",
    "document",
    "documents",
];

/// The label as words before a value, `None` where it says nothing.
pub(crate) fn said(label: &str) -> Option<String> {
    if label.is_empty()
        || label.len() > 64
        || NEUTRAL.contains(&label)
        || !label
            .bytes()
            .any(|byte| byte.is_ascii_alphabetic() || byte >= 0x80)
    {
        return None;
    }
    let mut said = String::with_capacity(label.len() * 2 + 8);
    let mut before = ' ';
    for c in label.chars() {
        if matches!(c, '_' | '-' | '.' | ' ') {
            said.push(' ');
        } else {
            if c.is_uppercase() && before.is_lowercase() {
                said.push(' ');
            }
            said.extend(c.to_lowercase());
        }
        before = c;
    }
    said.push(' ');
    said.push_str(label);
    said.push_str(": ");
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn a_label_is_read_as_words() {
        assert_eq!(
            said("passportNumber").as_deref(),
            Some("passport number passportNumber: ")
        );
        assert_eq!(said("api_key").as_deref(), Some("api key api_key: "));
        assert_eq!(said("content"), None);
        assert_eq!(said("7"), None);
    }
}
