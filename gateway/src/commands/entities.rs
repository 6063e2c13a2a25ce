//! `marshal redact --entities`: what `data.yaml` can name.

use std::process::ExitCode;

use marshal_policies::{Builtin, NameKind, has_check};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::output;

/// Prints every entity with its group, and whether it has check digits.
pub(super) fn run(global: &Global) -> ExitCode {
    let builtins = Builtin::ALL
        .iter()
        .map(|builtin| (builtin.name(), builtin.group().name(), has_check(*builtin)));
    let names = NameKind::ALL
        .iter()
        .map(|kind| (kind.name(), "names", false));
    let mut all: Vec<_> = builtins.chain(names).collect();
    all.sort_by_key(|(name, group, _)| (*group, *name));
    if global.json {
        let list: Vec<Value> = all
            .iter()
            .map(|(name, group, check)| json!({"entity": name, "group": group, "check_digits": check}))
            .collect();
        output::object(&json!({ "entities": list }));
        return ExitCode::from(output::WELL);
    }
    for (name, group, check) in all {
        let check = if check { "check digits" } else { "" };
        output::print(format!("{name:28} {group:16} {check}").trim_end());
        output::print("\n");
    }
    ExitCode::from(output::WELL)
}
