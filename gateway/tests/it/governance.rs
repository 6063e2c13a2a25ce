//! Who may do what: each refusal names the line that decided, in the caller's dialect and in the trail.

use serde_json::{Value, json};

use crate::support::{
    Act, Answer, Dialect, Gate, Gateway, Request, Setup, Speech, Upstream, answer, both, of_call,
    of_path, provider, shipped_policies, the, until,
};

fn well() -> Upstream {
    Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()))
}

fn setup(upstream: &Upstream) -> Setup {
    Setup::with(format!(
        "providers:\n{}",
        provider(
            "o",
            &upstream.url(),
            "openai, anthropic",
            &["open", "closed"],
            ""
        )
    ))
}

/// The shipped lines and one more, which is on line `line`.
fn with_line(file: &str, added: &str) -> (String, usize) {
    let text = std::fs::read_to_string(shipped_policies().join(file)).unwrap();
    let text = text.trim_end();
    (format!("{text}\n{added}\n"), text.lines().count() + 1)
}

/// Checks a refusal as its caller sees it, and gives its record.
fn refused(gateway: &Gateway, dialect: Dialect, got: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(
        (
            got.status,
            got.code().as_str(),
            got.header("x-marshal-code")
        ),
        (status, code, Some(code)),
        "{}",
        got.text()
    );
    let body = got.json();
    assert_eq!(
        body["type"] == "error",
        dialect == Dialect::Anthropic,
        "{body}"
    );
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .ends_with(&format!("(call {})", got.call())),
        "{body}"
    );
    let records = of_call(&gateway.records(), &got.call());
    let deny = the(&records, "deny").clone();
    assert_eq!(
        (deny["code"].as_str(), deny["status"].as_u64()),
        (Some(code), Some(u64::from(status))),
        "{deny}"
    );
    deny
}

#[test]
fn a_call_without_a_good_key_is_refused_before_anything_else() {
    let upstream = well();
    let gateway = setup(&upstream).start();
    let made = gateway
        .run(&["key", "create", "--name", "gone", "--json"])
        .json();
    let (gone, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    gateway.run(&["key", "revoke", id]);
    until("the key is void", || {
        let got = Request::get("/v1/models").key(gone).send(gateway.data);
        (got.status == 401 && got.code() == "revoked_credential").then_some(())
    });
    let (most, last) = gateway.key.split_at(gateway.key.len() - 1);
    let other = format!("{most}{}", if last == "x" { "y" } else { "x" });
    for dialect in both() {
        let ask = || Request::post(dialect.path()).json(&dialect.says("o/open", "hello"));
        let cases = [
            (ask(), "no_credential"),
            (ask().key("sk-someone-elses"), "invalid_credential"),
            (ask().key(&other), "invalid_credential"),
            (ask().header("x-api-key", "mk_"), "invalid_credential"),
            (ask().key(gone), "revoked_credential"),
        ];
        for (request, code) in cases {
            let got = request.send(gateway.data);
            let deny = refused(&gateway, dialect, &got, 401, code);
            assert_eq!(deny["key"], Value::Null);
        }
        assert_eq!(
            ask()
                .header("x-api-key", &gateway.key)
                .send(gateway.data)
                .status,
            200
        );
    }
    assert_eq!(upstream.count(), 2);
}

#[test]
fn a_forbidden_model_is_refused_with_the_rule_and_its_line() {
    let upstream = well();
    let (access, line) = with_line(
        "access.csv",
        "p, closed-to-all, *, *, model:o/closed, *, *, deny",
    );
    let gateway = setup(&upstream).policy("access.csv", access).start();
    for dialect in both() {
        let got = gateway.ask(dialect, &dialect.says("o/closed", "hello"));
        let deny = refused(&gateway, dialect, &got, 403, "access_denied");
        let place = format!("access.csv:{line}:");
        assert!(
            got.text().contains("closed-to-all") && got.text().contains(&place),
            "{}",
            got.text()
        );
        assert_eq!(deny["rule"], "closed-to-all");
        assert!(deny["place"].as_str().unwrap().contains(&place), "{deny}");
        assert_eq!(
            gateway
                .ask(dialect, &dialect.says("o/open", "hello"))
                .status,
            200
        );
    }
    assert_eq!(upstream.count(), 2);
}

#[test]
fn an_unknown_model_is_refused_with_the_nearest_one() {
    let upstream = well();
    let gateway = setup(&upstream).start();
    for dialect in both() {
        let got = gateway.ask(dialect, &dialect.says("o/opne", "hello"));
        refused(&gateway, dialect, &got, 404, "unknown_model");
        assert!(got.text().contains("o/open"), "{}", got.text());
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn the_list_of_models_holds_what_the_caller_may_use() {
    let upstream = well();
    let (access, _) = with_line(
        "access.csv",
        "p, not-for-interns, t:interns, *, model:o/closed, *, *, deny",
    );
    let gateway = setup(&upstream).policy("access.csv", access).start();
    let made = gateway
        .run(&[
            "key", "create", "--name", "intern", "--team", "interns", "--json",
        ])
        .json();
    let intern = made["key"].as_str().unwrap();
    let ids = |key: &str| {
        let got = Request::get("/v1/models").key(key).send(gateway.data);
        let list = (got.status == 200).then(|| got.json()["data"].as_array().unwrap().clone());
        list.map(|list| {
            list.iter()
                .map(|model| model["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
    };
    let seen = until("the new key works", || ids(intern));
    assert_eq!(seen, ["o/open"]);
    assert_eq!(ids(&gateway.key).unwrap(), ["o/open", "o/closed"]);
    assert_eq!(
        Request::get("/v1/models/o%2Fopen")
            .key(intern)
            .send(gateway.data)
            .status,
        200
    );
    assert_eq!(
        Request::get("/v1/models/o%2Fclosed")
            .key(intern)
            .send(gateway.data)
            .status,
        404,
        "what may not be used is not there"
    );
    assert_eq!(
        Request::get("/v1/models/o%2Fclosed")
            .key(&gateway.key)
            .send(gateway.data)
            .status,
        200
    );
}

#[test]
fn a_changed_policy_acts() {
    let upstream = well();
    let gateway = setup(&upstream).own_policies().start();
    let ask = || gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/closed", "hello"));
    assert_eq!(ask().status, 200);
    let (access, _) = with_line(
        "access.csv",
        "p, closed-to-all, *, *, model:o/closed, *, *, deny",
    );
    gateway.write_policy("access.csv", &access);
    until("the new line acts", || (ask().status == 403).then_some(()));
    until("it is counted", || {
        let applied = gateway.metric("marshal_policy_reloads_total{result=\"applied\"}");
        (applied == 1.0).then_some(())
    });
    let records = until("the change is in the trail", || {
        let records = gateway.records();
        records
            .iter()
            .any(|record| record["kind"] == "policy-change")
            .then_some(records)
    });
    let change = the(&records, "policy-change");
    assert_eq!(change["ok"], true);
    let last = records
        .iter()
        .rfind(|record| record["kind"] == "deny")
        .unwrap();
    assert_eq!(
        last["policy"], change["to"],
        "each record names the bundle that decided"
    );
}

#[test]
fn a_policy_with_a_typo_is_reported_and_the_old_bundle_stays() {
    let upstream = well();
    let gateway = setup(&upstream).own_policies().start();
    let ask = |model| gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says(model, "hello"));
    // The good line in it does not act either: a bundle is taken whole or not at all.
    let (access, line) = with_line(
        "access.csv",
        "p, closed-to-all, *, *, model:o/closed, *, *, deny\np, typo, *, *, model:*, invoke, *, alow",
    );
    gateway.write_policy("access.csv", &access);
    until("the refusal is counted", || {
        (gateway.metric("marshal_policy_reloads_total{result=\"refused\"}") >= 1.0).then_some(())
    });
    let records = until("the refusal is in the trail", || {
        let records = gateway.records();
        records
            .iter()
            .any(|record| record["kind"] == "policy-change")
            .then_some(records)
    });
    let change = the(&records, "policy-change");
    let problem = change["problems"][0].as_str().unwrap();
    assert!(
        change["ok"] == false
            && problem.contains(&format!("access.csv:{}:", line + 1))
            && problem.contains("alow"),
        "{change}"
    );
    gateway.logs("alow");
    assert_eq!((ask("o/open").status, ask("o/closed").status), (200, 200));
    // Mended, it acts.
    gateway.write_policy("access.csv", &access.replace("alow", "allow"));
    until("the mended bundle acts", || {
        (ask("o/closed").status == 403).then_some(())
    });
    assert_eq!(ask("o/open").status, 200);
}

#[test]
fn a_typo_in_the_limits_keeps_the_old_bundle_too() {
    let upstream = well();
    let gateway = setup(&upstream).own_policies().start();
    gateway.write_policy(
        "limits.yaml",
        "version: 1\nlimits:\n  - {subject: \"*\", request_per_minute: 1}\n",
    );
    until("the refusal is counted", || {
        (gateway.metric("marshal_policy_reloads_total{result=\"refused\"}") >= 1.0).then_some(())
    });
    gateway.logs("limits.yaml:3:");
    for _ in 0..3 {
        assert_eq!(
            gateway
                .ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/open", "hello"))
                .status,
            200
        );
    }
}

fn limited(upstream: &Upstream, limits: &str) -> Gateway {
    setup(upstream)
        .policy(
            "limits.yaml",
            format!("version: 1\nlimits:\n  - {{subject: \"*\", {limits}}}\n"),
        )
        .start()
}

#[test]
fn too_many_requests_a_minute_are_told_when_to_come_back() {
    let upstream = well();
    for dialect in both() {
        let gateway = limited(&upstream, "requests_per_minute: 3");
        for _ in 0..3 {
            assert_eq!(
                gateway
                    .ask(dialect, &dialect.says("o/open", "hello"))
                    .status,
                200
            );
        }
        let got = gateway.ask(dialect, &dialect.says("o/open", "hello"));
        refused(&gateway, dialect, &got, 429, "rate_limited");
        let after: u64 = got.header("retry-after").unwrap().parse().unwrap();
        assert!(
            (1..=20).contains(&after),
            "a third of a minute for one of three: {after}"
        );
    }
    assert_eq!(upstream.count(), 6);
}

#[test]
fn too_many_tokens_a_minute_are_refused() {
    let upstream = well();
    let gateway = limited(&upstream, "tokens_per_minute: 500");
    let got = gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("o/open", &"many words ".repeat(1_000)),
    );
    refused(&gateway, Dialect::OpenAi, &got, 429, "rate_limited");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn too_many_calls_at_once_are_refused() {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |seen| {
        let mut acts = vec![Act::Wait(waits.clone())];
        acts.extend(answer(
            200,
            &[],
            of_path(seen.path()).answers("well").to_string(),
        ));
        acts
    });
    let gateway = limited(&upstream, "concurrent_calls: 1");
    std::thread::scope(|scope| {
        let first =
            scope.spawn(|| gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/open", "first")));
        upstream.wait_for(1);
        let second = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/open", "second"));
        gate.open();
        refused(&gateway, Dialect::OpenAi, &second, 429, "rate_limited");
        assert_eq!(first.join().unwrap().status, 200);
    });
    until("the permit is back", || {
        (gateway
            .ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/open", "third"))
            .status
            == 200)
            .then_some(())
    });
}

#[test]
fn a_spent_budget_refuses_before_the_provider_is_called() {
    let upstream = well();
    let config = format!(
        "providers:\n  o: {{base_url: \"{}\", dialects: [openai, anthropic], models: [{{name: dear, price: {{input_usd_per_mtok: 100, output_usd_per_mtok: 10000}}}}]}}\n",
        upstream.url()
    );
    // An answer of 64 tokens can cost 0.64 dollars and does cost 0.05 and a little.
    let limits = "version: 1\nlimits: []\nbudgets:\n  - {name: each-key, subject: \"*\", per: key, period: total, limit_usd: 1}\n";
    let gateway = Setup::with(config).policy("limits.yaml", limits).start();
    let ask = |dialect: Dialect| {
        let mut body = dialect.says("o/dear", "hello");
        body["max_tokens"] = json!(64);
        gateway.ask(dialect, &body)
    };
    let mut answered = 0;
    let refusal = loop {
        let got = ask(Dialect::OpenAi);
        if got.status != 200 {
            break got;
        }
        answered += 1;
        assert!(answered < 20, "the budget holds");
    };
    assert!(
        (2..20).contains(&answered),
        "what a call costs is settled, not what it could have cost: {answered}"
    );
    refused(&gateway, Dialect::OpenAi, &refusal, 429, "budget_spent");
    assert_eq!(refusal.json()["error"]["type"], "insufficient_quota");
    let refusal = ask(Dialect::Anthropic);
    refused(&gateway, Dialect::Anthropic, &refusal, 429, "budget_spent");
    assert_eq!(upstream.count(), answered);
}

#[test]
fn a_burst_never_overspends_a_budget() {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |seen| {
        let mut acts = vec![Act::Wait(waits.clone())];
        acts.extend(answer(
            200,
            &[],
            of_path(seen.path()).answers("well").to_string(),
        ));
        acts
    });
    let config = format!(
        "providers:\n  o: {{base_url: \"{}\", models: [{{name: dear, price: {{input_usd_per_mtok: 0, output_usd_per_mtok: 10000}}}}]}}\n",
        upstream.url()
    );
    // Each call holds 0.64 dollars: three fit, whatever the others do meanwhile.
    let limits = "version: 1\nlimits: []\nbudgets:\n  - {name: each-key, subject: \"*\", per: key, period: total, limit_usd: 2}\n";
    let gateway = Setup::with(config).policy("limits.yaml", limits).start();
    let mut body = Dialect::OpenAi.says("o/dear", "hello");
    body["max_tokens"] = json!(64);
    let refused = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let got = gateway.ask(Dialect::OpenAi, &body);
                if got.status == 429 {
                    refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            });
        }
        until("all but three are refused", || {
            (refused.load(std::sync::atomic::Ordering::Relaxed) == 29).then_some(())
        });
        // The last of the three may still be on its way.
        upstream.wait_for(3);
        upstream.wait_for(3);
        gate.open();
    });
    // What they did not use is free again.
    assert_eq!(gateway.ask(Dialect::OpenAi, &body).status, 200);
}

#[test]
fn a_spent_budget_stays_spent_after_a_restart() {
    let upstream = well();
    let config = format!(
        "providers:\n  o: {{base_url: \"{}\", models: [{{name: dear, price: {{input_usd_per_mtok: 100, output_usd_per_mtok: 10000}}}}]}}\n",
        upstream.url()
    );
    let limits = "version: 1\nlimits: []\nbudgets:\n  - {name: each-key, subject: \"*\", per: key, period: total, limit_usd: 0.7}\n";
    let mut gateway = Setup::with(config).policy("limits.yaml", limits).start();
    let mut body = Dialect::OpenAi.says("o/dear", "hello");
    body["max_tokens"] = json!(64);
    let first = until("the budget is spent", || {
        let got = gateway.ask(Dialect::OpenAi, &body);
        (got.status == 429).then_some(got)
    });
    assert_eq!(first.code(), "budget_spent");
    gateway.stop();
    gateway.start();
    assert_eq!(gateway.ask(Dialect::OpenAi, &body).code(), "budget_spent");
}
