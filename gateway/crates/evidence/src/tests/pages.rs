//! What reports look like, and what they never say.

use serde_json::{Value, json};

use super::month::{Fault, Month, day, november};
use super::of_november;
use super::pen::{Folder, Pen};
use super::records::*;
use crate::evidence::DISCLAIMER;
use crate::{Framework, fact_sheet, inventory, report};

#[test]
fn no_output_says_that_anybody_is_compliant() {
    let (from, to, now) = november();
    let mut outputs = Vec::new();
    for month in [Month::default(), Month::with(&Fault::ALL)] {
        for framework in Framework::all() {
            let evidence = of_november(&month, framework);
            let page = evidence.to_html();
            assert_eq!(page.matches(DISCLAIMER).count(), 1, "{}", framework.id);
            outputs.push(page.replace(DISCLAIMER, ""));
            outputs.push(evidence.to_json().replace(DISCLAIMER, ""));
        }
        let folder = Folder::new();
        month.write(&folder.0);
        let inventory = inventory(&folder.0, from, to, now).unwrap();
        let sheet = fact_sheet("openai/gpt-4o", &folder.0, from, to, now).unwrap();
        outputs.extend([
            inventory.to_html(),
            inventory.to_json(),
            sheet.to_html(),
            sheet.to_json(),
        ]);
    }
    for output in outputs {
        let lower = output.to_lowercase();
        for word in [
            "compliant",
            "complies",
            "conformant",
            "conforms",
            "certified",
        ] {
            assert!(!lower.contains(word), "{word}");
        }
    }
}

#[test]
fn the_json_has_the_members_that_scripts_rely_on() {
    let evidence = of_november(
        &Month::with(&[Fault::UnreadSound]),
        Framework::by_id("owasp-llm").unwrap(),
    );
    let value: Value = serde_json::from_str(&evidence.to_json()).unwrap();
    assert_eq!(value["framework"], "owasp-llm");
    assert_eq!(value["from"], "2026-11-01T00:00:00.000000Z");
    assert_eq!(value["to"], "2026-12-01T00:00:00.000000Z");
    assert_eq!(value["generated"], "2026-12-02T00:00:00.000000Z");
    assert_eq!(value["trail"]["ok"], true);
    assert_eq!(value["trail"]["unread"], 0);
    assert_eq!(value["summary"]["gap"], 1);
    let control = &value["controls"][1];
    assert_eq!(control["id"], "LLM02:2026");
    assert_eq!(control["status"], "gap");
    let query = &control["queries"][1];
    assert_eq!(query["name"], "uninspected_content");
    assert!(query["means"].as_str().unwrap().ends_with('.'));
    assert_eq!(query["status"], "gap");
    assert_eq!(query["result"]["by_kind"], json!({"audio": 1}));
    assert_eq!(query["gaps"].as_array().unwrap().len(), 1);
    let example = &query["examples"][0];
    assert!(
        example["place"]
            .as_str()
            .unwrap()
            .starts_with("b/000001.jsonl:")
    );
    assert_eq!(example["call"], call(9_100));
    let outside = &value["controls"][4];
    assert_eq!(
        (&outside["status"], &outside["outside"]),
        (&json!("outside"), &json!("Whoever trains the model."))
    );
    assert!(control["outside"].is_null());
}

#[test]
fn a_page_stands_alone_and_can_be_read_by_everyone() {
    let (from, to, now) = november();
    let folder = Folder::new();
    Month::with(&Fault::ALL).write(&folder.0);
    let pages = [
        of_november(&Month::with(&Fault::ALL), Framework::by_id("pci").unwrap()).to_html(),
        inventory(&folder.0, from, to, now).unwrap().to_html(),
        fact_sheet("openai/gpt-4o", &folder.0, from, to, now)
            .unwrap()
            .to_html(),
    ];
    for page in pages {
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
        for foreign in [
            "<script",
            "javascript:",
            "src=",
            "<link",
            "@import",
            "url(",
            "http://",
            "https://",
            " on",
        ] {
            let markup: String = page
                .split('<')
                .skip(1)
                .filter_map(|tag| tag.split_once('>'))
                .map(|(tag, _)| format!("<{tag}>"))
                .collect();
            assert!(!markup.contains(foreign), "{foreign}");
        }
        assert_eq!(page.matches("<h1>").count(), 1);
        assert!(page.matches("<table>").count() > 0);
        assert_eq!(
            page.matches("<table>").count(),
            page.matches("<table><caption>").count()
        );
        assert_eq!(
            page.matches("<th").count() - page.matches("<thead").count(),
            page.matches("<th scope=").count()
        );
        for tag in [
            "section", "table", "tr", "td", "th", "ul", "li", "dl", "div", "p", "h2", "h3", "code",
            "span",
        ] {
            let opened = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        // Every address leads to a place on the page.
        for address in page.split("href=\"").skip(1) {
            let (target, _) = address.split_once('"').unwrap();
            let id = target.strip_prefix('#').unwrap();
            assert_eq!(
                page.matches(&format!(" id=\"{id}\"")).count(),
                1,
                "{target}"
            );
        }
        assert!(page.contains("@media print"));
    }
}

/// Every text that strangers or operators choose, at once.
fn hostile() -> Folder {
    const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&";
    let folder = Folder::new();
    let mut pen = Pen::start(&folder.0, "a", day(2026, 11, 1), None, true);
    let mut begun = intent(1, EVIL, EVIL);
    for member in [
        "access_rule",
        "compliance_rule",
        "key",
        "purpose",
        "tenant",
        "request_model",
    ] {
        begun[member] = EVIL.into();
    }
    for member in ["classes", "obligations", "uninspected"] {
        begun[member] = json!([EVIL]);
    }
    begun["findings"] = json!([
        finding(EVIL, EVIL),
        guard(EVIL, "failed_open"),
        guard(EVIL, EVIL)
    ]);
    begun["shadow"] = json!([{"rule": EVIL, "would": "deny"}]);
    begun["question"]["subjects"] = json!([format!("u:{EVIL}")]);
    begun["question"]["targets"][0]["facts"]["region"] = EVIL.into();
    begun["plan"]["removed"] = json!([{"target": EVIL, "why": EVIL}]);
    begun["unpriced"] = true.into();
    pen.write("intent", begun);
    pen.write("complete", complete(1, 5));
    let mut refused = deny(2, "access_denied");
    refused["rule"] = EVIL.into();
    refused["question"] = question(EVIL, EVIL);
    pen.write("deny", refused);
    let mut change = policy_change(false, &[]);
    change["label"] = EVIL.into();
    change["problems"] = json!([EVIL]);
    pen.write("policy-change", change);
    pen.write("policy-change", policy_change(true, &[EVIL]));
    let mut made = key(EVIL, "created");
    made["by"] = EVIL.into();
    made["key"] = "unused".into();
    pen.write("key-change", made);
    pen.write("break-glass", break_glass(3, EVIL));
    pen.write(
        "admin",
        json!({"action": EVIL, "detail": EVIL, "who": EVIL}),
    );
    pen.write("hold", hold(EVIL, EVIL, false));
    pen.write(
        "export",
        json!({"by": EVIL, "format": EVIL, "records": 1, "to": EVIL}),
    );
    pen.write(
        "erase",
        json!({"by": EVIL, "held": false, "keys_destroyed": 1, "reason": EVIL, "subject": EVIL}),
    );
    pen.save();
    folder
}

#[test]
fn hostile_text_from_records_stays_text() {
    let (from, to, now) = november();
    let folder = hostile();
    let mut pages: Vec<String> = Framework::all()
        .iter()
        .map(|framework| {
            report(framework, &folder.0, from, to, now)
                .unwrap()
                .to_html()
        })
        .collect();
    let inventory = inventory(&folder.0, from, to, now).unwrap();
    let target = format!(
        "{}/{}",
        inventory.targets[0].provider, inventory.targets[0].model
    );
    pages.push(inventory.to_html());
    pages.push(
        fact_sheet(&target, &folder.0, from, to, now)
            .unwrap()
            .to_html(),
    );
    for page in pages {
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!page.contains("<script") && !page.contains("<img"));
        // Within the text of an element no quote ends anything; within attributes no text of a record stands.
        assert!(!page.contains("\"'>"));
    }
}
