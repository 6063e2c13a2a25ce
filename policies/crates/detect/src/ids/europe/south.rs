//! Identifiers of Andorra, Cyprus, Greece, Italy, Malta, Portugal, San Marino and Spain.

use crate::checksum::luhn_in;
use crate::ids::check::{
    alnum, body, check_letter, cross_sum, date, date_of_two, digits, falling, letters, luhn,
    modulo, number, place, place_in, sum, sum_from_right, value,
};

crate::ids::kinds! {
    EsCcc [20], [&[4, 4, 2, 10]], es_ccc, Nothing, ["ccc", "cuenta corriente", "cuenta bancaria"];
    EsCups [20, 22], [&[2, 4, 4, 4, 4, 2], &[2, 4, 4, 4, 4, 2, 2]], es_cups, Nothing, ["cups", "punto de suministro", "suministro"];
    EsNie [9], [&[1, 7, 1], &[8, 1], &[1, 8]], es_nie, Nothing, ["nie", "número de identidad de extranjero", "extranjero"];
    EsNif [8, 9], [&[8, 1], &[7, 1]], es_nif, Nothing, ["dni", "nif", "documento nacional de identidad"];
    EsNifKlm [9], [&[1, 7, 1]], es_nif_klm, Nothing, ["nif", "dni"];
    ItFiscalCode [16], [&[3, 3, 5, 5], &[6, 5, 5]], it_fiscal_code, Nothing, ["codice fiscale", "c.f.", "cod. fisc.", "tax code"];
    PtCc [12], [&[8, 1, 3]], pt_cc, Nothing, ["cartão de cidadão", "cartao de cidadao"];
    EsCif [9], [&[1, 8], &[1, 7, 1]], es_cif, Some, ["cif", "nif", "sociedad"];
    GrAmka [11], [], gr_amka, Some, ["αμκα", "ΑΜΚΑ", "amka", "κοινωνικής ασφάλισης"];
    ItVatCode [11], [&[8, 3]], it_vat_code, Some, ["partita iva", "p.iva", "p. iva", "vat number", "piva", "vat"];
    CyVat [9], [], cy_vat, Words, ["φπα", "ΦΠΑ", "vat", "αφτ", "ΑΦΤ", "tic"];
    GrAfm [9], [], gr_afm, Words, ["αφμ", "ΑΦΜ", "afm", "αριθμός φορολογικού μητρώου"];
    PtNif [9], [&[3, 3, 3]], pt_nif, Words, ["nif", "contribuinte", "número de contribuinte"];
    AdNrt [8], [&[1, 6, 1]], ad_nrt, Form, ["nrt", "número de registre tributari"];
    MtVat [8], [&[4, 4]], mt_vat, OnlyWords, ["vat", "vat no", "malta"];
    SmCoe [5], [], digits, OnlyWords, ["c.o.e.", "coe", "codice operatore economico"];
    ItFiscalCode [16], [&[3, 3, 5, 5], &[6, 5, 5]], it_fiscal_code_form, Alone, ["codice fiscale", "c.f.", "cod. fisc.", "tax code"];
}

fn ad_nrt(c: &[u8]) -> bool {
    let n = number(&c[1..7]);
    b"ACDEFGLOPU".contains(&c[0])
        && digits(&c[1..7])
        && letters(&c[7..])
        && !(c[0] == b'F' && n > 699_999)
        && (!matches!(c[0], b'A' | b'L') || (700_000..800_000).contains(&n))
}

/// The check letter of Italy and of Cyprus, over capitals and digits. `A` counts as 0 does, and what stands at odd places
/// by a table.
fn odd_letter(c: &[u8]) -> u8 {
    const ODD: [i64; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let plain = |byte: u8| usize::from(byte - if byte.is_ascii_digit() { b'0' } else { b'A' });
    let values = c.iter().enumerate().map(|(at, byte)| match plain(*byte) {
        plain if at % 2 == 0 => ODD[plain],
        plain => plain as i64,
    });
    check_letter(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", values.sum())
}

fn cy_vat(c: &[u8]) -> bool {
    digits(&c[..8]) && !c.starts_with(b"12") && c[8] == odd_letter(&c[..8])
}

const NIF: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// Seven digits, where a leading nought was left out.
fn es_nif(c: &[u8]) -> bool {
    digits(body(c)) && c.last() == Some(&check_letter(NIF, number(body(c))))
}

fn es_nie(c: &[u8]) -> bool {
    let first = match c[0] {
        b'X' => 0,
        b'Y' => 1,
        b'Z' => 2,
        _ => return false,
    };
    digits(&c[1..8]) && c[8] == check_letter(NIF, first * 10_000_000 + number(&c[1..8]))
}

fn es_nif_klm(c: &[u8]) -> bool {
    b"KLM".contains(&c[0]) && digits(&c[1..8]) && c[8] == check_letter(NIF, number(&c[1..8]))
}

fn es_cif(c: &[u8]) -> bool {
    if !b"ABCDEFGHJNPQRSUVW".contains(&c[0]) || !digits(&c[1..8]) {
        return false;
    }
    let check = modulo(-cross_sum(&c[1..8], &[2, 1, 2, 1, 2, 1, 2]), 10);
    value(c[8]) == check || check_letter(b"JABCDEFGHI", check) == c[8]
}

fn es_ccc(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 10] = [6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    let check = |part: &[u8]| match sum_from_right(part, WEIGHTS) % 11 {
        rest @ (0 | 1) => rest,
        rest => 11 - rest,
    };
    digits(c) && check(&c[..8]) == value(c[8]) && check(&c[10..]) == value(c[9])
}

fn es_cups(c: &[u8]) -> bool {
    let rest = number(&c[2..18]) % 529;
    c.starts_with(b"ES")
        && digits(&c[2..18])
        && c[18..20] == [check_letter(NIF, rest / 23), check_letter(NIF, rest)]
        && (c.len() == 20 || c[20].is_ascii_digit() && b"FPRCXYZ".contains(&c[21]))
}

fn gr_afm(c: &[u8]) -> bool {
    digits(c) && number(c) != 0 && sum(c, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == value(c[8])
}

fn gr_amka(c: &[u8]) -> bool {
    luhn(c) && date_of_two(number(&c[4..6]), number(&c[2..4]), number(&c[..2]))
}

fn it_fiscal_code(c: &[u8]) -> bool {
    const MONTHS: &[u8] = b"ABCDEHLMPRST";
    // Digits are replaced by letters where two people would share a code.
    const OTHERS: &[u8] = b"LMNPQRSTUV";
    let digit = |at: usize| {
        let byte = c[at];
        if byte.is_ascii_digit() {
            Some(value(byte))
        } else {
            place_in(OTHERS, byte)
        }
    };
    let (Some(ten), Some(one), Some(day_ten), Some(day_one)) =
        (digit(6), digit(7), digit(9), digit(10))
    else {
        return false;
    };
    let Some(month) = place_in(MONTHS, c[8]) else {
        return false;
    };
    if !alnum(c)
        || !letters(&c[..6])
        || !letters(&c[11..12])
        || !letters(&c[15..])
        || !(12..15).all(|at| digit(at).is_some())
    {
        return false;
    }
    let year = ten * 10 + one;
    c[15] == odd_letter(&c[..15])
        && date(
            (if year >= 20 { 1900 } else { 2000 }) + year,
            month + 1,
            (day_ten * 10 + day_one) % 40,
        )
}

/// The form without its check character.
fn it_fiscal_code_form(c: &[u8]) -> bool {
    letters(&c[..6])
        && digits(&c[6..8])
        && b"ABCDEHLMPRST".contains(&c[8])
        && digits(&c[9..11])
        && letters(&c[11..12])
        && digits(&c[12..15])
        && letters(&c[15..])
}

fn it_vat_code(c: &[u8]) -> bool {
    luhn(c) && number(&c[..7]) != 0 && matches!(number(&c[7..10]), 1..=100 | 120 | 121 | 888 | 999)
}

fn mt_vat(c: &[u8]) -> bool {
    digits(c) && c[0] != b'0' && sum(c, &[3, 4, 6, 7, 8, 9, 10, 1]) % 37 == 0
}

fn pt_cc(c: &[u8]) -> bool {
    digits(&c[..9])
        && alnum(&c[9..11])
        && digits(&c[11..])
        && luhn_in(c.iter().copied().map(place), 10)
}

fn pt_nif(c: &[u8]) -> bool {
    let rest = falling(&c[..8], 9) % 11;
    digits(c) && c[0] != b'0' && (if rest < 2 { 0 } else { 11 - rest }) == value(c[8])
}
