use super::*;
use marshal_types::Fact;

fn facts() -> Facts {
    Facts::default()
        .with("region", Fact::Text("eu".into()))
        .with("pci", Fact::Bool(true))
        .with("max_output", Fact::Number(4096))
        .with("tags", Fact::List(vec!["beta".into()]))
}

fn holds(text: &str) -> bool {
    Condition::compile(text)
        .unwrap()
        .holds(&facts(), Effect::Allow)
}

#[test]
fn a_condition_reads_as_it_is_written() {
    for yes in [
        "pci",
        "pci == true",
        "region in [eu, local] && pci == true",
        "region != us",
        "region == 'eu'",
        "max_output <= 4096",
        "\"beta\" in tags",
        "!(region == us)",
        "pci == false || region == eu",
        "max_output > -1 && max_output in [1, 4096]",
    ] {
        assert!(holds(yes), "{yes}");
    }
    for no in [
        "!pci",
        "region in [us]",
        "max_output < 4096",
        "\"x\" in tags",
        "pci == false && region == eu",
    ] {
        assert!(!holds(no), "{no}");
    }
}

#[test]
fn an_absent_fact_grants_nothing() {
    for text in [
        "purpose == x",
        "purpose != x",
        "purpose in [x]",
        "!(purpose == x)",
        "!!(purpose != x)",
        "!training",
        "training == false",
    ] {
        assert!(!holds(text), "{text}");
    }
    let not = Condition::compile("!(baa == true)").unwrap();
    assert!(
        not.holds(&facts(), Effect::Deny),
        "a deny line catches what is not known"
    );
}

#[test]
fn a_typing_mistake_is_told_with_its_place() {
    let error = Condition::compile("pci == true && regoin == eu").unwrap_err();
    assert_eq!(
        (error.offset, &*error.message),
        (15, "no fact is called regoin; did you mean region?")
    );
    for (text, offset) in [
        ("pci = true", 4),
        ("region in [eu", 13),
        ("region < eu", 7),
        ("pci == yes", 7),
        ("(pci", 4),
        ("", 0),
        ("pci pci", 4),
        ("region == 'eu", 10),
    ] {
        assert_eq!(
            Condition::compile(text).unwrap_err().offset,
            offset,
            "{text}"
        );
    }
    assert!(Condition::compile(&"(".repeat(1000)).is_err());
}
