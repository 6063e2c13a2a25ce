//! `marshal audit export`: the trail once, into a file; and the trail says so.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use marshal_audit::trail_folder;
use marshal_audit_export::{Filter, export_once};
use marshal_config::Config;
use marshal_types::{Clock, SystemClock, Timestamp};
use serde_json::json;

use super::payloads::who;
use crate::assemble::chain;
use crate::cli::{ExportAsked, Table};
use crate::deeds::{Deed, ask};
use crate::output;

pub(super) fn run(config: &Config, asked: &ExportAsked, json: bool) -> ExitCode {
    let (records, file) = match export(config, asked) {
        Ok(exported) => exported,
        Err(problem) => return output::wrong(&problem, json),
    };
    if json {
        output::object(
            &json!({ "ok": true, "records": records, "output": file.display().to_string() }),
        );
    } else {
        output::print(&format!("{records} records in {}\n", file.display()));
    }
    ExitCode::from(output::WELL)
}

fn export(config: &Config, asked: &ExportAsked) -> Result<(u64, PathBuf), String> {
    let (format, table) = match asked.format {
        Table::Jsonl => ("jsonl", marshal_audit_export::Table::Jsonl),
        Table::Csv => ("csv", marshal_audit_export::Table::Csv),
        Table::Parquet => ("parquet", marshal_audit_export::Table::Parquet),
    };
    let filter = Filter {
        since: time(asked.since.as_deref(), "since")?,
        until: time(asked.until.as_deref(), "until")?,
        tenant: asked.tenant.clone(),
    };
    let cannot =
        |error: std::io::Error| format!("{} cannot be written: {error}", asked.output.display());
    let trail = trail_folder(&config.data_dir);
    if !trail.is_dir() {
        return Err(format!(
            "there is no audit trail in {}",
            config.data_dir.display()
        ));
    }
    let draft = Draft::beside(&asked.output)?;
    let file = draft.create().map_err(cannot)?;
    let records = export_once(&trail, filter, table, file).map_err(|error| chain(&error))?;
    let output = std::path::absolute(&asked.output).map_err(cannot)?;
    // Recorded before anybody can have it: no file without its record.
    let clock: Arc<dyn Clock> = SystemClock::new();
    let deed = Deed::Exported {
        format: format.to_owned(),
        records,
        to: output.display().to_string(),
        by: who(),
    };
    ask(config, &clock, &deed)?;
    std::fs::rename(&draft.0, &output).map_err(cannot)?;
    Ok((records, output))
}

fn time(text: Option<&str>, name: &str) -> Result<Option<Timestamp>, String> {
    let Some(text) = text else { return Ok(None) };
    let time = Timestamp::parse(text).ok_or_else(|| {
        format!("--{name} {text:?} is no day: write 2026-11-30, or a time as 2026-11-30T12:00:00Z")
    });
    time.map(Some)
}

/// A file that is not whole yet. It goes if nothing comes of it.
struct Draft(PathBuf);

impl Draft {
    fn beside(output: &Path) -> Result<Self, String> {
        let name = output
            .file_name()
            .ok_or_else(|| format!("--output {} is no file's name", output.display()))?;
        let name = format!(".{}.part", name.to_string_lossy());
        Ok(Self(output.with_file_name(name)))
    }

    /// Readable by its owner alone.
    fn create(&self) -> std::io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.0)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once it has its name there is none.
        let _ = std::fs::remove_file(&self.0);
    }
}
