use std::process::Command;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::RowAccessor;
use marshal_audit::Line;
use serde_json::Value;

use super::*;
use crate::testbed::{Folder, Pen, deed};

/// What strangers might have put there.
const HOSTILE: [&str; 5] = [
    "=HYPERLINK(\"http://evil\",\"x\")",
    "a\r\nb,\"c\"\td",
    "\u{202e}\u{0}\u{7f}é🦀",
    "-1+1",
    "'; DROP TABLE--",
];

fn trail(folder: &Folder) {
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    for text in HOSTILE {
        let mut event = deed(text);
        if let marshal_audit::Event::Admin(admin) = &mut event {
            admin.who = text.into();
        }
        pen.commit(&[event]);
    }
    let link = pen.stop();
    Pen::start_unsigned(&folder.trail(), "b", 1_000_000, vec![link]);
}

fn written(folder: &Folder, table: Table) -> std::path::PathBuf {
    let path = folder.0.join("out");
    let file = File::create(&path).unwrap();
    let records = export_once(&folder.trail(), Filter::default(), table, file).unwrap();
    assert_eq!(records, 8);
    path
}

#[test]
fn json_lines_hold_every_record_word_for_word() {
    let folder = Folder::new();
    trail(&folder);
    let text = std::fs::read_to_string(written(&folder, Table::Jsonl)).unwrap();
    let mut seen = Vec::new();
    for line in text.lines() {
        let outer: Value = serde_json::from_str(line).unwrap();
        let name = outer["instance"].as_str().unwrap();
        seen.push((name.to_owned(), outer["seq"].as_u64().unwrap()));
        let at = line.find("\"record\":").unwrap() + "\"record\":".len();
        Line::check(&line.as_bytes()[at..line.len() - 1]).unwrap();
    }
    seen.sort();
    let of_a = (1..=7).map(|seq| ("a".to_owned(), seq));
    assert!(seen.into_iter().eq(of_a.chain([("b".to_owned(), 1)])));
}

#[test]
fn csv_reads_back_with_pythons_own_reader() {
    const READ: &str = "import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))
print(json.dumps(rows))";
    let folder = Folder::new();
    trail(&folder);
    let path = written(&folder, Table::Csv);
    let Ok(out) = Command::new("python3")
        .arg("-c")
        .arg(READ)
        .arg(&path)
        .output()
    else {
        marshal_audit::testing::skipped("there is no python3 to read a table with");
        return;
    };
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let rows: Value = serde_json::from_slice(&out.stdout).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 8);
    let deeds: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "admin").collect();
    for (row, text) in deeds.iter().zip(HOSTILE) {
        let guarded = if text.starts_with(['=', '-']) {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        assert_eq!(row["who"], guarded.as_str());
        assert_eq!(row["action"], "login");
        assert_eq!(row["hash"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn parquet_reads_back() {
    let folder = Folder::new();
    trail(&folder);
    let file = File::open(written(&folder, Table::Parquet)).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut texts = Vec::new();
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let names: Vec<&String> = row.get_column_iter().map(|(name, _)| name).collect();
        assert_eq!(names[..4], ["instance", "seq", "time", "kind"]);
        let record = row.get_string(names.len() - 1).unwrap();
        Line::check(record.as_bytes()).unwrap();
        assert!(row.get_timestamp_micros(2).unwrap() >= 1_000_000);
        if row.get_string(3).unwrap() == "admin" {
            let who = names.iter().position(|name| *name == "who").unwrap();
            texts.push(row.get_string(who).unwrap().clone());
        }
    }
    assert_eq!(texts, HOSTILE);
}
