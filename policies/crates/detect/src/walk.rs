//! The one pass over a text.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{
    Builtin, Found, On, bic, crypto, dates, email, iban, ids, ip, mac, numbers, secrets, url, view,
};

const BLOCK: usize = 16;

static PEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));

/// What the pass saw on its way.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Somewhere single characters stand apart.
    pub(super) spaced: bool,
    /// Words that may be an encoding.
    pub(super) long: Vec<Range<usize>>,
}

/// Calls every recogniser that is on wherever it could find something.
pub(super) fn walk(text: &str, on: &On, rules: Option<&ids::Rules>, out: &mut Vec<Found>) -> Seen {
    let bytes = text.as_bytes();
    if let Some(entity) = on.get(Builtin::PrivateKey) {
        let mut done = 0;
        for at in PEM.find_iter(bytes) {
            // Within a block there is no other: a text of beginnings alone would cost its square.
            if let Some(found) = (at >= done)
                .then(|| secrets::pem(bytes, at, entity))
                .flatten()
            {
                done = found.end;
                out.push(found);
            }
        }
    }
    if let Some(entity) = on.get(Builtin::Bic) {
        bic::find(bytes, entity, out);
    }
    let mut walker = Walker {
        text,
        bytes,
        on,
        rules,
        out,
        seen: Seen::default(),
        number: 0,
        token: 0,
        address: 0,
        hardware: 0,
        date: 0,
        host: 0,
        identifier: 0,
    };
    for (index, block) in bytes.chunks(BLOCK).enumerate() {
        let start = index * BLOCK;
        let look = look(block);
        for (half, unbroken) in look.unbroken.into_iter().enumerate() {
            if unbroken {
                walker.token_at(start + half * BLOCK / 2);
            }
        }
        if look.stops {
            walker.block(start, block);
        }
    }
    walker.seen
}

struct Look {
    /// A digit, an `@` or a `:` stands in it, a stop or a dash.
    stops: bool,
    /// No blank in a half of it: part of a long word, which may be a credential without digits. Of any fifteen bytes some
    /// half is whole.
    unbroken: [bool; 2],
}

/// Sixteen bytes at once: the loop has no branches, so that it becomes vector instructions.
fn look(block: &[u8]) -> Look {
    let mut stops = false;
    let mut unbroken = [true, block.len() > BLOCK / 2];
    for (half, bytes) in block.chunks(BLOCK / 2).enumerate() {
        let mut whole = true;
        for byte in bytes {
            // Digits and the colon stand side by side.
            stops |=
                byte.wrapping_sub(b'0') < 11 || *byte == b'@' || *byte == b'.' || *byte == b'-';
            whole &= byte.wrapping_sub(0x21) < 0x5e;
        }
        unbroken[half] = whole;
    }
    Look { stops, unbroken }
}

struct Walker<'a> {
    text: &'a str,
    bytes: &'a [u8],
    on: &'a On,
    rules: Option<&'a ids::Rules>,
    out: &'a mut Vec<Found>,
    seen: Seen,
    /// Before these places the numbers, tokens, addresses and the others are done.
    number: usize,
    token: usize,
    address: usize,
    hardware: usize,
    date: usize,
    host: usize,
    identifier: usize,
}

impl Walker<'_> {
    fn block(&mut self, start: usize, block: &[u8]) {
        for (offset, byte) in block.iter().enumerate() {
            let at = start + offset;
            match byte {
                b'0'..=b'9' => self.digit(at),
                b'@' => self.at_sign(at),
                b':' => self.colon(at),
                b'.' => self.stop(at),
                b'-' => self.pair(at),
                _ => {}
            }
        }
    }

    fn at_sign(&mut self, at: usize) {
        if let Some(entity) = self.on.get(Builtin::EmailAddress) {
            self.out.extend(email::find(self.bytes, at, entity));
        }
        self.seen.spaced |= view::is_spaced(self.bytes, at);
    }

    fn colon(&mut self, at: usize) {
        self.pair(at);
        if self.bytes[at..].starts_with(b"://") {
            if let Some(entity) = self.on.get(Builtin::CredentialUrl) {
                self.out.extend(secrets::user_info(self.bytes, at, entity));
            }
            if let Some(entity) = self.on.get(Builtin::Url)
                && let Some(found) = url::with_scheme(self.bytes, at, entity)
            {
                self.host = found.end;
                self.out.push(found);
            }
        } else if at >= self.address && self.bytes.get(at + 1) == Some(&b':') {
            // `::ffff`, without a digit.
            self.internet(at);
        }
    }

    fn stop(&mut self, at: usize) {
        self.pair(at);
        if at >= self.host
            && let Some(entity) = self.on.get(Builtin::Url)
            && let Some((found, end)) = url::bare(self.bytes, at, entity)
        {
            self.host = end;
            self.out.push(found);
        }
    }

    /// A sign that may part the pairs of a hardware address: those may be letters alone.
    fn pair(&mut self, at: usize) {
        let hex = |place: Option<usize>| {
            place
                .and_then(|place| self.bytes.get(place))
                .is_some_and(u8::is_ascii_hexdigit)
        };
        if at >= self.hardware
            && hex(at.checked_sub(1))
            && hex(at.checked_sub(2))
            && hex(Some(at + 1))
            && let Some(entity) = self.on.get(Builtin::MacAddress)
        {
            self.hardware = mac::find(self.bytes, at, entity, self.out);
        }
    }

    fn digit(&mut self, at: usize) {
        if let Some(entity) = self.on.get(Builtin::IbanCode) {
            self.out.extend(iban::find(self.bytes, at, entity));
        }
        if at >= self.number {
            self.number = numbers::find(self.bytes, at, self.on, self.out);
        }
        if at >= self.date
            && let Some(entity) = self.on.get(Builtin::DateTime)
        {
            self.date = dates::find(self.bytes, at, entity, self.out);
        }
        if at >= self.identifier
            && let Some(rules) = self.rules
        {
            self.identifier = ids::find(self.bytes, at, rules, self.out);
        }
        self.token_at(at);
        if at >= self.address {
            self.internet(at);
        }
        if !self.seen.spaced {
            self.seen.spaced = view::is_spaced(self.bytes, at);
        }
    }

    fn internet(&mut self, at: usize) {
        if let Some(entity) = self.on.get(Builtin::IpAddress) {
            self.address = ip::find(self.text, at, entity, self.out);
        }
    }

    fn token_at(&mut self, at: usize) {
        if at < self.token || !secrets::in_run(self.bytes[at]) {
            return;
        }
        let run = secrets::run(self.bytes, at);
        self.token = run.end;
        if run.len() < secrets::SHORTEST {
            // `12345678:AbC…`: a word that goes on behind a colon.
            if run.len() >= 5
                && self.bytes[run.end..].starts_with(b":")
                && run.end + 8 < self.bytes.len()
            {
                self.out.extend(secrets::named(self.bytes, run, self.on));
            }
            return;
        }
        if let Some(entity) = self.on.get(Builtin::Crypto) {
            crypto::find(self.bytes, run.clone(), entity, self.out);
        }
        let equals = self.bytes[run.end..]
            .iter()
            .take(2)
            .take_while(|byte| **byte == b'=')
            .count();
        if view::long_enough(run.len()) {
            self.seen.long.push(run.start..run.end + equals);
        }
        secrets::find(self.bytes, run, self.on, self.out);
    }
}
