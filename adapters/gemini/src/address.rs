//! The address of a model's answers.

use marshal_wire::frame::Framing;

/// Where a name is a path by itself: `tunedModels/mine`, `endpoints/123`.
const PATHS: [&str; 3] = ["tunedModels/", "endpoints/", "projects/"];

/// What is appended to the base URL.
pub(crate) fn upstream_path(model: &str, stream: bool, framing: Framing) -> String {
    let mut path = String::with_capacity(model.len() + 48);
    path.push('/');
    if PATHS.iter().any(|start| model.starts_with(start)) {
        for (at, segment) in model.split('/').enumerate() {
            if at > 0 {
                path.push('/');
            }
            encode(segment, &mut path);
        }
    } else {
        path.push_str("models/");
        let name = model
            .strip_prefix("publishers/google/models/")
            .or_else(|| model.strip_prefix("models/"))
            .unwrap_or(model);
        encode(name, &mut path);
    }
    path.push_str(match (stream, framing) {
        (false, _) => ":generateContent",
        (true, Framing::JsonArray) => ":streamGenerateContent",
        (true, _) => ":streamGenerateContent?alt=sse",
    });
    path
}

fn encode(segment: &str, out: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, upstream_path};

    #[test]
    fn an_address_names_the_model_once() {
        for (model, path) in [
            (
                "gemini-2.5-flash",
                "/models/gemini-2.5-flash:generateContent",
            ),
            ("models/gemini-pro", "/models/gemini-pro:generateContent"),
            (
                "tunedModels/my one",
                "/tunedModels/my%20one:generateContent",
            ),
            ("publishers/google/models/g", "/models/g:generateContent"),
            ("a/b:c?d", "/models/a%2Fb%3Ac%3Fd:generateContent"),
        ] {
            assert_eq!(upstream_path(model, false, Framing::Sse), path);
        }
        assert_eq!(
            upstream_path("g", true, Framing::Sse),
            "/models/g:streamGenerateContent?alt=sse"
        );
        assert_eq!(
            upstream_path("g", true, Framing::JsonArray),
            "/models/g:streamGenerateContent"
        );
    }
}
