//! Check sums that some providers put into their tokens.

/// Whether the token ends in the check sum that its kind has. Kinds without one have none that is right.
pub(super) fn is_checked(rule: &str, token: &[u8]) -> bool {
    match rule {
        // GitHub since 2021, npm, Vercel: CRC-32 of what stands between the prefix and the last six, in base 62.
        "github_pat" | "github_oauth" | "github_refresh_token" | "npm_access_token" => {
            after_prefix(token, 4)
        }
        "vercel_personal_access_token" | "vercel_integration_token" | "vercel_app_access_token" => {
            after_prefix(token, 4)
        }
        // GitLab's routable tokens: CRC-32 of everything before the last seven, in base 36.
        "gitlab_pat" | "gitlab_pat_routable_versioned" => {
            token.len() > 40
                && is_number(
                    &token[token.len() - 7..],
                    crc32fast::hash(&token[..token.len() - 7]),
                    b"0123456789abcdefghijklmnopqrstuvwxyz",
                )
        }
        _ => false,
    }
}

fn after_prefix(token: &[u8], prefix: usize) -> bool {
    const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((body, sum)) = token
        .get(prefix..)
        .and_then(|rest| rest.split_at_checked(rest.len().checked_sub(6)?))
    else {
        return false;
    };
    is_number(sum, crc32fast::hash(body), BASE62)
}

/// Whether the digits of some base are this number.
fn is_number(digits: &[u8], mut number: u32, base: &[u8]) -> bool {
    let radix = base.len() as u32;
    for digit in digits.iter().rev() {
        if base[(number % radix) as usize] != *digit {
            return false;
        }
        number /= radix;
    }
    number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_sum(prefix: &str, body: &str) -> String {
        const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut number = crc32fast::hash(body.as_bytes());
        let mut sum = Vec::new();
        for _ in 0..6 {
            sum.push(BASE62[(number % 62) as usize]);
            number /= 62;
        }
        sum.reverse();
        format!("{prefix}{body}{}", String::from_utf8(sum).unwrap())
    }

    #[test]
    fn a_check_sum_is_told_from_a_wrong_one() {
        let token = with_sum("ghp_", "1ktP7H7v9AeCzW6cy5Sd24DZlbHnqP");
        assert!(is_checked("github_pat", token.as_bytes()));
        assert!(!is_checked(
            "github_pat",
            b"ghp_1ktP7H7v9AeCzW6cy5Sd24DZlbHnqPAAAAAA"
        ));
        assert!(!is_checked("github_pat", b"ghp_"));
    }
}
