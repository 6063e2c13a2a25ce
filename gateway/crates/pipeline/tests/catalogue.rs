//! The page of doors is whole, and says what `marshal check --coverage` says.

use marshal_pipeline::{Coverage, coverage};
use marshal_types::SurfaceKind;

#[test]
fn every_door_stands_in_the_docs() {
    let page = include_str!("../../../../docs/surfaces.md");
    for door in coverage() {
        let word = format!("| `{}`", door.surface.as_str());
        let row = page.lines().find(|line| {
            let rest = line.strip_prefix(&word);
            rest.is_some_and(|rest| rest.starts_with([' ', '|']))
        });
        let row = row.unwrap_or_else(|| panic!("docs/surfaces.md has no row {word}"));
        let address = address(&door);
        assert!(row.contains(&address), "{word} has no {address}: {row}");
        let kind = door.surface.kind();
        if !matches!(kind, SurfaceKind::Chat | SurfaceKind::Local) {
            assert!(
                row.contains(door.metered),
                "{word} is metered otherwise: {row}"
            );
        }
        if kind == SurfaceKind::Task {
            let marked = row.starts_with(&format!("{word} * |"));
            assert_eq!(marked, door.translated, "{word}: who can answer it?");
        }
    }
}

/// The first address of a door, as the page writes it.
fn address(door: &Coverage) -> String {
    let first = door
        .path
        .split([',', '…', '?', ' '])
        .find(|part| part.starts_with('/'));
    let mut address = first.unwrap_or_default().to_owned();
    for (name, on_the_page) in [
        ("{model}", "MODEL"),
        ("{claude}", "MODEL"),
        ("{id}", "ID"),
        ("{provider}", "PROVIDER"),
    ] {
        address = address.replace(name, on_the_page);
    }
    address
}
