//! Identifiers of Austria, Germany, Liechtenstein and Switzerland.

use crate::ids::check::{
    all_alike, cross_sum, digits, letters, luhn, mod_11_10, modulo, number, sum, value,
};

crate::ids::kinds! {
    ChAhv [13], [&[3, 4, 4, 2]], ch_ahv, Nothing, ["ahv", "ahv-nummer", "avs", "navs13"];
    ChUid [12], [&[3, 3, 3, 3]], ch_uid, Nothing, ["uid", "mwst", "ide"];
    DeHandelsregister [4, 5, 6, 7, 8, 9], [&[3, 1], &[3, 2], &[3, 3], &[3, 4], &[3, 5], &[3, 6]], de_handelsregister, Nothing, ["handelsregister", "amtsgericht", "registergericht"];
    DeHealthInsurance [10], [], de_health_insurance, Nothing, ["krankenversichertennummer", "kvnr", "krankenkasse", "versichertennummer", "krankenversicherung"];
    DeSocialSecurity [12], [&[2, 6, 1, 3]], de_social_security, Nothing, ["sozialversicherungsnummer", "rentenversicherung", "rvnr", "versicherungsnummer", "sozialversicherung"];
    DeVatId [11], [&[2, 9], &[2, 3, 3, 3]], de_vat_id, Nothing, ["ust-idnr.", "umsatzsteuer", "vat id", "vat", "ust"];
    AtSvnr [10], [&[4, 6]], at_svnr, Some, ["sozialversicherungsnummer", "svnr", "sv-nr", "versicherungsnummer", "sozialversicherung"];
    AtUid [9], [], at_uid, Some, ["uid", "atu", "ust-idnr", "umsatzsteuer"];
    DeTaxId [11], [&[2, 3, 3, 3]], de_tax_id, Some, ["steuer-id", "identifikationsnummer", "idnr", "steueridentifikationsnummer", "tax id", "steuer"];
    AtTin [9], [&[2, 3, 4]], luhn, Words, ["steuernummer", "abgabenkontonummer", "stnr"];
    DeLanr [9], [], de_lanr, Words, ["lanr", "arztnummer", "lebenslange arztnummer", "vertragsarzt"];
    DeTaxId [11], [&[2, 3, 3, 3]], de_tax_id_form, Form, ["steuer-id", "identifikationsnummer", "idnr", "steueridentifikationsnummer", "tax id", "steuer"];
    DeBsnr [9], [], de_bsnr, OnlyWords, ["bsnr", "betriebsstätte", "betriebsstättennummer"];
    DePlz [5], [], de_plz, OnlyWords, ["plz", "postleitzahl"];
    DeTaxNumber [10, 11, 13], [&[3, 3, 5], &[2, 3, 5], &[3, 4, 4], &[5, 5]], de_tax_number, OnlyWords, ["steuernummer", "st.-nr.", "steuer-nr.", "tax number"];
    LiPeid [7], [], digits, OnlyWords, ["peid", "liechtenstein", "steuernummer"];
}

fn at_svnr(c: &[u8]) -> bool {
    digits(c)
        && c[0] != b'0'
        && (1..=31).contains(&number(&c[4..6]))
        && (1..=15).contains(&number(&c[6..8]))
        && sum(c, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == value(c[3])
}

fn at_uid(c: &[u8]) -> bool {
    c[0] == b'U'
        && digits(&c[1..])
        && (cross_sum(&c[1..8], &[1, 2, 1, 2, 1, 2, 1]) + 4 + value(c[8])) % 10 == 0
}

fn ch_ahv(c: &[u8]) -> bool {
    digits(c) && c.starts_with(b"756") && sum(c, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0
}

fn ch_uid(c: &[u8]) -> bool {
    c.starts_with(b"CHE")
        && digits(&c[3..])
        && modulo(-sum(&c[3..], &[5, 4, 3, 2, 7, 6, 5, 4]), 11) == value(c[11])
}

fn de_bsnr(c: &[u8]) -> bool {
    digits(c) && number(c) != 0
}

fn de_health_insurance(c: &[u8]) -> bool {
    if !letters(&c[..1]) || !digits(&c[1..]) {
        return false;
    }
    let first = i64::from(c[0] - b'A') + 1;
    let sum = first / 10
        + cross_sum(&[b'0' + (first % 10) as u8], &[2])
        + cross_sum(&c[1..9], &[1, 2, 1, 2, 1, 2, 1, 2]);
    sum % 10 == value(c[9])
}

fn de_handelsregister(c: &[u8]) -> bool {
    (c.starts_with(b"HRA") || c.starts_with(b"HRB")) && digits(&c[3..]) && c[3] != b'0'
}

fn de_lanr(c: &[u8]) -> bool {
    digits(c) && (sum(&c[..6], &[4, 9, 4, 9, 4, 9]) + value(c[6])) % 10 == 0
}

fn de_plz(c: &[u8]) -> bool {
    digits(c) && (1001..=99_998).contains(&number(c))
}

fn de_social_security(c: &[u8]) -> bool {
    let (day, month) = (number(&c[2..4]), number(&c[4..6]));
    if !digits(&c[..8])
        || !letters(&c[8..9])
        || !digits(&c[9..])
        || !(1..=31).contains(&(day % 50))
        || day >= 82
        || !(1..=12).contains(&month)
    {
        return false;
    }
    let letter = i64::from(c[8] - b'A') + 1;
    let sum = cross_sum(&c[..8], &[2, 1, 2, 5, 7, 1, 2, 1])
        + cross_sum(
            &[b'0' + (letter / 10) as u8, b'0' + (letter % 10) as u8],
            &[2, 1],
        )
        + cross_sum(&c[9..11], &[2, 1]);
    sum % 10 == value(c[11])
}

fn de_tax_id(c: &[u8]) -> bool {
    if !digits(c) || c[0] == b'0' {
        return false;
    }
    let mut counts = [0_u8; 10];
    for byte in &c[..10] {
        counts[usize::from(byte - b'0')] += 1;
    }
    // One digit stands twice or three times, the others once at most.
    counts.sort_unstable();
    matches!(counts[9], 2 | 3) && counts[8] <= 1 && mod_11_10(c)
}

/// As documentation writes it, with ten digits that all differ.
fn de_tax_id_form(c: &[u8]) -> bool {
    c[0] != b'0' && !all_alike(c) && mod_11_10(c)
}

/// Ten or eleven digits as the states write them, or thirteen that begin with the number of a state.
fn de_tax_number(c: &[u8]) -> bool {
    const STATES: [&[u8]; 16] = [
        b"28", b"9", b"11", b"30", b"24", b"22", b"26", b"40", b"23", b"5", b"27", b"10", b"32",
        b"31", b"21", b"41",
    ];
    digits(c) && (c.len() < 13 || c[4] == b'0' && STATES.iter().any(|state| c.starts_with(state)))
}

fn de_vat_id(c: &[u8]) -> bool {
    c.starts_with(b"DE") && c[2] != b'0' && mod_11_10(&c[2..])
}
