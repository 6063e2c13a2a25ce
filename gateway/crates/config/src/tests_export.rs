use super::*;

fn read(text: &str) -> Result<Config, String> {
    let env = |name: &str| match name {
        "SIEM_PASSWORD" => Some("hunter2".to_owned()),
        "TWO_LINES" => Some("Bearer hunter2\nx".to_owned()),
        _ => None,
    };
    from_text("dir/marshal.yaml", text, &env).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

#[test]
fn every_kind_of_export_is_read() {
    let config = read(
        "audit:
  exports:
    - {name: file, kind: jsonl, path: out/audit.jsonl}
    - {name: siem, kind: syslog, to: \"tcp://siem.example:6514\"}
    - {name: local, kind: syslog, to: \"unix:///dev/log\"}
    - {name: collector, kind: otlp, endpoint: \"http://127.0.0.1:4318/\", authorization: {env: SIEM_PASSWORD}}
    - {name: stream, kind: redis, address: \"127.0.0.1:6379\", user: ada, password: {env: SIEM_PASSWORD}, max_records: 1000, database: 3}
",
    )
    .unwrap();
    let said = format!("{:?}", config.exports);
    assert!(!said.contains("hunter2"), "{said}");
    let [file, siem, local, collector, stream] = &config.exports[..] else {
        panic!("{said}")
    };
    let ExportTo::Jsonl { path, rotate_bytes } = &file.to else {
        panic!("{file:?}")
    };
    assert_eq!(path.display().to_string(), "dir/out/audit.jsonl");
    assert_eq!(*rotate_bytes, 268_435_456);
    let ExportTo::Syslog(SyslogAddress::Tcp(to)) = &siem.to else {
        panic!("{siem:?}")
    };
    assert_eq!((&*siem.name, &**to), ("siem", "siem.example:6514"));
    assert!(matches!(
        &local.to,
        ExportTo::Syslog(SyslogAddress::Unix(_))
    ));
    let ExportTo::Otlp {
        endpoint,
        authorization,
    } = &collector.to
    else {
        panic!("{collector:?}")
    };
    assert_eq!(endpoint, "http://127.0.0.1:4318");
    assert_eq!(authorization.as_ref().unwrap().secret.expose(), "hunter2");
    let ExportTo::Redis {
        stream,
        database,
        max_records,
        ..
    } = &stream.to
    else {
        panic!("{stream:?}")
    };
    assert_eq!(
        (&**stream, *database, *max_records),
        ("marshal:audit", 3, Some(1_000))
    );
}

#[test]
fn mistakes_in_exports_are_said_with_their_places_and_no_secret() {
    let said = read(
        "audit:
  exports:
    - {name: Siem, kind: syslog, to: siem.example}
    - {name: a, kind: kafka, brokers: x}
    - {name: a, kind: jsonl}
    - {name: b, kind: jsonl, path: x, to: y}
    - {name: b, kind: redis, address: \"redis://:hunter2@a:1\", user: ada}
    - {name: c, kind: redis, address: \"a:1\", password: hunter2}
    - {name: d, kind: otlp, endpoint: a, authorization: {env: TWO_LINES}}
    - {name: e, kind: redis, address: \"a:1\", password: {env: MISSING}}
    - {name: f, kind: syslog, to: \"udp://a:514\"}
    - {name: f, kind: syslog, to: \"udp://b:514\"}
    - {kind: syslog, to: \"udp://b\"}
    - {name: g, kind: jsonl, path: out/x.jsonl}
    - {name: h, kind: jsonl, path: ./out/x.jsonl}
",
    )
    .unwrap_err();
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(said, MISTAKES);
}

const MISTAKES: &str = r#"dir/marshal.yaml:3:14: audit.exports.Siem.name: "Siem" is not a name; use a-z, 0-9, "-", "_" and ".", beginning with a letter or digit, 64 at most
dir/marshal.yaml:3:38: audit.exports.Siem.to: is no address of syslog; write tcp://HOST:PORT, udp://HOST:PORT or unix:///dev/log
dir/marshal.yaml:4:23: audit.exports.a.kind: "kafka" is not a kind of export; use "jsonl", "syslog", "otlp", "nats" or "redis"
dir/marshal.yaml:5:7: audit.exports.a: "path" is missing
dir/marshal.yaml:6:39: audit.exports.b.to: no such key; known here: "name", "kind", "path", "rotate_bytes"
dir/marshal.yaml:7:7: audit.exports.b: a user without a password cannot sign in; add password
dir/marshal.yaml:7:39: audit.exports.b.address: is no host and port, such as 127.0.0.1:6379; database, user and password have keys of their own
dir/marshal.yaml:8:56: audit.exports.c.password: a key is not written here; say where it is kept: {env: REDIS_PASSWORD} or {file: PATH}
dir/marshal.yaml:9:39: audit.exports.d.endpoint: is not an http or https URL; write it as https://api.example.com/v1
dir/marshal.yaml:9:57: audit.exports.d.authorization: holds a line break or a character that is not ASCII, which no header may have
dir/marshal.yaml:10:62: audit.exports.e.password.env: MISSING is not set in the environment; set it or remove password
dir/marshal.yaml:12:7: audit.exports.f: another export is called "f" too; what one has brought away would count for the other
dir/marshal.yaml:13:7: audit.exports[10]: "name" is missing
dir/marshal.yaml:13:26: audit.exports[10].to: is no address of syslog; write tcp://HOST:PORT, udp://HOST:PORT or unix:///dev/log
dir/marshal.yaml:15:7: audit.exports.h: export "g" writes the file dir/./out/x.jsonl already; each needs one of its own"#;
