//! Identifiers of the Nordic countries: Denmark, the Faroe Islands, Finland, Iceland, Norway, Sweden.

use crate::ids::check::{check_letter, date, date_of_two, digits, luhn, number, sum, value};

crate::ids::kinds! {
    FiHetu [10, 11], [&[6, 4]], fi_hetu, Nothing, ["henkilötunnus", "hetu", "personbeteckning", "personal identity code"];
    NoFnr [11], [&[6, 5]], no_fnr, Nothing, ["fødselsnummer", "personnummer", "fnr", "d-nummer"];
    SeVat [12], [], se_vat, Nothing, ["momsnummer", "vat", "momsregistreringsnummer"];
    FiYtunnus [8], [&[7, 1]], fi_ytunnus, Some, ["y-tunnus", "alv", "fo-nummer", "business id"];
    IsKennitala [10], [&[6, 4]], is_kennitala, Some, ["kennitala", "kt.", "kt"];
    NoKonto [11], [&[4, 2, 5]], no_konto, Some, ["kontonummer", "konto", "kontonr"];
    NoOrgnr [9], [&[3, 3, 3]], no_orgnr, Some, ["organisasjonsnummer", "org.nr", "mva"];
    SeOrganisationsnummer [10], [&[6, 4]], se_organisationsnummer, Some, ["organisationsnummer", "org.nr", "orgnr", "company registration number"];
    SePersonnummer [10, 12], [&[6, 4], &[8, 4]], se_personnummer, Some, ["personnummer", "samordningsnummer", "personal identity", "pnr", "personal number"];
    DkCpr [10], [&[6, 4]], dk_cpr, Words, ["cpr-nummer", "cpr", "personnummer"];
    DkCvr [8], [&[2, 2, 2, 2]], dk_cvr, Words, ["cvr", "cvr-nr", "se-nummer", "momsnummer"];
    FiVeronumero [12], [], digits, OnlyWords, ["veronumero", "tax number"];
    FoVn [6], [], digits, OnlyWords, ["vinnutal", "v-tal", "mvg"];
    IsVsk [6], [], digits, OnlyWords, ["vsk", "vsknúmer", "virðisaukaskatt"];
}

fn dk_cpr(c: &[u8]) -> bool {
    let year = number(&c[4..6]);
    let century = match c[6] {
        b'5'..=b'8' if year >= 58 => 1800,
        b'0'..=b'3' => 1900,
        b'4' | b'9' if year >= 37 => 1900,
        _ => 2000,
    };
    digits(c) && date(century + year, number(&c[2..4]), number(&c[..2]))
}

fn dk_cvr(c: &[u8]) -> bool {
    digits(c) && c[0] != b'0' && sum(c, &[2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

/// Without its sign where that is a dash or a plus: eleven characters with a letter for it, or ten.
fn fi_hetu(c: &[u8]) -> bool {
    let (century, rest) = match c.len() {
        10 => (1900, &c[6..]),
        _ if b"YXWVU".contains(&c[6]) => (1900, &c[7..]),
        _ if b"ABCDEF".contains(&c[6]) => (2000, &c[7..]),
        _ => return false,
    };
    let all = number(&c[..6]) * 1000 + number(&rest[..3]);
    digits(&c[..6])
        && digits(&rest[..3])
        && (2..900).contains(&number(&rest[..3]))
        && date(
            century + number(&c[4..6]),
            number(&c[2..4]),
            number(&c[..2]),
        )
        && rest[3] == check_letter(b"0123456789ABCDEFHJKLMNPRSTUVWXY", all)
}

fn fi_ytunnus(c: &[u8]) -> bool {
    digits(c) && sum(c, &[7, 9, 10, 5, 8, 4, 2, 1]) % 11 == 0
}

fn is_kennitala(c: &[u8]) -> bool {
    let day = number(&c[..2]);
    let century = match c[9] {
        b'9' => 1900,
        b'0' => 2000,
        _ => return false,
    };
    // Companies have 40 more.
    digits(c)
        && sum(c, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
        && day < 80
        && date(
            century + number(&c[4..6]),
            number(&c[2..4]),
            if day >= 40 { day - 40 } else { day },
        )
}

fn no_fnr(c: &[u8]) -> bool {
    let (mut day, mut month, year, order) = (
        number(&c[..2]),
        number(&c[2..4]),
        number(&c[4..6]),
        number(&c[6..9]),
    );
    // 40 more on the day for those who stay a while, on the month where no number is known.
    day -= if day > 40 { 40 } else { 0 };
    month -= if month > 40 { 40 } else { 0 };
    let century = match order {
        0..500 => 1900,
        500..750 if year >= 54 => 1800,
        _ if year < 40 => 2000,
        900.. => 1900,
        _ => return false,
    };
    digits(c)
        && sum(c, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0
        && sum(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
        && date(century + year, month, day)
}

fn no_konto(c: &[u8]) -> bool {
    if c.starts_with(b"0000") {
        return luhn(&c[4..]);
    }
    digits(c) && sum(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

fn no_orgnr(c: &[u8]) -> bool {
    digits(c) && sum(c, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

fn se_organisationsnummer(c: &[u8]) -> bool {
    luhn(c) && value(c[2]) >= 2
}

fn se_personnummer(c: &[u8]) -> bool {
    let short = &c[c.len() - 10..];
    let (month, day) = (number(&short[2..4]), number(&short[4..6]));
    // A co-ordination number has sixty more on the day.
    let day = if day > 60 { day - 60 } else { day };
    let dated = if c.len() == 12 {
        date(number(&c[..4]), month, day)
    } else {
        date_of_two(number(&short[..2]), month, day)
    };
    digits(c) && luhn(short) && dated
}

fn se_vat(c: &[u8]) -> bool {
    c.ends_with(b"01") && luhn(&c[..10])
}
