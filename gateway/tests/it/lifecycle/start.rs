//! What keeps a gateway from starting is said in a sentence; what it knew before it still knows after.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::support::{Dialect, Folder, Request, Setup, Speech, free_ports, until};

/// What `marshal serve` says with a configuration with which it must not start.
pub(crate) fn fails_to_serve(config: &str) -> String {
    let folder = Folder::new();
    std::fs::write(folder.path().join("marshal.yaml"), config).unwrap();
    let [data, control] = free_ports();
    let mut command = Command::new(env!("CARGO_BIN_EXE_marshal"));
    command
        .current_dir(folder.path())
        .env_clear()
        .env("MARSHAL_DATA_LISTEN", data.to_string());
    command
        .env("MARSHAL_CONTROL_LISTEN", control.to_string())
        .env("MARSHAL_DATA_DIR", "data");
    fails(&mut command)
}

/// What a command says that must end at once with exit code 2.
pub(super) fn fails(command: &mut Command) -> String {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut status = None;
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        status = Some(until("the command gives up", || child.try_wait().unwrap()));
    }));
    let _ = child.kill();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(ended.is_ok(), "it runs: {said}");
    assert_eq!(status.and_then(|status| status.code()), Some(2), "{said}");
    said
}

#[test]
fn a_taken_port_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    let gateway = Setup::bare().start();
    let other = Folder::new();
    for (variable, setting) in [
        ("MARSHAL_DATA_LISTEN", "listen.data"),
        ("MARSHAL_CONTROL_LISTEN", "listen.control"),
    ] {
        let [data, control] = free_ports();
        let mut command = gateway.command();
        command.env("MARSHAL_DATA_DIR", other.path());
        command
            .env("MARSHAL_DATA_LISTEN", data.to_string())
            .env("MARSHAL_CONTROL_LISTEN", control.to_string());
        let said = fails(command.env(variable, taken.to_string()));
        assert!(
            said.contains(&taken.to_string()) && said.contains(setting) && said.contains(variable),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(other.files().is_empty(), "nothing was begun");
}

#[test]
fn a_second_gateway_on_the_same_data_is_refused() {
    let gateway = Setup::bare().start();
    let [data, control] = free_ports();
    let mut command = gateway.command();
    command
        .env("MARSHAL_DATA_LISTEN", data.to_string())
        .env("MARSHAL_CONTROL_LISTEN", control.to_string());
    let said = fails(&mut command);
    assert!(
        said.contains("another Marshal") && said.contains("data folder"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(gateway.get("/v1/models").status, 200);
    assert_eq!(
        gateway
            .records()
            .iter()
            .filter(|record| record["kind"] == "start")
            .count(),
        1
    );
}

#[test]
fn a_gateway_is_ready_once_it_serves_and_not_before() {
    let gateway = Setup::bare().start();
    let answer = Request::get("/readyz").send(gateway.control);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(Request::get("/healthz").send(gateway.control).status, 200);
}

#[test]
fn keys_and_what_they_spent_outlive_a_restart_and_a_crash() {
    let limits = "version: 1\nbudgets:\n  - {name: all, subject: \"*\", period: total, limit_usd: 0.00002}\n";
    let mut gateway = Setup::with("providers: {demo: {}}\n")
        .policy("limits.yaml", limits)
        .start();
    let made = gateway
        .run(&["key", "create", "--name", "second", "--json"])
        .json();
    let second = made["key"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"))
        .to_owned();
    let mut question = Dialect::OpenAi.says("demo-chat", "hello");
    question["max_tokens"] = serde_json::json!(20);
    let ask = |to, key: &str| {
        Request::post("/v1/chat/completions")
            .key(key)
            .json(&question)
            .send(to)
    };
    until("the new key works", || {
        (ask(gateway.data, &second).status != 401).then_some(())
    });
    let spent = until("the budget is spent", || {
        let answer = ask(gateway.data, &gateway.key);
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(spent.code(), "budget_spent", "{}", spent.text());
    for crash in [false, true] {
        if crash {
            // What a crash may forget is what was spent since the last fifth of a second.
            gateway.kill();
        } else {
            assert_eq!(gateway.stop().code(), Some(0));
        }
        gateway.start();
        assert_eq!(ask(gateway.data, &gateway.key).code(), "budget_spent");
        assert_eq!(ask(gateway.data, &second).code(), "budget_spent");
        assert_eq!(ask(gateway.data, "mk_wrong").status, 401);
    }
    assert_eq!(gateway.verify()["ok"], true);
}
