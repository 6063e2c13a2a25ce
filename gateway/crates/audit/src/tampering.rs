//! Eight ways to change a trail behind its back, at random: each is found, and where it begins is named.

use std::path::Path;

use crate::proof::{Checkpoint, Signer};
use crate::testbed::*;
use crate::*;
use marshal_types::CallId;

/// A small generator: enough for a test that says which number failed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }
}

/// A trail of two chains and three segments, and the newest checkpoint that somebody kept.
fn write(trail: &Path) -> Checkpoint {
    let mut first = Pen::start(trail, "a", 1_000_000, Vec::new());
    first.sign();
    for number in 0..30 {
        first.write(&deny(CallId::fresh()));
        if number % 7 == 6 {
            first.sign();
        }
    }
    first.sign();
    let mut second = Pen::start(trail, "b", 2_000_000, vec![first.link(false)]);
    second.sign();
    let mut kept = None;
    for number in 0..40 {
        second.write(&deny(CallId::fresh()));
        if number == 20 {
            second.sign();
            second.segment = 2;
        }
        if number == 39 {
            kept = Some(Checkpoint::read(&second.sign()).unwrap().0);
        }
    }
    kept.unwrap()
}

const FILES: [&str; 3] = ["a/000001.jsonl", "b/000001.jsonl", "b/000002.jsonl"];

/// What one change does to a file's lines; the first line, from 1, that is not as it was.
fn change(class: usize, lines: &mut Vec<Vec<u8>>, chance: &mut Chance) -> u64 {
    let at = chance.below(lines.len());
    match class {
        // A byte.
        0 => {
            let byte = chance.below(lines[at].len() - 1);
            lines[at][byte] ^= 1 << chance.below(7);
        }
        // A line gone.
        1 => drop(lines.remove(at)),
        // A line twice.
        2 => {
            let twice = lines[at].clone();
            lines.insert(at + 1, twice);
            return at as u64 + 2;
        }
        // Two lines exchanged.
        3 => {
            let other = (at + 1 + chance.below(lines.len() - 1)) % lines.len();
            lines.swap(at, other);
            return at.min(other) as u64 + 1;
        }
        // A line of another place.
        4 => {
            let other = (at + 1 + chance.below(lines.len() - 1)) % lines.len();
            lines[at] = lines[other].clone();
        }
        // Another word in a record, with a hash that fits it.
        5 => lines[at] = resealed(&lines[at]),
        // The rest of a file gone.
        6 => lines.truncate(at),
        // The rest of a file written anew, every hash right, the checkpoints left out.
        _ => {
            let mut before = lines[at].clone();
            for line in lines.iter_mut().skip(at) {
                before = rechained(line, &before, at == 0);
                line.clone_from(&before);
            }
        }
    }
    at as u64 + 1
}

/// The line with another time in it, and its hash.
fn resealed(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(line.to_vec()).unwrap();
    let at = text.find("\"time\":\"").unwrap() + 8;
    let mut body = text[..text.rfind(",\"hash\":").unwrap()].to_owned();
    body.replace_range(at..at + 4, "1971");
    body.push('}');
    seal(&body)
}

/// A line of this record, with the hash that fits it.
pub(crate) fn seal(body: &str) -> Vec<u8> {
    let digest = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
    let hex: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{},\"hash\":\"{hex}\"}}\n", &body[..body.len() - 1]).into_bytes()
}

/// The line as a `deny` with another message that follows `before`.
fn rechained(line: &[u8], before: &[u8], first: bool) -> Vec<u8> {
    let text = String::from_utf8(line.to_vec()).unwrap();
    let body = text[..text.rfind(",\"hash\":").unwrap()].to_owned() + "}";
    let body = body.replacen("\"status\":", "\"Status\":", usize::from(first));
    let hash_of = |line: &[u8]| {
        let text = String::from_utf8(line.to_vec()).unwrap();
        text[text.rfind(",\"hash\":").unwrap() + 9..][..64].to_owned()
    };
    let own = hash_of(line);
    if hash_of(before) == own {
        // The first that is changed keeps its place in the chain.
        return seal(&body.replacen("\"time\":\"1970", "\"time\":\"1971", 1));
    }
    let at = body.find("\"prev\":\"").unwrap() + 8;
    let mut body = body;
    body.replace_range(at..at + 64, &hash_of(before));
    seal(&body.replacen("\"time\":\"1970", "\"time\":\"1971", 1))
}

#[test]
fn every_change_behind_the_trails_back_is_found_where_it_begins() {
    let mutations: usize = std::env::var("MARSHAL_MUTATIONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2_000);
    let folder = Folder::new();
    let kept = write(&folder.0);
    let trust = Trust {
        keys: vec![key().public()],
        checkpoints: vec![kept],
    };
    assert_eq!(verify_with(&folder.0, &trust).first_bad, None);
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for number in 0..mutations {
        let (class, name) = (number % 8, FILES[chance.below(3)]);
        let file = folder.0.join(name);
        let whole = std::fs::read(&file).unwrap();
        let mut lines: Vec<Vec<u8>> = whole
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        // The record that holds the newest checkpoint is for the next one to sign.
        let newest = (name == FILES[2]).then(|| lines.pop()).flatten();
        let count = lines.len() as u64;
        let line = change(class, &mut lines, &mut chance);
        lines.extend(newest.filter(|_| class != 6));
        let changed = lines.concat();
        if changed != whole {
            std::fs::write(&file, changed).unwrap();
            let bad = verify_with(&folder.0, &trust).first_bad;
            let bad = bad
                .unwrap_or_else(|| panic!("{number}: class {class} in {name}:{line} is not found"));
            assert!(
                names(&bad, name, line, class, line >= count),
                "{number}: class {class} in {name}:{line}, found {bad:?}"
            );
            std::fs::write(&file, &whole).unwrap();
        }
    }
}

/// Whether the place that is named is the one that was changed, or the first that shows it: the line behind a gap, the end
/// of what was cut, the next file, the checkpoint that signs other records.
fn names(bad: &Bad, file: &str, line: u64, class: usize, is_last: bool) -> bool {
    let exact = bad.file == file && (bad.line == line || bad.line == line + 1);
    let next = match file {
        "b/000001.jsonl" => "b/000002.jsonl",
        "a/000001.jsonl" => "b/000001.jsonl",
        _ => "",
    };
    let at_the_end = (is_last || class == 6) && bad.file == next && bad.line == 1;
    let by_signature = class == 7 && (bad.file == file && bad.line >= line || bad.file == next);
    exact || at_the_end || by_signature
}

/// The whole trail written anew and signed by somebody else's key, or by nobody's.
#[test]
fn a_trail_of_another_hand_is_found_at_its_first_line() {
    for key in [Some(Signer::from_seed(&[9; 32]).unwrap()), None] {
        let folder = Folder::new();
        let mut pen = match &key {
            Some(key) => Pen::start_with(&folder.0, "a", 1_000_000, Vec::new(), key),
            None => Pen::start_unsigned(&folder.0, "a", 1_000_000, Vec::new()),
        };
        if let Some(key) = &key {
            pen.sign_with(key);
        }
        pen.write(&deny(CallId::fresh()));
        assert_eq!(verify(&folder.0).first_bad, None);
        let trust = Trust {
            keys: vec![crate::testbed::key().public()],
            checkpoints: Vec::new(),
        };
        let bad = verify_with(&folder.0, &trust).first_bad.unwrap();
        assert_eq!((&*bad.file, bad.line), ("a/000001.jsonl", 1));
    }
}
