//! `marshal redact`.

use std::io::Read;
use std::process::ExitCode;

use marshal_policies::ScopeKey;
use marshal_types::random_bytes;
use serde_json::json;

use crate::cli::Global;
use crate::{governance, output};

/// Cleans standard input as a call's text would be.
pub(super) fn run(global: &Global) -> ExitCode {
    let config = match super::config(global) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let folder = global.policies.clone().or_else(|| config.policies.clone());
    let source = governance::source(folder.as_deref());
    let governance = match governance::load(&source, &governance::Demands::of(&config)) {
        Ok(governance) => governance,
        Err(problems) => return output::problems(&problems, global.json),
    };
    let mut text = String::new();
    if std::io::stdin().lock().read_to_string(&mut text).is_err() {
        return output::wrong("standard input is not UTF-8 text", global.json);
    }
    // A scope of this run alone: what it prints cannot be matched with any tenant's surrogates.
    let scope = ScopeKey(random_bytes());
    let mut redactor = governance.bundle.redactor(&scope);
    match redactor.text(&|| "standard input".to_owned(), &text) {
        Ok(clean) => {
            let inspection = redactor.finish();
            output::print(clean.as_deref().unwrap_or(&text));
            if global.json {
                let findings: Vec<_> = inspection
                    .findings
                    .iter()
                    .map(|found| json!({ "entity": &*found.entity, "count": found.count, "action": found.action, "shadow": found.shadow, "detector": found.detector, "score": found.score }))
                    .collect();
                output::object(&json!({ "ok": true, "findings": findings }));
            }
            ExitCode::from(output::WELL)
        }
        Err(blocked) => {
            eprintln!("{blocked}");
            if global.json {
                output::object(&json!({ "ok": false, "blocked": &*blocked.entity }));
            }
            ExitCode::from(output::FAILED)
        }
    }
}
