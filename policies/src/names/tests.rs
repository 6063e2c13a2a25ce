use super::*;

fn said_in(text: &str) -> Vec<(&'static str, &str)> {
    let found = said::said(text).into_iter();
    found
        .map(|(kind, range)| (kind.name(), &text[range]))
        .collect()
}

#[test]
fn titles_labels_and_the_forms_of_companies_announce_names() {
    let person = |name| vec![("PERSON", name)];
    assert_eq!(
        said_in("Please ask Dr. Ada Byron about it."),
        person("Dr. Ada Byron")
    );
    assert_eq!(
        said_in("gesprochen mit Frau Elena von Hagen, heute"),
        person("Frau Elena von Hagen")
    );
    assert_eq!(
        said_in("Name: Eric Jackson\nPhone: 12"),
        person("Eric Jackson")
    );
    assert_eq!(
        said_in("{\"name\": \"Jessica Acosta\", \"x\": 1}"),
        person("Jessica Acosta")
    );
    assert_eq!(said_in("my name is Thijs"), person("Thijs"));
    let company = |name| vec![("ORGANIZATION", name)];
    assert_eq!(
        said_in("He works for Brown and Sons Ltd in London"),
        company("Brown and Sons Ltd")
    );
    assert_eq!(said_in("die Müller GmbH hat"), company("Müller GmbH"));
    for nothing in [
        "the name is not known",
        "Contact us soon",
        "name, phone, mail",
        "Ltd",
        "Dear customer",
        "a name: value",
    ] {
        assert_eq!(said_in(nothing), [], "{nothing}");
    }
}

#[test]
fn words_before_an_address_in_brackets_are_a_name() {
    let text = "Write to Liam van der Berg <liam@example.com> now";
    let at = text.find(" <").unwrap();
    assert_eq!(
        said::before(text, at).map(|range| &text[range]),
        Some("Liam van der Berg")
    );
    let text = "write to us (liam@example.com)";
    assert_eq!(said::before(text, text.find(" (").unwrap()), None);
}

#[test]
fn what_the_model_takes_along_is_no_part_of_a_name() {
    let tidy = |text: &str| -> Vec<String> {
        tidied(text, 0, text.len())
            .map(|(start, end)| text[start..end].to_owned())
            .collect()
    };
    assert_eq!(tidy("\"Ada Byron's\""), ["Ada Byron"]);
    assert_eq!(tidy("Ada Byron\nLondon"), ["Ada Byron", "London"]);
    assert_eq!(tidy("| 42 |"), [""; 0]);
}

#[test]
fn a_word_in_capitals_before_a_number_is_its_label() {
    for (text, label) in [
        ("SSN 078-05-1120", true),
        ("IBAN: DE89", true),
        ("NASA is", false),
        ("Anna: 12", false),
    ] {
        let end = text.find([' ', ':']).unwrap();
        assert_eq!(is_label(text, 0..end), label, "{text}");
    }
}
