//! What a fuzzer calls: any bytes at all. Each must return, whatever it is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{Effect, Facts};

use crate::condition::Condition;
use crate::data::DataRules;
use crate::layers::Layer;
use crate::rules::{self, Ids, Kind, Source};
use crate::{Bundle, BundleSource, ScopeKey};

/// Compiles a condition and asks it.
pub fn condition(bytes: &[u8]) {
    if let Ok(condition) = Condition::compile(&String::from_utf8_lossy(bytes)) {
        _ = condition.holds(&Facts::default(), Effect::Allow);
    }
}

/// Reads policy lines, as access and as compliance.
pub fn csv(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for kind in [Kind::Access, Kind::Compliance] {
        let mut problems = Vec::new();
        let source = Source {
            file: &Arc::from("fuzz.csv"),
            kind,
            layer: &Layer::Platform,
            classes: &BTreeSet::new(),
        };
        let lines = rules::read(source, &text, &mut Ids::new(), &mut problems);
        crate::roles::Roles::new(&lines, &mut problems);
    }
}

/// Reads `data.yaml`.
pub fn data(bytes: &[u8]) {
    DataRules::read(
        "data.yaml",
        &String::from_utf8_lossy(bytes),
        &mut Vec::new(),
    );
}

/// The shipped bundle with these bytes in the place of one of its files: the models, lines, obligations, facts,
/// approvals, packs and tests. Whatever loads must answer.
pub fn bundle(bytes: &[u8]) {
    const FILES: [&str; 12] = [
        "access.conf",
        "access.csv",
        "compliance.conf",
        "compliance.csv",
        "data.yaml",
        "obligations.yaml",
        "facts.yaml",
        "approvals.yaml",
        "packs.yaml",
        "fuzz.test.yaml",
        "tenant.acme.access.csv",
        "signatures.yaml",
    ];
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(shipped) = Bundle::load(&BundleSource::Shipped) else {
        return;
    };
    let mut files = shipped.files().clone();
    let name = FILES[usize::from(*first) % FILES.len()];
    files.insert(name.to_owned(), String::from_utf8_lossy(rest).into());
    let source = BundleSource::Files {
        label: "fuzz".to_owned(),
        files,
    };
    if let Ok(bundle) = Bundle::load(&source) {
        _ = crate::matrix(&bundle);
    }
}

/// Scans, cleans and restores a text with the shipped rules.
///
/// # Panics
/// If what was replaced does not come back.
pub fn scan(bytes: &[u8]) {
    let Ok(bundle) = Bundle::load(&BundleSource::Shipped) else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    let mut last = 0;
    for hit in bundle.scan(&text) {
        assert!(hit.range.start >= last && text.get(hit.range.clone()).is_some());
        last = hit.range.end;
    }
    let mut redactor = bundle.redactor(&ScopeKey([7; 32]));
    let cleaned = redactor.text(&String::new, &text);
    let surrogates = redactor.finish().surrogates;
    if let (Ok(Some(cleaned)), false) = (cleaned, surrogates.is_empty()) {
        let mut streamed = String::new();
        let mut stream = surrogates.stream();
        for c in cleaned.chars() {
            stream.push(c.encode_utf8(&mut [0; 4]), &mut streamed);
        }
        stream.finish(&mut streamed);
        assert_eq!(Some(streamed), surrogates.restore(&cleaned));
    }
}
