//! Identifiers of Asia. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{
    alnum, check_letter, cross_sum, date, date_of_two, digits, falling, letters, luhn, modulo,
    number, place, place_in, sum, value, verhoeff,
};
use crate::checksum::luhn_in;

super::kinds! {
    CnRic [18], [&[6, 8, 4]], cn_ric, Nothing, ["身份证", "身份证号码", "resident identity card", "id card", "resident identity"];
    CnUscc [18], [], cn_uscc, Nothing, ["统一社会信用代码", "信用代码", "unified social credit code"];
    InGstin [15], [], in_gstin, Nothing, ["gstin", "gst"];
    InPan [10], [], in_pan, Nothing, ["pan", "permanent account number", "income tax", "permanent account"];
    SgNricFin [9], [], sg_nric_fin, Nothing, ["nric", "fin", "identity card"];
    SgUen [9, 10], [], sg_uen, Nothing, ["uen", "acra", "unique entity number"];
    TrNationalId [11], [], tr_national_id, Nothing, ["t.c. kimlik no", "tckn", "kimlik", "tc no"];
    TwId [10], [], tw_id, Nothing, ["身分證字號", "身分證", "taiwan id", "national id", "taiwan"];
    IdNpwp [15, 16], [&[2, 3, 3, 1, 3, 3]], id_npwp, Some, ["npwp", "nomor pokok wajib pajak"];
    InAadhaar [12], [&[4, 4, 4]], in_aadhaar, Some, ["aadhaar", "आधार", "uidai"];
    InVid [16], [&[4, 4, 4, 4]], in_aadhaar, Some, ["vid", "virtual id", "aadhaar"];
    KrBrn [10], [&[3, 2, 5]], kr_brn, Some, ["사업자등록번호", "사업자", "business registration number", "brn", "business registration"];
    KrFrn [13], [&[6, 7]], kr_frn, Some, ["외국인등록번호", "외국인", "foreigner", "frn"];
    KrRrn [13], [&[6, 7]], kr_rrn, Some, ["주민등록번호", "주민번호", "주민", "resident registration", "rrn"];
    MyNric [12], [&[6, 2, 4]], my_nric, Some, ["mykad", "nric", "kad pengenalan", "no. k/p"];
    PhTin [9, 12, 13, 14], [&[3, 3, 3], &[3, 3, 3, 3], &[3, 3, 3, 4], &[3, 3, 3, 5]], ph_tin, Some, ["tin", "bir", "taxpayer"];
    PkCnic [13], [&[5, 7, 1]], pk_cnic, Some, ["cnic", "شناختی کارڈ", "nadra"];
    ThTnin [13], [&[1, 4, 5, 2, 1]], th_tnin, Some, ["เลขประจำตัวประชาชน", "บัตรประชาชน", "thai id", "thai national", "national id"];
    AzVoen [10], [], az_voen, Words, ["vöen", "voen", "vergi"];
    IlHp [9], [&[2, 6, 1]], il_hp, Words, ["ח.פ.", "מספר חברה", "company number"];
    IlId [9], [&[8, 1]], il_id, Words, ["תעודת זהות", "מספר זהות", "teudat zehut", "israeli id", "teudat", "תעודת", "israel"];
    JpCn [13], [&[1, 4, 4, 4]], jp_cn, Words, ["法人番号", "corporate number", "国税庁"];
    JpMyNumber [12], [&[4, 4, 4]], jp_my_number, Words, ["マイナンバー", "個人番号", "my number"];
    ThMoa [13], [&[1, 2, 1, 3, 5, 1]], th_moa, Words, ["เลขประจำตัวผู้เสียภาษี", "tax id", "taxpayer"];
    TrVkn [10], [], tr_vkn, Words, ["vkn", "vergi kimlik numarası", "vergi no"];
    TwUbn [8], [], tw_ubn, Words, ["統一編號", "統編", "ubn", "gui number"];
    VnMst [10, 13], [&[10, 3]], vn_mst, Words, ["mst", "mã số thuế", "tax code"];
    IdNik [16], [], id_nik, Form, ["nik", "ktp", "nomor induk kependudukan"];
    InGstin [15], [], in_gstin_form, Form, ["gstin", "gst"];
    InPan [10], [], in_pan_form, Form, ["pan", "permanent account number", "income tax", "permanent account"];
    KrFrn [13], [&[6, 7]], kr_frn_new, Form, ["외국인등록번호", "외국인", "foreigner", "frn"];
    KrRrn [13], [&[6, 7]], kr_rrn_new, Form, ["주민등록번호", "주민번호", "주민", "resident registration", "rrn"];
    SgNricFin [9], [], sg_nric_form, Alone, ["nric", "fin", "identity card"];
}

fn az_voen(c: &[u8]) -> bool {
    digits(c)
        && matches!(c[9], b'1' | b'2')
        && sum(c, &[4, 1, 8, 6, 2, 7, 5, 3]) % 11 == value(c[8])
}

fn cn_ric(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    digits(&c[..17])
        && matches!(number(&c[..2]), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82)
        && date(number(&c[6..10]), number(&c[10..12]), number(&c[12..14]))
        && c[17] == check_letter(b"10X98765432", sum(c, &WEIGHTS))
}

fn cn_uscc(c: &[u8]) -> bool {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1;
    let mut sum = 0;
    for byte in &c[..17] {
        let Some(place) = place_in(LETTERS, *byte) else {
            return false;
        };
        sum += place * weight;
        weight = weight * 3 % 31;
    }
    digits(&c[..8]) && check_letter(LETTERS, -sum) == c[17]
}

fn id_nik(c: &[u8]) -> bool {
    digits(c)
        && (11..=96).contains(&number(&c[..2]))
        && date_of_two(number(&c[10..12]), number(&c[8..10]), number(&c[6..8]) % 40)
}

fn id_npwp(c: &[u8]) -> bool {
    match c.len() {
        15 => digits(c) && luhn(&c[..9]),
        _ if c[0] == b'0' => digits(c) && luhn(&c[..10]),
        _ => id_nik(c),
    }
}

fn il_id(c: &[u8]) -> bool {
    luhn(c) && number(c) != 0
}

fn il_hp(c: &[u8]) -> bool {
    c[0] == b'5' && luhn(c)
}

fn in_aadhaar(c: &[u8]) -> bool {
    // A number that reads the same from behind is not issued.
    verhoeff(c) && c[0] > b'1' && !c.iter().eq(c.iter().rev())
}

fn in_pan(c: &[u8]) -> bool {
    in_pan_form(c) && b"ABCFGHJKLPT".contains(&c[3])
}

/// The form, whatever kind of holder its fourth letter names.
fn in_pan_form(c: &[u8]) -> bool {
    letters(&c[..5]) && digits(&c[5..9]) && &c[5..9] != b"0000" && letters(&c[9..])
}

fn in_gstin(c: &[u8]) -> bool {
    alnum(c)
        && digits(&c[..2])
        && (1..=37).contains(&number(&c[..2]))
        && in_pan(&c[2..12])
        && c[12] != b'0'
        && c[13] == b'Z'
        && luhn_in(c.iter().copied().map(place), 36)
}

/// As [`in_gstin`], without its check character: the form alone is rare enough.
fn in_gstin_form(c: &[u8]) -> bool {
    let pan = &c[2..12];
    digits(&c[..2])
        && (1..=37).contains(&number(&c[..2]))
        && letters(&pan[..5])
        && digits(&pan[5..9])
        && letters(&pan[9..])
        && c[12] != b'0'
        && c[13] == b'Z'
        && alnum(&c[14..])
}

fn jp_cn(c: &[u8]) -> bool {
    digits(c) && 9 - sum(&c[1..], &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9 == value(c[0])
}

fn jp_my_number(c: &[u8]) -> bool {
    let rest = sum(c, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    digits(c) && (if rest < 2 { 0 } else { 11 - rest }) == value(c[11])
}

fn kr_born(c: &[u8]) -> bool {
    let century = match c[6] {
        b'1' | b'2' | b'5' | b'6' => 1900,
        _ => 2000,
    };
    date(
        century + number(&c[..2]),
        number(&c[2..4]),
        number(&c[4..6]),
    )
}

const KR: [i64; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

/// Of those who were born since 1900.
fn kr_rrn(c: &[u8]) -> bool {
    kr_rrn_new(c) && number(&c[7..9]) <= 96 && modulo(11 - sum(c, &KR) % 11, 10) == value(c[12])
}

/// Since October 2020 the digits after the sex are random, and none is a check digit.
fn kr_rrn_new(c: &[u8]) -> bool {
    digits(c) && b"1234".contains(&c[6]) && kr_born(c)
}

fn kr_frn(c: &[u8]) -> bool {
    kr_frn_new(c) && (13 - sum(c, &KR) % 11) % 10 == value(c[12])
}

fn kr_frn_new(c: &[u8]) -> bool {
    digits(c) && b"5678".contains(&c[6]) && kr_born(c)
}

fn kr_brn(c: &[u8]) -> bool {
    let sum = sum(c, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + value(c[8]) * 5 / 10;
    digits(c)
        && number(&c[..3]) >= 101
        && &c[3..5] != b"00"
        && &c[5..9] != b"0000"
        && modulo(-sum, 10) == value(c[9])
}

fn my_nric(c: &[u8]) -> bool {
    digits(c)
        && date_of_two(number(&c[..2]), number(&c[2..4]), number(&c[4..6]))
        && matches!(number(&c[6..8]), 1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99)
}

fn ph_tin(c: &[u8]) -> bool {
    digits(c) && number(&c[..9]) != 0 && falling(&c[..8], 9) % 11 == value(c[8])
}

fn pk_cnic(c: &[u8]) -> bool {
    digits(c) && matches!(c[0], b'1'..=b'7') && c[12] != b'0'
}

fn sg_nric_fin(c: &[u8]) -> bool {
    let (plus, letters): (i64, &[u8; 11]) = match c[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let sum = sum(&c[1..8], &[2, 7, 6, 5, 4, 3, 2]) + plus;
    digits(&c[1..8]) && c[8] == check_letter(letters, sum)
}

/// The form alone, for where a word says what it is.
fn sg_nric_form(c: &[u8]) -> bool {
    b"STFGM".contains(&c[0]) && digits(&c[1..8]) && letters(&c[8..])
}

fn sg_uen(c: &[u8]) -> bool {
    const KINDS: [&[u8]; 38] = [
        b"CC", b"CD", b"CH", b"CL", b"CM", b"CP", b"CS", b"CX", b"DP", b"FB", b"FC", b"FM", b"FN",
        b"GA", b"GB", b"GS", b"HS", b"LL", b"LP", b"MB", b"MC", b"MD", b"MH", b"MM", b"MQ", b"NB",
        b"NR", b"PA", b"PB", b"PF", b"RF", b"RP", b"SM", b"SS", b"TC", b"TU", b"VH", b"XL",
    ];
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    if c.len() == 9 {
        let sum = sum(c, &[10, 4, 9, 3, 8, 2, 7, 1]);
        return digits(&c[..8]) && check_letter(b"XMKECAWLJDB", sum) == c[8];
    }
    if digits(&c[..9]) {
        let sum = sum(c, &[10, 8, 6, 4, 9, 7, 5, 3, 1]);
        return (1800..2100).contains(&number(&c[..4]))
            && check_letter(b"ZKCMDNERGWH", sum) == c[9];
    }
    let places = c
        .iter()
        .zip([4, 3, 5, 3, 10, 2, 2, 5, 7])
        .map(|(byte, weight)| Some(place_in(LETTERS, *byte)? * weight));
    let Some(sum) = places.sum::<Option<i64>>() else {
        return false;
    };
    b"RST".contains(&c[0])
        && digits(&c[1..3])
        && KINDS.contains(&&c[3..5])
        && digits(&c[5..9])
        && check_letter(&LETTERS[..11], sum - 5) == c[9]
}

fn th_check(c: &[u8]) -> bool {
    digits(c) && modulo(11 - falling(&c[..12], 13) % 11, 10) == value(c[12])
}

fn th_tnin(c: &[u8]) -> bool {
    // The province where it was first registered.
    let province =
        matches!(number(&c[1..3]), 10..=27 | 30..=58 | 60..=67 | 70..=77 | 80..=86 | 90..=96);
    matches!(c[0], b'1'..=b'8') && province && th_check(c)
}

fn th_moa(c: &[u8]) -> bool {
    c[0] == b'0' && th_check(c)
}

fn tr_national_id(c: &[u8]) -> bool {
    let of = |from: usize, to: usize| {
        c[from..to]
            .iter()
            .step_by(2)
            .map(|byte| value(*byte))
            .sum::<i64>()
    };
    let all: i64 = c[..10].iter().map(|byte| value(*byte)).sum();
    digits(c)
        && c[0] != b'0'
        && modulo(7 * of(0, 9) - of(1, 8), 10) == value(c[9])
        && all % 10 == value(c[10])
}

fn tr_vkn(c: &[u8]) -> bool {
    let mut sum = 0;
    for (byte, at) in c[..9].iter().zip(0..9) {
        let shifted = (value(*byte) + 9 - at) % 10;
        if shifted != 0 {
            let rest = shifted * (1 << (9 - at)) % 9;
            sum += if rest == 0 { 9 } else { rest };
        }
    }
    digits(c) && modulo(-sum, 10) == value(c[9])
}

fn tw_id(c: &[u8]) -> bool {
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let Some(code) = place_in(LETTERS, c[0]).map(|place| place + 10) else {
        return false;
    };
    digits(&c[1..])
        && b"1289".contains(&c[1])
        && (code / 10 + code % 10 * 9 + sum(&c[1..], &[8, 7, 6, 5, 4, 3, 2, 1, 1])) % 10 == 0
}

fn tw_ubn(c: &[u8]) -> bool {
    let sum = cross_sum(c, &[1, 2, 1, 2, 1, 2, 4, 1]);
    digits(c) && (sum % 10 == 0 || sum % 10 == 9 && c[6] == b'7')
}

fn vn_mst(c: &[u8]) -> bool {
    digits(c)
        && number(&c[2..9]) != 0
        && (c.len() == 10 || &c[10..] != b"000")
        && 10 - sum(c, &[31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11 == value(c[9])
}
