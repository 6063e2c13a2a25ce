//! `marshal audit …`: reads the trail offline; nothing here needs a running gateway.

mod bundle;
mod export;
mod fleet;
mod payloads;
mod proofs;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marshal_admin::CallQuery;
use marshal_audit::CallSummary;
use marshal_audit::proof::Cosigner;
use marshal_audit_index::Index;
use marshal_config::Config;
use marshal_types::CallId;
use serde_json::{Value, json};

use crate::assemble::chain;
use crate::cli::{Audit, Global, Period};
use crate::output;

/// Verifies, shows, queries.
pub(super) fn run(global: &Global, command: Audit) -> ExitCode {
    match command {
        Audit::Verify {
            dir,
            key,
            checkpoint,
            witness,
        } => match proofs::trust(&key, &checkpoint).and_then(|trust| {
            let witnesses = proofs::witnesses(&witness)?;
            Ok((trust, proofs::unconfirmed(&checkpoint, &witnesses)?))
        }) {
            Err(problem) => output::wrong(&problem, global.json),
            Ok((_, Some(problem))) => proofs::failed(&problem, global.json),
            Ok((trust, None)) => match dir {
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
        Audit::Key { witness } => key(global, witness),
        Audit::Tiles { chain, to } => with_data(global, |data| {
            proofs::tiles(data, chain.as_deref(), &to, global.json)
        }),
        Audit::Show {
            call,
            payload,
            fleet,
        } => with_config(global, |config| {
            show(config, fleet, &call, payload, global.json)
        }),
        Audit::Collect {
            to,
            key,
            checkpoint,
            node,
        } => with_config(global, |config| {
            let trust = proofs::trust(&key, &checkpoint);
            fleet::collect(config, &to, trust, &node, global.json)
        }),
        Audit::Erase(asked) => {
            with_config(global, |config| payloads::erase(config, asked, global.json))
        }
        Audit::Hold(asked) => {
            with_config(global, |config| payloads::hold(config, asked, global.json))
        }
        Audit::Release { name } => with_config(global, |config| {
            payloads::release(config, name, global.json)
        }),
        Audit::Holds => with_data(global, |data| payloads::holds(data, global.json)),
        Audit::Query(asked) => {
            let fleet = asked.fleet;
            with_config(global, |config| {
                query(config, fleet, &asked.query(), global.json)
            })
        }
        Audit::Report {
            check: Some(folder),
            key,
            ..
        } => bundle::check(&folder, &key, global.json),
        Audit::Report {
            framework,
            from,
            to,
            format,
            records,
            output: file,
            ..
        } => {
            // Required, unless a bundle is checked.
            let (framework, from, to) = (text(framework), text(from), text(to));
            let period = Period { from, to };
            with_config(global, |config| {
                report::run(
                    config,
                    &framework,
                    &period,
                    format,
                    records,
                    file.as_deref(),
                    global.json,
                )
            })
        }
        Audit::Inventory {
            target,
            period,
            format,
            output: file,
        } => with_data(global, |data| {
            report::uses(
                data,
                target.as_deref(),
                &period,
                format,
                file.as_deref(),
                global.json,
            )
        }),
        Audit::Export(asked) => {
            with_config(global, |config| export::run(config, &asked, global.json))
        }
        Audit::Index { rebuild } => with_data(global, |data| index(data, rebuild, global.json)),
    }
}

fn text(text: Option<String>) -> String {
    text.unwrap_or_default()
}

fn with_config(global: &Global, act: impl FnOnce(&Config) -> ExitCode) -> ExitCode {
    super::config(global).map_or_else(|exit| exit, |config| act(&config))
}

fn with_data(global: &Global, act: impl FnOnce(&Path) -> ExitCode) -> ExitCode {
    let data: Result<PathBuf, ExitCode> = super::data_dir(global);
    data.map_or_else(|exit| exit, |data| act(&data))
}

/// Prints the public half of the key that signs.
fn key(global: &Global, witness: bool) -> ExitCode {
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
        Ok(Some(signer)) if witness => {
            let cosigner = Cosigner {
                name: config.audit.name,
                key: std::sync::Arc::new(signer),
            };
            output::print(&format!("{}\n", cosigner.vkey()));
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

/// Brings the index up to date, or makes it anew.
fn index(data: &Path, rebuild: bool, json: bool) -> ExitCode {
    let begun = std::time::Instant::now();
    let made = || -> Result<(), String> {
        let index = Index::open(data).map_err(|error| chain(&error))?;
        let taken = if rebuild {
            index.rebuild()
        } else {
            index.catch_up()
        };
        taken.map_err(|error| chain(&error))
    };
    match made() {
        Ok(()) => {
            let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            if json {
                output::object(&json!({ "ok": true, "milliseconds": took }));
            } else {
                output::print(&format!("The index holds the whole trail ({took} ms).\n"));
            }
            ExitCode::from(output::WELL)
        }
        Err(problem) => output::wrong(&problem, json),
    }
}

fn show(config: &Config, fleet: bool, call: &str, payload: bool, json: bool) -> ExitCode {
    let id: CallId = match call.parse() {
        Ok(id) => id,
        Err(problem) => return output::wrong(problem, json),
    };
    let audit = match fleet::audit(config, fleet) {
        Ok(audit) => audit,
        Err(problem) => return output::wrong(&problem, json),
    };
    match audit.call(id) {
        Ok(Some(story)) => {
            let records: Vec<Value> = story
                .records
                .iter()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect();
            let said = match payload
                .then(|| payloads::said(config, id, &records))
                .transpose()
            {
                Ok(said) => said,
                Err(problem) => return output::wrong(&problem, json),
            };
            if json {
                let summary = serde_json::to_value(&story.summary).unwrap_or(Value::Null);
                let mut object =
                    json!({ "ok": true, "call": call, "summary": summary, "records": records });
                if let Some(said) = said {
                    object["payloads"] = said.into();
                }
                output::object(&object);
            } else {
                for record in records.iter().chain(said.iter().flatten()) {
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

fn query(config: &Config, fleet: bool, asked: &CallQuery, json: bool) -> ExitCode {
    let calls = || -> Result<Vec<CallSummary>, String> {
        let filter = asked.filter().map_err(|error| error.to_string())?;
        let audit = fleet::audit(config, fleet)?;
        audit.calls(&filter).map_err(|error| chain(&error))
    };
    match calls() {
        Ok(calls) if json => {
            output::object(
                &json!({ "calls": serde_json::to_value(&calls).unwrap_or(Value::Null) }),
            );
        }
        Ok(calls) if calls.is_empty() => output::print("No call fits.\n"),
        Ok(calls) => {
            for call in &calls {
                output::print(&line(call));
            }
        }
        Err(problem) => return output::wrong(&problem, json),
    }
    ExitCode::from(output::WELL)
}

fn line(call: &CallSummary) -> String {
    let end = call.code.as_deref().unwrap_or("ok");
    let named = [&call.user, &call.service, &call.team];
    let caller = named.into_iter().flatten().next();
    let to = if call.provider.is_empty() {
        String::new()
    } else {
        format!(" -> {}/{}", call.provider, call.model)
    };
    format!(
        "{}  {}  {}  {}{to}  {end}  {} in {} out  {} USD\n",
        call.time,
        call.call,
        caller.unwrap_or(&call.key),
        call.request_model,
        call.usage.input.0,
        call.usage.output.0,
        call.cost_nano_usd
    )
}
