//! Files within calls: documents are looked at, what cannot be read is refused or passes on record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{
    Dialect, Gateway, Request, Setup, Speech, Upstream, answer, of_path, provider,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde Aa0 and some more bytes of a picture, so many that it is long enough";

/// A page with these words.
fn pdf(words: &str, trailer: &str) -> Vec<u8> {
    let content = format!("BT /F1 12 Tf 72 720 Td ({words}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(out.len());
        out.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = out.len();
    out.push_str("xref\n0 6\n0000000000 65535 f \n");
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer\n<< /Size 6 /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n"
    ));
    out.into_bytes()
}

fn start(upstream: &Upstream, attachments: &str) -> Gateway {
    let config = format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m"], ", tasks: [files]")
    );
    let data = format!(
        "version: 1\nentities:\n  CREDIT_CARD: {{class: pci, action: surrogate}}\n  EMAIL_ADDRESS: {{class: pii, action: allow}}\n{attachments}"
    );
    Setup::with(config).data(data).start()
}

fn with_file(bytes: &[u8]) -> Value {
    let data = STANDARD.encode(bytes);
    json!({"model": "o/m", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What does this say?"},
        {"type": "file", "file": {"filename": "letter.pdf", "file_data": format!("data:application/pdf;base64,{data}")}},
    ]}]})
}

fn up() -> Upstream {
    Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("ok").to_string()))
}

#[test]
fn a_document_is_looked_at_and_what_may_not_leave_ends_the_call() {
    let upstream = up();
    let gateway = start(&upstream, "");
    let ask = |bytes: &[u8]| gateway.ask(Dialect::OpenAi, &with_file(bytes));
    assert_eq!(ask(&pdf("Nothing that anyone minds.", "")).status, 200);
    let before = upstream.count();
    let got = ask(&pdf("Card 4111 1111 1111 1111 of ada@example.com", ""));
    assert_eq!(
        (got.status, &*got.code()),
        (403, "data_blocked"),
        "{}",
        got.text()
    );
    assert!(
        got.text()
            .contains("messages[0].content[1].file.file_data#page 1"),
        "{}",
        got.text()
    );
    assert_eq!(upstream.count(), before);
    // What may leave is recorded, and passes.
    let got = ask(&pdf("Mail ada@example.com", ""));
    assert_eq!(got.status, 200);
    let found = gateway.finding(&got.call());
    assert_eq!(
        (&found["entity"], &found["action"]),
        (&json!("EMAIL_ADDRESS"), &json!("allow")),
        "{found}"
    );
}

#[test]
fn a_document_that_cannot_be_read_is_refused_unless_the_policy_lets_it_pass() {
    let upstream = up();
    let locked = pdf(
        "4111 1111 1111 1111",
        "/Encrypt << /Filter /Standard /V 1 /R 2 >>",
    );
    for (policy, status, action) in [
        ("", 403, "block"),
        ("attachments: {unreadable: alert}\n", 200, "alert"),
        ("attachments: {documents: allow}\n", 200, "allow"),
        ("attachments: {documents: block}\n", 403, "block"),
    ] {
        let gateway = start(&upstream, policy);
        let got = gateway.ask(Dialect::OpenAi, &with_file(&locked));
        assert_eq!(got.status, status, "{policy} {}", got.text());
        let found = gateway.finding(&got.call());
        assert_eq!(
            (&found["entity"], &found["action"]),
            (&json!("document"), &json!(action)),
            "{policy} {found}"
        );
    }
}

#[test]
fn pictures_pass_on_record_or_are_refused() {
    let upstream = up();
    let body = json!({"model": "o/m", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{}", STANDARD.encode(PNG))}},
    ]}]});
    for (policy, status, action) in [
        ("", 200, "allow"),
        ("attachments: {images: block}\n", 403, "block"),
    ] {
        let gateway = start(&upstream, policy);
        let got = gateway.ask(Dialect::OpenAi, &body);
        assert_eq!(got.status, status, "{}", got.text());
        let found = gateway.finding(&got.call());
        assert_eq!(
            (&found["entity"], &found["detector"], &found["action"]),
            (&json!("image"), &json!("png"), &json!(action))
        );
    }
}

#[test]
fn a_document_that_is_uploaded_is_looked_at_too() {
    let upstream = Upstream::start(|_| {
        answer(
            200,
            &[],
            json!({"id": "file-1", "object": "file"}).to_string(),
        )
    });
    let gateway = start(&upstream, "");
    let upload = |bytes: &[u8]| {
        let mut body = b"--cut\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nuser_data\r\n--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"letter.pdf\"\r\ncontent-type: application/pdf\r\n\r\n".to_vec();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        Request::post("/v1/files")
            .key(&gateway.key)
            .header("content-type", "multipart/form-data; boundary=cut")
            .body(body)
            .send(gateway.data)
    };
    let got = upload(&pdf("Nothing that anyone minds.", ""));
    assert_eq!(got.status, 200, "{}", got.text());
    let got = upload(&pdf("4111 1111 1111 1111", ""));
    assert_eq!(
        (got.status, &*got.code()),
        (403, "data_blocked"),
        "{}",
        got.text()
    );
    let got = upload(PNG);
    assert_eq!(got.code(), "surface_not_governed", "{}", got.text());
}
