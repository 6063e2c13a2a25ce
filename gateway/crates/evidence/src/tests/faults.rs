//! Each fault, planted alone in a month that is otherwise as it should be, is noticed where it should be and nowhere else.

use super::month::{Fault, Month};
use super::of_november;
use crate::answer::Status;
use crate::evidence::Evidence;
use crate::framework::{Control, Framework, Retention};
use crate::queries::QueryName;

/// Asks everything, with the longest floor that ships.
fn everything() -> Framework {
    Framework {
        id: "everything".into(),
        title: "Everything".into(),
        edition: "1".into(),
        source: "here".into(),
        note: String::new(),
        retention: Some(Retention {
            days: 2_192,
            at_hand_days: Some(92),
        }),
        regions: vec!["eu".into()],
        controls: vec![Control {
            id: "all".into(),
            title: "All".into(),
            asks: "Everything.".into(),
            queries: QueryName::ALL.to_vec(),
            outside: None,
        }],
    }
}

fn with_status(evidence: &Evidence, status: Status) -> Vec<&'static str> {
    let queries = evidence.controls[0].queries.iter();
    queries
        .filter(|query| query.answer.status == status)
        .map(|query| query.name)
        .collect()
}

const fn noticed_by(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::Interrupted => &[
            "every_call_has_an_ending",
            "trail_started_and_stopped",
            "errors_and_incidents",
        ],
        Fault::OpenAttempt => &["every_call_has_an_ending"],
        Fault::FailedWrite => &["trail_started_and_stopped", "errors_and_incidents"],
        Fault::UnsignedTail => &["checkpoints_signed"],
        Fault::ShortTrail | Fault::ShortRetention => &["retention_covers"],
        Fault::UnsignedPolicyChange => &["policy_changes_signed"],
        Fault::NoAccessLine | Fault::NoPolicy => &["decisions_name_their_policy"],
        Fault::ShadowLine | Fault::ShadowEntity => &["shadow_rules"],
        Fault::NoPurpose => &["purpose_stated"],
        Fault::NamelessKey => &["callers_named"],
        Fault::UnusedKey => &["access_reviews"],
        Fault::BreakGlassWithoutReason => &["break_glass_used"],
        Fault::CardOnlyAlerted | Fault::CardOfUnsaidClass => &["sensitive_data_found"],
        Fault::GuardFailedOpen => &["guards_failed_open"],
        Fault::UnreadSound | Fault::UnreadFile => &["uninspected_content"],
        Fault::UnknownRegion | Fault::OutOfRegion => &["data_left_region"],
        Fault::NoContract => &["supplier_facts"],
        Fault::Unpriced => &["unpriced_targets"],
        Fault::Internal => &["errors_and_incidents"],
        Fault::HeldErasure => &["erasures_done"],
        Fault::HoldWithoutReason => &["holds_in_force"],
    }
}

#[test]
fn a_month_as_it_should_be_answers_every_query_and_has_no_gap() {
    let evidence = of_november(&Month::default(), &everything());
    assert_eq!(
        with_status(&evidence, Status::Gap),
        [""; 0],
        "{}",
        evidence.to_json()
    );
    assert_eq!(with_status(&evidence, Status::NoRecords), [""; 0]);
}

#[test]
fn each_fault_is_noticed_where_it_should_be_and_nowhere_else() {
    let everything = everything();
    for fault in Fault::ALL {
        let evidence = of_november(&Month::with(&[fault]), &everything);
        assert_eq!(
            with_status(&evidence, Status::Gap),
            noticed_by(fault),
            "{fault:?}"
        );
        for query in &evidence.controls[0].queries {
            assert_eq!(
                query.answer.status == Status::Gap,
                !query.answer.gaps.is_empty(),
                "{fault:?} {}",
                query.name
            );
        }
    }
}

#[test]
fn a_gap_names_records_that_show_it() {
    let everything = everything();
    for fault in Fault::ALL {
        let evidence = of_november(&Month::with(&[fault]), &everything);
        let gaps = evidence.controls[0].queries.iter();
        for query in gaps.filter(|query| query.answer.status == Status::Gap) {
            let first = query.answer.examples.first();
            let place = first.map(|example| &*example.place).unwrap_or_default();
            assert!(
                place.contains(".jsonl:"),
                "{fault:?} {}: {place}",
                query.name
            );
            assert!(query.answer.examples.len() <= 5);
        }
    }
}

#[test]
fn a_month_of_plain_calls_says_nothing_of_what_did_not_happen() {
    let quiet = Month {
        quiet: true,
        ..Month::default()
    };
    let evidence = of_november(&quiet, &everything());
    assert_eq!(
        with_status(&evidence, Status::NoRecords),
        [
            "denials_by_code",
            "refused_credentials",
            "purposes_denied",
            "sensitive_data_found",
            "guards_acted",
            "guards_failed_open",
            "streams_cut_by_policy",
            "keys_created_and_revoked",
            "access_reviews",
            "break_glass_used",
            "admin_sign_ins",
            "policy_changes_signed",
            "tools_governed",
            "erasures_done",
            "holds_in_force",
            "exports_made",
        ]
    );
    assert_eq!(
        with_status(&evidence, Status::Gap),
        ["checkpoints_signed", "retention_covers"],
        "no checkpoint and no older chain"
    );
}

#[test]
fn an_attempt_of_the_last_minutes_may_still_be_running() {
    let (from, to, _) = super::november();
    let now =
        super::month::day(2026, 11, 29).plus(std::time::Duration::from_secs(17 * 3_600 + 1_800));
    let month = Month::with(&[Fault::OpenAttempt]);
    let evidence = super::of(&month, &everything(), from, to, now);
    let endings = &evidence.controls[0].queries[0];
    assert_eq!(endings.name, "every_call_has_an_ending");
    assert_eq!(endings.answer.status, Status::Evidence);
    assert_eq!(endings.answer.result["running"], 1);
}

#[test]
fn a_period_without_records_shows_nothing_but_that_the_trail_holds() {
    let (from, to) = (super::month::day(2025, 1, 1), super::month::day(2025, 2, 1));
    let evidence = super::of(
        &Month::default(),
        &everything(),
        from,
        to,
        super::november().2,
    );
    assert_eq!(
        with_status(&evidence, Status::Gap),
        ["access_reviews"],
        "a key of 2020, not used then"
    );
    assert_eq!(with_status(&evidence, Status::Evidence), ["trail_verifies"]);
}
