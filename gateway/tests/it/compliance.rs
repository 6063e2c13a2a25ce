//! Data goes where the compliance policy lets it go: at the first choice, at every fallback, and nowhere else.

use serde_json::{Value, json};

use crate::support::{
    Gateway, Setup, Speech, Upstream, answer, both, failing, of_call, of_path, provider, the,
};

const CARD: &str = "my card is 4111 1111 1111 1111";

/// `fast` prefers `plain/m`, then `vault/m`; `vaults` is the other way round. Only `vault` is marked for card data.
fn start(plain: &Upstream, vault: &Upstream) -> Gateway {
    let config = format!(
        "providers:\n{}{}models:\n  fast: {{candidates: [plain/m, vault/m]}}\n  vaults: {{candidates: [vault/m, plain/m]}}\n",
        provider("plain", &plain.url(), "openai, anthropic", &["m"], ""),
        provider(
            "vault",
            &vault.url(),
            "openai, anthropic",
            &["m"],
            ", facts: {pci: true}"
        )
    );
    Setup::with(config).start()
}

fn well() -> Upstream {
    Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()))
}

fn removed(intent: &Value) -> Vec<(String, String)> {
    let removed = intent["plan"]["removed"].as_array().unwrap().iter();
    removed
        .map(|gone| {
            (
                gone["target"].as_str().unwrap().to_owned(),
                gone["why"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_card_number_goes_only_to_a_target_that_is_marked_for_it() {
    let (plain, vault) = (well(), well());
    let gateway = start(&plain, &vault);
    for client in both() {
        let got = gateway.ask(client, &client.says("fast", CARD));
        assert_eq!(
            (got.status, got.header("x-marshal-provider")),
            (200, Some("vault")),
            "{}",
            got.text()
        );
        let records = of_call(&gateway.records(), &got.call());
        let intent = the(&records, "intent");
        assert_eq!(intent["classes"], json!(["pci"]));
        assert_eq!(intent["compliance_rule"], "card-data");
        let removed = removed(intent);
        assert!(
            removed
                .iter()
                .any(|(target, why)| target == "plain/m" && why.contains("pci")),
            "{removed:?}"
        );
        let got = gateway.ask(client, &client.says("fast", "no card at all"));
        assert_eq!(
            got.header("x-marshal-provider"),
            Some("plain"),
            "the first choice, for everything else"
        );
    }
    assert_eq!((plain.count(), vault.count()), (2, 2));
}

#[test]
fn an_outage_moves_no_card_number_to_a_target_that_is_not_marked() {
    let (plain, vault) = (well(), Upstream::start(|_| failing(500)));
    let gateway = start(&plain, &vault);
    for client in both() {
        let got = gateway.ask(client, &client.says("vaults", CARD));
        assert_eq!(
            (got.status, got.header("x-marshal-code")),
            (500, Some("upstream_failed")),
            "{}",
            got.text()
        );
        let got = gateway.ask(client, &client.says("vaults", "no card at all"));
        assert_eq!(
            got.header("x-marshal-provider"),
            Some("plain"),
            "what is not sensitive falls back"
        );
    }
    assert_eq!(plain.count(), 2);
    assert!(
        plain
            .seen()
            .iter()
            .all(|seen| String::from_utf8_lossy(&seen.body).contains("no card"))
    );
}

#[test]
fn a_call_that_no_target_may_have_is_refused_with_the_reason() {
    let (plain, vault) = (well(), well());
    let gateway = start(&plain, &vault);
    for client in both() {
        let got = gateway.ask(client, &client.says("plain/m", CARD));
        assert_eq!(
            (got.status, got.code().as_str()),
            (403, "compliance_denied"),
            "{}",
            got.text()
        );
        assert!(
            got.text().contains("pci") && got.text().contains("plain/m"),
            "{}",
            got.text()
        );
        let records = of_call(&gateway.records(), &got.call());
        let deny = the(&records, "deny");
        assert_eq!(
            (&deny["code"], &deny["classes"]),
            (&json!("compliance_denied"), &json!(["pci"]))
        );
    }
    assert_eq!((plain.count(), vault.count()), (0, 0));
}

#[test]
fn a_secret_stays_on_targets_that_are_local() {
    let (plain, local) = (well(), well());
    let config = format!(
        "providers:\n{}{}models:\n  fast: {{candidates: [plain/m, near/m]}}\n",
        provider(
            "plain",
            &plain.url(),
            "openai",
            &["m"],
            ", facts: {pci: true}"
        ),
        provider(
            "near",
            &local.url(),
            "openai",
            &["m"],
            ", facts: {local: true}"
        )
    );
    let gateway = Setup::with(config).start();
    for client in both() {
        let got = gateway.ask(
            client,
            &client.says("fast", "AKIAQ3EGRZ5XNH7TWLPD is the key"),
        );
        assert_eq!(
            got.header("x-marshal-provider"),
            Some("near"),
            "{}",
            got.text()
        );
        let got = gateway.ask(
            client,
            &client.says("fast", "AKIAQ3EGRZ5XNH7TWLPD and 4111111111111111"),
        );
        assert_eq!(got.code(), "compliance_denied", "no target may have both");
    }
    assert_eq!((plain.count(), local.count()), (0, 2));
}
