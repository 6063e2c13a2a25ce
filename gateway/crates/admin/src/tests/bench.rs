//! A whole control plane over a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use marshal_state::{Keys, NewKey};
use marshal_types::{Clock, Digest, ManualClock, Timestamp};
use parking_lot::Mutex;
use serde_json::Value;
use tower::ServiceExt;

use super::audit::Calls;
use crate::{
    AdminEvent, AdminEvents, AdminParts, AdminState, AllowedHosts, Logins, PolicyStatus, Readiness,
    Recorded, TargetStatus, router,
};

pub(super) struct Bench {
    pub(super) router: Router,
    pub(super) clock: Arc<ManualClock>,
    pub(super) keys: Arc<Keys>,
    pub(super) logins: Arc<Logins>,
    pub(super) readiness: Arc<Readiness>,
    pub(super) trail: Arc<Trail>,
    pub(super) folder: PathBuf,
}

#[derive(Default)]
pub(super) struct Trail {
    pub(super) events: Mutex<Vec<String>>,
    pub(super) broken: AtomicBool,
}

impl AdminEvents for Trail {
    fn record(&self, event: AdminEvent) -> Recorded {
        let text = match event {
            AdminEvent::SignedIn { actor } => format!("{actor} signed in"),
            AdminEvent::Refused { actor, what } => {
                let who = actor.map_or_else(|| "somebody".to_owned(), |actor| actor.to_string());
                format!("{who} may not {what}")
            }
            AdminEvent::KeyCreated { actor, key } => format!("{actor} created {}", key.name),
            AdminEvent::KeyRevoked { actor, key } => format!("{actor} revoked {}", key.name),
            AdminEvent::KeyRotated { actor, key, .. } => format!("{actor} rotated {}", key.name),
        };
        if self.broken.load(Ordering::SeqCst) {
            return Box::pin(async { Err("the disk is full".into()) });
        }
        self.events.lock().push(text);
        Box::pin(async { Ok(()) })
    }
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn cookie(&self) -> String {
        let (pair, _) = self.header("set-cookie").split_once(';').unwrap();
        pair.to_owned()
    }
}

impl Bench {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "marshal-admin-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        let clock = ManualClock::at(Timestamp::from_micros(1_795_377_944_123_456));
        let time = || Arc::clone(&clock) as Arc<dyn Clock>;
        let keys = Arc::new(Keys::open(&folder, time()).unwrap());
        let logins = Arc::new(Logins::open(&folder.join("logins"), time()).unwrap());
        let readiness = Arc::new(Readiness::new());
        let trail = Arc::new(Trail::default());
        let state = AdminState::new(AdminParts {
            keys: Arc::clone(&keys),
            logins: Arc::clone(&logins),
            audit: Arc::new(Calls::default()),
            readiness: Arc::clone(&readiness),
            metrics: Arc::new(|accept| ("text/x-given", format!("{accept:?}"))),
            may: Arc::new(|_, _| Ok(())),
            policy: Arc::new(|| PolicyStatus {
                label: "policies".into(),
                digest: Digest([7; 32]),
                loaded: Timestamp::from_micros(0),
                files: vec!["access.csv".into()],
                problems: vec![],
            }),
            targets: Arc::new(|| {
                vec![TargetStatus {
                    target: marshal_types::TargetName {
                        provider: "demo".into(),
                        model: "demo-chat".into(),
                    },
                    healthy: true,
                    note: String::new(),
                }]
            }),
            events: Arc::clone(&trail) as _,
            hosts: AllowedHosts::new(["marshal.example.com"]),
            clock: time(),
            data_url: "http://127.0.0.1:8080".into(),
        });
        let pages = Router::new()
            .route("/", axum::routing::get(async || "all calls"))
            .route("/assets/style.css", axum::routing::get(async || "body{}"));
        Self {
            router: router(state, pages),
            clock,
            keys,
            logins,
            readiness,
            trail,
            folder,
        }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(super) async fn get(&self, path: &str, with: &[(&str, &str)]) -> Answer {
        self.send(request("GET", path, with, "")).await
    }

    pub(super) async fn post(&self, path: &str, with: &[(&str, &str)], body: &str) -> Answer {
        self.send(request("POST", path, with, body)).await
    }

    /// Signs in with a fresh login; gives the cookie.
    pub(super) async fn sign_in(&self) -> String {
        let token = self.logins.issue().unwrap();
        let answer = self
            .post_form("/login", &format!("token={}", token.expose()))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        answer.cookie()
    }

    pub(super) async fn post_form(&self, path: &str, body: &str) -> Answer {
        let form = ("content-type", "application/x-www-form-urlencoded");
        self.post(path, &[form], body).await
    }

    /// The `authorization` of a fresh key.
    pub(super) fn key(&self, admin: bool) -> String {
        let new = NewKey {
            admin,
            ..NewKey::named("tester")
        };
        let (_, secret) = self.keys.create(new).unwrap();
        format!("Bearer {}", secret.expose())
    }

    pub(super) fn pass(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3_600));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn request(method: &str, path: &str, with: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !with.iter().any(|(name, _)| *name == "host") {
        request = request.header(header::HOST, "localhost:8081");
    }
    for (name, value) in with.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}
