//! Identifiers of the Americas. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{
    all_alike, alnum, body, check_letter, date, digits, falling, last, letters, luhn, modulo,
    number, place_in, sum, sum_from_right, value,
};

super::kinds! {
    ArCbu [22], [&[8, 14]], ar_cbu, Nothing, ["cbu", "clave bancaria uniforme"];
    MedicalLicense [9], [], medical_license, Nothing, ["dea", "dea number", "license"];
    MxCurp [18], [], mx_curp, Nothing, ["curp", "clave única de registro de población", "población"];
    UsMbi [11], [&[4, 3, 4]], us_mbi, Nothing, ["medicare", "mbi", "beneficiary"];
    UyRut [12], [&[2, 6, 3, 1]], uy_rut, Nothing, ["rut", "ruc", "dgi"];
    VeRif [10], [&[1, 8, 1]], ve_rif, Nothing, ["rif", "registro de información fiscal", "seniat"];
    AbaRoutingNumber [9], [&[4, 4, 1]], aba_routing_number, Some, ["routing", "aba", "rtn", "bank"];
    ArCuit [11], [&[2, 8, 1]], ar_cuit, Some, ["cuit", "cuil", "clave única"];
    BrCnpj [14], [&[2, 3, 3, 4, 2]], br_cnpj, Some, ["cnpj", "empresa", "inscrição"];
    BrCpf [11], [&[3, 3, 3, 2]], br_cpf, Some, ["cpf", "cadastro de pessoas físicas", "contribuinte"];
    CaBcPhn [10], [&[4, 3, 3]], ca_bc_phn, Some, ["phn", "personal health number", "bc services card"];
    CaSin [9], [&[3, 3, 3]], ca_sin, Some, ["sin", "social insurance number", "nas", "social insurance"];
    ClRut [8, 9], [&[2, 3, 3, 1], &[1, 3, 3, 1], &[8, 1], &[7, 1]], cl_rut, Some, ["rut", "run", "rol único tributario"];
    CoNit [10], [&[3, 3, 3, 1], &[9, 1]], co_nit, Some, ["nit", "rut", "número de identificación tributaria"];
    DoCedula [11], [&[3, 7, 1]], luhn, Some, ["cédula", "cédula de identidad", "jce"];
    DoRnc [9], [&[1, 2, 5, 1]], do_rnc, Some, ["rnc", "registro nacional del contribuyente"];
    EcRuc [13], [&[10, 3]], ec_ruc, Some, ["ruc", "registro único de contribuyentes"];
    SvNit [14], [&[4, 6, 3, 1]], sv_nit, Some, ["nit", "número de identificación tributaria"];
    UsAtin [9], [&[3, 2, 4]], us_atin, Some, ["atin", "adoption taxpayer"];
    UsItin [9], [&[3, 2, 4]], us_itin, Some, ["itin", "taxpayer", "individual taxpayer"];
    UsNpi [10], [&[4, 3, 3]], us_npi, Some, ["npi", "provider", "national provider identifier"];
    CaBn [9, 15], [&[5, 4], &[5, 4, 2, 4]], ca_bn, Words, ["business number", "bn", "gst/hst", "numéro d'entreprise"];
    EcCi [10], [&[9, 1]], ec_ci, Words, ["cédula", "cédula de identidad", "cedula"];
    PeCui [9], [&[8, 1]], pe_cui, Words, ["dni", "cui", "documento nacional"];
    PeRuc [11], [], pe_ruc, Words, ["ruc", "sunat", "contribuyente"];
    CuNi [11], [], cu_ni, Form, ["carné de identidad", "número de identidad", "ci"];
    MxRfc [12, 13], [&[4, 6, 3], &[3, 6, 3]], mx_rfc, Form, ["rfc", "registro federal de contribuyentes", "contribuyente"];
    UsBankNumber [8, 9, 10, 11, 12, 13, 14, 15, 16, 17], [], us_bank_number, Form, ["bank", "account", "acct", "check", "debit", "iban"];
    UsEin [9], [&[2, 7]], us_ein, Form, ["ein", "fein", "employer identification number"];
    UsPtin [9], [&[1, 8]], us_ptin, Form, ["ptin", "preparer"];
    ArDni [7, 8], [&[2, 3, 3]], digits, OnlyWords, ["dni", "documento nacional de identidad"];
    CrCpf [10], [&[2, 4, 4]], cr_cpf, OnlyWords, ["cédula", "cédula física", "identidad"];
    CrCpj [10], [&[1, 3, 6]], cr_cpj, OnlyWords, ["cédula jurídica", "cédula", "persona jurídica"];
    CrDimex [11, 12], [], cr_dimex, OnlyWords, ["dimex", "cédula de residencia", "residencia"];
    GtNit [8], [&[7, 1]], gt_nit, OnlyWords, ["nit", "número de identificación tributaria"];
    PyRuc [8, 9], [&[8, 1], &[7, 1]], py_ruc, OnlyWords, ["ruc", "contribuyente"];
    UsSsn [9], [], us_ssn_compact, OnlyWords, ["ssn", "social security"];
    MedicalLicense [9], [], medical_license_short, Alone, ["dea", "dea number", "license"];
}

fn aba_routing_number(c: &[u8]) -> bool {
    digits(c)
        && number(c) != 0
        && matches!(number(&c[..2]), 0..=12 | 21..=32 | 61..=72 | 80)
        && sum(c, &[3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0
}

fn ar_cbu(c: &[u8]) -> bool {
    let check = |part: &[u8]| modulo(-sum_from_right(part, [3, 1, 7, 9].into_iter().cycle()), 10);
    digits(c) && check(&c[..7]) == value(c[7]) && check(&c[8..21]) == value(c[21])
}

fn ar_cuit(c: &[u8]) -> bool {
    let check = match sum(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 => 0,
        1 => 9,
        rest => 11 - rest,
    };
    digits(c)
        && matches!(
            number(&c[..2]),
            20 | 23 | 24 | 27 | 30 | 33 | 34 | 50 | 51 | 55
        )
        && check == value(c[10])
}

/// Since July 2026 the first twelve may be letters, by their place in ASCII.
fn br_cnpj(c: &[u8]) -> bool {
    let check = |length: usize| {
        modulo(-sum_from_right(&c[..length], (2..=9).cycle()), 11) % 10 == value(c[length])
    };
    alnum(c)
        && digits(&c[12..])
        && !all_alike(c)
        && &c[..12] != b"000000000000"
        && check(12)
        && check(13)
}

fn br_cpf(c: &[u8]) -> bool {
    digits(c)
        && !all_alike(c)
        && falling(&c[..9], 10) * 10 % 11 % 10 == value(c[9])
        && falling(&c[..10], 11) * 10 % 11 % 10 == value(c[10])
}

fn ca_bc_phn(c: &[u8]) -> bool {
    digits(c)
        && c[0] == b'9'
        && modulo(-sum(&c[1..9], &[2, 4, 8, 5, 10, 9, 7, 3]), 11) == value(c[9])
}

fn ca_bn(c: &[u8]) -> bool {
    const PROGRAMS: [&[u8]; 4] = [b"RC", b"RM", b"RP", b"RT"];
    luhn(&c[..9]) && (c.len() == 9 || PROGRAMS.contains(&&c[9..11]) && digits(&c[11..]))
}

fn ca_sin(c: &[u8]) -> bool {
    luhn(c) && !matches!(c[0], b'0' | b'8')
}

fn cl_rut(c: &[u8]) -> bool {
    let sum = sum_from_right(body(c), (2..=7).cycle());
    digits(body(c)) && c.last() == Some(&check_letter(b"0K987654321", sum))
}

fn co_nit(c: &[u8]) -> bool {
    let rest = sum_from_right(body(c), [3, 7, 13, 17, 19, 23, 29, 37, 41]) % 11;
    digits(c) && (if rest < 2 { rest } else { 11 - rest }) == last(c)
}

fn cr_cpf(c: &[u8]) -> bool {
    digits(c) && c[0] == b'0'
}

fn cr_cpj(c: &[u8]) -> bool {
    digits(c)
        && match number(&c[..4]) {
            2100 | 2200 | 2300 | 2400 | 4000 | 5001 => true,
            head => matches!(head, 3002..=3014 | 3101..=3110),
        }
}

fn cr_dimex(c: &[u8]) -> bool {
    digits(c) && c[0] == b'1'
}

fn cu_ni(c: &[u8]) -> bool {
    let century = match c[6] {
        b'9' => 1800,
        b'0'..=b'5' => 1900,
        _ => 2000,
    };
    digits(c)
        && date(
            century + number(&c[..2]),
            number(&c[2..4]),
            number(&c[4..6]),
        )
}

fn do_rnc(c: &[u8]) -> bool {
    digits(c) && modulo(10 - sum(c, &[7, 9, 8, 6, 5, 4, 3, 2]) % 11, 9) + 1 == value(c[8])
}

fn ec_province(c: &[u8]) -> bool {
    digits(c) && matches!(number(&c[..2]), 1..=24 | 30 | 50)
}

fn ec_ci(c: &[u8]) -> bool {
    ec_province(c) && c[2] <= b'6' && luhn(c)
}

fn ec_ruc(c: &[u8]) -> bool {
    let person = || &c[10..] != b"000" && ec_ci(&c[..10]);
    let public = || &c[9..] != b"0000" && sum(c, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0;
    let company = || &c[10..] != b"000" && sum(c, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0;
    ec_province(c)
        && match c[2] {
            b'0'..=b'5' => person(),
            b'6' => public() || person(),
            b'9' => public() || company(),
            _ => false,
        }
}

fn gt_nit(c: &[u8]) -> bool {
    let sum = sum_from_right(body(c), 2..);
    digits(body(c)) && c.last() == Some(&check_letter(b"0123456789K", -sum))
}

/// A number of the Drug Enforcement Administration.
fn medical_license(c: &[u8]) -> bool {
    (c[1].is_ascii_uppercase() || c[1] == b'9') && medical_license_short(c)
}

/// Certificates of documentation are written with one letter and eight digits.
fn medical_license_short(c: &[u8]) -> bool {
    b"ABCDEFGHJKLMPRSTUX".contains(&c[0])
        && alnum(&c[1..2])
        && digits(&c[2..])
        && sum(&c[2..], &[1, 2, 1, 2, 1, 2]) % 10 == value(c[8])
}

const MX_STATES: [&[u8]; 33] = [
    b"AS", b"BC", b"BS", b"CC", b"CH", b"CL", b"CM", b"CS", b"DF", b"DG", b"GR", b"GT", b"HG",
    b"JC", b"MC", b"MN", b"MS", b"NE", b"NL", b"NT", b"OC", b"PL", b"QR", b"QT", b"SL", b"SP",
    b"SR", b"TC", b"TL", b"TS", b"VZ", b"YN", b"ZS",
];

fn mx_curp(c: &[u8]) -> bool {
    const LETTERS: &[u8; 37] = b"0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ";
    let century = if c[16].is_ascii_digit() { 1900 } else { 2000 };
    let sum: i64 = c[..17]
        .iter()
        .zip(0..)
        .map(|(byte, at)| place_in(LETTERS, *byte).unwrap_or(0) * (18 - at))
        .sum();
    letters(&c[..4])
        && digits(&c[4..10])
        && date(
            century + number(&c[4..6]),
            number(&c[6..8]),
            number(&c[8..10]),
        )
        && b"HMX".contains(&c[10])
        && MX_STATES.contains(&&c[11..13])
        && letters(&c[13..16])
        && alnum(&c[16..17])
        && modulo(-sum, 10) == value(c[17])
}

fn mx_rfc(c: &[u8]) -> bool {
    let name = c.len() - 9;
    letters(&c[..name])
        && digits(&c[name..name + 6])
        && alnum(&c[name + 6..])
        && date(
            2000 + number(&c[name..name + 2]),
            number(&c[name + 2..name + 4]),
            number(&c[name + 4..name + 6]),
        )
}

fn pe_cui(c: &[u8]) -> bool {
    let sum = sum(c, &[3, 2, 7, 6, 5, 4, 3, 2]);
    digits(&c[..8])
        && (c[8] == check_letter(b"65432110987", sum) || c[8] == check_letter(b"KJIHGFEDCBA", sum))
}

fn pe_ruc(c: &[u8]) -> bool {
    digits(c)
        && matches!(number(&c[..2]), 10 | 15 | 17 | 20)
        && modulo(11 - sum(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11, 10) == value(c[10])
}

fn py_ruc(c: &[u8]) -> bool {
    digits(c) && modulo(-sum_from_right(body(c), 2..), 11) % 10 == last(c)
}

fn sv_nit(c: &[u8]) -> bool {
    let check = if number(&c[10..13]) <= 100 {
        falling(&c[..13], 14) % 11 % 10
    } else {
        modulo(-sum(c, &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) % 10
    };
    digits(c) && b"019".contains(&c[0]) && check == value(c[13])
}

fn us_atin(c: &[u8]) -> bool {
    digits(c) && c[0] == b'9' && &c[3..5] == b"93"
}

fn us_bank_number(c: &[u8]) -> bool {
    digits(c) && !all_alike(c)
}

/// The first two digits are a campus of the tax office.
fn us_ein(c: &[u8]) -> bool {
    digits(c)
        && matches!(number(&c[..2]), 1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99)
}

fn us_itin(c: &[u8]) -> bool {
    digits(c) && c[0] == b'9' && matches!(number(&c[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

fn us_mbi(c: &[u8]) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"SLOIBZ".contains(&byte);
    let either = |byte: u8| letter(byte) || byte.is_ascii_digit();
    matches!(c[0], b'1'..=b'9')
        && letter(c[1])
        && either(c[2])
        && digits(&c[3..4])
        && letter(c[4])
        && either(c[5])
        && digits(&c[6..7])
        && letter(c[7])
        && letter(c[8])
        && digits(&c[9..])
}

fn us_npi(c: &[u8]) -> bool {
    let mut whole = *b"808400000000000";
    whole[5..].copy_from_slice(c);
    matches!(c[0], b'1' | b'2') && luhn(&whole) && !all_alike(&c[1..9])
}

fn us_ptin(c: &[u8]) -> bool {
    c[0] == b'P' && digits(&c[1..])
}

/// Without its dashes any nine digits are one: only a word tells.
fn us_ssn_compact(c: &[u8]) -> bool {
    digits(c)
        && !matches!(number(&c[..3]), 0 | 666 | 900..)
        && number(&c[3..5]) != 0
        && number(&c[5..]) != 0
}

fn uy_rut(c: &[u8]) -> bool {
    digits(c)
        && (1..=22).contains(&number(&c[..2]))
        && number(&c[2..8]) != 0
        && &c[8..11] == b"001"
        && modulo(-sum(c, &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]), 11) == value(c[11])
}

fn ve_rif(c: &[u8]) -> bool {
    let Some(kind) = place_in(b"VEJPG", c[0]) else {
        return false;
    };
    let rest = ((kind + 1) * 4 + sum(&c[1..9], &[3, 2, 7, 6, 5, 4, 3, 2])) % 11;
    digits(&c[1..]) && (if rest < 2 { 0 } else { 11 - rest }) == value(c[9])
}
