//! A record as a syslog message (RFC 5424). The message is the line; the structured data says what it is sorted by.

use crate::record::Record;

use super::is_warning;

/// `log audit`, RFC 5424, table 1.
const FACILITY: u8 = 13;
const WARNING: u8 = 4;
const INFORMATIONAL: u8 = 6;

/// As it goes over the wire, without framing. `most`: bytes that fit; a longer message is cut and says so.
pub(super) fn message(record: &Record, host: &str, most: usize) -> Vec<u8> {
    let severity = if is_warning(&record.kind) {
        WARNING
    } else {
        INFORMATIONAL
    };
    let priority = FACILITY * 8 + severity;
    // 32473 is the number that RFC 5612 keeps for names without an enterprise number of their own.
    let mut head = format!(
        "<{priority}>1 {} {} marshal - {} [marshal@32473",
        record.time,
        name(host, 255),
        name(&record.kind, 32)
    );
    parameter(&mut head, "instance", record.instance());
    parameter(&mut head, "seq", &record.seq.to_string());
    parameter(&mut head, "kind", &record.kind);
    if let Some(call) = &record.call {
        parameter(&mut head, "call", call);
    }
    if let Some(tenant) = &record.tenant {
        parameter(&mut head, "tenant", tenant);
    }
    const CUT: &str = " cut=\"true\"";
    let mut line = &*record.line;
    if head.len() + 2 + line.len() > most {
        head.push_str(CUT);
        let mut left = most.saturating_sub(head.len() + 2).min(line.len());
        while !line.is_char_boundary(left) {
            left -= 1;
        }
        line = &line[..left];
    }
    head.push_str("] ");
    head.push_str(line);
    head.into_bytes()
}

/// Printable ASCII without spaces; `-` for nothing.
fn name(text: &str, most: usize) -> String {
    let fits = text.chars().take(most).map(|c| match c {
        '!'..='~' => c,
        _ => '_',
    });
    let name: String = fits.collect();
    if name.is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

/// Control characters end a message for some receivers: they become spaces. The line itself has none, for it is JSON.
fn parameter(to: &mut String, name: &str, value: &str) {
    to.push(' ');
    to.push_str(name);
    to.push_str("=\"");
    for c in value.chars() {
        match c {
            '"' | '\\' | ']' => to.extend(['\\', c]),
            c if c.is_control() => to.push(' '),
            c => to.push(c),
        }
    }
    to.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::record_of;

    #[test]
    fn a_message_is_as_the_rfc_writes_it() {
        let line = r#"{"call":"c","kind":"deny","seq":7,"tenant":"a","time":"2026-11-30T12:00:00.000001Z"}"#;
        let text = String::from_utf8(message(&record_of(line), "gw.example", 9_999)).unwrap();
        assert_eq!(
            text,
            format!(
                r#"<108>1 2026-11-30T12:00:00.000001Z gw.example marshal - deny [marshal@32473 instance="a" seq="7" kind="deny" call="c" tenant="a"] {line}"#
            )
        );
    }

    #[test]
    fn no_text_of_a_stranger_leaves_its_place() {
        let line = r#"{"kind":"intent","seq":7,"tenant":"x\" y=\"1\\]\n<1>1 - é","time":"2026-11-30T12:00:00.000001Z"}"#;
        let text = String::from_utf8(message(&record_of(line), "two words\n", 9_999)).unwrap();
        assert!(text.contains(r#" two_words_ marshal - intent ["#), "{text}");
        assert!(
            text.contains(r#"tenant="x\" y=\"1\\\] <1>1 - é"] {"kind""#),
            "{text}"
        );
        assert!(!text.contains('\n'));
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters_and_says_so() {
        let line = format!(
            r#"{{"kind":"admin","seq":7,"time":"2026-11-30T12:00:00.000001Z","who":"{}"}}"#,
            "é".repeat(300)
        );
        for most in 300..304 {
            let cut = message(&record_of(&line), "h", most);
            assert!(cut.len() <= most && cut.len() + 2 > most);
            let text = String::from_utf8(cut).unwrap();
            assert!(text.contains(r#" cut="true"] {"kind""#), "{text}");
        }
    }
}
