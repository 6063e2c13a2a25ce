//! The pages behind their doors, over a real trail.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use marshal_admin::{
    AdminEvent, AdminEvents, AdminParts, AdminState, AllowedHosts, Keys, Logins, NewKey,
    PolicyStatus, Readiness, Recorded, TargetStatus,
};
use marshal_audit::{
    Chain, Complete, Deny, Draft, Event, Finding, Intent, KeyChange, KeyChangeKind, Outcome, Plan,
    Planned, Removed, Source, Start, segment_file,
};
use marshal_audit_index::Index;
use marshal_types::{
    CallId, Clock, Dialect, Digest, ManualClock, NanoUsd, Place, Problem, TargetName, Timestamp,
    Tokens, Usage,
};
use tower::ServiceExt;

const ANSWERED: &str = "019a0000-0000-7000-8000-000000000001";
const REFUSED: &str = "019a0000-0000-7000-8000-000000000002";
const HOSTILE: &str = "\"><script>alert('x')</script>&amp;";

struct Quiet;

impl AdminEvents for Quiet {
    fn record(&self, _: AdminEvent) -> Recorded {
        Box::pin(async { Ok(()) })
    }
}

struct Bench {
    router: Router,
    keys: Arc<Keys>,
    bearer: String,
    folder: PathBuf,
}

impl Bench {
    fn new(events: &[Event<'_>]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "marshal-dashboards-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        write_trail(&folder, events);
        let clock = ManualClock::at(Timestamp::from_micros(1_795_377_944_123_456));
        let time = || Arc::clone(&clock) as Arc<dyn Clock>;
        let keys = Arc::new(Keys::open(&folder.join("state"), time()).unwrap());
        let admin = NewKey {
            admin: true,
            ..NewKey::named("operator")
        };
        let (_, secret) = keys.create(admin).unwrap();
        let state = AdminState::new(AdminParts {
            keys: Arc::clone(&keys),
            logins: Arc::new(Logins::open(&folder.join("logins"), time()).unwrap()),
            audit: Index::open(&folder).unwrap(),
            readiness: Arc::new(Readiness::new()),
            metrics: Arc::new(|_| ("text/plain", String::new())),
            may: Arc::new(|_, _| Ok(())),
            policy: Arc::new(policy),
            targets: Arc::new(|| {
                vec![TargetStatus {
                    target: TargetName {
                        provider: "demo".into(),
                        model: "demo-chat".into(),
                    },
                    healthy: false,
                    note: "resting for 12 s".into(),
                }]
            }),
            events: Arc::new(Quiet),
            hosts: AllowedHosts::default(),
            clock: time(),
            data_url: "http://127.0.0.1:8080".into(),
        });
        Self {
            router: marshal_admin::router(state.clone(), crate::pages(state)),
            keys,
            bearer: format!("Bearer {}", secret.expose()),
            folder,
        }
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8081")
            .header("authorization", &self.bearer)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn page(&self, path: &str) -> String {
        let (status, page) = self.send("GET", path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        assert!(!page.contains("<script"), "{path}");
        page
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn policy() -> PolicyStatus {
    PolicyStatus {
        label: "policies".into(),
        digest: Digest([7; 32]),
        loaded: Timestamp::from_micros(1_795_377_944_123_456),
        files: vec!["access.csv".into(), "data.yaml".into()],
        problems: vec![Problem::at(
            Place {
                file: "policies/access.csv".into(),
                line: 3,
                column: 7,
            },
            "the action \"invok\" is unknown; did you mean \"invoke\"?",
        )],
    }
}

fn write_trail(folder: &std::path::Path, events: &[Event<'_>]) {
    let chain = folder.join("audit").join("one");
    std::fs::create_dir_all(&chain).unwrap();
    let start = Event::Start(Start {
        handover: false,
        instance: "one".into(),
        policy_digest: Digest([7; 32]),
        previous: vec![],
        version: "0.1.0".into(),
        vkey: None,
    });
    let mut lines = Vec::new();
    let mut end = Chain::default();
    for event in std::iter::once(&start).chain(events) {
        end.seal(&Draft::of(event), "2026-11-22T20:05:44.123456Z", &mut lines);
    }
    std::fs::write(chain.join(segment_file(1)), lines).unwrap();
}

fn id(text: &str) -> CallId {
    text.parse().unwrap()
}

fn intent(request_model: &str) -> Event<'_> {
    Event::Intent(Box::new(Intent {
        access_rule: Some("allow-research".into()),
        attempt: 1,
        call: id(ANSWERED),
        classes: vec!["pii".into()],
        client_dialect: Dialect::OpenAi,
        compliance_rule: Some("eu-only".into()),
        dropped: vec!["logit_bias".into()],
        more_findings: 0,
        findings: vec![Finding {
            detector: "email_address".into(),
            class: "pii".into(),
            hashes: Vec::new(),
            score: 95,
            action: "tokenize".into(),
            count: 2,
            entity: "EMAIL".into(),
            path: "messages[0].content".into(),
            shadow: false,
        }],
        key: "k1".into(),
        model: "claude-x".into(),
        obligations: Vec::new(),
        payload: None,
        plan: Plan {
            order: vec![Planned {
                score: 870,
                target: "anthropic/claude-x".into(),
                why: "cheapest of two".into(),
            }],
            removed: vec![Removed {
                by_policy: false,
                target: "openai/gpt-x".into(),
                why: "region us is not allowed for pii".into(),
            }],
        },
        policy: Digest([7; 32]),
        provider: "anthropic".into(),
        provider_dialect: Dialect::Anthropic,
        purpose: Some("support".into()),
        question: None,
        request_bytes: 1_234,
        request_model: Cow::Borrowed(request_model),
        request_sha256: Digest([1; 32]),
        reserved_nano_usd: NanoUsd(5_000_000),
        retention_days: None,
        shadow: Vec::new(),
        shadow_bundle: None,
        source: Source::Dispatch,
        stream: true,
        subjects: Vec::new(),
        surface: "chat_completions".into(),
        tags: vec!["team-a".into()],
        tenant: "default".into(),
        trace_id: None,
        uninspected: Vec::new(),
        unpriced: false,
    }))
}

fn complete() -> Event<'static> {
    Event::Complete(Box::new(Complete {
        classes: Vec::new(),
        more_findings: 0,
        findings: Vec::new(),
        attempt: 1,
        call: id(ANSWERED),
        dropped: Vec::new(),
        cost_nano_usd: NanoUsd(1_230_000),
        duration_us: 1_840_000,
        finish_reasons: vec!["stop".into()],
        first_byte_us: Some(312_000),
        outcome: Outcome::Ok,
        overhead_us: 87,
        payload: None,
        provider_code: None,
        response_bytes: 4_321,
        response_model: None,
        response_sha256: Digest([2; 32]),
        restored: 2,
        status: 200,
        usage: Usage {
            input: Tokens(1_500),
            output: Tokens(250),
            ..Usage::default()
        },
    }))
}

fn deny(message: &str) -> Event<'_> {
    Event::Deny(Box::new(Deny {
        attempts: 0,
        call: id(REFUSED),
        classes: vec!["secret".into()],
        code: "data_blocked".into(),
        detail: Some("nearest miss: rule 12".into()),
        more_findings: 0,
        findings: vec![],
        key: Some("k1".into()),
        message: Cow::Borrowed(message),
        place: Some("policies/data.yaml:12:3".into()),
        policy: Digest([7; 32]),
        question: None,
        request_model: Some("fast".into()),
        rule: Some("no-secrets".into()),
        shadow_bundle: None,
        status: 403,
        subjects: Vec::new(),
        surface: "messages".into(),
        tenant: Some("default".into()),
    }))
}

#[tokio::test]
async fn without_calls_the_first_page_tells_how_to_make_one() {
    let bench = Bench::new(&[]);
    let page = bench.page("/").await;
    assert!(page.contains("No calls yet"));
    assert!(page.contains("curl http://127.0.0.1:8080/v1/chat/completions"));
    assert!(page.contains("demo/demo-chat"));
    assert!(!page.contains("mk_"));
    let page = bench.page("/?model=x").await;
    assert!(page.contains("No call fits"));
}

#[tokio::test]
async fn the_list_tells_each_calls_model_ending_tokens_cost_and_data() {
    let bench = Bench::new(&[intent("fast"), complete(), deny("A secret was found.")]);
    let page = bench.page("/").await;
    for part in [
        "2 calls, $0.00123 in all",
        &format!("href=\"/calls/{ANSWERED}\""),
        "fast",
        "anthropic/claude-x",
        "Answered",
        "1,500",
        "250",
        "$0.00123",
        "1.84 s",
        "Refused",
        "data_blocked",
        "<span class=\"tag\">secret</span>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[tokio::test]
async fn filters_narrow_the_list_and_stay_in_the_form() {
    let bench = Bench::new(&[intent("fast"), complete(), deny("A secret was found.")]);
    let page = bench.page("/?result=denied&model=&tenant=&class=").await;
    assert!(page.contains(REFUSED) && !page.contains(ANSWERED));
    assert!(page.contains("<option value=\"denied\" selected>"));
    let page = bench.page("/?class=pii").await;
    assert!(page.contains(ANSWERED) && !page.contains(REFUSED));
    let (status, page) = bench.send("GET", "/?result=nonsense", "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("result must be"));
}

#[tokio::test]
async fn older_calls_are_a_link_away() {
    let bench = Bench::new(&[intent("fast"), complete(), deny("A secret was found.")]);
    let page = bench.page("/?limit=1").await;
    let link = page.split("rel=\"next\"").next().unwrap();
    let link = link.rsplit("href=\"").next().unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    assert!(link.contains("limit=1&before="), "{link}");
    let first_had_refused = page.contains(REFUSED);
    let page = bench.page(&link).await;
    assert_ne!(
        page.contains(&format!("/calls/{REFUSED}")),
        first_had_refused
    );
    assert!(page.contains(">Newest</a>"));
}

#[tokio::test]
async fn a_calls_page_tells_its_whole_story() {
    let bench = Bench::new(&[intent("fast"), complete()]);
    let page = bench.page(&format!("/calls/{ANSWERED}")).await;
    for part in [
        "Answered",
        "cheapest of two",
        "region us is not allowed for pii",
        "Translated from openai to anthropic",
        "logit_bias",
        "allow-research",
        "eu-only",
        "EMAIL",
        "messages[0].content",
        "tokenize",
        "up to $0.005 held",
        "87 µs",
        "312.0 ms",
        "&quot;kind&quot;: &quot;intent&quot;",
        "#2",
        "#3",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[tokio::test]
async fn a_refusals_page_names_the_rule_and_its_place() {
    let bench = Bench::new(&[deny("A secret was found.")]);
    let page = bench.page(&format!("/calls/{REFUSED}")).await;
    for part in [
        "Why it was refused",
        "A secret was found.",
        "no-secrets",
        "policies/data.yaml:12:3",
        "nearest miss: rule 12",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[tokio::test]
async fn hostile_names_are_text_on_every_page() {
    let bench = Bench::new(&[intent(HOSTILE), complete(), deny(HOSTILE)]);
    let escaped = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;";
    for path in [
        "/".to_owned(),
        format!("/calls/{ANSWERED}"),
        format!("/calls/{REFUSED}"),
    ] {
        assert!(bench.page(&path).await.contains(escaped), "{path}");
    }
    let query = "/?model=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    assert!(bench.page(query).await.contains("&quot;&gt;&lt;script&gt;"));
    let (_, page) = bench.send("GET", "/?%3Cscript%3E=1", "").await;
    assert!(!page.contains("<script"));
    let (status, page) = bench.send("GET", "/calls/%3Cscript%3E", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!page.contains("<script"));
}

#[tokio::test]
async fn a_key_made_on_the_page_is_shown_once_and_can_be_revoked_there() {
    let bench = Bench::new(&[]);
    let form = "name=ci+%3Cb%3E&tenant=default&team=research&user=&days=30&admin=";
    let (status, page) = bench.send("POST", "/keys", form).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("ci &lt;b&gt;"));
    let at = page.find("mk_").unwrap();
    let key = &page[at..at + 52];
    let info = bench.keys.verify(key).unwrap();
    assert_eq!(info.team.as_deref(), Some("research"));
    assert!(!info.admin && info.expires.is_some());
    let list = bench.page("/keys").await;
    assert!(list.contains(info.id.as_str()) && !list.contains(key));
    let (status, _) = bench
        .send("POST", &format!("/keys/{}/revoke", info.id), "")
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(bench.keys.verify(key).is_err());
    assert!(bench.page("/keys").await.contains("revoked"));
}

#[tokio::test]
async fn a_key_that_cannot_be_made_says_why() {
    let bench = Bench::new(&[]);
    let (status, page) = bench.send("POST", "/keys", "name=a&tenant=*").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("tenant must be"));
    let (status, _) = bench.send("POST", "/keys/nobody/revoke", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_policy_page_tells_what_is_in_force_and_what_is_wrong_with_the_newest() {
    let change = Event::KeyChange(KeyChange {
        admin: false,
        break_glass: None,
        by: "operator".into(),
        change: KeyChangeKind::Created,
        expires: None,
        key: "k1".into(),
        name: "laptop".into(),
        service: None,
        team: None,
        tenant: "default".into(),
        user: None,
    });
    let bench = Bench::new(&[change]);
    let page = bench.page("/policy").await;
    for part in [
        "The newest bundle is not in force.",
        "policies/access.csv:3:7",
        "did you mean &quot;invoke&quot;?",
        &"07".repeat(32),
        "data.yaml",
        "resting for 12 s",
        "operator made laptop (k1)",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in() {
    let bench = Bench::new(&[]);
    for path in ["/", "/keys", "/policy", &format!("/calls/{ANSWERED}")] {
        let request = Request::builder()
            .uri(path)
            .header("host", "localhost:8081")
            .body(Body::empty())
            .unwrap();
        let response = bench.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
    }
}
