//! Identifiers of the east of Europe: the Baltic states, Poland to Bulgaria, the Balkans, Belarus, Moldova, Ukraine, Russia.

use crate::ids::check::{
    body, date, digits, falling, last, letters, mod_11_10, modulo, number, place, place_in, sum,
    sum_from_right, value,
};

crate::ids::kinds! {
    RoOnrc [14], [], ro_onrc, Nothing, ["onrc", "registrul comerțului", "nr. reg. com."];
    CzRc [9, 10], [&[6, 4], &[6, 3]], cz_rc, Some, ["rodné číslo", "rodne cislo", "rč", "birth number", "rodné", "rodne"];
    Jmbg [13], [], jmbg, Some, ["jmbg", "emšo", "јмбг", "ЈМБГ", "matični broj"];
    LvPk [11], [&[6, 5]], lv_pk, Some, ["personas kods", "p.k.", "personal code"];
    PlNip [10], [&[3, 3, 2, 2], &[3, 2, 2, 3]], pl_nip, Some, ["nip", "numer identyfikacji podatkowej", "tax number"];
    PlPesel [11], [], pl_pesel, Some, ["pesel", "numer pesel", "ewidencyjny"];
    RoCnp [13], [], ro_cnp, Some, ["cnp", "cod numeric personal", "personal code", "cod numeric"];
    SkRc [10], [&[6, 4]], cz_rc, Some, ["rodné číslo", "rodne cislo", "birth number"];
    BgEgn [10], [], bg_egn, Words, ["егн", "ЕГН", "egn", "единен граждански номер"];
    BgPnf [10], [], bg_pnf, Words, ["лнч", "ЛНЧ", "lnch", "личен номер на чужденец"];
    BgVat [9, 10], [], bg_vat, Words, ["ддс", "ДДС", "булстат", "БУЛСТАТ", "еик", "ЕИК", "vat"];
    ByUnp [9], [], by_unp, Words, ["унп", "УНП", "unp", "учетный номер плательщика"];
    CzDic [8, 9], [], cz_dic, Words, ["dič", "ičo", "dic", "vat"];
    EeIk [11], [], ee_ik, Words, ["isikukood", "personal code", "personal identification code", "asmens kodas"];
    EeKmkr [9], [], ee_kmkr, Words, ["kmkr", "käibemaksukohustuslase", "vat"];
    EeReg [8], [], ee_reg, Words, ["registrikood", "registry code", "äriregister"];
    HrOib [11], [], mod_11_10, Words, ["oib", "osobni identifikacijski broj", "personal identification number"];
    LtAsmens [11], [], lt_asmens, Words, ["asmens kodas", "a. k.", "personal code"];
    LtPvm [9, 12], [], lt_pvm, Words, ["pvm", "pvm mokėtojo kodas", "vat"];
    LvPvn [11], [], lv_pvn, Words, ["pvn", "reģistrācijas numurs", "vat"];
    MdIdno [13], [], md_idno, Words, ["idno", "idnp", "cod fiscal"];
    MePib [8], [], me_pib, Words, ["pib", "poreski identifikacioni broj"];
    MkEdb [13], [], mk_edb, Words, ["едб", "ЕДБ", "edb", "даночен број"];
    PlRegon [9, 14], [], pl_regon, Words, ["regon", "numer regon", "gus"];
    RsPib [9], [], mod_11_10, Words, ["пиб", "ПИБ", "pib", "poreski identifikacioni broj"];
    RuInn [10, 12], [], ru_inn, Words, ["инн", "ИНН", "inn", "налогоплательщика"];
    RuOgrn [13, 15], [], ru_ogrn, Words, ["огрн", "ОГРН", "огрнип", "ОГРНИП", "ogrn"];
    SiDdv [8], [], si_ddv, Words, ["id za ddv", "davčna številka", "vat"];
    SiMaticna [7], [], si_maticna, Words, ["matična številka", "registration number"];
    SkDph [10], [], sk_dph, Words, ["ič dph", "dič", "vat"];
    UaEdrpou [8], [], ua_edrpou, Words, ["єдрпоу", "ЄДРПОУ", "edrpou", "код єдрпоу"];
    UaRntrc [10], [], ua_rntrc, Words, ["рнокпп", "РНОКПП", "іпн", "ІПН", "rntrc", "податковий номер"];
    AlNipt [10], [], al_nipt, Form, ["nipt", "nuis", "numri i identifikimit"];
    HuAnum [8], [], hu_anum, OnlyWords, ["adószám", "közösségi adószám", "vat"];
    RoCui [6, 7, 8, 9, 10], [], ro_cui, OnlyWords, ["cui", "cif", "cod unic", "cod fiscal"];
}

/// A check digit by one row of weights, by another one where that gives ten, and nought where that does, too.
fn two_rows(c: &[u8], first: &[i64], second: &[i64]) -> i64 {
    match sum(c, first) % 11 {
        10 => sum(c, second) % 11 % 10,
        rest => rest,
    }
}

fn al_nipt(c: &[u8]) -> bool {
    matches!(c[0], b'A'..=b'M') && digits(&c[1..9]) && letters(&c[9..])
}

fn bg_egn(c: &[u8]) -> bool {
    let (century, month) = match number(&c[2..4]) {
        month @ 41.. => (2000, month - 40),
        month @ 21..=40 => (1800, month - 20),
        month => (1900, month),
    };
    digits(c)
        && date(century + number(&c[..2]), month, number(&c[4..6]))
        && sum(c, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == value(c[9])
}

fn bg_pnf(c: &[u8]) -> bool {
    digits(c) && sum(c, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == value(c[9])
}

fn bg_vat(c: &[u8]) -> bool {
    if c.len() == 9 {
        return digits(c)
            && two_rows(
                &c[..8],
                &[1, 2, 3, 4, 5, 6, 7, 8],
                &[3, 4, 5, 6, 7, 8, 9, 10],
            ) == value(c[8]);
    }
    digits(c)
        && (bg_egn(c)
            || bg_pnf(c)
            || modulo(-sum(c, &[4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) == value(c[9]))
}

fn by_unp(c: &[u8]) -> bool {
    const LETTERS: &[u8] = b"ABCEHKMOPT";
    let (first, second) = if digits(&c[..2]) {
        (Some(value(c[0])), Some(value(c[1])))
    } else {
        (
            place_in(LETTERS, c[0]).map(|_| place(c[0])),
            place_in(LETTERS, c[1]),
        )
    };
    let (Some(first), Some(second)) = (first, second) else {
        return false;
    };
    b"1234567ABCEHKM".contains(&c[0])
        && digits(&c[2..])
        && (first * 29 + second * 23 + sum(&c[2..8], &[19, 17, 13, 7, 5, 3])) % 11 == value(c[8])
}

fn cz_rc(c: &[u8]) -> bool {
    let (year, mut month) = (number(&c[..2]), number(&c[2..4]));
    let century = match (c.len(), year) {
        (9, 0..54) | (10, 54..) => 1900,
        (9, 80..) => 1800,
        (10, _) => 2000,
        _ => return false,
    };
    // Women have 50 more; 20 more where a day's numbers had run out.
    month -= if month > 50 { 50 } else { 0 };
    month -= if month > 20 { 20 } else { 0 };
    digits(c)
        && date(century + year, month, number(&c[4..6]))
        && (c.len() == 9 || number(&c[..9]) % 11 % 10 == value(c[9]))
}

fn cz_dic(c: &[u8]) -> bool {
    if c.len() == 8 {
        let check = match falling(&c[..7], 8) % 11 {
            0 => 1,
            1 => 0,
            rest => 11 - rest,
        };
        return digits(c) && c[0] != b'9' && check == value(c[7]);
    }
    let special = modulo(8 - modulo(10 - falling(&c[1..8], 8) % 11, 11), 10);
    if c[0] == b'6' {
        digits(c) && special == value(c[8])
    } else {
        cz_rc(c)
    }
}

/// Estonia and Lithuania share the rule.
fn ee_ik(c: &[u8]) -> bool {
    digits(c)
        && matches!(c[0], b'1'..=b'8')
        && date(
            1800 + (value(c[0]) - 1) / 2 * 100 + number(&c[1..3]),
            number(&c[3..5]),
            number(&c[5..7]),
        )
        && baltic(c)
}

fn baltic(c: &[u8]) -> bool {
    two_rows(
        &c[..10],
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1],
        &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3],
    ) == value(c[10])
}

fn ee_kmkr(c: &[u8]) -> bool {
    digits(c) && sum(c, &[3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0
}

fn ee_reg(c: &[u8]) -> bool {
    digits(c)
        && b"1789".contains(&c[0])
        && two_rows(&c[..7], &[1, 2, 3, 4, 5, 6, 7], &[3, 4, 5, 6, 7, 8, 9]) == value(c[7])
}

fn hu_anum(c: &[u8]) -> bool {
    digits(c) && sum(c, &[9, 7, 3, 1, 9, 7, 3, 1]) % 10 == 0
}

/// The check digit is that of [`mk_edb`].
fn jmbg(c: &[u8]) -> bool {
    let year = number(&c[4..7]);
    mk_edb(c)
        && date(
            year + if year < 800 { 2000 } else { 1000 },
            number(&c[2..4]),
            number(&c[..2]),
        )
}

fn lt_asmens(c: &[u8]) -> bool {
    ee_ik(c) || digits(c) && c[0] == b'9' && baltic(c)
}

fn lt_pvm(c: &[u8]) -> bool {
    const FIRST: [i64; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2];
    const SECOND: [i64; 11] = [3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4];
    digits(c) && c[c.len() - 2] == b'1' && two_rows(body(c), &FIRST, &SECOND) == last(c)
}

fn lv_pk(c: &[u8]) -> bool {
    // Since 2017 numbers begin with 32 and say nothing of the birthday.
    let dated = || {
        date(
            1800 + 100 * value(c[6]) + number(&c[4..6]),
            number(&c[2..4]),
            number(&c[..2]),
        )
    };
    digits(c)
        && c[0] <= b'3'
        && (c.starts_with(b"32") || dated())
        && (1 + sum(c, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10 == value(c[10])
}

fn lv_pvn(c: &[u8]) -> bool {
    digits(c) && c[0] > b'3' && sum(c, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3
}

fn md_idno(c: &[u8]) -> bool {
    digits(c) && sum(c, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10 == value(c[12])
}

fn me_pib(c: &[u8]) -> bool {
    digits(c) && modulo(-falling(&c[..7], 8), 11) % 10 == value(c[7])
}

fn mk_edb(c: &[u8]) -> bool {
    digits(c) && modulo(-sum(c, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) % 10 == value(c[12])
}

fn pl_nip(c: &[u8]) -> bool {
    digits(c) && sum(c, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == value(c[9])
}

fn pl_pesel(c: &[u8]) -> bool {
    let month = number(&c[2..4]);
    let century = match month / 20 {
        0 => 1900,
        1 => 2000,
        2 => 2100,
        3 => 2200,
        _ => 1800,
    };
    digits(c)
        && sum(c, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
        && date(century + number(&c[..2]), month % 20, number(&c[4..6]))
}

fn pl_regon(c: &[u8]) -> bool {
    digits(c)
        && sum(c, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10 == value(c[8])
        && (c.len() == 9
            || sum(c, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10 == value(c[13]))
}

fn ro_cnp(c: &[u8]) -> bool {
    let century = match c[0] {
        b'3' | b'4' => 1800,
        b'5' | b'6' => 2000,
        b'0' => return false,
        _ => 1900,
    };
    let check = sum(c, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    digits(c)
        && date(
            century + number(&c[1..3]),
            number(&c[3..5]),
            number(&c[5..7]),
        )
        && matches!(number(&c[7..9]), 1..=48 | 51 | 52 | 70 | 80..=83)
        && (if check == 10 { 1 } else { check }) == value(c[12])
}

fn ro_cui(c: &[u8]) -> bool {
    let sum = sum_from_right(body(c), [2, 3, 5, 7, 1, 2, 3, 5, 7]);
    digits(c) && c[0] != b'0' && sum * 10 % 11 % 10 == last(c)
}

fn ro_onrc(c: &[u8]) -> bool {
    let (year, county) = (number(&c[1..5]), number(&c[11..13]));
    let counties = matches!(county, 1..=40 | 51 | 52);
    let sum: i64 = c[1..13].iter().map(|byte| value(*byte)).sum();
    b"JFC".contains(&c[0])
        && digits(&c[1..])
        && match year {
            1990..2024 => counties,
            2024 => counties || county == 0,
            2025..2100 => county == 0,
            _ => false,
        }
        && (sum + i64::from(c[0]) % 10) % 10 == value(c[13])
}

fn ru_inn(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 11] = [8, 6, 4, 9, 5, 3, 10, 4, 2, 7, 3];
    let check = |at: usize| sum_from_right(&c[..at], WEIGHTS) % 11 % 10 == value(c[at]);
    digits(c)
        && if c.len() == 10 {
            check(9)
        } else {
            check(10) && check(11)
        }
}

fn ru_ogrn(c: &[u8]) -> bool {
    digits(c)
        && if c.len() == 13 {
            c[0] != b'0' && number(&c[..12]) % 11 % 10 == value(c[12])
        } else {
            matches!(c[0], b'3' | b'4')
                && number(&c[..14]) % 13 % 10 == value(c[14])
                && number(&c[..14]) % 13 < 10
        }
}

fn si_ddv(c: &[u8]) -> bool {
    let rest = falling(&c[..7], 8) % 11;
    digits(c) && c[0] != b'0' && rest != 0 && (11 - rest) % 10 == value(c[7])
}

fn si_maticna(c: &[u8]) -> bool {
    let rest = falling(&c[..6], 7) % 11;
    digits(c) && rest != 0 && (11 - rest) % 10 == value(c[6])
}

fn sk_dph(c: &[u8]) -> bool {
    cz_rc(c) || digits(c) && c[0] != b'0' && b"234789".contains(&c[2]) && number(c) % 11 == 0
}

fn ua_edrpou(c: &[u8]) -> bool {
    let (first, second) = match c[0] {
        b'3'..=b'5' => ([7, 1, 2, 3, 4, 5, 6], [9, 3, 4, 5, 6, 7, 8]),
        _ => ([1, 2, 3, 4, 5, 6, 7], [3, 4, 5, 6, 7, 8, 9]),
    };
    digits(c) && two_rows(&c[..7], &first, &second) == value(c[7])
}

fn ua_rntrc(c: &[u8]) -> bool {
    digits(c) && modulo(sum(c, &[-1, 5, 7, 9, 4, 6, 10, 5, 7]), 11) % 10 == value(c[9])
}
