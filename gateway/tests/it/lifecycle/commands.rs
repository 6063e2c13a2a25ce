//! Commands that look at files alone: what they print, for people and for machines, and how they end.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::Folder;

/// Runs a command in a folder with this `marshal.yaml`.
fn marshal(config: &str, arguments: &[&str]) -> Output {
    let folder = Folder::new();
    std::fs::write(folder.path().join("marshal.yaml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marshal"));
    command
        .current_dir(folder.path())
        .env_clear()
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn last_line(out: &Output) -> Value {
    serde_json::from_str(text(&out.stdout).lines().last().unwrap()).unwrap()
}

const GOOD: &str = "providers: {demo: {}}\n";
const BAD: &str = "providers:\n  demo: {}\nlimits:\n  drain: 5\nlissten: {}\n";

#[test]
fn a_good_configuration_is_said_to_be_good() {
    let out = marshal(GOOD, &["check"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert!(text(&out.stdout).starts_with("Good"), "{out:?}");
    assert_eq!(
        last_line(&marshal(GOOD, &["check", "--json"])),
        json!({"ok": true, "problems": []})
    );
}

#[test]
fn every_mistake_is_named_with_its_place_and_what_to_write_instead() {
    let out = marshal(BAD, &["check"]);
    assert_eq!(out.status.code(), Some(2));
    let said = text(&out.stderr);
    assert!(
        said.contains("marshal.yaml:4:3: limits.drain: no such key; did you mean \"drain_s\"?"),
        "{said}"
    );
    assert!(
        said.contains("marshal.yaml:5:1: lissten: no such key; did you mean \"listen\"?"),
        "{said}"
    );
    assert!(said.contains("2 mistakes"), "{said}");
    let out = marshal(BAD, &["check", "--json"]);
    assert_eq!(out.status.code(), Some(2));
    let report = last_line(&out);
    assert_eq!(report["ok"], false);
    let places: Vec<_> = report["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            assert!(
                problem["message"]
                    .as_str()
                    .unwrap()
                    .contains("did you mean"),
                "{problem}"
            );
            (
                problem["file"].as_str().unwrap(),
                problem["line"].as_u64().unwrap(),
                problem["column"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(places, [("marshal.yaml", 4, 3), ("marshal.yaml", 5, 1)]);
    // `serve` says the same and does not start.
    let served = marshal(BAD, &["serve"]);
    assert_eq!(
        (served.status.code(), text(&served.stderr)),
        (Some(2), said)
    );
}

#[test]
fn what_is_not_there_is_named() {
    let out = marshal(GOOD, &["check", "--config", "elsewhere.yaml"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("elsewhere.yaml"), "{out:?}");
    let out = marshal(GOOD, &["check", "--policies", "nowhere"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("nowhere"), "{out:?}");
    assert_eq!(marshal(GOOD, &["chekc"]).status.code(), Some(2));
}

#[test]
fn shells_get_their_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let out = marshal(GOOD, &["completions", shell]);
        assert_eq!(out.status.code(), Some(0));
        for word in ["serve", "check", "key", "audit"] {
            assert!(text(&out.stdout).contains(word), "{shell} knows no {word}");
        }
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let mut seen = 0;
    let mut commands = vec![Vec::new()];
    while let Some(command) = commands.pop() {
        let arguments: Vec<&str> = command
            .iter()
            .map(String::as_str)
            .chain(["--help"])
            .collect();
        let out = marshal(GOOD, &arguments);
        assert_eq!(out.status.code(), Some(0), "{command:?}");
        let help = text(&out.stdout);
        assert!(
            help.contains("Example"),
            "{command:?} has no example:\n{help}"
        );
        assert!(
            help.contains("--json") && help.contains("--config"),
            "{command:?}:\n{help}"
        );
        seen += 1;
        let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        for line in listed.lines().take_while(|line| line.starts_with("  ")) {
            // Deeper lines go on with the description of the one above.
            let Some(name) = line[2..]
                .split(' ')
                .next()
                .filter(|name| !name.is_empty() && *name != "help")
            else {
                continue;
            };
            commands.push(command.iter().cloned().chain([name.to_owned()]).collect());
        }
    }
    assert!(seen >= 15, "{seen} commands");
}
