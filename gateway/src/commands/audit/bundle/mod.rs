//! A report in a folder with what it stands on: checked, and believed, without the gateway that made it.

mod check;
mod write;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use marshal_types::Digest;
use ring::digest::{Context, SHA256, digest};

pub(super) use check::check;
pub(super) use write::{copy_trail, must_be_empty, write};

/// Digests of all other files, as `sha256sum` writes and checks them.
const SUMS: &str = "SHA256SUMS";
/// That the key of the trail signed those digests: the proof of a tree with one leaf, so that whoever checks one checks all.
const SIGNED: &str = "bundle.tlog-proof";
/// The folder of the trail, in a bundle as in a data folder.
const RECORDS: &str = "audit/";
/// What that leaf is, in its member `bundle`.
const KIND: &str = "marshal-evidence@1";
/// The last part of its origin: no chain is called so.
const ORIGIN: &str = "evidence";

/// Every file in a bundle, by its name there. There is nothing in it but folders and files.
fn listed(folder: &Path) -> Result<BTreeSet<String>, String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(name) = folders.pop() {
        let path = folder.join(&name);
        let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let entries = match std::fs::read_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(cannot)?,
        };
        for entry in entries {
            let entry = entry.map_err(cannot)?;
            let kind = entry.file_type().map_err(cannot)?;
            let text = entry.file_name().to_string_lossy().into_owned();
            let below = if name.is_empty() {
                text
            } else {
                format!("{name}/{text}")
            };
            if kind.is_dir() {
                folders.push(below);
            } else if kind.is_file() {
                files.insert(below);
            } else {
                return Err(format!("{below} is neither a file nor a folder"));
            }
        }
    }
    Ok(files)
}

/// Of a file that may be large.
fn sum_of(folder: &Path, name: &str) -> Result<String, String> {
    let file = folder.join(name);
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    let mut open = File::open(&file).map_err(cannot)?;
    let (mut hash, mut part) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        match open.read(&mut part).map_err(cannot)? {
            0 => return Ok(text_of(&hash.finish())),
            some => hash.update(&part[..some]),
        }
    }
}

fn proof_file(place: &str) -> String {
    format!("proofs/{}.tlog-proof", place.replace(['/', ':'], "-"))
}

fn sha256(bytes: &[u8]) -> String {
    text_of(&digest(&SHA256, bytes))
}

fn text_of(hash: &ring::digest::Digest) -> String {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.as_ref());
    Digest(bytes).to_string()
}
