//! The status of every control of every framework, over three months: one with every fault, one as it should be, one of
//! plain calls alone.

use super::month::{Fault, Month};
use super::of_november;
use crate::answer::Status::{self, Evidence, Gap, NoRecords, Outside};
use crate::evidence::Summary;
use crate::framework::Framework;

type Row = (&'static str, [Status; 3]);

/// By framework: the control; its status with every fault, as it should be, of plain calls alone. Plain calls have no
/// checkpoint and no older chain, hence their gaps.
const EXPECTED: [(&str, &[Row]); 8] = [
    (
        "eu-ai-act",
        &[
            ("4", [Outside, Outside, Outside]),
            ("5", [Gap, Evidence, Evidence]),
            ("12(1)", [Gap, Evidence, Evidence]),
            ("12(2)", [Gap, Evidence, Evidence]),
            ("19(1)", [Gap, Evidence, Gap]),
            ("26(5)", [Gap, Evidence, Evidence]),
            ("26(6)", [Gap, Evidence, Gap]),
            ("50(1)", [Evidence, Evidence, Evidence]),
            ("50(2)", [Evidence, Evidence, Evidence]),
            ("50(4)", [Outside, Outside, Outside]),
            ("73", [Outside, Outside, Outside]),
        ],
    ),
    (
        "iso-42001",
        &[
            ("A.4.2", [Evidence, Evidence, Evidence]),
            ("A.5", [Outside, Outside, Outside]),
            ("A.6.2.6", [Gap, Evidence, Evidence]),
            ("A.6.2.8", [Gap, Evidence, Evidence]),
            ("A.7.2", [Gap, Evidence, Evidence]),
            ("A.7.5", [Outside, Outside, Outside]),
            ("A.8.4", [Outside, Outside, Outside]),
            ("A.9.2", [Gap, Evidence, Evidence]),
            ("A.9.3", [Gap, Evidence, Evidence]),
            ("A.9.4", [Gap, Evidence, Evidence]),
            ("A.10.2", [Gap, Evidence, Evidence]),
            ("A.10.3", [Gap, Evidence, Evidence]),
            ("A.10.4", [Outside, Outside, Outside]),
        ],
    ),
    (
        "nist-ai-rmf",
        &[
            ("GOVERN 1.4", [Gap, Evidence, Evidence]),
            ("GOVERN 1.6", [Evidence, Evidence, Evidence]),
            ("GOVERN 6.1", [Gap, Evidence, Evidence]),
            ("GOVERN 6.2", [Gap, Evidence, Evidence]),
            ("MAP 1.1", [Gap, Evidence, Evidence]),
            ("MAP 4.1", [Gap, Evidence, Evidence]),
            ("MEASURE 2.4", [Gap, Evidence, Evidence]),
            ("MEASURE 2.7", [Gap, Evidence, Evidence]),
            ("MEASURE 2.8", [Gap, Evidence, Gap]),
            ("MEASURE 2.10", [Gap, Evidence, Evidence]),
            ("MEASURE 2.11", [Outside, Outside, Outside]),
            ("MANAGE 2.4", [Evidence, Evidence, NoRecords]),
            ("MANAGE 4.1", [Gap, Evidence, Evidence]),
            ("MANAGE 4.3", [Gap, Evidence, Evidence]),
        ],
    ),
    (
        "soc2",
        &[
            ("CC6.1", [Gap, Evidence, Evidence]),
            ("CC6.2", [Gap, Evidence, NoRecords]),
            ("CC6.3", [Gap, Evidence, NoRecords]),
            ("CC6.6", [Gap, Evidence, NoRecords]),
            ("CC6.7", [Gap, Evidence, Evidence]),
            ("CC6.8", [Gap, Evidence, Evidence]),
            ("CC7.2", [Gap, Evidence, Evidence]),
            ("CC7.3", [Gap, Evidence, NoRecords]),
            ("CC7.4", [Outside, Outside, Outside]),
            ("CC8.1", [Gap, Evidence, Evidence]),
        ],
    ),
    (
        "hipaa",
        &[
            ("164.308(a)(1)(ii)(D)", [Gap, Evidence, NoRecords]),
            ("164.308(b)(1)", [Gap, Evidence, Evidence]),
            ("164.312(a)(1)", [Gap, Evidence, Evidence]),
            ("164.312(a)(2)(i)", [Gap, Evidence, Evidence]),
            ("164.312(a)(2)(ii)", [Gap, Evidence, NoRecords]),
            ("164.312(a)(2)(iii)", [Outside, Outside, Outside]),
            ("164.312(b)", [Gap, Evidence, Evidence]),
            ("164.312(c)(1)", [Gap, Evidence, Gap]),
            ("164.312(d)", [Evidence, Evidence, NoRecords]),
            ("164.312(e)(1)", [Gap, Evidence, Evidence]),
            ("164.316(b)(2)(i)", [Gap, Evidence, Gap]),
        ],
    ),
    (
        "gdpr",
        &[
            ("5(1)(b)", [Gap, Evidence, Evidence]),
            ("5(1)(c)", [Gap, Evidence, Evidence]),
            ("5(1)(e)", [Gap, Evidence, NoRecords]),
            ("5(2)", [Gap, Evidence, Evidence]),
            ("13, 14", [Outside, Outside, Outside]),
            ("17", [Gap, Evidence, NoRecords]),
            ("25", [Gap, Evidence, Evidence]),
            ("28", [Gap, Evidence, Evidence]),
            ("30", [Gap, Evidence, Evidence]),
            ("32", [Gap, Evidence, Gap]),
            ("33", [Outside, Outside, Outside]),
            ("35", [Outside, Outside, Outside]),
            ("44", [Gap, Evidence, Evidence]),
        ],
    ),
    (
        "pci",
        &[
            ("3.3.1", [Gap, Evidence, Evidence]),
            ("3.4.1", [Gap, Evidence, NoRecords]),
            ("3.5.1", [Gap, Evidence, Evidence]),
            ("10.2.1", [Gap, Evidence, Evidence]),
            ("10.2.1.1", [Gap, Evidence, Evidence]),
            ("10.2.1.2", [Gap, Evidence, NoRecords]),
            ("10.2.1.3", [Evidence, Evidence, NoRecords]),
            ("10.2.1.4", [Evidence, Evidence, NoRecords]),
            ("10.2.1.5", [Evidence, Evidence, NoRecords]),
            ("10.2.1.6", [Gap, Evidence, Evidence]),
            ("10.2.1.7", [Outside, Outside, Outside]),
            ("10.2.2", [Gap, Evidence, Evidence]),
            ("10.3.1", [Outside, Outside, Outside]),
            ("10.3.3", [Outside, Outside, Outside]),
            ("10.3.4", [Gap, Evidence, Gap]),
            ("10.4.1", [Gap, Evidence, Evidence]),
            ("10.5.1", [Gap, Evidence, Gap]),
        ],
    ),
    (
        "owasp-llm",
        &[
            ("LLM01:2026", [Gap, Evidence, NoRecords]),
            ("LLM02:2026", [Gap, Evidence, Evidence]),
            ("LLM03:2026", [Evidence, Evidence, NoRecords]),
            ("LLM04:2026", [Gap, Evidence, Evidence]),
            ("LLM05:2026", [Outside, Outside, Outside]),
            ("LLM06:2026", [Gap, Evidence, Evidence]),
            ("LLM07:2026", [Outside, Outside, Outside]),
            ("LLM08:2026", [Evidence, Evidence, NoRecords]),
            ("LLM09:2026", [Outside, Outside, Outside]),
            ("LLM10:2026", [Evidence, Evidence, NoRecords]),
        ],
    ),
];

fn months() -> [Month; 3] {
    let quiet = Month {
        quiet: true,
        ..Month::default()
    };
    [Month::with(&Fault::ALL), Month::default(), quiet]
}

#[test]
fn every_control_of_every_framework_has_the_status_that_the_records_give_it() {
    let shipped: Vec<&str> = Framework::all().iter().map(|one| &*one.id).collect();
    let listed: Vec<&str> = EXPECTED.iter().map(|(id, _)| *id).collect();
    assert_eq!(shipped, listed);
    let mut wrong = Vec::new();
    for (at, month) in months().iter().enumerate() {
        for (framework, (id, rows)) in Framework::all().iter().zip(EXPECTED) {
            let evidence = of_november(month, framework);
            let have: Vec<(&str, Status)> = evidence
                .controls
                .iter()
                .map(|control| (&*control.id, control.status))
                .collect();
            let want: Vec<(&str, Status)> = rows.iter().map(|(id, all)| (*id, all[at])).collect();
            if have != want {
                let pairs = have.iter().zip(&want).filter(|(have, want)| have != want);
                wrong.push(format!("{id}, month {at}: {:?}", pairs.collect::<Vec<_>>()));
            }
            assert_eq!(have.len(), want.len(), "{id}");
            assert_eq!(evidence.summary, counted(&want), "{id}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn counted(rows: &[(&str, Status)]) -> Summary {
    let count = |status| rows.iter().filter(|(_, one)| *one == status).count() as u64;
    Summary {
        evidence: count(Evidence),
        gap: count(Gap),
        no_records: count(NoRecords),
        outside: count(Outside),
    }
}
