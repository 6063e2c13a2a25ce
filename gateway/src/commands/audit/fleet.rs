//! `marshal audit collect`, and questions to the whole fleet.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use marshal_audit::AuditQuery;
use marshal_audit_fleet::Fleet;
use marshal_config::Config;
use serde_json::{Value, json};

use super::proofs;
use crate::assemble::chain;
use crate::output;

fn open(config: &Config) -> Result<Arc<Fleet>, String> {
    crate::fleet::open(config)?.ok_or_else(|| {
        "marshal.yaml names no database of a fleet; write audit: {fleet: {host: …, database: …, user: …}} there".to_owned()
    })
}

/// What answers: the fleet's database, or this node's index.
pub(super) fn audit(config: &Config, fleet: bool) -> Result<Arc<dyn AuditQuery>, String> {
    Ok(if fleet {
        open(config)?
    } else {
        crate::trail::index(&config.data_dir)?
    })
}

pub(super) fn collect(config: &Config, to: &Path, keys: &[String], json: bool) -> ExitCode {
    let trust = match proofs::trust(keys, &[]) {
        Ok(trust) => trust,
        Err(problem) => return output::wrong(&problem, json),
    };
    let collected =
        open(config).and_then(|fleet| fleet.collect(to, &trust).map_err(|error| chain(&error)));
    let nodes = match collected {
        Ok(nodes) if nodes.is_empty() => {
            return proofs::failed("the database holds no record of any node", json);
        }
        Ok(nodes) => nodes,
        Err(problem) => return output::wrong(&problem, json),
    };
    let ok = nodes.iter().all(|node| node.report.ok);
    if json {
        let list: Vec<Value> = nodes
            .iter()
            .map(|node| {
                json!({ "node": node.node, "folder": node.folder, "report": serde_json::to_value(&node.report).unwrap_or(Value::Null) })
            })
            .collect();
        output::object(&json!({ "ok": ok, "nodes": list }));
    } else {
        for node in &nodes {
            let found = match &node.report.first_bad {
                None => "verifies".to_owned(),
                Some(bad) => format!("does not verify: {}:{}: {}", bad.file, bad.line, bad.why),
            };
            output::print(&format!(
                "{}  {} records in {} chains, signed by {}: {found}\n",
                node.node,
                node.report.records,
                node.report.chains,
                node.report.keys.join(", ")
            ));
        }
    }
    ExitCode::from(if ok { output::WELL } else { output::FAILED })
}
