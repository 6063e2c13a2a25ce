//! What was said is kept where a policy wants it, readable with its key alone; erased it is gone from every file, and what
//! proves the records proves them still.

use serde_json::{Value, json};

use crate::support::{
    Dialect, Gateway, Request, Setup, Speech, Upstream, answer, of_call, of_path, provider, stream,
    the,
};

const ASKED: &str = "canary of the question";
const ANSWERED: &str = "canary of the answer";

fn audit(level: &str) -> String {
    format!("version: 1\nlevels:\n  - {{subject: \"*\", level: {level}}}\nretention_days: 365\n")
}

fn start(level: &str) -> (Upstream, Gateway) {
    let upstream = Upstream::start(|seen| {
        let dialect = of_path(seen.path());
        if seen.json()["model"] == "quotes" {
            let error = json!({"message": format!("Invalid value: '{ASKED}'"), "type": "invalid_request_error", "code": "invalid_value"});
            return answer(400, &[], json!({ "error": error }).to_string());
        }
        if seen.json()["stream"] == true {
            return stream(dialect.streams(&[ANSWERED]));
        }
        answer(200, &[], dialect.answers(ANSWERED).to_string())
    });
    let config = format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m", "quotes"], "")
    );
    let gateway = Setup::with(config)
        .policy("audit.yaml", audit(level))
        .start();
    (upstream, gateway)
}

fn said(gateway: &Gateway, call: &str) -> Vec<Value> {
    let shown = gateway.run(&["audit", "show", call, "--payload", "--json"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    shown.json()["payloads"].as_array().unwrap().clone()
}

/// Whether a text lies in any file.
fn lies(gateway: &Gateway, text: &str) -> bool {
    let holds = |bytes: &[u8]| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    gateway.files().iter().any(|(_, bytes)| holds(bytes))
}

fn subject(gateway: &Gateway) -> String {
    format!("k:{}", gateway.key.split('_').nth(1).unwrap())
}

#[test]
fn a_level_says_how_much_of_a_call_is_kept() {
    for (level, parts) in [("metadata", 0), ("request", 1), ("full", 2)] {
        let (_upstream, gateway) = start(level);
        for streamed in [false, true] {
            let mut body = Dialect::OpenAi.says("o/m", ASKED);
            body["stream"] = json!(streamed);
            let got = gateway.ask(Dialect::OpenAi, &body);
            assert_eq!(got.status, 200, "{}", got.text());
            let said = said(&gateway, &got.call());
            assert_eq!(said.len(), parts, "{level} {said:?}");
            for (part, text) in said.iter().zip([ASKED, ANSWERED]) {
                assert!(part["said"].as_str().unwrap().contains(text), "{part}");
            }
        }
        for text in [ASKED, ANSWERED] {
            assert!(!lies(&gateway, text), "{level}: nothing is in the clear");
        }
        let records = gateway.records();
        let reads: Vec<_> = records
            .iter()
            .filter(|record| record["action"] == "read-payload")
            .collect();
        assert_eq!(reads.len(), if parts == 0 { 0 } else { 2 }, "{level}");
        assert!(reads.iter().all(|read| read["who"].is_string()));
        assert_eq!(gateway.verify()["ok"], true);
    }
}

#[test]
fn a_provider_that_quotes_the_question_in_its_refusal_says_so_in_no_record() {
    for (level, parts) in [("metadata", 0), ("request", 1), ("full", 2)] {
        let (_upstream, gateway) = start(level);
        for client in [Dialect::OpenAi, Dialect::Anthropic] {
            let got = gateway.ask(client, &client.says("o/quotes", ASKED));
            assert_eq!(got.status, 400, "{}", got.text());
            let records = of_call(&gateway.records(), &got.call());
            assert_eq!(the(&records, "abort")["provider_code"], "invalid_value");
            let said = said(&gateway, &got.call());
            assert_eq!(said.len(), parts, "{level} {said:?}");
            for part in said {
                assert!(part["said"].as_str().unwrap().contains(ASKED), "{part}");
            }
        }
        assert!(!lies(&gateway, ASKED), "{level}: nothing is in the clear");
        let erased = gateway.run(&[
            "audit",
            "erase",
            "--subject",
            &subject(&gateway),
            "--reason",
            "asked for",
            "--json",
        ]);
        assert_eq!(erased.code, Some(0), "{}", erased.stderr);
        assert!(!lies(&gateway, ASKED));
        assert_eq!(gateway.verify()["ok"], true);
    }
}

#[test]
fn of_a_call_that_is_not_recorded_there_is_only_its_refusal() {
    let (_upstream, gateway) = start("none");
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", ASKED));
    assert_eq!(got.status, 200);
    assert!(of_call(&gateway.records(), &got.call()).is_empty());
    let refused = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/none", ASKED));
    the(&of_call(&gateway.records(), &refused.call()), "deny");
    assert_eq!(gateway.verify()["open"], 0);
}

#[test]
fn an_erasure_leaves_no_word_anywhere_and_the_proofs_hold() {
    for running in [true, false] {
        let (_upstream, mut gateway) = start("full");
        let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", ASKED));
        if !running {
            gateway.stop();
        }
        let subject = subject(&gateway);
        let run = |arguments: &[&str]| {
            let ran = gateway.run(arguments);
            (ran.code, ran.json())
        };
        let erase = [
            "audit",
            "erase",
            "--subject",
            &subject,
            "--reason",
            "asked for",
            "--json",
        ];
        let hold = [
            "audit",
            "hold",
            "case 7",
            "--subject",
            &subject,
            "--reason",
            "a court",
            "--json",
        ];
        assert_eq!(run(&hold).0, Some(0));
        let (code, held) = run(&erase);
        assert_eq!(
            (code, &held["held_by"]),
            (Some(1), &json!(["case 7"])),
            "{held}"
        );
        assert!(said(&gateway, &got.call())[0]["said"].is_string());
        assert_eq!(
            run(&["audit", "holds", "--json"]).1["holds"][0]["name"],
            "case 7"
        );
        assert_eq!(run(&["audit", "release", "case 7", "--json"]).0, Some(0));
        let (code, erased) = run(&erase);
        assert_eq!(
            (code, &erased["keys_destroyed"]),
            (Some(0), &json!(1)),
            "{erased}"
        );
        for part in said(&gateway, &got.call()) {
            assert!(part["said"].is_null(), "{part}");
        }
        if running {
            gateway.stop();
        }
        for text in [ASKED, ANSWERED] {
            assert!(!lies(&gateway, text));
        }
        let verified = gateway.verify();
        assert_eq!(verified["ok"], true, "{verified}");
        assert_eq!(
            (&verified["kinds"]["hold"], &verified["kinds"]["erase"]),
            (&json!(2), &json!(2))
        );
        let key = gateway.run(&["audit", "key"]).stdout.trim().to_owned();
        assert_eq!(gateway.run(&["audit", "prove", &got.call()]).code, Some(0));
        let proof = gateway.home().join(format!("{}-1.tlog-proof", got.call()));
        let checked = gateway.run(&[
            "audit",
            "prove",
            "--check",
            proof.to_str().unwrap(),
            "--key",
            &key,
        ]);
        assert_eq!(checked.code, Some(0), "{}", checked.stderr);
        let records = gateway.records();
        let last = records
            .iter()
            .rfind(|record| record["kind"] == "erase")
            .unwrap();
        assert_eq!(
            (&last["held"], &last["reason"]),
            (&json!(false), &json!("asked for"))
        );
        assert!(
            !last.to_string().contains(&subject),
            "a record names nobody: {last}"
        );
    }
}

#[test]
fn what_cannot_be_kept_does_not_go_out() {
    let (upstream, gateway) = start("full");
    // A folder that cannot be made: a file stands in its place.
    std::fs::write(gateway.data_dir().join("payloads"), "").unwrap();
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", ASKED));
    assert_eq!(
        (got.status, &*got.code()),
        (503, "audit_unavailable"),
        "{}",
        got.text()
    );
    assert_eq!(upstream.count(), 0, "no provider saw it");
    std::fs::remove_file(gateway.data_dir().join("payloads")).unwrap();
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("o/m", ASKED));
    assert_eq!(got.status, 200, "{}", got.text());
    let report = gateway.verify();
    assert_eq!(
        (&report["ok"], &report["open"]),
        (&json!(true), &json!(0)),
        "{report}"
    );
}

/// A rule about a class holds for what the model writes as for what it is asked.
#[test]
fn an_answer_of_a_class_that_is_not_to_be_kept_is_not_kept() {
    const CARD: &str = "4111 1111 1111 1111";
    let upstream = Upstream::start(|seen| {
        let dialect = of_path(seen.path());
        let said = if seen.json().to_string().contains("card") {
            CARD
        } else {
            ANSWERED
        };
        if seen.json()["stream"] == true {
            return stream(dialect.streams(&[said]));
        }
        answer(200, &[], dialect.answers(said).to_string())
    });
    let config = format!(
        "providers:\n{}",
        provider("o", &upstream.url(), "openai", &["m"], "")
    );
    let levels = "version: 1\nlevels:\n  - {subject: \"*\", class: pii, level: metadata}\n  - {subject: \"*\", level: full}\n";
    let data =
        "version: 1\nentities:\n  CREDIT_CARD: {class: pii, action: alert, answers: alert}\n";
    let gateway = Setup::with(config)
        .policy("audit.yaml", levels.to_owned())
        .data(data.to_owned())
        .start();
    for streamed in [false, true] {
        for (asked, parts) in [(ASKED, 2), ("which card", 1)] {
            let mut body = Dialect::OpenAi.says("o/m", asked);
            body["stream"] = json!(streamed);
            let got = gateway.ask(Dialect::OpenAi, &body);
            assert_eq!(got.status, 200, "{}", got.text());
            let call = got.call();
            assert_eq!(
                said(&gateway, &call).len(),
                parts,
                "{asked}, streamed: {streamed}"
            );
            let records = gateway.records();
            let complete = the(&of_call(&records, &call), "complete").clone();
            let classes = if parts == 1 {
                json!(["pii"])
            } else {
                Value::Null
            };
            assert_eq!(complete["classes"], classes, "{complete}");
        }
    }
}

#[test]
fn words_that_cannot_be_kept_are_missing_only_where_the_policy_says_so_and_that_is_counted() {
    let (upstream, gateway) = start("full, mode: best_effort");
    std::fs::write(gateway.data_dir().join("payloads"), "").unwrap();
    for streamed in [false, true] {
        let mut body = Dialect::OpenAi.says("o/m", ASKED);
        body["stream"] = json!(streamed);
        let got = gateway.ask(Dialect::OpenAi, &body);
        assert_eq!(got.status, 200, "{}", got.text());
        assert!(got.text().contains(ANSWERED));
    }
    assert_eq!(upstream.count(), 2);
    gateway.logs("What was said in a call is not kept, as the policy lets it.");
    let metrics = Request::get("/metrics").send(gateway.control).text();
    assert!(
        metrics.contains("marshal_audit_records_total{kind=\"lost\"} 2"),
        "{metrics}"
    );
    // All else that is recorded of a call is there, its ending as well.
    let report = gateway.verify();
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(
        (&report["open"], &report["kinds"]["complete"]),
        (&json!(0), &json!(2)),
        "{report}"
    );
}
