//! The whole way, against a real model. Without one in `MARSHAL_NAMES_MODEL`, these tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{LoadError, Name, Names};

/// What [`Names::load`] reads.
const FILES: [&str; 6] = [
    "config.cfg",
    "tokenizer",
    "vocab/lookups.bin",
    "ner/cfg",
    "ner/moves",
    "ner/model",
];

fn model() -> Option<PathBuf> {
    let directory = std::env::var_os("MARSHAL_NAMES_MODEL").map(PathBuf::from);
    if directory.is_none() {
        println!("skipped: MARSHAL_NAMES_MODEL is not set");
    }
    directory
}

fn found<'t>(names: &Names, text: &'t str) -> Vec<(&'t str, String)> {
    let mut out = Vec::new();
    names.find(text, &mut out);
    out.iter()
        .map(|name| (&text[name.start..name.end], name.label.to_string()))
        .collect()
}

fn expect(names: &Names, text: &str, expected: &[(&str, &str)]) {
    let found = found(names, text);
    let found: Vec<_> = found
        .iter()
        .map(|(name, label)| (*name, label.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

/// A copy of what is read of the model, to be damaged.
fn copy(model: &Path, name: &str) -> PathBuf {
    let directory =
        std::env::temp_dir().join(format!("marshal-names-{name}-{}", std::process::id()));
    for file in FILES {
        let to = directory.join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(model.join(file), to).unwrap();
    }
    directory
}

#[test]
fn a_missing_directory_is_an_error_that_names_the_file() {
    let error = Names::load(Path::new("/nonexistent/model")).unwrap_err();
    assert!(matches!(error, LoadError::Unreadable { .. }));
    assert_eq!(
        error.to_string(),
        "/nonexistent/model/config.cfg: cannot be read"
    );
}

#[test]
fn a_pipeline_of_another_language_is_refused() {
    let directory =
        std::env::temp_dir().join(format!("marshal-names-foreign-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("config.cfg"), "[nlp]\nlang = \"de\"\n").unwrap();
    let error = Names::load(&directory).unwrap_err();
    fs::remove_dir_all(&directory).unwrap();
    assert!(
        error
            .to_string()
            .ends_with("config.cfg: not supported: [nlp] lang is de, not en"),
        "{error}"
    );
}

#[test]
fn known_texts_give_their_names() {
    let Some(model) = model() else { return };
    let names = Names::load(&model).unwrap();
    expect(
        &names,
        "John Smith lives in Paris.",
        &[("John Smith", "PERSON"), ("Paris", "GPE")],
    );
    let text = "I met Ann Lee. Bob Ray (Acme Corp.) can't come to 10km run!!  Call bob@x.org";
    expect(
        &names,
        text,
        &[
            ("Ann Lee", "PERSON"),
            ("Bob Ray", "PERSON"),
            ("Acme Corp.", "ORG"),
            ("10km", "QUANTITY"),
        ],
    );
    for text in ["", " ", "\n\n", "\u{1f}"] {
        expect(&names, text, &[]);
    }
}

#[test]
fn offsets_are_bytes_and_results_are_appended() {
    let Some(model) = model() else { return };
    let names = Names::load(&model).unwrap();
    let mut out = Vec::new();
    names.find("“É”: John Smith lives in Paris.", &mut out);
    names.find("John Smith lives in Paris.", &mut out);
    let spans: Vec<_> = out
        .iter()
        .map(|Name { start, end, label }| (*start, *end, label.as_str()))
        .collect();
    assert_eq!(
        spans,
        [
            (10, 20, "PERSON"),
            (30, 35, "GPE"),
            (0, 10, "PERSON"),
            (20, 25, "GPE")
        ]
    );
}

#[test]
fn tokens_are_those_of_the_reference() {
    let Some(model) = model() else { return };
    let symbols = crate::symbols::Symbols::new();
    let tokenizer = crate::tokenizer::Tokenizer::load(&model, &symbols).unwrap();
    let text = "I met Ann Lee. Bob Ray (Acme Corp.) can't come to 10km run!!  Call bob@x.org";
    let tokens = tokenizer.tokens(text);
    let cut: Vec<_> = tokens
        .iter()
        .map(|token| &text[token.start..token.end])
        .collect();
    let expected =
        "I|met|Ann|Lee|.|Bob|Ray|(|Acme|Corp.|)|ca|n't|come|to|10|km|run|!|!| |Call|bob@x.org";
    assert_eq!(cut.join("|"), expected);
    assert_eq!(tokens[11].norm, Some(symbols.number("can")));
    assert_eq!(tokens[12].norm, Some(symbols.number("not")));
    assert_eq!(tokens[0].norm, None);
}

#[test]
fn a_long_text_is_cut_and_each_piece_is_judged() {
    let Some(model) = model() else { return };
    let names = Names::load(&model).unwrap();
    let line = "John Smith lives in Paris.\n";
    let text = line.repeat(1000);
    let mut out = Vec::new();
    names.find(&text, &mut out);
    let persons = out
        .iter()
        .filter(|name| &text[name.start..name.end] == "John Smith")
        .count();
    assert!(persons >= 990, "{persons}");
    assert!(out.is_sorted_by(|one, other| one.end <= other.start));
}

#[test]
fn hostile_texts_are_survived() {
    let Some(model) = model() else { return };
    let names = Names::load(&model).unwrap();
    let mut out = Vec::new();
    for unit in [
        "a",
        ".",
        "(",
        "é",
        "1.1.1.1/",
        "a.",
        "\n",
        "\u{0}",
        "@",
        "'",
        "…",
        "\u{1F600}",
        "1-",
        ":/",
        " \u{3000}",
        ")..",
        "\u{301}",
    ] {
        let text = unit.repeat(40_000 / unit.len());
        assert!(names.count_tokens(&text) > 0, "{unit:?}");
        out.clear();
        names.find(text.get(..1200).unwrap_or(&text), &mut out);
        assert!(out.iter().all(|name| {
            text.get(name.start..name.end)
                .is_some_and(|name| !name.is_empty())
        }));
    }
}

#[test]
fn a_file_that_is_cut_short_is_an_error_that_names_it() {
    let Some(model) = model() else { return };
    let directory = copy(&model, "short");
    for file in FILES {
        let whole = fs::read(directory.join(file)).unwrap();
        for length in [0, 1, 10, whole.len() / 2, whole.len() - 3] {
            fs::write(directory.join(file), &whole[..length]).unwrap();
            // A configuration that is cut after what is needed of it is as good as whole.
            match Names::load(&directory) {
                Err(error) => assert!(error.file().ends_with(file), "{error}"),
                Ok(_) => assert!(file == "config.cfg" && length > 10),
            }
        }
        fs::write(directory.join(file), whole).unwrap();
    }
    assert!(Names::load(&directory).is_ok());
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_changed_byte_never_panics() {
    let Some(model) = model() else { return };
    let directory = copy(&model, "changed");
    let mut random = 1_u64;
    for file in ["tokenizer", "ner/moves", "ner/model"] {
        let whole = fs::read(directory.join(file)).unwrap();
        // The structure of the largest file is in its first and last bytes; in between are weights.
        for round in 0..24 {
            random = random
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let within = if file == "ner/model" {
                whole.len().min(8_000)
            } else {
                whole.len()
            };
            let mut changed = whole.clone();
            changed[(random >> 33) as usize % within] ^= 1 << (round % 8);
            fs::write(directory.join(file), changed).unwrap();
            if let Ok(names) = Names::load(&directory) {
                found(
                    &names,
                    "John Smith (Acme Corp.) can't come to www.example.org.",
                );
            }
        }
        fs::write(directory.join(file), whole).unwrap();
    }
    fs::remove_dir_all(directory).unwrap();
}
