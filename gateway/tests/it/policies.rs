//! What policies oblige to is done, what they were asked is kept, and a change is proven before it is made.

use serde_json::{Value, json};

use crate::support::{
    Dialect, Gateway, Request, Setup, Speech, Upstream, answer, both, of_call, of_path, provider,
    shipped_policies, the, until,
};

fn well() -> Upstream {
    Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()))
}

/// Two targets of each dialect: one in the EU, one nobody knows the region of.
fn config(upstream: &Upstream) -> String {
    let url = upstream.url();
    format!(
        "providers:\n{}{}{}models:\n  fast: {{candidates: [o/m, eu/m]}}\n",
        provider("o", &url, "openai", &["m"], ""),
        provider("a", &url, "anthropic", &["m"], ""),
        provider(
            "eu",
            &url,
            "openai, anthropic",
            &["m"],
            ", tasks: [embeddings, files, batches], facts: {region: eu}"
        ),
    )
}

/// A shipped file with more at its end.
fn shipped(file: &str, more: &str) -> String {
    let text = std::fs::read_to_string(shipped_policies().join(file)).unwrap();
    format!("{}\n{more}", text.trim_end())
}

const OBLIGE: &str = "p, bounded, t:interns, *, model:*, *, *, allow, oblige\n";

fn ask(gateway: &Gateway, key: &str, body: &Value) -> crate::support::Answer {
    Request::post(Dialect::OpenAi.path())
        .key(key)
        .json(body)
        .send(gateway.data)
}

fn with_purpose(
    gateway: &Gateway,
    key: &str,
    body: &Value,
    purpose: &str,
) -> crate::support::Answer {
    Request::post(Dialect::OpenAi.path())
        .key(key)
        .header("x-marshal-purpose", purpose)
        .json(body)
        .send(gateway.data)
}

#[test]
fn an_answer_is_bounded_and_nothing_is_kept_in_every_pair_of_dialects() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", OBLIGE))
        .policy("obligations.yaml", "version: 1\nobligations:\n  bounded: {max_tokens: 7, store: false, retention_days: 30}\n")
        .start();
    let intern = gateway.key_of(&["--team", "interns"]);
    for client in both() {
        for model in ["o/m", "a/m"] {
            let mut body = client.says(model, "hello");
            body["max_tokens"] = json!(5_000);
            let got = Request::post(client.path())
                .key(&intern)
                .json(&body)
                .send(gateway.data);
            assert_eq!(got.status, 200, "{}", got.text());
            let sent = upstream.seen().last().unwrap().json();
            let bound = sent
                .get("max_completion_tokens")
                .or_else(|| sent.get("max_tokens"));
            assert_eq!(bound, Some(&json!(7)), "{model} {sent}");
            let records = of_call(&gateway.records(), &got.call());
            let intent = the(&records, "intent");
            assert_eq!(
                intent["obligations"],
                json!(["max_tokens=7", "store=false", "retention_days=30"])
            );
            assert_eq!(intent["retention_days"], 30);
        }
    }
    let kept =
        json!({"model": "o/m", "store": true, "messages": [{"role": "user", "content": "hello"}]});
    let got = ask(&gateway, &intern, &kept);
    assert_eq!(got.status, 200);
    assert_eq!(upstream.seen().last().unwrap().json()["store"], false);
    // Whoever the line is not about is asked nothing.
    gateway.ask(Dialect::OpenAi, &kept);
    assert_eq!(upstream.seen().last().unwrap().json()["store"], true);
}

#[test]
fn what_cannot_be_fulfilled_is_refused_and_another_target_is_taken_where_there_is_one() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", OBLIGE))
        .policy(
            "obligations.yaml",
            "version: 1\nobligations:\n  bounded: {region: [eu, local], max_tokens: 7}\n",
        )
        .start();
    let intern = gateway.key_of(&["--team", "interns"]);
    let ask = |model: &str| {
        let body = Dialect::OpenAi.says(model, "hello");
        ask(&gateway, &intern, &body)
    };
    let got = ask("fast");
    assert_eq!(
        (got.status, got.header("x-marshal-provider")),
        (200, Some("eu")),
        "{}",
        got.text()
    );
    let got = ask("o/m");
    assert_eq!(
        (got.status, got.code().as_str()),
        (403, "compliance_denied")
    );
    assert!(
        got.text().contains(
            "nobody states the target's region, and it must be eu or local (demanded by bounded)"
        ),
        "{}",
        got.text()
    );
    assert_eq!(upstream.count(), 1);
}

#[test]
fn an_approval_lets_those_pass_that_it_names_until_its_day() {
    let upstream = well();
    let line = "p, hiring, *, *, model:*, *, purpose == hiring, allow, oblige\n";
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", line))
        .policy(
            "obligations.yaml",
            "version: 1\nobligations:\n  hiring: {approval: required}\n",
        )
        .start();
    let hr = gateway.key_of(&["--team", "hr"]);
    let body = Dialect::OpenAi.says("o/m", "hello");
    let got = with_purpose(&gateway, &hr, &body, "hiring");
    assert_eq!(
        (got.status, got.code().as_str()),
        (403, "approval_required"),
        "{}",
        got.text()
    );
    assert!(got.text().contains("hiring"), "{}", got.text());
    let deny = the(&of_call(&gateway.records(), &got.call()), "deny").clone();
    assert_eq!(deny["rule"], "hiring");
    gateway.write_policy("approvals.yaml", "version: 1\napprovals:\n  - {rule: hiring, subject: 't:hr', until: 2999-12-31, by: ada, reason: DPIA 17}\n");
    until("the approval acts", || {
        (with_purpose(&gateway, &hr, &body, "hiring").status == 200).then_some(())
    });
    assert_eq!(
        with_purpose(&gateway, &gateway.key, &body, "hiring").code(),
        "approval_required"
    );
    assert_eq!(
        with_purpose(&gateway, &gateway.key, &body, "support").status,
        200
    );
}

#[test]
fn a_profile_cleans_more_strictly_for_those_it_is_obliged_on() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", OBLIGE))
        .policy(
            "data.yaml",
            shipped("data.yaml", "profiles:\n  strict: {EMAIL_ADDRESS: mask}\n"),
        )
        .policy(
            "obligations.yaml",
            "version: 1\nobligations:\n  bounded: {redact: strict}\n",
        )
        .start();
    let intern = gateway.key_of(&["--team", "interns"]);
    let body = Dialect::OpenAi.says("o/m", "mail ada@example.com");
    ask(&gateway, &intern, &body);
    let sent = String::from_utf8(upstream.seen().last().unwrap().body.clone()).unwrap();
    assert!(sent.contains("mail [EMAIL_ADDRESS]"), "{sent}");
    gateway.ask(Dialect::OpenAi, &body);
    let sent = String::from_utf8(upstream.seen().last().unwrap().body.clone()).unwrap();
    assert!(
        !sent.contains("[EMAIL_ADDRESS]") && !sent.contains("ada@example.com"),
        "{sent}"
    );
}

#[test]
fn a_fact_past_its_review_grants_nothing() {
    let upstream = well();
    let facts = |until: &str| {
        format!(
            "version: 1\nfacts:\n  - {{target: 'provider:o', fact: pci, value: true, evidence: AOC 2026, review_by: {until}}}\n"
        )
    };
    let gateway = Setup::with(config(&upstream))
        .policy("facts.yaml", facts("2999-01-01"))
        .start();
    let card = Dialect::OpenAi.says("o/m", "my card is 4111 1111 1111 1111");
    assert_eq!(gateway.ask(Dialect::OpenAi, &card).status, 200);
    gateway.write_policy("facts.yaml", &facts("2020-01-01"));
    gateway.write_policy(
        "access.csv",
        &shipped(
            "access.csv",
            "p, no-mars, *, *, region:mars, *, *, deny\np, asks, t:hr, *, model:*, *, *, allow, oblige\n",
        ),
    );
    gateway.write_policy(
        "obligations.yaml",
        "version: 1\nobligations:\n  asks: {approval: required}\n",
    );
    gateway.write_policy("approvals.yaml", "version: 1\napprovals:\n  - {rule: asks, subject: 't:hr', until: 2020-12-31, by: ada, reason: DPIA 17}\n");
    until("the fact is gone", || {
        (gateway.ask(Dialect::OpenAi, &card).header("x-marshal-code") == Some("compliance_denied"))
            .then_some(())
    });
    let said = gateway.run(&["check", "--policies", "policies"]);
    assert!(
        said.stdout
            .contains("pci of provider:o counts no longer since 2020-01-01 (AOC 2026)"),
        "{said:?}"
    );
    for note in [
        "the approval of asks for t:hr ended with 2020-12-31",
        "no target that is configured here is in the region mars",
    ] {
        assert!(said.stdout.contains(note), "{said:?}");
    }
}

#[test]
fn a_tool_that_is_denied_goes_nowhere_and_a_tenant_narrows_its_own() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream))
        .policy(
            "access.csv",
            shipped(
                "access.csv",
                "p, no-shell, t:interns, *, tool:shell*, *, *, deny\np, crawler-no-a, s:crawler, *, model:a/*, *, *, deny\n",
            ),
        )
        .policy(
            "tenant.acme.access.csv",
            "p, acme-no-a, *, *, model:a/*, *, *, deny\n",
        )
        .start();
    let intern = gateway.key_of(&["--team", "interns"]);
    let acme = gateway.key_of(&["--tenant", "acme"]);
    let tools = |name: &str| json!({"model": "o/m", "messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": name, "parameters": {}}}]});
    let ask = |key: &str, body: &Value| ask(&gateway, key, body);
    let got = ask(&intern, &tools("shell_exec"));
    assert_eq!((got.status, got.code().as_str()), (403, "access_denied"));
    assert!(
        got.text().contains("no-shell (policies/access.csv:"),
        "{}",
        got.text()
    );
    assert_eq!(got.json()["error"]["param"], "tools");
    assert_eq!(ask(&intern, &tools("search")).status, 200);
    assert_eq!(ask(&gateway.key, &tools("shell_exec")).status, 200);
    let got = ask(&acme, &Dialect::OpenAi.says("a/m", "x"));
    assert!(
        got.text()
            .contains("acme-no-a (policies/tenant.acme.access.csv:1)"),
        "{}",
        got.text()
    );
    assert_eq!(ask(&acme, &Dialect::OpenAi.says("o/m", "x")).status, 200);
    let crawler = gateway.key_of(&["--service", "crawler"]);
    let got = ask(&crawler, &Dialect::OpenAi.says("a/m", "x"));
    assert!(got.text().contains("crawler-no-a"), "{}", got.text());
}

#[test]
fn no_way_of_naming_a_tool_leads_past_its_line() {
    let upstream = well();
    let line = "p, no-shell, *, *, tool:shell*, *, *, deny\n";
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", line))
        .start();
    let chat = |tools: Value| json!({"model": "o/m", "messages": [{"role": "user", "content": "x"}], "tools": tools});
    for body in [
        chat(json!([{"type": "shell", "function": {"name": "search"}}])),
        chat(json!([{"type": "function", "name": "shell", "function": {"name": "search"}}])),
        chat(
            json!([{"functionDeclarations": [{"name": "a"}], "function_declarations": [{"name": "shell"}]}]),
        ),
    ] {
        let got = gateway.ask(Dialect::OpenAi, &body);
        assert_eq!(got.code(), "access_denied", "{body} {}", got.text());
    }
    let batch = |tool: &str| {
        json!({"requests": [
            {"custom_id": "1", "params": {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}},
            {"custom_id": "2", "params": {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}],
                "tools": [{"name": tool, "input_schema": {"type": "object"}}]}}]})
    };
    let ask = |tool: &str| gateway.post("/v1/messages/batches", &batch(tool));
    let got = ask("shell");
    assert_eq!(got.code(), "access_denied", "{}", got.text());
    assert_eq!(upstream.count(), 0);
    assert_eq!(ask("search").status, 200, "{}", ask("search").text());
    // A name may be anything that a client writes; what looks like data is not repeated.
    let line = "p, no-card, *, *, tool:4111*, *, *, deny\n";
    gateway.write_policy("access.csv", &shipped("access.csv", line));
    let body = chat(json!([{"type": "function", "function": {"name": "4111111111111111"}}]));
    let got = until("the line acts", || {
        let got = gateway.ask(Dialect::OpenAi, &body);
        (got.status == 403).then_some(got)
    });
    assert!(!got.text().contains("4111"), "{}", got.text());
    assert!(
        !format!("{:?}", gateway.records()).contains("4111111111111111"),
        "nor is it written down"
    );
}

#[test]
fn whoever_may_bring_no_tools_brings_none_by_any_other_word() {
    let upstream = well();
    let lines = "p, no-tools, t:interns, *, model:*, *, tools == true, deny\np, eu-search, *, *, tool:search, *, region == eu, deny\n";
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", lines))
        .start();
    let intern = gateway.key_of(&["--team", "interns"]);
    let message = json!([{"role": "user", "content": "x"}]);
    for (path, body) in [
        (
            "/v1/chat/completions",
            json!({"model": "o/m", "messages": message, "web_search_options": {}}),
        ),
        (
            "/v1/messages",
            json!({"model": "a/m", "max_tokens": 9, "messages": message, "mcp_servers": [{"url": "https://x"}]}),
        ),
        (
            "/v1/messages/batches",
            json!({"requests": [{"custom_id": "1", "params": {"model": "m", "max_tokens": 9, "messages": message,
                "tools": [{"name": "find", "input_schema": {"type": "object"}}]}}]}),
        ),
        (
            "/v1beta/models/o%2Fm:generateContent",
            json!({"contents": [{"parts": [{"text": "x"}]}], "tools": [{"functionDeclarations": [], "googleSearch": {}}]}),
        ),
    ] {
        let got = Request::post(path)
            .key(&intern)
            .json(&body)
            .send(gateway.data);
        assert_eq!(got.status, 403, "{path} {}", got.text());
        assert!(got.text().contains("no-tools"), "{path} {}", got.text());
    }
    assert_eq!(upstream.count(), 0);
    // Where a tool may be used depends on the target: another one is taken where there is one.
    let search = json!({"model": "eu/m", "messages": message, "tools": [{"type": "function", "function": {"name": "search", "parameters": {}}}]});
    let got = gateway.ask(Dialect::OpenAi, &search);
    assert!(got.text().contains("eu-search"), "{}", got.text());
    let mut fast = search;
    fast["model"] = json!("fast");
    let got = gateway.ask(Dialect::OpenAi, &fast);
    assert_eq!(
        (got.status, got.header("x-marshal-provider")),
        (200, Some("o")),
        "{}",
        got.text()
    );
}

#[test]
fn a_batch_is_where_its_models_are() {
    let upstream = well();
    let line = "p, bounded, *, *, model:*, invoke, *, allow, oblige\n";
    let fact = |model: &str, region: &str| {
        format!(
            "  - {{target: 'model:k/{model}', fact: region, value: {region}, evidence: contract, review_by: 2999-01-01}}\n"
        )
    };
    let gateway = Setup::with(format!(
        "providers:\n{}",
        provider(
            "k",
            &upstream.url(),
            "anthropic",
            &["here", "there"],
            ", tasks: [batches]"
        )
    ))
    .policy("access.csv", shipped("access.csv", line))
    .policy(
        "obligations.yaml",
        "version: 1\nobligations:\n  bounded: {region: [eu]}\n",
    )
    .policy(
        "facts.yaml",
        format!(
            "version: 1\nfacts:\n{}{}",
            fact("here", "eu"),
            fact("there", "us")
        ),
    )
    .start();
    let ask = |model: &str| {
        let params = json!({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]});
        gateway.post(
            "/v1/messages/batches",
            &json!({"requests": [{"custom_id": "1", "params": params}]}),
        )
    };
    let got = ask("there");
    assert_eq!(got.code(), "compliance_denied", "{}", got.text());
    assert!(
        got.text().contains("the target's region is us"),
        "{}",
        got.text()
    );
    assert_eq!(upstream.count(), 0);
    let got = ask("here");
    assert_eq!(got.status, 200, "{}", got.text());
}

#[test]
fn whoever_reads_the_trail_needs_no_providers_key() {
    let upstream = well();
    let keyed =
        config(&upstream).replacen("models: [", "api_key: {env: PROVIDERS_KEY}, models: [", 1);
    let gateway = Setup::with(keyed)
        .own_policies()
        .env("PROVIDERS_KEY", "sk-1")
        .start();
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"));
    let call = got.call();
    for command in [
        &["audit", "verify"][..],
        &["audit", "show", &call],
        &[
            "key",
            "create",
            "--name",
            "night",
            "--break-glass",
            "the ward is down",
            "--expires-in-s",
            "60",
        ],
        &["policy", "explain", &call],
        &["policy", "explain", "--model", "eu/m"],
        &["check", "--coverage"],
    ] {
        let mut shell = gateway.command();
        let out = shell
            .env_remove("PROVIDERS_KEY")
            .args(command)
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
    let out = gateway
        .command()
        .env_remove("PROVIDERS_KEY")
        .arg("check")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&out.stderr).contains("PROVIDERS_KEY is not set"));
}

#[test]
fn what_a_tool_or_a_door_obliges_to_is_done() {
    let upstream = well();
    let lines = "p, bounded, *, *, tool:search, invoke, *, allow, oblige\np, here, *, *, api:embeddings, invoke, *, allow, oblige\np, next-no-embeddings, *, *, api:embeddings, invoke, *, deny, shadow\n";
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", lines))
        .policy(
            "obligations.yaml",
            "version: 1\nobligations:\n  bounded: {max_tokens: 7}\n  here: {region: [eu]}\n",
        )
        .start();
    let mut body = Dialect::OpenAi.says("o/m", "hello");
    body["tools"] = json!([{"type": "function", "function": {"name": "search", "parameters": {}}}]);
    gateway.ask(Dialect::OpenAi, &body);
    assert_eq!(upstream.last().json()["max_tokens"], 7);
    body["tools"][0]["function"]["name"] = json!("find");
    gateway.ask(Dialect::OpenAi, &body);
    assert!(upstream.last().json()["max_tokens"].is_null());
    let embed =
        |model: &str| gateway.post("/v1/embeddings", &json!({"model": model, "input": "hello"}));
    let got = embed("o/m");
    assert_eq!(got.code(), "compliance_denied", "{}", got.text());
    assert!(got.text().contains("(demanded by here)"), "{}", got.text());
    let got = embed("eu/m");
    let intent = the(&of_call(&gateway.records(), &got.call()), "intent").clone();
    assert_eq!(
        intent["shadow"][0]["rule"], "next-no-embeddings",
        "{intent}"
    );
}

#[test]
fn breaking_the_glass_needs_a_reason_ends_soon_and_is_seen() {
    let upstream = well();
    let line = "p, no-one, *, *, model:a/*, *, !(break_glass == true), deny\n";
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", line))
        .start();
    let refused = |arguments: &[&str], part: &str| {
        let said = gateway.run(arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.stderr.contains(part), "{part}: {said:?}");
    };
    refused(
        &[
            "key",
            "create",
            "--name",
            "x",
            "--break-glass",
            "the ward is offline",
        ],
        "--expires-in-s",
    );
    refused(
        &[
            "key",
            "create",
            "--name",
            "x",
            "--break-glass",
            "help",
            "--expires-in-s",
            "60",
        ],
        "10 to 500 characters",
    );
    refused(
        &[
            "key",
            "create",
            "--name",
            "x",
            "--break-glass",
            "the ward is offline",
            "--expires-in-s",
            "99999",
        ],
        "within four hours",
    );
    let glass = gateway.key_of(&[
        "--user",
        "ann",
        "--break-glass",
        "the ward is offline",
        "--expires-in-s",
        "600",
    ]);
    let body = Dialect::OpenAi.says("a/m", "hello");
    let got = ask(&gateway, &glass, &body);
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(gateway.ask(Dialect::OpenAi, &body).code(), "access_denied");
    let records = of_call(&gateway.records(), &got.call());
    let broken = the(&records, "break-glass");
    assert_eq!(
        (broken["reason"].as_str(), broken["user"].as_str()),
        (Some("the ward is offline"), Some("ann"))
    );
    let calls = || gateway.metric("marshal_break_glass_calls_total");
    let before = calls();
    Request::get("/v1/models").key(&glass).send(gateway.data);
    assert_eq!(calls(), before + 1.0);
    let made = gateway
        .records()
        .into_iter()
        .find(|record| record["break_glass"].is_string())
        .unwrap();
    assert_eq!(made["kind"], "key-change");
    let kinds = &gateway.verify()["kinds"];
    assert_eq!(kinds["break-glass"].as_f64(), Some(calls()));
}

#[test]
fn an_unsigned_or_changed_bundle_does_not_come_into_force() {
    let upstream = well();
    let mut gateway = Setup::with(config(&upstream)).own_policies().start();
    let key = |name: &str| {
        let made = gateway.run(&["policy", "keygen", name, "--json"]).json();
        made["public_key"].as_str().unwrap().to_owned()
    };
    let (ada, bob) = (key("ada.key"), key("bob.key"));
    let file = gateway.home().join("marshal.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        format!("{text}policy_signers: {{required: 2, keys: {{ada: {ada}, bob: {bob}}}}}\n"),
    )
    .unwrap();
    let check = |gateway: &Gateway| gateway.run(&["check", "--json"]);
    std::fs::write(
        &file,
        format!("{text}policy_signers: {{required: 2, keys: {{ada: {ada}, bob: {ada}}}}}\n"),
    )
    .unwrap();
    let told = check(&gateway);
    assert!(
        told.code == Some(2) && told.stderr.contains("is another approver's key"),
        "{told:?}"
    );
    std::fs::write(
        &file,
        format!("{text}policy_signers: {{required: 2, keys: {{ada: {ada}, bob: {bob}}}}}\n"),
    )
    .unwrap();
    assert!(
        check(&gateway)
            .stderr
            .contains("a bundle needs 2 of the signatures of ada, bob"),
        "{:?}",
        check(&gateway)
    );
    let sign = |gateway: &Gateway, name: &str| {
        gateway.run(&[
            "policy",
            "sign",
            "policies",
            "--key",
            &format!("{name}.key"),
            "--approver",
            name,
        ])
    };
    sign(&gateway, "ada");
    assert!(
        check(&gateway)
            .stderr
            .contains("only that of ada stands under these files"),
        "{:?}",
        check(&gateway)
    );
    sign(&gateway, "bob");
    assert_eq!(check(&gateway).json()["ok"], true);
    gateway.stop();
    gateway.start();
    gateway.write_policy(
        "access.csv",
        &shipped("access.csv", "p, all, *, *, *, *, *, allow\n"),
    );
    gateway.logs("a bundle needs 2 of the signatures");
    assert_eq!(
        gateway
            .ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"))
            .status,
        200,
        "the old bundle stays"
    );
    sign(&gateway, "ada");
    sign(&gateway, "bob");
    let change = until("the signed change is in force", || {
        let records = gateway.records();
        records
            .into_iter()
            .rev()
            .find(|record| record["kind"] == "policy-change" && record["ok"] == true)
    });
    assert_eq!(change["approvers"], json!(["ada", "bob"]));
}

#[test]
fn recorded_calls_put_to_the_same_bundle_are_decided_the_same_and_a_change_says_who_loses() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream)).own_policies().start();
    let intern = gateway.key_of(&["--team", "interns"]);
    let mut last = String::new();
    for (key, model, text) in [
        (&gateway.key, "o/m", "hello"),
        (&intern, "o/m", "hello"),
        (&intern, "a/m", "my card is 4111 1111 1111 1111"),
        (&intern, "fast", "mail ada@example.com"),
    ] {
        let body = Dialect::OpenAi.says(model, text);
        last = ask(&gateway, key, &body).call();
    }
    gateway.get("/v1/files");
    let same = gateway
        .run(&["policy", "simulate", "--json", "--policies", "policies"])
        .json();
    assert_eq!(
        (same["decisions"].as_u64(), same["same"].as_u64()),
        (Some(5), Some(5)),
        "{same}"
    );
    let changed = gateway.home().join("changed");
    std::fs::create_dir(&changed).unwrap();
    for entry in std::fs::read_dir(gateway.home().join("policies")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, changed.join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(
        changed.join("access.csv"),
        shipped(
            "access.csv",
            "p, no-interns, t:interns, *, model:o/*, *, *, deny\n",
        ),
    )
    .unwrap();
    std::fs::write(
        changed.join("compliance.csv"),
        shipped(
            "compliance.csv",
            "p, cards-too, data:pci, *, model:a/*, send, *, allow\n",
        ),
    )
    .unwrap();
    let told = gateway
        .run(&["policy", "simulate", "--json", "--policies", "changed"])
        .json();
    assert_eq!(
        (told["lost"].as_u64(), told["gained"].as_u64()),
        (Some(2), Some(1)),
        "{told}"
    );
    assert!(
        told["lines"]
            .as_array()
            .unwrap()
            .contains(&json!({"change": "loses", "line": "no-interns", "count": 2})),
        "{told}"
    );
    assert!(
        told["calls"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("no-interns (changed/access.csv:"),
        "{told}"
    );
    let diff = gateway
        .run(&["policy", "diff", "policies", "changed", "--json"])
        .json();
    assert!(
        diff["changed"].as_u64().unwrap() > 0 && diff["whole"] == true,
        "{diff}"
    );
    let told = gateway
        .run(&[
            "policy",
            "explain",
            &last,
            "--policies",
            "changed",
            "--json",
        ])
        .json();
    assert_eq!(
        (
            told["decisions"][0]["was"].as_str(),
            told["decisions"][0]["now"].as_str()
        ),
        (Some("allow"), Some("deny"))
    );
    let told = gateway
        .run(&[
            "policy",
            "explain",
            "--subject",
            "t:interns",
            "--model",
            "o/m",
            "--data",
            "pci",
            "--policies",
            "changed",
            "--json",
        ])
        .json();
    assert_eq!(
        (
            told["effect"].as_str(),
            told["decisions"][0]["rule"].as_str()
        ),
        (Some("deny"), Some("no-interns"))
    );
    assert_eq!(told["decisions"][1]["policy"], "compliance, data:pci");
    assert!(
        told["decisions"][1]["reason"]
            .as_str()
            .unwrap()
            .contains("card-data (line 19), needs pci == true"),
        "{told}"
    );
}

#[test]
fn a_bundle_in_shadow_mode_decides_nothing_and_its_differences_are_recorded() {
    let upstream = well();
    let setup =
        Setup::with(format!("{}shadow_policies: ./next\n", config(&upstream))).own_policies();
    let next = std::env::temp_dir().join(format!("marshal-next-{}", std::process::id()));
    std::fs::create_dir_all(&next).unwrap();
    for entry in std::fs::read_dir(shipped_policies()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, next.join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(
        next.join("access.csv"),
        shipped("access.csv", "p, next-no-a, *, *, model:a/*, *, *, deny\n"),
    )
    .unwrap();
    let gateway = setup
        .env("MARSHAL_UNUSED", "1")
        .prelude(&format!("cp -r {} next", next.display()))
        .start();
    std::fs::remove_dir_all(&next).unwrap();
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("a/m", "hello"));
    assert_eq!(got.status, 200);
    let intent = the(&of_call(&gateway.records(), &got.call()), "intent").clone();
    assert_eq!(
        (
            intent["shadow_bundle"]["would"].as_str(),
            intent["shadow_bundle"]["rule"].as_str()
        ),
        (Some("deny"), Some("next-no-a"))
    );
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"));
    assert!(the(&of_call(&gateway.records(), &got.call()), "intent")["shadow_bundle"].is_null());
    assert_eq!(
        gateway.metric("marshal_shadow_decisions_total{result=\"loses\"}"),
        1.0
    );
}

#[test]
fn a_bundle_without_tests_is_not_one_that_passes_them() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream)).own_policies().start();
    let tests = gateway.home().join("policies");
    for entry in std::fs::read_dir(tests).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".test.yaml") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let told = gateway.run(&["policy", "test", "policies"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("There are no tests"), "{told:?}");
}

#[test]
fn the_tests_beside_the_policies_are_run_and_a_bundle_can_be_held_to_them() {
    let upstream = well();
    let gateway = Setup::with(format!("{}policy_tests: required\n", config(&upstream)))
        .own_policies()
        .start();
    let told = gateway
        .run(&["policy", "test", "policies", "--mutate", "--json"])
        .json();
    assert_eq!(
        (told["ok"].as_bool(), told["failed"].as_u64()),
        (Some(true), Some(0)),
        "{told}"
    );
    assert!(
        told["mutation"]["killed_percent"].as_u64().unwrap() >= 90,
        "{told}"
    );
    gateway.write_policy(
        "access.csv",
        &shipped("access.csv", "p, oops, *, *, admin:*, *, *, allow\n"),
    );
    gateway.logs("k:app to key.issue admin:keys: no entry lists it, so it must be denied");
    let told = gateway.run(&["policy", "test", "policies"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(
        told.stdout.contains("FAILED") && told.stdout.contains("oops"),
        "{told:?}"
    );
    assert_eq!(
        gateway
            .ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"))
            .status,
        200,
        "the old bundle stays"
    );
}

#[test]
fn the_control_plane_asks_the_policies_too() {
    let upstream = well();
    let line = "p, readers, u:reader, *, admin:keys, key.issue, *, deny\n";
    let gateway = Setup::with(config(&upstream))
        .policy("access.csv", shipped("access.csv", line))
        .start();
    let reader = gateway.key_of(&["--user", "reader", "--admin"]);
    let post = |key: &str| {
        Request::post("/api/keys")
            .key(key)
            .json(&json!({"name": "new"}))
            .send(gateway.control)
    };
    let got = Request::get("/api/keys").key(&reader).send(gateway.control);
    assert_eq!(got.status, 200, "{}", got.text());
    let got = post(&reader);
    assert_eq!(got.status, 403);
    assert!(
        got.text().contains("readers (policies/access.csv:"),
        "{}",
        got.text()
    );
    let admin = gateway.key_of(&["--admin"]);
    assert!(post(&admin).status < 300);
}

/// Bundles change all the time while calls go on: no call fails, and each is decided by one of the two.
#[test]
fn a_thousand_reloads_under_load_fail_no_call() {
    let upstream = well();
    let gateway = Setup::with(config(&upstream)).own_policies().start();
    let versions = ["one", "two"].map(|name| {
        shipped(
            "access.csv",
            &format!("p, {name}, t:{name}, *, model:*, *, *, deny\n"),
        )
    });
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // As many as were taken in: of those that come between two looks nobody hears.
            for number in 0..20_000 {
                gateway.write_policy("access.csv", &versions[number % 2]);
                std::thread::park_timeout(std::time::Duration::from_millis(3));
                if number >= 1_000
                    && gateway.metric("marshal_policy_reloads_total{result=\"applied\"}") > 5.0
                {
                    break;
                }
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let mut calls = 0;
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", "hello"));
            assert_eq!(got.status, 200, "{}", got.text());
            calls += 1;
        }
        assert!(calls > 10);
    });
    assert!(gateway.metric("marshal_policy_reloads_total{result=\"applied\"}") > 5.0);
    assert!(
        gateway
            .metrics()
            .contains("marshal_policy_reloads_total{result=\"refused\"} 0")
    );
}
