//! Compliance packs that are part of the program. A bundle takes them by name and version, in `packs.yaml`.

use marshal_types::Problem;

use crate::yaml_file;

/// A pack: lines, obligations and notes, as files of the bundle that takes it.
pub(crate) struct Pack {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! pack {
    ($name:literal, $version:literal, $($file:literal),*) => {
        Pack {
            name: $name,
            version: $version,
            files: &[$(($file, include_str!(concat!("../packs/", $name, "/", $file)))),*],
        }
    };
}

/// Every pack that ships.
pub(crate) const PACKS: &[Pack] = &[
    pack!("gdpr-residency", 1, "compliance.csv", "obligations.yaml"),
    pack!("hipaa", 1, "compliance.csv", "obligations.yaml"),
    pack!("pci", 1, "compliance.csv", "obligations.yaml"),
    pack!("eu-ai-act", 1, "access.csv", "obligations.yaml"),
    pack!(
        "owasp-llm-2026",
        1,
        "access.csv",
        "compliance.csv",
        "obligations.yaml"
    ),
];

impl Pack {
    /// As `packs.yaml` writes it: `hipaa@1`.
    pub(crate) fn word(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The pack's files by the names that they have in a bundle: `pack.hipaa@1.compliance.csv`.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, &'static str)> {
        self.files
            .iter()
            .map(|(file, text)| (format!("pack.{}.{file}", self.word()), *text))
    }
}

/// The packs that a bundle takes; whatever is wrong becomes a problem.
pub(crate) fn taken(file: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<&'static Pack> {
    let mut taken: Vec<&'static Pack> = Vec::new();
    yaml_file::read(file, text, problems, |map, _| {
        for item in map.seq("packs").unwrap_or_default() {
            let Some(word) = item.str() else { continue };
            match PACKS.iter().find(|pack| pack.word() == word) {
                None => {
                    let words: Vec<String> = PACKS.iter().map(Pack::word).collect();
                    item.fail(format!(
                        "is no pack that ships; write NAME@VERSION, one of {}",
                        words.join(", ")
                    ));
                }
                Some(pack) if taken.iter().any(|other| other.name == pack.name) => {
                    item.fail("is taken twice");
                }
                Some(pack) => taken.push(pack),
            }
        }
    });
    taken
}
