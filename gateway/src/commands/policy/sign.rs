//! `marshal policy sign` and `keygen`.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use marshal_policies::{SIGNATURES, new_signing_key, signatures_file};
use serde_json::json;

use crate::cli::Global;
use crate::output;

/// Signs the bundle as it is. Earlier signatures that are still good stay; one of the same key is replaced.
pub(super) fn sign(
    global: &Global,
    dir: &Path,
    key: &Path,
    approver: &str,
) -> Result<ExitCode, ExitCode> {
    let wrong = |message: String| output::wrong(&message, global.json);
    let bundle = super::load_dir(global, dir)?;
    let private = std::fs::read_to_string(key)
        .map_err(|error| wrong(format!("{} cannot be read: {error}", key.display())))?;
    let digest = bundle.digest();
    let made = marshal_policies::sign(digest, approver, &private)
        .map_err(|error| wrong(error.to_string()))?;
    let mut signatures: Vec<_> = bundle
        .signatures()
        .iter()
        .filter(|one| one.is_good(digest) && one.key != made.key)
        .cloned()
        .collect();
    signatures.push(made);
    let file = dir.join(SIGNATURES);
    std::fs::write(&file, signatures_file(&signatures))
        .map_err(|error| wrong(format!("{} cannot be written: {error}", file.display())))?;
    let names: Vec<&str> = signatures.iter().map(|one| one.approver.as_str()).collect();
    if global.json {
        output::object(&json!({ "ok": true, "digest": digest.to_string(), "approvers": names }));
    } else {
        output::print(&format!(
            "{} is signed by {} ({digest}).\n",
            dir.display(),
            names.join(", ")
        ));
    }
    Ok(ExitCode::from(output::WELL))
}

/// Makes a key. The private half goes into a new file that only its owner may read.
pub(super) fn keygen(global: &Global, file: &Path) -> Result<ExitCode, ExitCode> {
    let wrong = |message: String| output::wrong(&message, global.json);
    let (private, public) = new_signing_key().map_err(|error| wrong(error.to_string()))?;
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| open.write_all(format!("{private}\n").as_bytes()));
    written.map_err(|error| wrong(format!("{} cannot be written: {error}", file.display())))?;
    if global.json {
        output::object(&json!({ "ok": true, "public_key": public }));
    } else {
        output::print(&format!(
            "The private key is in {}. In marshal.yaml, so that its signature counts:\n\npolicy_signers:\n  keys: {{NAME: {public}}}\n",
            file.display()
        ));
    }
    Ok(ExitCode::from(output::WELL))
}
