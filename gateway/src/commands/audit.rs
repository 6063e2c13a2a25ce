//! `marshal audit …`: reads the trail offline; nothing here needs a running gateway.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marshal_audit::{AuditQuery, CallSummary, Filter, Trail, verify};
use marshal_types::CallId;
use serde_json::{Value, json};

use crate::assemble::chain;
use crate::cli::{Audit, Global};
use crate::output;

/// Verifies, shows, queries.
pub(super) fn run(global: &Global, command: Audit) -> ExitCode {
    match command {
        Audit::Verify { dir: Some(dir) } => check(&dir, global.json),
        Audit::Verify { dir: None } => with_data(global, |data| check(data, global.json)),
        Audit::Show { call } => with_data(global, |data| show(data, &call, global.json)),
        Audit::Query { limit, tenant } => with_data(global, |data| {
            query(data, limit, tenant.clone(), global.json)
        }),
    }
}

fn with_data(global: &Global, act: impl FnOnce(&Path) -> ExitCode) -> ExitCode {
    let data: Result<PathBuf, ExitCode> = super::data_dir(global);
    data.map_or_else(|exit| exit, |data| act(&data))
}

fn check(dir: &Path, json: bool) -> ExitCode {
    if !dir.is_dir() {
        return output::wrong(
            &format!(
                "{} is no folder; give the data folder, or its audit folder",
                dir.display()
            ),
            json,
        );
    }
    let report = verify(dir);
    if json {
        match serde_json::to_value(&report) {
            Ok(value) => output::object(&value),
            Err(error) => return output::wrong(&error.to_string(), json),
        }
    } else if let Some(bad) = &report.first_bad {
        output::print(&format!(
            "NOT as it was written: {}:{}: {}\n",
            bad.file, bad.line, bad.why
        ));
    } else {
        let kinds: Vec<String> = report
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        output::print(&format!(
            "Good: {} records in {} chains ({}); {} attempts still open.\n",
            report.records,
            report.chains,
            kinds.join(", "),
            report.open
        ));
    }
    ExitCode::from(if report.ok {
        output::WELL
    } else {
        output::FAILED
    })
}

fn show(data: &Path, call: &str, json: bool) -> ExitCode {
    let id: CallId = match call.parse() {
        Ok(id) => id,
        Err(problem) => return output::wrong(problem, json),
    };
    match Trail::open(data).call(id) {
        Ok(Some(story)) => {
            let records: Vec<Value> = story
                .records
                .iter()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect();
            if json {
                let summary = serde_json::to_value(&story.summary).unwrap_or(Value::Null);
                output::object(
                    &json!({ "ok": true, "call": call, "summary": summary, "records": records }),
                );
            } else {
                for record in &records {
                    output::print(&format!("{record:#}\n"));
                }
            }
            ExitCode::from(output::WELL)
        }
        Ok(None) => {
            let sentence = format!(
                "no call {call} in the trail; its id is in the x-marshal-call-id header of its answer"
            );
            eprintln!("{sentence}");
            if json {
                output::object(&json!({ "ok": false, "error": sentence }));
            }
            ExitCode::from(output::FAILED)
        }
        Err(error) => output::wrong(&chain(&error), json),
    }
}

fn query(data: &Path, limit: usize, tenant: Option<String>, json: bool) -> ExitCode {
    let filter = Filter {
        limit,
        tenant,
        ..Filter::default()
    };
    match Trail::open(data).calls(&filter) {
        Ok(calls) if json => {
            output::object(
                &json!({ "calls": serde_json::to_value(&calls).unwrap_or(Value::Null) }),
            );
            ExitCode::from(output::WELL)
        }
        Ok(calls) => {
            for call in &calls {
                output::print(&line(call));
            }
            ExitCode::from(output::WELL)
        }
        Err(error) => output::wrong(&chain(&error), json),
    }
}

fn line(call: &CallSummary) -> String {
    let end = call.code.as_deref().unwrap_or("ok");
    format!(
        "{}  {}  {} -> {}/{}  {end}  {} in {} out  {} USD\n",
        call.time,
        call.call,
        call.request_model,
        call.provider,
        call.model,
        call.usage.input.0,
        call.usage.output.0,
        call.cost_nano_usd
    )
}
