//! Identifiers of Africa. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{
    alnum, check_letter, date, date_of_two, digits, falling, letters, luhn, number, place, sum,
    sum_from_right, verhoeff,
};

super::kinds! {
    GhTin [11], [], gh_tin, Nothing, ["tin", "ghana", "gra"];
    MaIce [15], [], ma_ice, Nothing, ["ice", "identifiant commun de l'entreprise", "التعريف الموحد"];
    MuNid [14], [], mu_nid, Nothing, ["nic", "nid", "national identity"];
    GnNifp [9], [&[3, 3, 3]], luhn, Some, ["nif", "nifp", "guinée"];
    MzNuit [9], [&[3, 3, 3]], mz_nuit, Some, ["nuit", "número único de identificação tributária"];
    ZaIdNumber [13], [&[6, 4, 2, 1], &[6, 4, 3]], za_id_number, Some, ["id number", "south african", "rsa id", "sa id", "permanent resident", "identiteitsnommer", "identity number"];
    NgNin [11], [], verhoeff, Words, ["nin", "national identification", "nimc"];
    SnNinea [7, 9, 10, 12], [&[3, 4], &[3, 4, 3], &[9, 3]], sn_ninea, Words, ["ninea", "identification nationale des entreprises"];
    ZaTin [10], [&[4, 3, 2, 1]], za_tin, Words, ["tax reference", "income tax number", "sars"];
    KePin [11], [], ke_pin, Form, ["kra pin", "pin", "kra"];
    TnMf [8, 13], [&[7, 1, 1, 1, 3], &[7, 1]], tn_mf, Form, ["matricule fiscal", "mf", "المعرف الجبائي"];
    DzNif [15], [&[3, 3, 3, 3, 3]], digits, OnlyWords, ["nif", "numéro d'identification fiscale"];
    EgTn [9], [&[3, 3, 3]], digits, OnlyWords, ["الرقم الضريبي", "رقم التسجيل الضريبي", "tax registration"];
}

fn gh_tin(c: &[u8]) -> bool {
    let sum = sum(&c[1..], &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    b"PCGQV".contains(&c[0])
        && &c[1..3] == b"00"
        && digits(&c[3..10])
        && c[10] == check_letter(b"0123456789X", sum)
}

fn ke_pin(c: &[u8]) -> bool {
    matches!(c[0], b'A' | b'P') && digits(&c[1..10]) && letters(&c[10..])
}

fn ma_ice(c: &[u8]) -> bool {
    digits(c) && number(c) % 97 == 0 && number(c) != 0
}

fn mu_nid(c: &[u8]) -> bool {
    let sum = falling(&c[..13], 14);
    letters(&c[..1])
        && digits(&c[1..13])
        && alnum(&c[13..])
        && place(c[13]) < 17
        && (sum + place(c[13])) % 17 == 0
        && date(2000 + number(&c[5..7]), number(&c[3..5]), number(&c[1..3]))
}

fn mz_nuit(c: &[u8]) -> bool {
    let sum = sum(c, &[8, 9, 4, 5, 6, 7, 8, 9]);
    digits(c) && check_letter(b"01234567891", sum) == c[8]
}

fn sn_ninea(c: &[u8]) -> bool {
    let number = match c.len() {
        7 | 9 => c,
        length => {
            let (number, tail) = c.split_at(length - 3);
            if !b"012".contains(&tail[0])
                || !b"ABCDEFGHJKLMNPQRSTUVWZ".contains(&tail[1])
                || !tail[2].is_ascii_digit()
            {
                return false;
            }
            number
        }
    };
    digits(number) && sum_from_right(number, [1, 2].into_iter().cycle()) % 10 == 0
}

fn tn_mf(c: &[u8]) -> bool {
    digits(&c[..7])
        && b"ABCDEFGHJKLMNPQRSTVWXYZ".contains(&c[7])
        && (c.len() == 8
            || b"APBDN".contains(&c[8])
                && b"MPCNE".contains(&c[9])
                && digits(&c[10..])
                && (&c[10..] == b"000" || c[9] == b'E'))
}

fn za_id_number(c: &[u8]) -> bool {
    luhn(c)
        && matches!(c[10], b'0'..=b'2')
        && date_of_two(number(&c[..2]), number(&c[2..4]), number(&c[4..6]))
}

fn za_tin(c: &[u8]) -> bool {
    luhn(c) && b"01239".contains(&c[0])
}
