//! What Marshal itself says in a session: the provider's own form of an error.

use marshal_types::Refusal;
use marshal_wire::envelope;
use marshal_wire::json::write_str;

/// A refusal as an event. `event_id` is the client's own name of the event that is refused.
pub(super) fn error(refusal: &Refusal, event_id: Option<&str>) -> String {
    let kind = match envelope::status(refusal.code) {
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(
        b"{\"type\":\"error\",\"event_id\":\"event_marshal\",\"error\":{\"type\":",
    );
    write_str(&mut out, kind);
    out.extend_from_slice(b",\"code\":");
    write_str(&mut out, refusal.code.as_str());
    out.extend_from_slice(b",\"message\":");
    write_str(&mut out, &refusal.message);
    for (name, text) in [("param", refusal.param.as_deref()), ("event_id", event_id)] {
        out.extend_from_slice(format!(",\"{name}\":").as_bytes());
        match text {
            Some(text) => write_str(&mut out, text),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.extend_from_slice(b"}}");
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use marshal_types::Code;
    use marshal_wire::json::{Index, Limits};

    use super::*;

    #[test]
    fn a_refusal_is_an_event_that_names_the_clients_own() {
        let refusal = Refusal::new(Code::DataBlocked, "Take \"it\" out.").param("item.content");
        let text = error(&refusal, Some("e1"));
        assert!(Index::parse(text.as_bytes(), &Limits::default()).is_ok());
        assert!(text.contains(r#""code":"data_blocked""#));
        assert!(text.contains(r#""param":"item.content","event_id":"e1""#));
        assert!(error(&refusal, None).ends_with(r#""event_id":null}}"#));
    }
}
