//! Addresses of the web: with a scheme, or a host name that ends in a well-known top-level domain.

use super::{Found, Weight};

/// Top-level domains that make a bare name a host. Others need a scheme or `www.`: `main.rs` and `notes.md` are files.
const TOPS: &[&str] = &[
    "com", "org", "net", "edu", "gov", "mil", "biz", "app", "dev", "cloud", "online", "site",
    "shop", "xyz", "de", "fr", "it", "es", "nl", "be", "at", "ch", "eu", "uk", "ie", "se", "no",
    "dk", "fi", "cz", "hu", "ro", "pt", "gr", "us", "ca", "mx", "br", "ar", "cl", "au", "nz", "jp",
    "cn", "kr", "tw", "hk", "sg", "il", "tr", "ru", "ua", "za", "ng", "ke",
];

/// `at` is the `:` of `://`.
pub(super) fn with_scheme(bytes: &[u8], at: usize, entity: u16) -> Option<Found> {
    const SCHEMES: [&[u8]; 6] = [b"http", b"https", b"ftp", b"ftps", b"ws", b"wss"];
    if !bytes[at..].starts_with(b"://") {
        return None;
    }
    let scheme = bytes[..at]
        .iter()
        .rev()
        .take(6)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let start = at - scheme;
    if !SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&bytes[start..at]))
    {
        return None;
    }
    let host = at + 3;
    let end = end(bytes, host);
    let authority = authority(&bytes[host..end]);
    let named = authority == b"localhost"
        || authority
            .iter()
            .any(|byte| matches!(byte, b'.' | b':' | b'['));
    (named && authority.len() >= 3).then_some(Found {
        entity,
        start,
        end,
        weight: Weight::Form,
        score: 80,
        rule: "url",
    })
}

/// `at` is a dot: a host name around it, without a scheme.
pub(super) fn bare(bytes: &[u8], at: usize, entity: u16) -> Option<(Found, usize)> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let start = at
        - bytes[..at]
            .iter()
            .rev()
            .take(63)
            .take_while(|byte| part(byte))
            .count();
    let host_end = at
        + bytes[at..]
            .iter()
            .take(190)
            .take_while(|byte| part(byte))
            .count();
    let before = start.checked_sub(1).map(|at| bytes[at]);
    if before.is_some_and(|byte| matches!(byte, b'@' | b'/' | b'_' | b'\\' | b':' | b'=' | b'%')) {
        return None;
    }
    let host = bytes[start..host_end].trim_ascii_end();
    let host = host.strip_suffix(b".").unwrap_or(host);
    let mut labels = host.rsplit(|byte| *byte == b'.');
    let top = labels.next()?;
    let www = host.len() > 4 && host[..4].eq_ignore_ascii_case(b"www.");
    // `it works.It is` is a sentence; `EXAMPLE.COM` is a host.
    let one_case =
        !host.iter().any(u8::is_ascii_lowercase) || top.iter().all(u8::is_ascii_lowercase);
    let known = one_case
        && TOPS
            .iter()
            .any(|known| top.eq_ignore_ascii_case(known.as_bytes()));
    let formed = host
        .split(|byte| *byte == b'.')
        .all(|label| !label.is_empty() && label[0] != b'-' && label[label.len() - 1] != b'-');
    let name = labels.next()?;
    let lettered = name.len() > 1
        && name.iter().any(u8::is_ascii_alphabetic)
        && top.iter().all(u8::is_ascii_alphabetic);
    let stop = start + host.len();
    // `www.microsoft` is half a name, and `jane@example.com` an address of another kind.
    let whole = if www {
        host.iter().filter(|byte| **byte == b'.').count() >= 2
    } else {
        known
    };
    if !(whole && formed && lettered)
        || bytes.get(stop) == Some(&b'@')
        || bytes
            .get(stop)
            .is_some_and(|byte| matches!(byte, b'(' | b'_' | b'='))
    {
        return None;
    }
    let end = if matches!(bytes.get(stop), Some(b'/' | b'?' | b':')) {
        end(bytes, stop)
    } else {
        stop
    };
    Some((
        Found {
            entity,
            start,
            end,
            weight: Weight::Context,
            score: 60,
            rule: "host_name",
        },
        end,
    ))
}

fn authority(rest: &[u8]) -> &[u8] {
    let length = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len());
    &rest[..length]
}

/// Up to a blank or a sign that no address holds; a stop or a bracket at its end belongs to the sentence.
fn end(bytes: &[u8], from: usize) -> usize {
    let part = |byte: &u8| {
        *byte > b' '
            && *byte < 0x7f
            && !matches!(
                byte,
                b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b'{' | b'}' | b'|' | b'^'
            )
    };
    let mut end = from
        + bytes[from..]
            .iter()
            .take(2048)
            .take_while(|byte| part(byte))
            .count();
    while end > from {
        let cut = match bytes[end - 1] {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' => true,
            b')' => !bytes[from..end].contains(&b'('),
            b']' => !bytes[from..end].contains(&b'['),
            _ => false,
        };
        if !cut {
            break;
        }
        end -= 1;
    }
    end
}
