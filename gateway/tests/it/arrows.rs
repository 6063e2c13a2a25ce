//! The folder list is the architecture: no crate uses another that the design does not let it use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Who uses whom, without the `marshal-`. What is not written is not allowed, and what is written is used.
const ALLOWED: &[(&str, &[&str])] = &[
    ("marshal-types", &[]),
    ("marshal-yaml", &["types"]),
    ("marshal-config", &["types", "yaml"]),
    ("marshal-detect", &[]),
    ("marshal-signatures", &[]),
    ("marshal-names", &[]),
    ("marshal-documents", &[]),
    (
        "marshal-policies",
        &[
            "detect",
            "documents",
            "names",
            "signatures",
            "types",
            "yaml",
        ],
    ),
    ("marshal-edge", &["types"]),
    ("marshal-wire", &["types"]),
    ("marshal-adapter-api", &["types", "wire"]),
    ("marshal-openai", &["adapter-api", "types", "wire"]),
    ("marshal-anthropic", &["adapter-api", "types", "wire"]),
    ("marshal-responses", &["adapter-api", "types", "wire"]),
    ("marshal-gemini", &["adapter-api", "types", "wire"]),
    ("marshal-bedrock", &["adapter-api", "types", "wire"]),
    ("marshal-cohere", &["adapter-api", "types", "wire"]),
    ("marshal-ollama", &["adapter-api", "types", "wire"]),
    ("marshal-tasks", &["adapter-api", "types", "wire"]),
    ("marshal-platform", &["types", "wire"]),
    ("marshal-demo", &["types", "wire"]),
    ("marshal-catalog", &["types"]),
    ("marshal-state", &["types"]),
    ("marshal-routing", &["catalog", "types"]),
    ("marshal-audit", &["types"]),
    ("marshal-audit-sink", &["audit", "types"]),
    ("marshal-audit-index", &["audit", "types"]),
    ("marshal-audit-fleet", &["audit", "types"]),
    ("marshal-audit-export", &["audit", "types"]),
    ("marshal-payloads", &["types"]),
    ("marshal-evidence", &["audit", "types", "yaml"]),
    ("marshal-telemetry", &["types"]),
    (
        "marshal-pipeline",
        &[
            "adapter-api",
            "audit",
            "audit-sink",
            "payloads",
            "platform",
            "policies",
            "routing",
            "state",
            "tasks",
            "telemetry",
            "types",
            "wire",
        ],
    ),
    ("marshal-admin", &["audit", "state", "types"]),
    ("marshal-dashboards", &["admin", "audit", "types"]),
    // The tests of the adapters against recorded traffic; nothing uses it.
    (
        "marshal-conformance",
        &[
            "adapter-api",
            "anthropic",
            "bedrock",
            "cohere",
            "gemini",
            "ollama",
            "openai",
            "responses",
            "tasks",
            "types",
            "wire",
        ],
    ),
    // It speaks HTTP only.
    ("marshal-load-tests", &[]),
];

/// Crates of others that one crate alone may name, so that it can be replaced.
const WRAPPED: &[(&str, &[&str])] = &[
    ("casbin", &["marshal-policies"]),
    ("pingora-core", &["marshal-edge"]),
    ("pingora-load-balancing", &["marshal-routing"]),
    ("marshal-audit-sink", &["marshal", "marshal-pipeline"]),
    ("saphyr-parser", &["marshal-yaml"]),
    ("rusqlite", &["marshal-audit-index"]),
    ("postgres", &["marshal-audit-fleet"]),
    ("async-nats", &["marshal-audit-export"]),
    ("parquet", &["marshal-audit-export"]),
    ("opentelemetry", &["marshal-telemetry"]),
    ("opentelemetry_sdk", &["marshal-telemetry"]),
    ("opentelemetry-otlp", &["marshal-telemetry"]),
    ("prometheus-client", &["marshal-telemetry"]),
    ("axum", &["marshal", "marshal-admin", "marshal-dashboards"]),
];

/// A crate of the workspace, its folder, and all that it names to be built (not to be tested) with.
struct Member {
    name: String,
    manifest: String,
    uses: BTreeSet<String>,
}

fn members() -> Vec<Member> {
    let out = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| Member {
            name: package["name"].as_str().unwrap().to_owned(),
            manifest: package["manifest_path"].as_str().unwrap().to_owned(),
            uses: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|used| used["kind"] != "dev")
                .map(|used| used["name"].as_str().unwrap().to_owned())
                .collect(),
        })
        .collect()
}

#[test]
fn no_crate_uses_another_that_the_design_does_not_let_it_use() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for member in members().iter().filter(|member| member.name != "marshal") {
        let Some(may) = allowed.get(member.name.as_str()) else {
            wrong.push(format!(
                "{} is new: say in arrows.rs, deny.toml and ARCHITECTURE.md whom it may use",
                member.name
            ));
            continue;
        };
        let uses: BTreeSet<&str> = member
            .uses
            .iter()
            .filter_map(|used| used.strip_prefix("marshal-"))
            .collect();
        let may: BTreeSet<&str> = may.iter().copied().collect();
        wrong.extend(
            uses.difference(&may)
                .map(|used| format!("{} must not use marshal-{used}", member.name)),
        );
        wrong.extend(may.difference(&uses).map(|used| {
            format!(
                "{} no longer uses marshal-{used}: strike it out",
                member.name
            )
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_depends_on_the_binary_or_on_the_load_tests() {
    for member in members() {
        for leaf in ["marshal", "marshal-load-tests", "marshal-conformance"] {
            assert!(!member.uses.contains(leaf), "{} uses {leaf}", member.name);
        }
    }
}

#[test]
fn a_library_that_one_crate_stands_for_is_named_by_no_other() {
    let members = members();
    for (library, wrappers) in WRAPPED {
        let users = members
            .iter()
            .filter(|member| member.uses.contains(*library));
        let others: Vec<&str> = users
            .map(|user| user.name.as_str())
            .filter(|user| !wrappers.contains(user))
            .collect();
        assert!(others.is_empty(), "{library} is named by {others:?}");
    }
}

#[test]
fn every_crate_takes_the_houses_lints() {
    for member in members() {
        let manifest = std::fs::read_to_string(&member.manifest).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true")
                || manifest.contains("lints.workspace = true"),
            "{}",
            member.name
        );
    }
}
