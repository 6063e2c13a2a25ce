//! Identifiers of passports, licences and other documents. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{alnum, digits, letters, number, sum_of_places, value};

super::kinds! {
    UkDrivingLicence [16], [], uk_driving_licence, Nothing, ["driving licence", "licence number", "dvla"];
    KrDriverLicense [12], [&[2, 2, 6, 2]], kr_driver_license, Some, ["운전면허", "면허번호", "driver license", "license"];
    DeIdCard [9], [], de_id_card, Words, ["personalausweis", "ausweis", "ausweisnummer", "id card", "identity card"];
    DePassport [9], [], de_passport, Words, ["reisepass", "passnummer", "reisepassnummer", "german passport"];
    DeFuehrerschein [11], [], de_fuehrerschein, Form, ["führerschein", "fuehrerschein", "fahrerlaubnis", "führerscheinnummer"];
    EsPassport [9], [], es_passport, Form, ["pasaporte", "passport"];
    InPassport [8], [], in_passport, Form, ["passport"];
    InVoter [10], [], in_voter, Form, ["epic", "voter", "vote", "election", "elector", "eci"];
    ItDriverLicense [10], [], it_driver_license, Form, ["patente", "patente di guida", "driving licence"];
    ItPassport [9], [], two_letters, Form, ["passaporto", "passport"];
    KrPassport [9], [], kr_passport, Form, ["여권번호", "여권", "passport"];
    UkPassport [9], [], two_letters, Form, ["passport", "hmpo"];
    UkPostcode [5, 6, 7], [&[2, 3], &[3, 3], &[4, 3]], uk_postcode, Form, ["postcode", "post code", "address", "postal"];
    NlPassport [9], [], nl_passport, OnlyWords, ["paspoort", "paspoortnummer", "identiteitskaart"];
    UsDriverLicense [8], [], us_driver_license, OnlyWords, ["dl", "driver", "drivers", "license", "licence", "permit"];
    UsPassport [9], [], us_passport, OnlyWords, ["passport", "travel document", "pass number"];
}

/// A licence of the European form that Germany issues: an office, a person, a check digit, a number of the copy.
fn de_fuehrerschein(c: &[u8]) -> bool {
    letters(&c[..1])
        && alnum(c)
        && digits(&c[9..10])
        && c[1..9].iter().any(u8::is_ascii_digit)
        && !letters(&c[..2])
        || letters(&c[..2]) && digits(&c[2..10]) && alnum(&c[10..])
}

/// Passports of Italy and of the United Kingdom: two letters, and digits.
fn two_letters(c: &[u8]) -> bool {
    letters(&c[..2]) && digits(&c[2..])
}

/// The serial number and its check digit (ICAO 9303), without letters that are mistaken for others.
fn de_document(c: &[u8]) -> bool {
    let serial = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    c.iter().all(serial)
        && digits(&c[8..])
        && c.iter().any(u8::is_ascii_digit)
        && sum_of_places(&c[..8], &[7, 3, 1, 7, 3, 1, 7, 3]) % 10 == value(c[8])
}

fn de_passport(c: &[u8]) -> bool {
    b"CFGHJK".contains(&c[0]) && de_document(c)
}

fn de_id_card(c: &[u8]) -> bool {
    b"LMNPRTVWXY".contains(&c[0]) && de_document(c)
}

fn es_passport(c: &[u8]) -> bool {
    letters(&c[..3]) && digits(&c[3..])
}

fn in_passport(c: &[u8]) -> bool {
    letters(&c[..1])
        && !matches!(c[0], b'Q' | b'X' | b'Z')
        && digits(&c[1..])
        && c[1] != b'0'
        && c[7] != b'0'
}

fn in_voter(c: &[u8]) -> bool {
    letters(&c[..3]) && digits(&c[3..]) && number(&c[3..]) != 0
}

fn it_driver_license(c: &[u8]) -> bool {
    (letters(&c[..2]) && digits(&c[2..9]) && letters(&c[9..]))
        || c.starts_with(b"U1")
            && c[2..9]
                .iter()
                .all(|byte| byte.is_ascii_digit() || b"BCDFGHLJKMNPRSTUWYXZ".contains(byte))
            && letters(&c[9..])
            && c[2..9].iter().filter(|byte| byte.is_ascii_digit()).count() >= 4
}

fn kr_driver_license(c: &[u8]) -> bool {
    digits(c) && matches!(number(&c[..2]), 11..=26 | 28)
}

fn kr_passport(c: &[u8]) -> bool {
    b"MSROD".contains(&c[0])
        && (digits(&c[1..]) || digits(&c[1..4]) && letters(&c[4..5]) && digits(&c[5..]))
}

fn nl_passport(c: &[u8]) -> bool {
    letters(&c[..2]) && digits(&c[8..]) && !c.contains(&b'O')
}

/// Five letters of the name, the birthday, initials, and two that tell people apart.
fn uk_driving_licence(c: &[u8]) -> bool {
    let name = c[..5]
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let month = number(&c[6..8]) % 50;
    name >= 1
        && c[name..5].iter().all(|byte| *byte == b'9')
        && digits(&c[5..11])
        && (1..=12).contains(&month)
        && (1..=31).contains(&number(&c[8..10]))
        && c[11..13]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || *byte == b'9')
        && alnum(&c[13..])
        && letters(&c[14..])
}

fn us_driver_license(c: &[u8]) -> bool {
    letters(&c[..1]) && digits(&c[1..])
}

fn us_passport(c: &[u8]) -> bool {
    digits(&c[1..]) && (letters(&c[..1]) || digits(&c[..1]))
}

/// A district with its number, and the place in it.
fn uk_postcode(c: &[u8]) -> bool {
    if c == b"GIR0AA" {
        return true;
    }
    let (out, inward) = c.split_at(c.len() - 3);
    let name = out
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let rest = &out[name..];
    let area = (1..=2).contains(&name)
        && !b"QVX".contains(&out[0])
        && (name == 1 || !b"IJZ".contains(&out[1]));
    let district = match *rest {
        [digit] => digit.is_ascii_digit(),
        [digit, second] => {
            digit.is_ascii_digit()
                && (second.is_ascii_digit() || b"ABCDEFGHJKMNPRSTUVWXY".contains(&second))
        }
        _ => false,
    };
    let place = |byte: &u8| byte.is_ascii_uppercase() && !b"CIKMOV".contains(byte);
    area && district && inward[0].is_ascii_digit() && inward[1..].iter().all(place)
}
