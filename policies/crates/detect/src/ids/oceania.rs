//! Identifiers of Australia and New Zealand. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{body, digits, falling, last, modulo, number, sum, value};

super::kinds! {
    AuAbn [11], [&[2, 3, 3, 3]], au_abn, Nothing, ["abn", "australian business number", "business number", "australian business"];
    AuAcn [9], [&[3, 3, 3]], au_acn, Some, ["acn", "australian company"];
    AuMedicare [10], [&[4, 5, 1]], au_medicare, Some, ["medicare", "medicare card", "medicare number"];
    AuTfn [8, 9], [&[3, 3, 3]], au_tfn, Some, ["tfn", "tax file number", "ato", "tax file"];
    NzBank [16], [&[2, 4, 7, 3]], nz_bank, Some, ["bank account", "account number", "account no"];
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

fn nz_bank(c: &[u8]) -> bool {
    digits(c) && matches!(number(&c[..2]), 1..=38) && number(&c[6..13]) != 0
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
