//! `marshal audit report | inventory | facts`: what the trail shows, for people who ask by the words of a framework.

use std::path::Path;
use std::process::ExitCode;

use marshal_config::Config;
use marshal_evidence::{Evidence, Framework, fact_sheet, inventory, report};
use marshal_types::{Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::bundle;
use crate::assemble::chain;
use crate::cli::{Format, Period};
use crate::output;

/// The period in question.
pub(super) fn times(period: &Period) -> Result<(Timestamp, Timestamp), String> {
    let read = |text: &str, name: &str| {
        Timestamp::parse(text).ok_or_else(|| {
            format!(
                "--{name} {text:?} is no day: write 2026-11-30, or a time as 2026-11-30T12:00:00Z"
            )
        })
    };
    let (from, to) = (read(&period.from, "from")?, read(&period.to, "to")?);
    if from >= to {
        return Err("--to has to be later than --from; it is no part of the period".to_owned());
    }
    Ok((from, to))
}

/// The evidence for a framework.
pub(super) fn run(
    config: &Config,
    framework: &str,
    period: &Period,
    format: Format,
    records: bool,
    to_file: Option<&Path>,
    json: bool,
) -> ExitCode {
    let made = || -> Result<Evidence, String> {
        let known: Vec<&str> = Framework::all().iter().map(|one| &*one.id).collect();
        let framework = Framework::by_id(framework).ok_or_else(|| {
            format!(
                "{framework:?} is no framework; there are {}",
                known.join(", ")
            )
        })?;
        let (from, to) = times(period)?;
        let now = SystemClock::new().now();
        let of = match (format, to_file) {
            (Format::Bundle, Some(folder)) => {
                bundle::must_be_empty(folder)?;
                if records {
                    bundle::copy_trail(&config.data_dir, folder)?;
                    folder
                } else {
                    &config.data_dir
                }
            }
            (Format::Bundle, None) => {
                return Err("a bundle is a folder: say which with --output DIR".to_owned());
            }
            (Format::Json | Format::Html, _) if records => {
                return Err("--records is for a bundle; write --format bundle".to_owned());
            }
            (Format::Json | Format::Html, _) => &config.data_dir,
        };
        report(framework, of, from, to, now).map_err(|error| chain(&error))
    };
    let evidence = match made() {
        Ok(evidence) => evidence,
        Err(problem) => return output::wrong(&problem, json),
    };
    let written = match format {
        Format::Json => write(to_file, &evidence.to_json()),
        Format::Html => write(to_file, &evidence.to_html()),
        Format::Bundle => to_file.map_or(Ok(()), |folder| {
            bundle::write(config, &evidence, records, folder)
        }),
    };
    match written {
        Ok(()) => {
            if let Some(file) = to_file {
                let summary = serde_json::to_value(evidence.summary).unwrap_or(Value::Null);
                if json {
                    output::object(
                        &json!({ "ok": true, "output": file.display().to_string(), "summary": summary }),
                    );
                } else {
                    output::print(&format!("{}: {summary}\n", file.display()));
                }
            }
            ExitCode::from(output::WELL)
        }
        Err(problem) => output::wrong(&problem, json),
    }
}

/// Models and providers that were used; or one of them, month by month.
pub(super) fn uses(
    data: &Path,
    target: Option<&str>,
    period: &Period,
    format: Format,
    to_file: Option<&Path>,
    json: bool,
) -> ExitCode {
    let made = || -> Result<String, String> {
        let (from, to) = times(period)?;
        let now = SystemClock::new().now();
        let html = match format {
            Format::Html => true,
            Format::Json => false,
            Format::Bundle => {
                return Err("only a report has a bundle; take json or html".to_owned());
            }
        };
        match target {
            Some(target) => fact_sheet(target, data, from, to, now).map(|sheet| {
                if html {
                    sheet.to_html()
                } else {
                    sheet.to_json()
                }
            }),
            None => inventory(data, from, to, now)
                .map(|list| if html { list.to_html() } else { list.to_json() }),
        }
        .map_err(|error| chain(&error))
    };
    match made().and_then(|text| write(to_file, &text)) {
        Ok(()) => ExitCode::from(output::WELL),
        Err(problem) => output::wrong(&problem, json),
    }
}

fn write(to: Option<&Path>, text: &str) -> Result<(), String> {
    match to {
        None => {
            output::print(&format!("{}\n", text.trim_end()));
            Ok(())
        }
        Some(file) => std::fs::write(file, text)
            .map_err(|error| format!("{} cannot be written: {error}", file.display())),
    }
}
