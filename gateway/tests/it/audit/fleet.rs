//! Several gateways bring their records to one database: they are asked as one, from any of them, and verified one by one.

use marshal_audit_fleet::testing::{PASSWORD, Postgres};

use crate::support::{Dialect, Gateway, Setup, Speech, skipped, until};

fn node(server: &Postgres, name: &str) -> Gateway {
    let config = format!(
        "providers: {{demo: {{}}}}\naudit:\n  name: {name}\n  fleet: {{host: {}, database: postgres, user: marshal, password: {{env: FLEET}}}}\n",
        server.folder().display()
    );
    Setup::with(config).env("FLEET", PASSWORD).start()
}

fn ask(gateway: &Gateway) -> String {
    let body = Dialect::OpenAi.says("demo/demo-chat", "hello");
    let got = gateway.ask(Dialect::OpenAi, &body);
    assert_eq!(got.status, 200, "{}", got.text());
    got.call()
}

fn calls(gateway: &Gateway) -> Vec<String> {
    let said = gateway.run(&["audit", "query", "--fleet", "--json"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let calls = said.json()["calls"].as_array().unwrap().clone();
    let id = |call: &serde_json::Value| call["call"].as_str().unwrap().to_owned();
    let ended = calls.iter().filter(|call| call["result"] == "ok");
    ended.map(id).collect()
}

#[test]
fn a_fleet_is_asked_as_one_and_each_node_verifies_out_of_the_database() {
    let Some(server) = Postgres::start("it") else {
        return skipped("there is no PostgreSQL (Debian's package postgresql)");
    };
    let (one, two) = (node(&server, "one.example"), node(&server, "two.example"));
    let asked = [ask(&one), ask(&two)];
    for gateway in [&one, &two] {
        until("the calls of both are there", || {
            let known = calls(gateway);
            asked.iter().all(|call| known.contains(call)).then_some(())
        });
        let story = gateway.run(&["audit", "show", &asked[0], "--fleet", "--json"]);
        assert_eq!(story.json()["records"].as_array().unwrap().len(), 2);
    }
    let keys = [&one, &two].map(|gateway| gateway.run(&["audit", "key"]).stdout.trim().to_owned());
    let to = one.home().join("fleet");
    let words = ["audit", "collect", "--to", to.to_str().unwrap(), "--json"];
    let trusting = |keys: &[String]| {
        let mut words = words.map(str::to_owned).to_vec();
        words[3] = format!("{}-{}", words[3], keys.len());
        for key in keys {
            words.extend(["--key".to_owned(), key.clone()]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        one.run(&words)
    };
    let both = trusting(&keys);
    assert_eq!(both.code, Some(0), "{}{}", both.stdout, both.stderr);
    let nodes = both.json()["nodes"].as_array().unwrap().clone();
    let names: Vec<_> = nodes.iter().map(|node| node["node"].clone()).collect();
    assert_eq!(names, ["one.example", "two.example"]);
    for (node, key) in nodes.iter().zip(&keys) {
        assert_eq!(node["report"]["keys"][0], key.as_str());
        assert_eq!(node["report"]["kinds"]["complete"], 1);
    }
    // Whoever knows the first key alone believes the first node alone.
    let first = trusting(&keys[..1]);
    assert_eq!(first.code, Some(1));
    let oks: Vec<_> = first.json()["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["report"]["ok"].clone())
        .collect();
    assert_eq!(oks, [true, false]);

    // A node that is not there, and one whose trail ends before what somebody kept of it.
    let kept = one.home().join("kept.txt");
    std::fs::write(&kept, two.run(&["audit", "checkpoint"]).stdout).unwrap();
    let collect = |words: &[&str]| {
        let to = one.home().join(format!("fleet-{}", words.concat().len()));
        let mut all = vec!["audit", "collect", "--json", "--to", to.to_str().unwrap()];
        all.extend(words);
        let ran = one.run(&all);
        (ran.code, ran.json()["missing"].clone())
    };
    let expected = ["--node", "one.example", "--node", "three.example"];
    assert_eq!(
        collect(&expected),
        (Some(1), serde_json::json!(["three.example"]))
    );
    let kept = ["--checkpoint", kept.to_str().unwrap()];
    until("what was kept is in the database", || {
        let (code, missing) = collect(&kept);
        assert_eq!(missing, serde_json::json!([]));
        let _ = std::fs::remove_dir_all(one.home().join(format!("fleet-{}", kept.concat().len())));
        (code == Some(0)).then_some(())
    });
    drop(two);
    server.run("DELETE FROM marshal_records WHERE node = 'two.example'");
    assert_eq!(
        collect(&kept),
        (Some(1), serde_json::json!(["two.example"]))
    );

    // Without the database calls go on, and the log says it once.
    drop(server);
    one.logs("Records cannot be brought to the fleet's database");
    until("it is counted", || {
        let failed = one.metric("marshal_audit_export_failures_total{export=\"fleet\"}");
        (failed > 0.0).then_some(())
    });
    ask(&one);
    let log = one.log() + &one.stdout() + &both.stdout;
    assert!(!log.contains(PASSWORD), "{log}");
}

#[test]
fn a_node_without_a_name_of_its_own_is_told_so() {
    let gateway = Setup::with("providers: {demo: {}}\n".to_owned()).start();
    let config = gateway.home().join("other.yaml");
    let text = "audit: {fleet: {host: a, database: b, user: c}}\n";
    std::fs::write(&config, text).unwrap();
    let said = gateway.run(&["check", "--config", config.to_str().unwrap()]);
    assert_eq!(said.code, Some(2), "{}", said.stdout);
    let said = said.stdout + &said.stderr;
    assert!(said.contains("a gateway of a fleet has a name"), "{said}");
}
