mod audit;
mod bench;

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use marshal_types::Timestamp;

use bench::Bench;

#[tokio::test]
async fn health_readiness_and_metrics_need_no_sign_in_and_come_by_any_name() {
    let bench = Bench::new();
    let any = [("host", "10.1.2.3:8081")];
    assert_eq!(bench.get("/healthz", &any).await.status, StatusCode::OK);
    let name = [("host", "marshal.pods.internal")];
    assert_eq!(bench.get("/healthz", &name).await.status, StatusCode::OK);
    let asked = [name[0], ("accept", "text/x-asked-for")];
    let metrics = bench.get("/metrics", &asked).await;
    assert_eq!(metrics.body, "Some(\"text/x-asked-for\")");
    assert_eq!(metrics.header("content-type"), "text/x-given");
    assert_eq!(bench.get("/metrics", &name).await.body, "None");
}

#[tokio::test]
async fn readiness_tells_why_not() {
    let bench = Bench::new();
    let answer = bench.get("/readyz", &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, "the gateway is starting\n");
    bench.readiness.started();
    assert_eq!(bench.get("/readyz", &[]).await.status, StatusCode::OK);
    bench
        .readiness
        .check(|| Some("the audit disk is full".into()));
    bench.readiness.block("drain", "the gateway is draining");
    let answer = bench.get("/readyz", &[]).await;
    assert_eq!(
        answer.body,
        "the gateway is draining\nthe audit disk is full\n"
    );
}

#[tokio::test]
async fn without_a_session_pages_lead_to_the_sign_in_and_the_interface_refuses() {
    let bench = Bench::new();
    for path in ["/", "/keys", "/nowhere"] {
        let page = bench.get(path, &[]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(page.header("location"), "/login");
    }
    for path in [
        "/api/keys",
        "/api/calls",
        "/api/calls/x",
        "/api/policy",
        "/api/targets",
        "/api/nowhere",
    ] {
        let refused = bench.get(path, &[]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(refused.json()["error"]["code"], "no_credential");
    }
    let refused = bench.post("/api/keys", &[], "{\"name\":\"a\"}").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(bench.keys.is_empty());
    assert_eq!(
        bench.get("/assets/style.css", &[]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_login_works_once_and_looking_at_it_does_not_use_it_up() {
    let bench = Bench::new();
    let token = bench.logins.issue().unwrap();
    let link = format!("/login?token={}", token.expose());
    for _ in 0..3 {
        let page = bench.get(&link, &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(token.expose()));
    }
    let form = format!("token={}", token.expose());
    let first = bench.post_form("/login", &form).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.header("location"), "/");
    let cookie = first.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let cookie = first.cookie();
    let home = bench.get("/", &[("cookie", &cookie)]).await;
    assert_eq!(home.body, "all calls");
    let second = bench.post_form("/login", &form).await;
    assert_eq!(second.status, StatusCode::UNAUTHORIZED);
    assert!(second.body.contains("was used already"));
    let told = bench.trail.events.lock().clone();
    assert_eq!(told, ["operator signed in", "somebody may not sign in"]);
}

#[tokio::test]
async fn a_login_is_over_after_a_day_and_a_session_after_twelve_hours() {
    let bench = Bench::new();
    let token = bench.logins.issue().unwrap();
    let cookie = bench.sign_in().await;
    bench.pass(11);
    let with = [("cookie", cookie.as_str())];
    assert_eq!(bench.get("/", &with).await.status, StatusCode::OK);
    bench.pass(1);
    assert_eq!(bench.get("/", &with).await.status, StatusCode::SEE_OTHER);
    bench.pass(12);
    let late = bench
        .post_form("/login", &format!("token={}", token.expose()))
        .await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    bench.logins.issue().unwrap();
    let left = std::fs::read_dir(bench.folder.join("logins")).unwrap();
    assert_eq!(left.count(), 1);
}

#[tokio::test]
async fn no_token_is_in_the_folder_of_logins_and_a_path_is_no_token() {
    let bench = Bench::new();
    let token = bench.logins.issue().unwrap();
    for entry in std::fs::read_dir(bench.folder.join("logins")).unwrap() {
        let path = entry.unwrap().path();
        assert!(!path.display().to_string().contains(token.expose()));
        assert!(
            !std::fs::read_to_string(path)
                .unwrap()
                .contains(token.expose())
        );
    }
    for bad in ["", "../keys.json", &"a".repeat(43), "%2e%2e"] {
        let answer = bench.post_form("/login", &format!("token={bad}")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad}");
    }
    let page = bench
        .get("/login?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", &[])
        .await;
    assert!(!page.body.contains("<script"));
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let bench = Bench::new();
    let cookie = bench.sign_in().await;
    let with = [("cookie", cookie.as_str())];
    let out = bench.post("/logout", &with, "").await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(bench.get("/", &with).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_admin_key_opens_the_interface_and_another_key_does_not() {
    let bench = Bench::new();
    let (admin, plain) = (bench.key(true), bench.key(false));
    let good = bench.get("/api/keys", &[("authorization", &admin)]).await;
    assert_eq!(good.status, StatusCode::OK);
    let refused = bench.get("/api/keys", &[("authorization", &plain)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["error"]["code"], "access_denied");
    for bad in ["Bearer mk_x", "Basic abc", "mk_x"] {
        let refused = bench.get("/api/keys", &[("authorization", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{bad}");
        assert_eq!(refused.json()["error"]["code"], "invalid_credential");
    }
    assert_eq!(
        bench.post_form("/login", "token=mk_x").await.status,
        StatusCode::UNAUTHORIZED
    );
    let told = bench.trail.events.lock().clone();
    let read = "somebody may not read";
    assert_eq!(told[1..], [read, read, read, "somebody may not sign in"]);
    assert!(
        told[0].starts_with("k:"),
        "whose key it is, is known: {told:?}"
    );
}

#[tokio::test]
async fn an_admin_key_signs_a_browser_in_until_it_is_revoked() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let key = admin.strip_prefix("Bearer ").unwrap();
    let cookie = bench
        .post_form("/login", &format!("token={key}"))
        .await
        .cookie();
    let with = [("cookie", cookie.as_str())];
    assert_eq!(bench.get("/", &with).await.status, StatusCode::OK);
    let id = bench.keys.list()[0].id.clone();
    // By whatever way: here it is not the control plane that revokes it.
    bench.keys.revoke(&id).unwrap();
    assert_eq!(bench.get("/", &with).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_name_that_points_here_from_elsewhere_is_refused() {
    let bench = Bench::new();
    let cookie = bench.sign_in().await;
    for host in ["evil.example", "localhost.evil.example:8081"] {
        for path in ["/", "/login", "/api/keys", "/assets/style.css"] {
            let with = [("host", host), ("cookie", cookie.as_str())];
            let refused = bench.get(path, &with).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{host} {path}");
        }
    }
    let missing = bench.get("/login", &[("host", "")]).await;
    assert_eq!(missing.status, StatusCode::FORBIDDEN);
    for host in ["127.0.0.1:8081", "[::1]:8081", "marshal.example.com"] {
        let with = [("host", host), ("cookie", cookie.as_str())];
        assert_eq!(bench.get("/", &with).await.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let bench = Bench::new();
    let cookie = bench.sign_in().await;
    for foreign in [
        ("origin", "http://evil.example"),
        ("origin", "http://localhost:8080"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let with = [("cookie", cookie.as_str()), foreign];
        let refused = bench.post("/api/keys", &with, "{\"name\":\"a\"}").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    assert!(bench.keys.is_empty());
    let own = [
        ("cookie", cookie.as_str()),
        ("origin", "http://localhost:8081"),
    ];
    let made = bench.post("/api/keys", &own, "{\"name\":\"a\"}").await;
    assert_eq!(made.status, StatusCode::CREATED);
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    let bench = Bench::new();
    for path in ["/login", "/", "/api/keys", "/healthz"] {
        let answer = bench.get(path, &[]).await;
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let bench = Bench::new();
    let cookie = bench.sign_in().await;
    let with = [("cookie", cookie.as_str())];
    let body = r#"{"name":"ci","team":"research","expires_in_s":3600}"#;
    let made = bench.post("/api/keys", &with, body).await.json();
    let key = made["key"].as_str().unwrap();
    assert!(bench.keys.verify(key).is_ok());
    assert_eq!(made["info"]["team"], "research");
    assert_eq!(made["info"]["status"], "active");
    assert_eq!(made["info"]["expires"], "2026-11-22T21:05:44.123456Z");
    let listed = bench.get("/api/keys", &with).await;
    assert!(!listed.body.contains(&key[16..]));
    let id = made["info"]["id"].as_str().unwrap();
    let revoked = bench
        .post(&format!("/api/keys/{id}/revoke"), &with, "")
        .await;
    assert_eq!(revoked.json()["info"]["status"], "revoked");
    assert!(bench.keys.verify(key).is_err());
    let events = bench.trail.events.lock().join(", ");
    assert_eq!(
        events,
        "operator signed in, operator created ci, operator revoked ci"
    );
}

#[tokio::test]
async fn a_rotated_key_gets_a_successor() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let id = bench.keys.list()[0].id.clone();
    let path = format!("/api/keys/{id}/rotate");
    let with = [("authorization", admin.as_str())];
    let made = bench.post(&path, &with, r#"{"overlap_s":60}"#).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let old = &bench.keys.list()[0];
    assert_eq!(
        old.expires,
        Some(Timestamp::from_micros(1_795_378_004_123_456))
    );
}

#[tokio::test]
async fn a_wrong_request_is_told_what_is_wrong() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let with = [("authorization", admin.as_str())];
    for (body, hint) in [
        ("{", "The body is not acceptable"),
        ("{}", "missing field `name`"),
        (r#"{"name":"a","tennant":"b"}"#, "unknown field `tennant`"),
        (r#"{"name":"a","tenant":"*"}"#, "the key's tenant must be"),
        (r#"{"name":""}"#, "the key's name must be"),
    ] {
        let refused = bench.post("/api/keys", &with, body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        let message = refused.json()["error"]["message"].to_string();
        assert!(message.contains(hint), "{message}");
    }
    let missing = bench.post("/api/keys/nobody/revoke", &with, "").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let missing = bench.get("/api/nowhere", &with).await;
    assert_eq!(missing.json()["error"]["code"], "not_found");
}

#[tokio::test]
async fn a_key_that_cannot_be_recorded_never_works() {
    let bench = Bench::new();
    let admin = bench.key(true);
    bench.trail.broken.store(true, Ordering::SeqCst);
    let with = [("authorization", admin.as_str())];
    let refused = bench.post("/api/keys", &with, r#"{"name":"ci"}"#).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.json()["error"]["code"], "audit_unavailable");
    assert!(bench.keys.list()[1].revoked.is_some());
    let token = bench.logins.issue().unwrap();
    let nobody = bench
        .post_form("/login", &format!("token={}", token.expose()))
        .await;
    assert_eq!(nobody.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn policy_and_targets_say_what_is_in_force() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let with = [("authorization", admin.as_str())];
    let policy = bench.get("/api/policy", &with).await.json();
    assert_eq!(policy["digest"], "07".repeat(32));
    assert_eq!(policy["problems"].as_array().unwrap().len(), 0);
    let targets = bench.get("/api/targets", &with).await.json();
    assert_eq!(targets["targets"][0]["target"], "demo/demo-chat");
}
