//! A newcomer starts the gateway without a file and without a key, pastes what it prints, and has a governed answer.

use std::process::Command;

use crate::support::{Dialect, Gateway, Request, Setup, Speech, holds, until};

/// The line to paste.
fn curl_line(banner: &str) -> String {
    let line = banner.lines().find(|line| line.starts_with("curl "));
    line.unwrap_or_else(|| panic!("nothing to paste in:\n{banner}"))
        .to_owned()
}

/// Pastes a line into a shell.
fn paste(line: &str) -> String {
    let out = Command::new("sh").arg("-c").arg(line).output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

fn curl_is_here() -> bool {
    let here = Command::new("curl").arg("--version").output().is_ok();
    if !here {
        crate::support::skipped("curl is not installed");
    }
    here
}

#[test]
fn the_line_that_the_first_start_prints_works_when_it_is_pasted() {
    let gateway = Setup::bare().start();
    let line = curl_line(&gateway.stdout());
    assert!(
        line.contains(&format!("authorization: Bearer {}", gateway.key)),
        "{line}"
    );
    assert!(
        line.contains(&format!("http://{}/v1/chat/completions", gateway.data)),
        "{line}"
    );
    if !curl_is_here() {
        return;
    }
    let answer: serde_json::Value = serde_json::from_str(&paste(&line)).unwrap();
    assert!(
        answer["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .contains("Hello, Marshal"),
        "{answer}"
    );
    let streamed = line.replace("-d '{", "-N -d '{\"stream\":true,");
    let heard = Dialect::OpenAi.heard_in(paste(&streamed).as_bytes());
    assert!(
        heard.ended && heard.text.contains("Hello, Marshal"),
        "{heard:?}"
    );
}

#[test]
fn the_first_key_is_printed_once_and_never_logged() {
    let mut gateway = Setup::bare().env("MARSHAL_LOG", "trace").start();
    let key = gateway.key.clone();
    assert_eq!(
        gateway
            .ask(Dialect::OpenAi, &Dialect::OpenAi.says("demo-chat", "hello"))
            .status,
        200
    );
    assert!(gateway.stdout().contains(&key));
    gateway.stop();
    assert!(!gateway.log().contains(&key));
    let files = gateway.files();
    assert!(
        files.iter().all(|(_, bytes)| !holds(bytes, &key)),
        "the key lies on the disk"
    );
    gateway.start();
    assert!(
        !gateway.stdout().contains("mk_") && !gateway.stdout().contains("/login?token="),
        "{}",
        gateway.stdout()
    );
    assert_eq!(
        gateway.get("/v1/models").status,
        200,
        "the key outlives the process"
    );
}

#[test]
fn the_printed_login_opens_the_dashboard_once() {
    let gateway = Setup::bare().start();
    let banner = gateway.stdout();
    let address = format!("http://{}", gateway.control);
    let path = banner
        .lines()
        .find_map(|line| {
            line.strip_prefix(&address)
                .filter(|path| path.starts_with("/login"))
        })
        .unwrap();
    let host = gateway.control.to_string();
    let open = || {
        let page = Request::get(path).header("host", &host).bytes();
        // The request's own Host header comes first; the control plane checks it.
        let page = String::from_utf8(page)
            .unwrap()
            .replacen("host: localhost\r\n", "", 1);
        let mut connection = crate::support::Connection::open(gateway.control).unwrap();
        connection.send(page.as_bytes()).unwrap();
        connection.answer().unwrap()
    };
    let first = open();
    assert!(first.status < 400, "{first:?}");
    // Whether the page asks for a press of a button or not: the token is spent by its first use.
    let pressed = first.header("set-cookie").is_some();
    let second = open();
    assert!(
        !pressed || second.header("set-cookie").is_none(),
        "{second:?}"
    );
}

fn status_of(gateway: &Gateway, key: &str) -> u16 {
    Request::get("/v1/models")
        .key(key)
        .send(gateway.data)
        .status
}

#[test]
fn keys_that_are_made_and_revoked_beside_a_running_gateway_act() {
    let gateway = Setup::bare().start();
    let made = gateway.run(&[
        "key", "create", "--name", "second", "--team", "research", "--json",
    ]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let (key, id) = (
        made.json()["key"].as_str().unwrap().to_owned(),
        made.json()["id"].as_str().unwrap().to_owned(),
    );
    until("the new key works", || {
        (status_of(&gateway, &key) == 200).then_some(())
    });

    let list = gateway.run(&["key", "list", "--json"]).json();
    let listed = list["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == id.as_str())
        .unwrap();
    assert_eq!(
        (&listed["name"], &listed["team"], &listed["status"]),
        (&"second".into(), &"research".into(), &"active".into())
    );
    assert!(!list.to_string().contains(&key), "a list shows no secret");

    assert_eq!(gateway.run(&["key", "revoke", &id, "--json"]).code, Some(0));
    until("the key is void", || {
        (status_of(&gateway, &key) == 401).then_some(())
    });
    let changes = until("both changes are in the trail", || {
        let records = gateway.records();
        let of_key = records
            .iter()
            .filter(|one| one["kind"] == "key-change" && one["key"] == id.as_str());
        let changes: Vec<_> = of_key
            .map(|one| one["change"].as_str().unwrap().to_owned())
            .collect();
        (changes.len() == 2).then_some(changes)
    });
    assert_eq!(changes, ["created", "revoked"]);
}

#[test]
fn a_lost_first_key_is_replaced_by_one_command() {
    let mut gateway = Setup::bare().start();
    gateway.stop();
    let made = gateway
        .run(&["key", "create", "--name", "again", "--json"])
        .json();
    gateway.start();
    assert_eq!(status_of(&gateway, made["key"].as_str().unwrap()), 200);
    assert!(gateway.verify()["ok"].as_bool().unwrap());
}

#[test]
fn a_provider_key_in_the_environment_switches_its_models_on() {
    let gateway = Setup::bare()
        .env("OPENAI_API_KEY", "sk-of-a-test")
        .env("ANTHROPIC_API_KEY", "sk-ant-of-a-test")
        .env("GEMINI_API_KEY", "of-a-test")
        .start();
    let models = gateway.get("/v1/models").json();
    let owners: Vec<&str> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|model| model["owned_by"].as_str())
        .collect();
    for provider in ["demo", "openai", "anthropic", "gemini"] {
        assert!(
            owners.contains(&provider),
            "{provider} is missing: {models}"
        );
    }
    for secret in ["sk-of-a-test", "sk-ant-of-a-test"] {
        assert!(!gateway.log().contains(secret) && !gateway.stdout().contains(secret));
    }
}

#[test]
fn a_taken_port_is_refused_with_a_sentence() {
    let running = Setup::bare().start();
    let beside = running
        .command()
        .env("MARSHAL_DATA_DIR", running.home().join("other"))
        .output()
        .unwrap();
    let said = String::from_utf8(beside.stderr).unwrap();
    assert_eq!(beside.status.code(), Some(2), "{said}");
    assert!(
        said.contains(&running.data.to_string()) && said.contains("MARSHAL_DATA_LISTEN"),
        "{said}"
    );
}

#[test]
fn a_second_process_on_the_same_data_folder_is_refused_with_a_sentence() {
    let running = Setup::bare().start();
    let [data, control] = crate::support::free_ports();
    let beside = running
        .command()
        .env("MARSHAL_DATA_LISTEN", data.to_string())
        .env("MARSHAL_CONTROL_LISTEN", control.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8(beside.stderr).unwrap();
    assert_eq!(beside.status.code(), Some(2), "{said}");
    assert!(said.contains("data"), "{said}");
    assert_eq!(running.get("/v1/models").status, 200);
}

#[test]
fn an_unknown_key_in_the_configuration_is_told_with_its_line_and_column() {
    let gateway = Setup::bare().start();
    std::fs::write(
        gateway.home().join("wrong.yaml"),
        "listen:\n  data: 127.0.0.1:0\n  contrl: 127.0.0.1:0\n",
    )
    .unwrap();
    let ran = gateway.run(&["check", "--config", "wrong.yaml", "--json"]);
    let problem = &ran.json()["problems"][0];
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(
        (problem["line"].as_u64(), problem["column"].as_u64()),
        (Some(3), Some(3)),
        "{ran:?}"
    );
    assert!(
        problem["message"].as_str().unwrap().contains("control"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("wrong.yaml:3:3: "), "{ran:?}");
}
