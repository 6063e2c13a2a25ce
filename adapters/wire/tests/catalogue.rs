//! The catalogue of errors in the docs is whole, and says what clients see.

use marshal_types::Code;
use marshal_wire::envelope::status;

#[test]
fn every_code_stands_in_the_docs_with_its_status() {
    let page = include_str!("../../../docs/errors.md");
    for code in Code::ALL {
        let row = format!("\n| `{code}` | {} |", status(*code));
        assert!(page.contains(&row), "docs/errors.md has no row {row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, Code::ALL.len(), "docs/errors.md has a code too many");
}
