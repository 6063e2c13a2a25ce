//! Real providers' bodies and streams, from the recordings under `MARSHAL_SHARED`.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use marshal_wire::json::{Index, Limits};
use marshal_wire::{fuzzing, sse};
use serde_json::Value;

fn recordings() -> Vec<PathBuf> {
    let root = std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let mut files = Vec::new();
    collect(&root.join("cassettes"), &mut files);
    if files.is_empty() {
        println!("skipped: no recordings; set MARSHAL_SHARED to their folder");
    }
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "jsonl") {
            files.push(path);
        }
    }
}

fn exchanges(mut each: impl FnMut(&str, Value)) {
    for file in recordings() {
        let name = file.display();
        let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{name}: {why}"));
        for line in text.lines() {
            let exchange = serde_json::from_str(line).unwrap_or_else(|why| panic!("{name}: {why}"));
            each(line, exchange);
        }
    }
}

#[test]
fn every_recording_is_json_to_us_too() {
    exchanges(|line, theirs| {
        let index = Index::parse(line.as_bytes(), &Limits::default()).unwrap();
        let doc = index.doc(line.as_bytes());
        let body = doc
            .get(doc.root(), "response_body")
            .and_then(|id| doc.str(id));
        assert_eq!(
            body.as_deref(),
            theirs.get("response_body").and_then(Value::as_str)
        );
        let theirs = body.as_deref().map(serde_json::from_str::<Value>);
        let ours = body.map(|body| Index::parse(body.as_bytes(), &Limits::default()).is_ok());
        assert_eq!(ours, theirs.map(|theirs| theirs.is_ok()));
    });
}

#[test]
fn every_recorded_stream_splits_into_its_own_bytes() {
    let mut streams = 0;
    exchanges(|_, exchange| {
        let body = exchange["response_body"].as_str().unwrap_or_default();
        if exchange["stream"] != true || exchange["response_encoding"] != "text" {
            return;
        }
        streams += 1;
        fuzzing::sse_split(body.as_bytes());
        let mut splitter = sse::Splitter::new(1 << 20);
        splitter.push(Bytes::copy_from_slice(body.as_bytes()));
        while let Some(event) = splitter.next().unwrap() {
            let data = event.data();
            if data.starts_with(b"{") {
                assert!(Index::parse(&data, &Limits::default()).is_ok());
            }
        }
    });
    println!("{streams} streams");
}
