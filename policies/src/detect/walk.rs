//! The one pass over a text.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Builtin, Found, On, email, generic, iban, ip, numbers, pem, tokens};

const BLOCK: usize = 16;

static PEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));

/// Calls every recogniser that is on wherever it could find something.
pub(super) fn walk(text: &str, on: &On, out: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    if let Some(entity) = on.get(Builtin::PrivateKey) {
        let mut done = 0;
        for at in PEM.find_iter(bytes) {
            // Within a block there is no other: a text of beginnings alone would cost its square.
            if let Some(found) = (at >= done).then(|| pem::find(bytes, at, entity)).flatten() {
                done = found.end;
                out.push(found);
            }
        }
    }
    let mut walker = Walker {
        text,
        bytes,
        on,
        out,
        number: 0,
        token: 0,
        address: 0,
    };
    for (index, block) in bytes.chunks(BLOCK).enumerate() {
        let start = index * BLOCK;
        let look = look(block);
        if look.unbroken {
            walker.token_at(start);
        }
        if look.stops {
            walker.block(start, block);
        }
    }
}

struct Look {
    /// A digit or an `@` stands in it.
    stops: bool,
    /// No blank: part of a long word, which may be a credential without digits.
    unbroken: bool,
}

/// Sixteen bytes at once: the loop has no branches, so that it becomes vector instructions.
fn look(block: &[u8]) -> Look {
    let (mut stops, mut unbroken) = (false, true);
    for byte in block {
        stops |= byte.wrapping_sub(b'0') < 10 || *byte == b'@';
        unbroken &= byte.wrapping_sub(0x21) < 0x5e;
    }
    Look { stops, unbroken }
}

struct Walker<'a> {
    text: &'a str,
    bytes: &'a [u8],
    on: &'a On,
    out: &'a mut Vec<Found>,
    /// Before these places the numbers, tokens and addresses are done.
    number: usize,
    token: usize,
    address: usize,
}

impl Walker<'_> {
    fn block(&mut self, start: usize, block: &[u8]) {
        for (offset, byte) in block.iter().enumerate() {
            match byte {
                b'0'..=b'9' => self.digit(start + offset),
                b'@' => {
                    let email = self.on.get(Builtin::EmailAddress);
                    self.out.extend(
                        email.and_then(|entity| email::find(self.bytes, start + offset, entity)),
                    );
                }
                _ => {}
            }
        }
    }

    fn digit(&mut self, at: usize) {
        if let Some(entity) = self.on.get(Builtin::IbanCode) {
            self.out.extend(iban::find(self.bytes, at, entity));
        }
        if at >= self.number {
            self.number = numbers::find(self.bytes, at, self.on, self.out);
        }
        self.token_at(at);
        if let Some(entity) = self
            .on
            .get(Builtin::IpAddress)
            .filter(|_| at >= self.address)
        {
            self.address = ip::find(self.text, at, entity, self.out);
        }
    }

    fn token_at(&mut self, at: usize) {
        if at < self.token || !tokens::in_run(self.bytes[at]) {
            return;
        }
        let run = tokens::run(self.bytes, at);
        self.token = run.end;
        if run.len() >= tokens::SHORTEST {
            tokens::find(self.bytes, run.clone(), self.on, self.out);
            let generic = self.on.get(Builtin::GenericSecret);
            self.out
                .extend(generic.and_then(|entity| generic::find(self.bytes, run, entity)));
        }
    }
}
