//! Identifiers of vehicles. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{digits, letters, number};

super::kinds! {
    UkVehicleRegistration [7], [&[4, 3]], uk_vehicle_registration, Some, ["registration", "car reg", "vrm", "number plate", "plate", "vehicle", "vehicles", "reg"];
    InVehicleRegistration [6, 7, 9, 10], [&[2, 2, 2, 4], &[2, 2, 1, 4], &[4, 2, 4], &[2, 4], &[3, 4]], in_vehicle_registration, Form, ["registration", "vehicle", "rto", "number plate", "car", "bike"];
    NgVehicleRegistration [8], [&[3, 5]], ng_vehicle_registration, Form, ["plate", "plates", "vehicle", "registration", "frsc"];
    TrLicensePlate [6, 7, 8, 9], [&[2, 1, 3], &[2, 1, 4], &[2, 1, 5], &[2, 2, 2], &[2, 2, 3], &[2, 2, 4], &[2, 2, 5], &[2, 3, 2], &[2, 3, 3], &[2, 3, 4]], tr_license_plate, Form, ["plaka", "plakası", "plate", "araç"];
    UkVehicleRegistration [5, 6, 7], [&[2, 3], &[3, 3], &[4, 3], &[3, 2], &[3, 4]], uk_vehicle_registration_old, Form, ["registration", "car reg", "vrm", "number plate", "plate", "vehicle", "reg"];
    DeKfz [3, 4, 5, 6, 7, 8, 9], [&[1, 1, 1], &[1, 1, 2], &[1, 1, 3], &[1, 1, 4], &[1, 1, 5], &[1, 2, 1], &[1, 2, 2], &[1, 2, 3], &[1, 2, 4], &[1, 2, 5], &[2, 1, 1], &[2, 1, 2], &[2, 1, 3], &[2, 1, 4], &[2, 1, 5], &[2, 2, 1], &[2, 2, 2], &[2, 2, 3], &[2, 2, 4], &[2, 2, 5], &[3, 1, 1], &[3, 1, 2], &[3, 1, 3], &[3, 1, 4], &[3, 1, 5], &[3, 2, 1], &[3, 2, 2], &[3, 2, 3], &[3, 2, 4]], de_kfz, OnlyWords, ["kennzeichen", "kfz", "nummernschild", "licence plate", "license plate"];
}

/// A district of one to three letters, one or two letters and up to four digits; `E` and `H` may follow.
fn de_kfz(c: &[u8]) -> bool {
    let end = if matches!(c.last(), Some(b'E' | b'H')) {
        c.len() - 1
    } else {
        c.len()
    };
    let name = c
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    (2..=5).contains(&name)
        && (1..=4).contains(&(end.saturating_sub(name)))
        && digits(&c[name..end])
        && c[name] != b'0'
}

fn in_vehicle_registration(c: &[u8]) -> bool {
    const STATES: &[u8] = b"AN AP AR AS BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ SK TN TR TS UK UP WB";
    let name = c
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let state = STATES.chunks(3).any(|known| known[..2] == c[..2]);
    match (c.len(), name) {
        // KA53ME3456, DL01CA1234, MN2412
        (9 | 10, 2) => {
            state && digits(&c[2..4]) && digits(&c[c.len() - 4..]) && letters(&c[4..c.len() - 4])
        }
        (6, 2) => state && digits(&c[2..]),
        // MCX1243
        (7, 3) => digits(&c[3..]),
        _ => false,
    }
}

fn ng_vehicle_registration(c: &[u8]) -> bool {
    letters(&c[..3]) && digits(&c[3..6]) && letters(&c[6..])
}

fn tr_license_plate(c: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] = [
        b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV",
        b"DEC",
    ];
    let name = c[2..]
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let number = &c[2 + name..];
    digits(&c[..2])
        && (1..=81).contains(&self::number(&c[..2]))
        && digits(number)
        && !MONTHS.contains(&&c[2..2 + name])
        && matches!((name, number.len()), (1, 3..=5) | (2, 2..=4) | (3, 2..=4))
}

fn uk_letters(c: &[u8]) -> bool {
    letters(c) && !c.iter().any(|byte| matches!(byte, b'I' | b'Q'))
}

/// Since 2001: two letters, the half-year, three letters.
fn uk_vehicle_registration(c: &[u8]) -> bool {
    uk_letters(&c[..2])
        && c[0] != b'Z'
        && digits(&c[2..4])
        && matches!(number(&c[2..4]), 2..=29 | 51..=79)
        && uk_letters(&c[4..])
}

/// Until 2001: a letter for the year before or behind.
fn uk_vehicle_registration_old(c: &[u8]) -> bool {
    let name = c
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let tail = c
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let middle = c.len().saturating_sub(name + tail);
    digits(&c[name..name + middle])
        && (1..=3).contains(&middle)
        && matches!((name, tail), (1, 3) | (3, 1))
        && uk_letters(&c[..name])
        && uk_letters(&c[name + middle..])
        && !matches!(
            (name, c[0], c[c.len() - 1]),
            (1, b'O' | b'U' | b'Z', _) | (3, _, b'O' | b'U' | b'Z')
        )
}
