//! Runs recorded provider traffic through every dialect and counts what held.
//!
//! `marshal-conformance [--shared DIR]`: a line a provider's interface, then one line of JSON. Exit 0 where
//! nothing failed, 1 where something did, 2 where the folder cannot be read.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use marshal_conformance::{Outcome, Reviewed, Summary, read_folder, run_all, shared_folder};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let shared = match (arguments.next(), arguments.next()) {
        (None, _) => shared_folder(),
        (Some(flag), Some(folder)) if flag == "--shared" => PathBuf::from(folder),
        _ => {
            eprintln!("Usage: marshal-conformance [--shared DIR]");
            return ExitCode::from(2);
        }
    };
    let recordings = match read_folder(&shared) {
        Ok(recordings) => recordings,
        Err(error) => {
            eprintln!(
                "The recordings in {} cannot be read: {error}.",
                shared.display()
            );
            return ExitCode::from(2);
        }
    };
    let reviewed = Reviewed::shipped();
    let mut summary = Summary::default();
    let mut out = std::io::stdout().lock();
    for (recording, outcome) in recordings.iter().zip(run_all(&recordings, &reviewed)) {
        if let Outcome::Failed(why) = &outcome {
            let why: String = why.chars().take(1_500).collect();
            let _ = writeln!(out, "FAILED {} {}: {why}", recording.api, recording.id);
        }
        summary.add(recording, &outcome);
    }
    for line in summary.lines() {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "{}", summary.json());
    if summary.failed() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
