//! `marshal audit …`: reads the trail offline; nothing here needs a running gateway.

mod proofs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marshal_audit::{AuditQuery, CallSummary, Filter, Trail};
use marshal_types::CallId;
use serde_json::{Value, json};

use crate::assemble::chain;
use crate::cli::{Audit, Global};
use crate::output;

/// Verifies, shows, queries.
pub(super) fn run(global: &Global, command: Audit) -> ExitCode {
    match command {
        Audit::Verify {
            dir,
            key,
            checkpoint,
        } => match proofs::trust(&key, &checkpoint) {
            Err(problem) => output::wrong(&problem, global.json),
            Ok(trust) => match dir {
                Some(dir) => proofs::verify(&dir, &trust, global.json),
                None => with_data(global, |data| proofs::verify(data, &trust, global.json)),
            },
        },
        Audit::Prove {
            check: Some(file),
            key,
            ..
        } => proofs::check_proof(&file, &key, global.json),
        Audit::Prove { call, to, .. } => with_data(global, |data| {
            proofs::prove_call(data, call.as_deref().unwrap_or_default(), &to, global.json)
        }),
        Audit::Diff { old, new } => with_data(global, |data| {
            proofs::diff(data, &old, new.as_deref(), global.json)
        }),
        Audit::Checkpoint => with_data(global, |data| proofs::checkpoint(data, global.json)),
        Audit::Key => key(global),
        Audit::Tiles { chain, to } => with_data(global, |data| {
            proofs::tiles(data, chain.as_deref(), &to, global.json)
        }),
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

/// Prints the public half of the key that signs.
fn key(global: &Global) -> ExitCode {
    let config = match super::config(global) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    match crate::signing::read(&crate::signing::key_file(&config)) {
        Ok(Some(signer)) if global.json => {
            output::object(
                &json!({ "ok": true, "key": signer.public_text(), "name": config.audit.name }),
            );
            ExitCode::from(output::WELL)
        }
        Ok(Some(signer)) => {
            output::print(&format!("{}\n", signer.public_text()));
            ExitCode::from(output::WELL)
        }
        Ok(None) => proofs::failed(
            "there is no key yet; `marshal serve` makes one at its first start",
            global.json,
        ),
        Err(problem) => output::wrong(&problem, global.json),
    }
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
