//! Inventory and fact sheets of the month.

use marshal_types::NanoUsd;

use super::month::{Fault, Month, day, november};
use super::pen::Folder;
use crate::{Error, fact_sheet, inventory};

fn trail(month: &Month) -> Folder {
    let folder = Folder::new();
    month.write(&folder.0);
    folder
}

#[test]
fn the_inventory_names_every_target_with_its_use_and_by_whose_leave() {
    let folder = trail(&Month { ..Month::default() });
    let (from, to, now) = november();
    let inventory = inventory(&folder.0, from, to, now).unwrap();
    assert!(inventory.trail.verification.ok);
    let names: Vec<String> = inventory
        .targets
        .iter()
        .map(|one| format!("{}/{}", one.provider, one.model))
        .collect();
    assert_eq!(names, ["mistral/large", "openai/gpt-4o"]);
    // Four calls on each of 29 days, and three that end otherwise.
    let attempts: u64 = inventory.targets.iter().map(|one| one.attempts).sum();
    assert_eq!(attempts, 29 * 4 + 3);
    let answered: u64 = inventory.targets.iter().map(|one| one.answered).sum();
    assert_eq!(answered, 29 * 4);
    let [mistral, openai] = &inventory.targets[..] else {
        panic!("{names:?}");
    };
    assert_eq!(
        (mistral.failed, openai.failed),
        (1, 1),
        "an abort, an error"
    );
    assert_eq!(openai.purposes["support"], openai.attempts);
    assert_eq!(openai.classes["pci"], 1);
    assert_eq!(openai.classes["secret"], 1, "found in an answer");
    assert_eq!(openai.access_lines["everyone-invokes"], openai.attempts);
    assert_eq!(openai.facts["region"], "eu");
    assert_eq!(openai.facts_with_evidence, ["region", "dpa"]);
    assert!(
        !openai.facts.contains_key("purpose"),
        "of the call, not of the target"
    );
    assert!(openai.first.starts_with("2026-11-0") && openai.last.starts_with("2026-11-29"));
    let answers = openai.attempts;
    assert_eq!(openai.input_tokens, answers * 10);
    assert_eq!(openai.cost_nano_usd, NanoUsd(answers * 1_500));
}

#[test]
fn a_fact_sheet_counts_month_by_month() {
    let folder = trail(&Month {
        ..Month::with(&[Fault::CardOnlyAlerted])
    });
    let now = november().2;
    let sheet = fact_sheet(
        "openai/gpt-4o",
        &folder.0,
        day(2020, 1, 1),
        day(2027, 1, 1),
        now,
    )
    .unwrap();
    let months: Vec<&str> = sheet.months.iter().map(|month| &*month.month).collect();
    assert_eq!(months, ["2020-10", "2026-11"]);
    let (first, last) = (&sheet.months[0], &sheet.months[1]);
    assert_eq!((first.attempts, first.errors, first.refusals), (1, 0, 0));
    assert_eq!((first.duration_p50_us, first.duration_p95_us), (900, 900));
    assert_eq!((first.input_tokens, first.output_tokens), (10, 5));
    assert_eq!(last.errors, 1);
    assert_eq!(
        last.refusals, 2,
        "a purpose refused, an answer that policy ended"
    );
    assert!(last.duration_p50_us >= 1_000 && last.duration_p95_us > last.duration_p50_us);
    assert_eq!(last.findings["pci"], 4, "one replaced, one only alerted");
    assert_eq!(last.findings["secret"], 2);
    let none = fact_sheet(
        "openai/other",
        &folder.0,
        day(2020, 1, 1),
        day(2027, 1, 1),
        now,
    )
    .unwrap();
    assert!(none.months.is_empty());
}

#[test]
fn a_period_that_ends_before_it_begins_and_a_folder_without_a_trail_are_refused() {
    let folder = Folder::new();
    let (from, to, now) = november();
    assert!(matches!(
        inventory(&folder.0, from, to, now),
        Err(Error::NoTrail { .. })
    ));
    let backwards = inventory(&folder.0, to, from, now).unwrap_err();
    assert!(matches!(backwards, Error::Period { .. }), "{backwards}");
}
