//! A trail of two calls, and what the interface tells of them.

use std::sync::Arc;

use axum::http::StatusCode;
use marshal_audit::{AuditQuery, CallResult, CallStory, CallSummary, Change, Filter, QueryError};
use marshal_types::{CallId, NanoUsd, Timestamp, Usage};
use parking_lot::Mutex;

use super::bench::Bench;

#[derive(Default)]
pub(super) struct Calls {
    asked: Mutex<Vec<Filter>>,
}

const FIRST: &str = "019a0000-0000-7000-8000-000000000001";
const SECOND: &str = "019a0000-0000-7000-8000-000000000002";

fn summary(id: &str, result: CallResult) -> CallSummary {
    CallSummary {
        user: None,
        team: None,
        service: None,
        call: id.parse().unwrap(),
        time: Timestamp::from_micros(1_795_377_944_123_456),
        tenant: "default".into(),
        key: "k1".into(),
        surface: "chat_completions".into(),
        request_model: "fast".into(),
        provider: "demo".into(),
        model: "demo-chat".into(),
        result,
        status: Some(200),
        code: None,
        rule: None,
        attempts: 1,
        stream: false,
        cached: false,
        usage: Usage::default(),
        cost_nano_usd: NanoUsd(1_500),
        duration_us: 1,
        first_byte_us: None,
        overhead_us: 1,
        classes: vec![Arc::from("pii")],
        findings: 1,
    }
}

impl AuditQuery for Calls {
    fn calls(&self, filter: &Filter) -> Result<Vec<CallSummary>, QueryError> {
        self.asked.lock().push(filter.clone());
        let all = [
            summary(SECOND, CallResult::Denied),
            summary(FIRST, CallResult::Ok),
        ];
        Ok(all
            .into_iter()
            .filter(|call| filter.result.is_none_or(|result| call.result == result))
            .filter(|call| filter.before.is_none_or(|before| call.call < before))
            .take(filter.limit)
            .collect())
    }

    fn call(&self, call: CallId) -> Result<Option<CallStory>, QueryError> {
        Ok((call.to_string() == FIRST).then(|| CallStory {
            summary: summary(FIRST, CallResult::Ok),
            records: vec![r#"{"kind":"intent","seq":7}"#.into()],
        }))
    }

    fn changes(&self, _: usize) -> Result<Vec<Change>, QueryError> {
        Ok(vec![])
    }
}

#[tokio::test]
async fn calls_are_listed_filtered_and_paged() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let with = [("authorization", admin.as_str())];
    let all = bench.get("/api/calls", &with).await.json();
    assert_eq!(all["calls"].as_array().unwrap().len(), 2);
    assert!(all["older"].is_null());
    let page = bench.get("/api/calls?limit=1", &with).await.json();
    assert_eq!(page["calls"][0]["call"], SECOND);
    assert_eq!(page["older"], SECOND);
    let next = format!("/api/calls?limit=1&before={SECOND}&model=");
    assert_eq!(
        bench.get(&next, &with).await.json()["calls"][0]["call"],
        FIRST
    );
    let denied = bench.get("/api/calls?result=denied", &with).await.json();
    assert_eq!(denied["calls"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let with = [("authorization", admin.as_str())];
    for bad in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "before=x",
        "result=fine",
        "modell=x",
    ] {
        let refused = bench.get(&format!("/api/calls?{bad}"), &with).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(refused.json()["error"]["code"], "invalid_request");
    }
}

#[tokio::test]
async fn one_call_is_told_with_its_records() {
    let bench = Bench::new();
    let admin = bench.key(true);
    let with = [("authorization", admin.as_str())];
    let story = bench
        .get(&format!("/api/calls/{FIRST}"), &with)
        .await
        .json();
    assert_eq!(story["summary"]["call"], FIRST);
    assert_eq!(story["records"][0]["seq"], 7);
    let none = bench.get(&format!("/api/calls/{SECOND}"), &with).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let bad = bench.get("/api/calls/..%2f..", &with).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}
