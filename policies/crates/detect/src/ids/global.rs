//! Identifiers of the whole world. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{
    alnum, check_letter, cross_sum, digits, falling, letters, luhn, modulo, number, place, sum,
    sum_of_places, value,
};
use crate::checksum::{luhn_in, mod_97_10, mod97};

super::kinds! {
    Container [11], [&[4, 6, 1]], container, Nothing, ["container", "container-nr", "iso 6346"];
    Eic [16], [], eic, Nothing, ["eic", "eic code", "entso-e"];
    Figi [12], [], figi, Nothing, ["figi", "openfigi", "bloomberg"];
    Isin [12], [], isin, Nothing, ["isin"];
    Iso11649 [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25], [], iso_11649, Nothing, ["rf", "creditor reference", "viite", "reference"];
    LeiCode [20], [&[4, 2, 12, 2]], lei_code, Nothing, ["lei", "legal entity identifier", "legal entity"];
    SepaCreditor [15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25], [], sepa_creditor, Nothing, ["gläubiger-id", "creditor identifier", "ci"];
    Vin [17], [], vin_lettered, Nothing, ["vin", "chassis", "vehicle", "fahrgestellnummer"];
    Isni [16], [&[4, 4, 4, 4]], isni, Some, ["isni", "orcid"];
    Cusip [9], [], cusip, Words, ["cusip", "bond", "security"];
    Imei [15], [&[2, 6, 6, 1], &[8, 6, 1]], imei, Words, ["imei", "device", "handset"];
    Meid [14, 15], [], meid, Words, ["meid", "device", "handset"];
    Sedol [7], [], sedol, Words, ["sedol", "stock", "lse"];
    Imo [7], [], imo, OnlyWords, ["imo", "vessel", "ship"];
    Imsi [15], [], imsi, OnlyWords, ["imsi", "subscriber", "sim"];
}

/// ISO 6346: a freight container.
fn container(c: &[u8]) -> bool {
    // Letters count from ten and leave out what eleven divides.
    let place = |byte: u8| match place(byte) {
        digit @ 0..=9 => digit,
        10 => 10,
        letter @ 11..=20 => letter + 1,
        letter @ 21..=30 => letter + 2,
        letter => letter + 3,
    };
    let sum: i64 = c[..10]
        .iter()
        .zip(0..)
        .map(|(byte, at)| place(*byte) << at)
        .sum();
    letters(&c[..3]) && b"UJZR".contains(&c[3]) && digits(&c[4..]) && sum % 11 % 10 == value(c[10])
}

/// Not Luhn's rule: of a letter that counts once the digits are added, too.
fn cusip(c: &[u8]) -> bool {
    alnum(c)
        && digits(&c[8..])
        && c.iter().any(u8::is_ascii_digit)
        && cross_sum(c, &[1, 2, 1, 2, 1, 2, 1, 2, 1]) % 10 == 0
}

/// An Energy Identification Code, of those that have no dash in them.
fn eic(c: &[u8]) -> bool {
    let sum = falling(&c[..15], 16);
    alnum(c) && digits(&c[..2]) && letters(&c[2..3]) && 36 - modulo(sum - 1, 37) == place(c[15])
}

/// As [`cusip`], with a last character that counts once before the check digit.
fn figi(c: &[u8]) -> bool {
    const UNUSED: [&[u8]; 5] = [b"BS", b"BM", b"GG", b"GB", b"VG"];
    letters(&c[..2])
        && !UNUSED.contains(&&c[..2])
        && c[2] == b'G'
        && alnum(c)
        && !c.iter().any(|byte| b"AEIOU".contains(byte))
        && digits(&c[11..])
        && cross_sum(c, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1]) % 10 == 0
}

fn imei(c: &[u8]) -> bool {
    luhn(c) && number(c) != 0
}

/// A vessel of the International Maritime Organization.
fn imo(c: &[u8]) -> bool {
    digits(c) && sum(c, &[7, 6, 5, 4, 3, 2]) % 10 == value(c[6])
}

fn imsi(c: &[u8]) -> bool {
    digits(c) && (200..=901).contains(&number(&c[..3]))
}

const COUNTRIES: &[u8] = b"AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CS CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EU QS QT XA XB XC XD XF XK XS";

pub(crate) fn is_country(two: &[u8]) -> bool {
    COUNTRIES.chunks(3).any(|known| &known[..2] == two)
}

fn isin(c: &[u8]) -> bool {
    let mut spread = [0_u8; 24];
    let mut length = 0;
    for byte in c {
        let place = place(*byte);
        if place > 9 {
            spread[length] = b'0' + (place / 10) as u8;
            length += 1;
        }
        spread[length] = b'0' + (place % 10) as u8;
        length += 1;
    }
    alnum(c) && is_country(&c[..2]) && digits(&c[11..]) && luhn(&spread[..length])
}

/// ISO 27729; the identifiers of researchers (ORCID) are among them.
fn isni(c: &[u8]) -> bool {
    let rest = c[..15]
        .iter()
        .fold(0, |rest, byte| (rest + value(*byte)) * 2 % 11);
    digits(&c[..15])
        && c.starts_with(b"0000")
        && number(&c[..15]) != 0
        && c[15] == check_letter(b"0123456789X", 12 - rest)
}

/// A creditor's reference.
fn iso_11649(c: &[u8]) -> bool {
    c.starts_with(b"RF") && digits(&c[2..4]) && alnum(c) && mod97(c)
}

fn lei_code(c: &[u8]) -> bool {
    alnum(c) && digits(&c[18..]) && mod_97_10(c.iter().copied())
}

fn meid(c: &[u8]) -> bool {
    let hex = c
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'));
    let check = || luhn_in(c.iter().copied().map(place), 16);
    hex && matches!(c[0], b'A'..=b'F') && (c.len() == 14 || check())
}

fn sedol(c: &[u8]) -> bool {
    alnum(c)
        && !c.iter().any(|byte| b"AEIOU".contains(byte))
        && digits(&c[6..])
        && (digits(c) || letters(&c[..1]))
        && sum_of_places(c, &[1, 3, 1, 7, 3, 9, 1]) % 10 == 0
}

/// An identifier of a creditor in the Single Euro Payments Area.
fn sepa_creditor(c: &[u8]) -> bool {
    is_country(&c[..2])
        && digits(&c[2..4])
        && alnum(c)
        && c.iter().filter(|byte| byte.is_ascii_digit()).count() >= 8
        && mod_97_10(c[7..].iter().chain(&c[..4]).copied())
}

fn vin(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let place = |byte: u8| match byte {
        b'0'..=b'9' => Some(value(byte)),
        b'A'..=b'H' => Some(i64::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(i64::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(i64::from(byte - b'S') + 2),
        _ => None,
    };
    let products = c
        .iter()
        .zip(WEIGHTS)
        .map(|(byte, weight)| Some(place(*byte)? * weight));
    let sum = products.sum::<Option<i64>>();
    sum.is_some_and(|sum| check_letter(b"0123456789X", sum) == c[8])
}

/// As [`vin`], and not of digits alone: seventeen digits are many other things.
fn vin_lettered(c: &[u8]) -> bool {
    vin(c) && c.iter().filter(|byte| byte.is_ascii_uppercase()).count() >= 2
}
