//! Identifiers of Belgium, France, Ireland, Luxembourg, Monaco, the Netherlands and the United Kingdom.

use crate::checksum::mod_97_10;
use crate::ids::check::{
    check_letter, digits, falling, letters, luhn, modulo, number, place_in, sum, value,
};

crate::ids::kinds! {
    FrNir [15], [&[1, 2, 2, 2, 3, 3, 2], &[13, 2], &[1, 2, 2, 5, 3, 2]], fr_nir, Nothing, ["numéro de sécurité sociale", "sécurité sociale", "nir", "insee", "social security"];
    IePps [8, 9], [], ie_pps, Nothing, ["pps", "ppsn", "personal public service"];
    NlBtw [12], [], nl_btw, Nothing, ["btw-nummer", "btw-id", "btw", "vat"];
    UkNino [9], [&[2, 2, 2, 2, 1], &[2, 6, 1]], uk_nino, Nothing, ["national insurance", "ni number", "nino"];
    UkUpn [13], [], uk_upn, Nothing, ["upn", "pupil", "unique pupil number"];
    BeEid [12], [&[3, 7, 2]], be_eid, Some, ["identiteitskaart", "carte d'identité", "eid"];
    BeNrn [11], [&[2, 2, 2, 3, 2], &[6, 3, 2]], be_nrn, Some, ["rijksregisternummer", "numéro de registre national", "niss", "insz", "rijksregister", "registre national", "nrn"];
    BeVat [10], [&[4, 3, 3]], be_vat, Some, ["ondernemingsnummer", "numéro d'entreprise", "btw", "tva"];
    FrSiren [9], [&[3, 3, 3]], luhn, Some, ["siren", "rcs", "numéro siren"];
    FrSiret [14], [&[3, 3, 3, 5]], fr_siret, Some, ["siret", "établissement", "numéro siret"];
    UkNhs [10], [&[3, 3, 4]], uk_nhs, Some, ["nhs number", "nhs", "national health service", "national health"];
    UkUtr [10], [&[5, 5]], uk_utr, Some, ["utr", "unique taxpayer reference", "self assessment"];
    UkVat [9], [&[3, 4, 2]], uk_vat, Some, ["vat", "vat number", "vat registration"];
    FrNif [13], [&[2, 2, 3, 3, 3]], fr_nif, Words, ["numéro fiscal", "spi", "référence fiscale"];
    FrTva [11], [], fr_tva, Words, ["tva", "tva intracommunautaire", "vat"];
    IeVat [8, 9], [], ie_vat, Words, ["vat", "ie vat", "tax reference"];
    McTva [11], [], mc_tva, Words, ["tva", "monaco", "tva intracommunautaire"];
    NlBsn [9], [&[4, 2, 3], &[3, 3, 3]], nl_bsn, Words, ["bsn", "burgerservicenummer", "sofinummer", "burgerservice", "sofi"];
    NlOnderwijsnummer [9], [], nl_onderwijsnummer, Words, ["onderwijsnummer", "leerling", "student number"];
    LuTva [8], [&[3, 3, 2]], lu_tva, OnlyWords, ["tva", "numéro tva", "vat"];
}

fn be_eid(c: &[u8]) -> bool {
    let rest = number(&c[..10]) % 97;
    digits(c) && number(c) != 0 && (if rest == 0 { 97 } else { rest }) == number(&c[10..])
}

fn be_nrn(c: &[u8]) -> bool {
    let (all, check, month) = (number(&c[..9]), number(&c[9..]), number(&c[2..4]));
    // With 20 or 40 added to the month for those who are not residents; the day may run over.
    digits(c)
        && number(c) != 0
        && matches!(month, 0..=12 | 20..=32 | 40..=52)
        && (97 - all % 97 == check || 97 - (2_000_000_000 + all) % 97 == check)
}

fn be_vat(c: &[u8]) -> bool {
    let check = number(&c[8..]);
    digits(c)
        && c[0] < b'2'
        && number(c) != 0
        && 97 - number(&c[..8]) % 97 == if check == 0 { 97 } else { check }
}

fn fr_nif(c: &[u8]) -> bool {
    digits(c) && c[0] < b'4' && number(&c[..10]) % 511 == number(&c[10..])
}

fn fr_nir(c: &[u8]) -> bool {
    let place = match &c[5..7] {
        b"2A" => 19,
        b"2B" => 18,
        place if digits(place) => number(place),
        _ => return false,
    };
    let whole = number(&c[..5]) * 100_000_000 + place * 1_000_000 + number(&c[7..13]);
    b"123478".contains(&c[0])
        && digits(&c[..5])
        && digits(&c[7..])
        && matches!(number(&c[3..5]), 1..=12 | 20..=42 | 50..=99)
        && 97 - whole % 97 == number(&c[13..])
}

fn fr_siret(c: &[u8]) -> bool {
    let all: i64 = c.iter().map(|byte| value(*byte)).sum();
    // The post has more establishments than Luhn's digit leaves numbers.
    let post = c.starts_with(b"356000000") && c != b"35600000000048";
    luhn(&c[..9]) && digits(c) && if post { all % 5 == 0 } else { luhn(c) }
}

fn fr_tva(c: &[u8]) -> bool {
    const KEY: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let siren = number(&c[2..]);
    if !digits(&c[2..]) || !(&c[2..5] == b"000" || luhn(&c[2..])) {
        return false;
    }
    if digits(c) {
        return (12 + 3 * (siren % 97)) % 97 == number(&c[..2]);
    }
    let (Some(first), Some(second)) = (place_in(KEY, c[0]), place_in(KEY, c[1])) else {
        return false;
    };
    let key = if c[0].is_ascii_digit() {
        first * 24 + second - 10
    } else {
        first * 34 + second - 100
    };
    modulo(siren + key.div_euclid(11) + 1, 11) == modulo(key, 11)
}

fn mc_tva(c: &[u8]) -> bool {
    &c[2..5] == b"000" && fr_tva(c)
}

const IE: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";

fn ie_pps(c: &[u8]) -> bool {
    let extra = match c.get(8) {
        None | Some(b'W' | b'T' | b'X') => 0,
        Some(b'A') => 9,
        Some(b'B') => 18,
        Some(b'H') => 72,
        Some(_) => return false,
    };
    digits(&c[..7]) && c[7] == check_letter(IE, falling(&c[..7], 8) + extra)
}

fn ie_vat(c: &[u8]) -> bool {
    if digits(&c[..7]) {
        let extra = c.get(8).map_or(Some(0), |letter| place_in(IE, *letter));
        return extra
            .is_some_and(|extra| c[7] == check_letter(IE, falling(&c[..7], 8) + 9 * extra));
    }
    digits(&c[..1])
        && letters(&c[1..2])
        && digits(&c[2..7])
        && c[7..].iter().all(|letter| IE.contains(letter))
        && c[7] == check_letter(IE, falling(&c[2..7], 7) + 2 * value(c[0]))
}

fn lu_tva(c: &[u8]) -> bool {
    digits(c) && number(&c[..6]) % 89 == number(&c[6..])
}

fn nl_bsn(c: &[u8]) -> bool {
    digits(c) && number(c) != 0 && modulo(falling(&c[..8], 9) - value(c[8]), 11) == 0
}

fn nl_btw(c: &[u8]) -> bool {
    digits(&c[..9])
        && number(&c[..9]) != 0
        && c[9] == b'B'
        && digits(&c[10..])
        && number(&c[10..]) != 0
        && (nl_bsn(&c[..9]) || mod_97_10(b"NL".iter().chain(c).copied()))
}

fn nl_onderwijsnummer(c: &[u8]) -> bool {
    digits(c) && c.starts_with(b"10") && modulo(falling(&c[..8], 9) - value(c[8]), 11) == 5
}

fn uk_nhs(c: &[u8]) -> bool {
    digits(c) && falling(c, 10) % 11 == 0
}

fn uk_nino(c: &[u8]) -> bool {
    const UNUSED: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    letters(&c[..2])
        && !b"DFIQUV".contains(&c[0])
        && !b"DFIOQUV".contains(&c[1])
        && !UNUSED.contains(&&c[..2])
        && digits(&c[2..8])
        && b"ABCD".contains(&c[8])
}

fn uk_upn(c: &[u8]) -> bool {
    const LETTERS: &[u8; 33] = b"ABCDEFGHJKLMNPQRTUVWXYZ0123456789";
    let places = c[1..]
        .iter()
        .zip(2..)
        .map(|(byte, at)| place_in(LETTERS, *byte).map(|place| place * at));
    let Some(sum) = places.sum::<Option<i64>>() else {
        return false;
    };
    digits(&c[1..12])
        && (201..=938).contains(&number(&c[1..4]))
        && check_letter(&LETTERS[..23], sum) == c[0]
}

fn uk_utr(c: &[u8]) -> bool {
    let sum = sum(&c[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]);
    digits(c) && check_letter(b"21987654321", sum) == c[0]
}

fn uk_vat(c: &[u8]) -> bool {
    let rest = sum(c, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    digits(c) && (rest == 0 || c[0] != b'0' && matches!(rest, 42 | 55))
}
