//! Where a bundle's files come from: built in, or a folder. Read once, as one snapshot, and checked as a set.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_types::{Digest, Problem};

use crate::layers::Layer;
use crate::packs;
use crate::signature::SIGNATURES;

/// Where the policies come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleSource {
    /// The bundle that is part of the program: `policies/default`.
    Shipped,
    /// A folder of the user's own.
    Dir(PathBuf),
    /// Files that were read already, by name; `label` is what messages call the folder.
    Files {
        /// The folder's name in messages.
        label: String,
        /// Every file.
        files: BTreeMap<String, Arc<str>>,
    },
}

/// The files that every bundle has.
pub(crate) const REQUIRED: &[&str] = &[
    "access.conf",
    "access.csv",
    "compliance.conf",
    "compliance.csv",
    "data.yaml",
    "limits.yaml",
    "audit.yaml",
];

/// The files that a bundle may have beside them.
const OPTIONAL: &[&str] = &[
    "packs.yaml",
    "obligations.yaml",
    "facts.yaml",
    "approvals.yaml",
    SIGNATURES,
];

/// No policy file is larger: what is, was put there by mistake.
const MAX_BYTES: u64 = 8 << 20;

const SHIPPED: &[(&str, &str)] = &[
    ("README.md", include_str!("../default/README.md")),
    ("access.conf", include_str!("../default/access.conf")),
    ("access.csv", include_str!("../default/access.csv")),
    ("audit.yaml", include_str!("../default/audit.yaml")),
    (
        "compliance.conf",
        include_str!("../default/compliance.conf"),
    ),
    ("compliance.csv", include_str!("../default/compliance.csv")),
    ("data.yaml", include_str!("../default/data.yaml")),
    (
        "default.test.yaml",
        include_str!("../default/default.test.yaml"),
    ),
    ("limits.yaml", include_str!("../default/limits.yaml")),
];

/// One reading of all files.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// What messages call the bundle.
    pub(crate) label: String,
    /// What places start with.
    pub(crate) folder: String,
    pub(crate) files: BTreeMap<String, Arc<str>>,
}

impl Snapshot {
    /// Reads every file of the bundle, and adds those of the packs that it takes.
    pub(crate) fn read(source: &BundleSource) -> Result<Self, Vec<Problem>> {
        let snapshot = match source {
            BundleSource::Shipped => Self {
                label: "policies/default (built in)".to_owned(),
                folder: "policies/default".to_owned(),
                files: SHIPPED
                    .iter()
                    .map(|(name, text)| ((*name).to_owned(), Arc::from(*text)))
                    .collect(),
            },
            BundleSource::Dir(dir) => read_dir(dir)?,
            BundleSource::Files { label, files } => Self {
                label: label.clone(),
                folder: label.clone(),
                files: files.clone(),
            },
        };
        snapshot.with_packs()
    }

    fn with_packs(mut self) -> Result<Self, Vec<Problem>> {
        let Some(text) = self.files.get("packs.yaml").cloned() else {
            return Ok(self);
        };
        let mut problems = Vec::new();
        let place = self.file("packs.yaml");
        for (name, text) in packs::taken(&place, &text, &mut problems)
            .into_iter()
            .flat_map(packs::Pack::files)
        {
            if self.files.insert(name.clone(), text.into()).is_some() {
                let message = format!(
                    "{name} stands in this folder and in the program; rename the pack of your own"
                );
                problems.push(Problem::in_file(&*place, message));
            }
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    /// The name of a file in messages.
    pub(crate) fn file(&self, name: &str) -> Arc<str> {
        format!("{}/{name}", self.folder).into()
    }

    /// SHA-256 over every file in the order of their names: each as the lengths and bytes of its name and its text.
    /// Signatures are over the digest, and so no part of it.
    pub(crate) fn digest(&self) -> Digest {
        let mut sha = ring::digest::Context::new(&ring::digest::SHA256);
        for (name, text) in self.files.iter().filter(|(name, _)| *name != SIGNATURES) {
            for part in [name.as_bytes(), text.as_bytes()] {
                sha.update(&(part.len() as u64).to_be_bytes());
                sha.update(part);
            }
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(sha.finish().as_ref());
        Digest(bytes)
    }
}

fn read_dir(dir: &Path) -> Result<Snapshot, Vec<Problem>> {
    let folder = dir.display().to_string();
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            return Err(vec![Problem::in_file(
                dir,
                format!("this folder of policies cannot be read: {error}"),
            )]);
        }
    };
    let mut problems = Vec::new();
    let mut files = BTreeMap::new();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        match read_entry(&entry.path(), &name) {
            Ok(Some(text)) => drop(files.insert(name, text)),
            Ok(None) => {}
            Err(message) => problems.push(Problem::in_file(entry.path(), message)),
        }
    }
    for name in REQUIRED.iter().filter(|name| !files.contains_key(**name)) {
        if !dir.join(name).exists() {
            problems.push(Problem::in_file(dir.join(name), "this file is missing; a bundle has all seven files (copy it from policies/default)"));
        }
    }
    problems.sort();
    if problems.is_empty() {
        Ok(Snapshot {
            label: folder.clone(),
            folder: folder.trim_end_matches('/').to_owned(),
            files,
        })
    } else {
        Err(problems)
    }
}

/// `None` for what is no part of the bundle and harmless: an editor's or the system's hidden file.
fn read_entry(path: &Path, name: &str) -> Result<Option<Arc<str>>, String> {
    if name.starts_with('.') || name.ends_with('~') {
        return Ok(None);
    }
    let known = REQUIRED.contains(&name)
        || OPTIONAL.contains(&name)
        || Layer::of_file(name).is_some()
        || Layer::of_obligations(name).is_some()
        || name.ends_with(".test.yaml")
        || name.ends_with(".md")
        || name == "README";
    if !known {
        let hint = marshal_yaml::nearest(name, REQUIRED.iter().chain(OPTIONAL).copied())
            .map_or_else(String::new, |near| format!("; did you mean {near}?"));
        return Err(format!(
            "no such file belongs in a bundle{hint} (layers are called tenant.NAME.access.csv, tests end in .test.yaml, notes in .md)"
        ));
    }
    let metadata =
        fs::metadata(path).map_err(|error| format!("this file cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("this is not a file".to_owned());
    }
    if metadata.len() > MAX_BYTES {
        return Err(format!("this file is larger than {} MiB", MAX_BYTES >> 20));
    }
    let bytes = fs::read(path).map_err(|error| format!("this file cannot be read: {error}"))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.into())),
        Err(error) => Err(format!(
            "this file is not UTF-8 (byte {})",
            error.utf8_error().valid_up_to()
        )),
    }
}

/// Changes whenever a file of the folder is added, removed, replaced or written; cheap enough to ask ten times a second.
///
/// It looks at names, sizes and modification times only: on a change, load the bundle and compare digests.
///
/// # Errors
/// The folder cannot be listed.
pub fn fingerprint(dir: &Path) -> io::Result<u64> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // `fs::metadata` follows links: a bundle mounted by Kubernetes is swapped by changing one.
        let seen = fs::metadata(entry.path())
            .ok()
            .map(|metadata| (metadata.len(), metadata.modified().ok()));
        entries.push((entry.file_name(), seen));
    }
    entries.sort();
    let mut hasher = DefaultHasher::new();
    entries.hash(&mut hasher);
    Ok(hasher.finish())
}
