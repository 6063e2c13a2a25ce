//! Messages whose length two readers could see differently: refused, recorded, and nothing after them is read.

use crate::support::{
    Connection, Dialect, Gateway, Request, Setup, Speech, Upstream, answer, both, of_call,
    provider, the,
};

/// Header lines, and what follows the head.
const FRAMINGS: [(&str, &str, &str); 38] = [
    (
        "both lengths",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "both lengths, turned round",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "0\r\n\r\n",
    ),
    (
        "two lengths",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "hello!",
    ),
    (
        "the same length twice",
        "content-length: 5\r\ncontent-length: 5\r\n",
        "hello",
    ),
    ("a list of lengths", "content-length: 5, 5\r\n", "hello"),
    ("a signed length", "content-length: +5\r\n", "hello"),
    ("a negative length", "content-length: -1\r\n", ""),
    (
        "a length in hexadecimal",
        "content-length: 0x5\r\n",
        "hello",
    ),
    (
        "a length with an underscore",
        "content-length: 1_0\r\n",
        "hello",
    ),
    (
        "a length with a space in it",
        "content-length: 1 0\r\n",
        "hello",
    ),
    (
        "a length with a form feed",
        "content-length: \x0c5\r\n",
        "hello",
    ),
    ("an empty length", "content-length:\r\n", ""),
    (
        "a length that no number holds",
        "content-length: 99999999999999999999\r\n",
        "",
    ),
    (
        "a coding before chunked",
        "transfer-encoding: gzip, chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "chunked twice",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "chunked, chunked",
        "transfer-encoding: chunked, chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "identity",
        "transfer-encoding: identity\r\ncontent-length: 5\r\n",
        "hello",
    ),
    (
        "almost chunked",
        "transfer-encoding: xchunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "chunked with a parameter",
        "transfer-encoding: chunked;q=1\r\n",
        "0\r\n\r\n",
    ),
    (
        "chunked behind a vertical tab",
        "transfer-encoding: \x0bchunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "chunked in quotes",
        "transfer-encoding: \"chunked\"\r\n",
        "0\r\n\r\n",
    ),
    ("an empty coding", "transfer-encoding:\r\n", ""),
    (
        "a space before the colon",
        "transfer-encoding : chunked\r\n",
        "0\r\n\r\n",
    ),
    ("a tab before the colon", "content-length\t: 5\r\n", "hello"),
    (
        "a folded line",
        "transfer-encoding:\r\n chunked\r\n",
        "0\r\n\r\n",
    ),
    ("a folded line with a tab", "x: a\r\n\tb\r\n", ""),
    (
        "a first line that is folded",
        " content-length: 5\r\n",
        "hello",
    ),
    ("a bare line feed", "content-length: 5\n", "hello"),
    (
        "a bare line feed in a value",
        "x: a\ntransfer-encoding: chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "a bare carriage return",
        "x: a\rtransfer-encoding: chunked\r\n",
        "0\r\n\r\n",
    ),
    ("a NUL in a value", "x: a\0b\r\n", ""),
    ("a NUL in a name", "content-\0length: 5\r\n", "hello"),
    ("a line without a colon", "content-length 5\r\n", "hello"),
    ("a line without a name", ": 5\r\n", "hello"),
    ("a second host", "host: b\r\n", ""),
    (
        "an upgrade with a body",
        "connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 5\r\n",
        "hello",
    ),
    (
        "an upgrade with a chunked body",
        "connection: upgrade\r\nupgrade: websocket\r\ntransfer-encoding: chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "HTTP/2 in the clear, halfway",
        "upgrade: h2c, websocket\r\ncontent-length: 5\r\n",
        "hello",
    ),
];

/// Chunked bodies that are none.
const CHUNKS: [(&str, &str); 14] = [
    ("no size", "\r\nhello\r\n0\r\n\r\n"),
    ("a size that is none", "zz\r\nhello\r\n0\r\n\r\n"),
    ("a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
    ("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
    ("a size with a space", "5 \r\nhello\r\n0\r\n\r\n"),
    (
        "a size that no number holds",
        "ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    ),
    ("a bare line feed after the size", "5\nhello\r\n0\r\n\r\n"),
    ("a bare line feed after the data", "5\r\nhello\n0\r\n\r\n"),
    ("more data than the size says", "5\r\nhello!\r\n0\r\n\r\n"),
    (
        "a bare line feed in an extension",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
    ),
    (
        "a bare carriage return in an extension",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
    ),
    ("a NUL in an extension", "5;\0\r\nhello\r\n0\r\n\r\n"),
    ("a bare line feed at the end", "5\r\nhello\r\n0\n\n"),
    (
        "a trailer with a bare line feed",
        "5\r\nhello\r\n0\r\nx: a\ny: b\r\n\r\n",
    ),
];

/// Request lines that are none.
const LINES: [&str; 8] = [
    "POST  {path} HTTP/1.1",
    "POST {path} HTTP/1.1 ",
    "POST\t{path} HTTP/1.1",
    " POST {path} HTTP/1.1",
    "POST {path} HTTP/0.9",
    "POST {path} HTTP/3",
    "POST {path} http/1.1",
    "PO(ST {path} HTTP/1.1",
];

struct Scene {
    upstream: Upstream,
    gateway: Gateway,
}

impl Scene {
    fn set() -> Self {
        let upstream =
            Upstream::start(|_| answer(200, &[], Dialect::OpenAi.answers("fine").to_string()));
        let gateway = Setup::with(format!(
            "providers:\n{}",
            provider("up", &upstream.url(), "openai", &["m"], "")
        ))
        .start();
        Self { upstream, gateway }
    }

    /// Sends what offends and a good call right behind it: there is one answer, and it is a refusal.
    fn refuses(&self, what: &str, dialect: Dialect, code: &str, offence: &str) {
        let good = Request::post(dialect.path())
            .key(&self.gateway.key)
            .json(&dialect.says("up/m", "smuggled"));
        let mut connection = Connection::open(self.gateway.data).unwrap();
        connection
            .send(&[offence.as_bytes(), &good.bytes()].concat())
            .unwrap();
        let answer = connection
            .answer()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            (answer.status, answer.header("x-marshal-code")),
            (400, Some(code)),
            "{what}: {}",
            answer.text()
        );
        assert_eq!(
            answer.json()["type"] == "error",
            dialect == Dialect::Anthropic,
            "{what}: {}",
            answer.text()
        );
        assert!(
            connection.more().is_err(),
            "{what}: something came after the refusal"
        );
        let records = of_call(&self.gateway.records(), &answer.call());
        assert_eq!(the(&records, "deny")["code"], code, "{what}");
        assert_eq!(self.upstream.count(), 0, "{what}: the provider was called");
    }

    fn head(&self, dialect: Dialect) -> String {
        let key = &self.gateway.key;
        format!(
            "POST {} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n",
            dialect.path()
        )
    }

    /// A good call of the same form is served: what was refused was refused for its offence.
    fn serves(&self) {
        let body = Dialect::OpenAi.says("up/m", "hello").to_string();
        let head = self.head(Dialect::OpenAi);
        let (one, rest) = body.split_at(10);
        for framed in [
            format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
            format!(
                "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            ),
            format!(
                "{head}Transfer-Encoding: Chunked\r\n\r\nA;x=\"y\"\r\n{one}\r\n{:X}\r\n{rest}\r\n00\r\nx: y\r\n\r\n",
                rest.len()
            ),
        ] {
            let mut connection = Connection::open(self.gateway.data).unwrap();
            connection.send(framed.as_bytes()).unwrap();
            assert_eq!(connection.answer().unwrap().status, 200, "{framed}");
        }
    }
}

#[test]
fn a_message_of_doubtful_length_is_refused_and_nothing_after_it_is_read() {
    let scene = Scene::set();
    for dialect in both() {
        for (what, fields, rest) in FRAMINGS {
            scene.refuses(
                what,
                dialect,
                "malformed_http",
                &format!("{}{fields}\r\n{rest}", scene.head(dialect)),
            );
        }
        for line in LINES {
            let line = line.replace("{path}", dialect.path());
            let head = scene.head(dialect);
            let (_, fields) = head.split_once("\r\n").unwrap();
            // Where no path can be made out the refusal is in the usual dialect.
            let shown = if line.split(' ').nth(1) == Some(dialect.path()) {
                dialect
            } else {
                Dialect::OpenAi
            };
            scene.refuses(
                &line,
                shown,
                "malformed_http",
                &format!("{line}\r\n{fields}content-length: 0\r\n\r\n"),
            );
        }
    }
    let old = scene.head(Dialect::OpenAi).replace("HTTP/1.1", "HTTP/1.0");
    scene.refuses(
        "chunked in HTTP/1.0",
        Dialect::OpenAi,
        "malformed_http",
        &format!("{old}transfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    );
    scene.refuses(
        "no host",
        Dialect::OpenAi,
        "malformed_http",
        "POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 0\r\n\r\n",
    );
    scene.serves();
}

#[test]
fn a_body_in_bad_chunks_is_refused_and_nothing_after_it_is_read() {
    let scene = Scene::set();
    for dialect in both() {
        for (what, body) in CHUNKS {
            let message = format!(
                "{}transfer-encoding: chunked\r\n\r\n{body}",
                scene.head(dialect)
            );
            scene.refuses(what, dialect, "body_incomplete", &message);
        }
    }
    scene.serves();
}

#[test]
fn a_body_that_breaks_off_is_refused() {
    let scene = Scene::set();
    for framing in [
        "content-length: 100\r\n\r\n{\"model\":",
        "transfer-encoding: chunked\r\n\r\n64\r\n{\"model\":",
    ] {
        let mut connection = Connection::open(scene.gateway.data).unwrap();
        connection
            .send(format!("{}{framing}", scene.head(Dialect::OpenAi)).as_bytes())
            .unwrap();
        connection.finish_sending();
        let answer = connection.answer().unwrap();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "body_incomplete")
        );
        assert_eq!(
            the(&of_call(&scene.gateway.records(), &answer.call()), "deny")["code"],
            "body_incomplete"
        );
    }
    assert_eq!(scene.upstream.count(), 0);
}

#[test]
fn a_client_cannot_pass_itself_off_as_the_gate() {
    let scene = Scene::set();
    let call = Request::post("/v1/chat/completions")
        .key(&scene.gateway.key)
        .json(&Dialect::OpenAi.says("up/m", "hello"));
    assert_eq!(
        call.clone()
            .header("x-marshal-gate", "both-lengths")
            .send(scene.gateway.data)
            .status,
        400
    );
    assert_eq!(
        call.header("x-marshal-gate", "nonsense")
            .send(scene.gateway.data)
            .status,
        200
    );
    assert!(!scene.upstream.last().head.contains("x-marshal"));
}

/// Not random between runs: what fails once fails again.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, count: u64) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}

#[test]
fn noise_on_the_port_does_no_harm() {
    let mut scene = Scene::set();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let good = Request::post("/v1/messages")
        .key(&scene.gateway.key)
        .json(&Dialect::Anthropic.says("up/m", "hello"))
        .bytes();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for round in 0..300 {
        let mut bytes = match round % 3 {
            0 => Vec::new(),
            1 => preface.to_vec(),
            _ => good.clone(),
        };
        if round % 3 == 2 {
            for _ in 0..4 {
                let at = usize::try_from(noise.next()).unwrap_or(usize::MAX) % bytes.len();
                bytes[at] = noise.next().to_le_bytes()[5];
            }
        } else {
            let count = noise.next() % 3_000;
            bytes.extend(noise.bytes(count));
        }
        let mut connection = Connection::open(scene.gateway.data).unwrap();
        // It may hang up in the middle; that is its right.
        let _ = connection.send(&bytes);
        connection.finish_sending();
        while connection.more().is_ok() {}
    }
    assert!(scene.gateway.is_running());
    assert!(
        !scene.gateway.log().contains("panicked"),
        "{}",
        scene.gateway.log()
    );
    scene.serves();
    assert_eq!(scene.gateway.verify()["ok"], true);
}
