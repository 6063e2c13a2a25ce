//! Identifiers of Australia and New Zealand. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{body, cross_sum, digits, falling, last, modulo, number, sum, value};

super::kinds! {
    AuAbn [11], [&[2, 3, 3, 3]], au_abn, Nothing, ["abn", "australian business number", "business number", "australian business"];
    AuAcn [9], [&[3, 3, 3]], au_acn, Some, ["acn", "australian company", "company"];
    AuMedicare [10], [&[4, 5, 1]], au_medicare, Some, ["medicare", "medicare card", "medicare number"];
    AuTfn [8, 9], [&[3, 3, 3]], au_tfn, Some, ["tfn", "tax file number", "ato", "tax file"];
    NzBank [16], [&[2, 4, 7, 3]], nz_bank, Some, ["bank account", "account number", "account"];
    NzIrd [8, 9], [&[2, 3, 3], &[3, 3, 3]], nz_ird, Words, ["ird", "inland revenue", "ird number"];
}

fn au_abn(c: &[u8]) -> bool {
    digits(c) && c[0] != b'0' && (sum(c, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 == 0
}

fn au_acn(c: &[u8]) -> bool {
    digits(c) && (falling(&c[..8], 8) + value(c[8])) % 10 == 0
}

fn au_medicare(c: &[u8]) -> bool {
    digits(c)
        && matches!(c[0], b'2'..=b'6')
        && sum(&c[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == value(c[8])
}

fn au_tfn(c: &[u8]) -> bool {
    digits(c) && number(c) != 0 && sum(c, &[1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0
}

/// Bank, branch, account and suffix; which weights hold depends on the bank (Inland Revenue's specification).
fn nz_bank(c: &[u8]) -> bool {
    let (bank, account) = (number(&c[..2]), number(&c[6..13]));
    let (sum, by) = match bank {
        8 => (sum(&c[6..13], &[7, 6, 5, 4, 3, 2, 1]), 11),
        9 => (cross_sum(&c[9..13], &[5, 4, 3, 2]) + value(c[15]), 11),
        25 | 33 => (sum(&c[6..13], &[1, 7, 3, 1, 7, 3, 1]), 10),
        26 | 28 | 29 => (
            cross_sum(&c[6..13], &[1, 3, 7, 1, 3, 7, 1]) + cross_sum(&c[13..], &[3, 7, 1]),
            10,
        ),
        31 => return digits(c),
        1..=3 | 6 | 11..=24 | 27 | 30 | 35 | 36 | 38 => {
            let branch = if account < 990_000 {
                sum(&c[2..6], &[6, 3, 7, 9])
            } else {
                0
            };
            (branch + sum(&c[6..13], &[0, 10, 5, 8, 4, 2, 1]), 11)
        }
        _ => return false,
    };
    digits(c) && account != 0 && sum % by == 0
}

fn nz_ird(c: &[u8]) -> bool {
    let mut eight = [b'0'; 8];
    eight[9 - c.len()..].copy_from_slice(body(c));
    let check = match modulo(-sum(&eight, &[3, 2, 7, 6, 5, 4, 3, 2]), 11) {
        10 => modulo(-sum(&eight, &[7, 4, 3, 2, 5, 2, 7, 6]), 11),
        check => check,
    };
    digits(c) && (10_000_001..150_000_000).contains(&number(c)) && check == last(c)
}
