//! `marshal audit collect`, and questions to the whole fleet.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use marshal_audit::proof::Checkpoint;
use marshal_audit::{AuditQuery, Trust};
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

/// `expected`: nodes that have to be there, beside those whose checkpoints somebody kept.
pub(super) fn collect(
    config: &Config,
    to: &Path,
    trust: Result<Trust, String>,
    expected: &[String],
    json: bool,
) -> ExitCode {
    let collected = trust.and_then(|trust| {
        let nameless = |kept: &&Checkpoint| !kept.origin.contains('/');
        if let Some(kept) = trust.checkpoints.iter().find(nameless) {
            return Err(format!(
                "the checkpoint of {:?} is of no node: its origin has to be a node's name and a chain's",
                kept.origin
            ));
        }
        let nodes = open(config)?.collect(to, &trust);
        let nodes = nodes.map_err(|error| chain(&error))?;
        let kept = trust.checkpoints.iter();
        let kept = kept.filter_map(|kept| Some(kept.origin.rsplit_once('/')?.0));
        let named = expected.iter().map(String::as_str).chain(kept);
        let missing: BTreeSet<String> = named
            .filter(|name| nodes.iter().all(|node| node.node != *name))
            .map(str::to_owned)
            .collect();
        Ok((nodes, missing))
    });
    let (nodes, missing) = match collected {
        Ok((nodes, _)) if nodes.is_empty() => {
            return proofs::failed("the database holds no record of any node", json);
        }
        Ok(found) => found,
        Err(problem) => return output::wrong(&problem, json),
    };
    let ok = missing.is_empty() && nodes.iter().all(|node| node.report.ok);
    if json {
        let list: Vec<Value> = nodes
            .iter()
            .map(|node| {
                json!({ "node": node.node, "folder": node.folder, "report": serde_json::to_value(&node.report).unwrap_or(Value::Null) })
            })
            .collect();
        output::object(&json!({ "ok": ok, "nodes": list, "missing": missing }));
    } else {
        for name in &missing {
            output::print(&format!("{name}  the database holds no record of it\n"));
        }
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
