//! Texts, in round brackets with escapes or as hexadecimal digits.

use std::rc::Rc;

use super::{Lexer, digit};

impl Lexer<'_> {
    /// A text between round brackets.
    pub(super) fn text(&mut self) -> Rc<[u8]> {
        let mut out = Vec::new();
        let mut open = 1_usize;
        while let Some(byte) = self.peek() {
            self.bump();
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut out);
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
        out.into()
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.bump();
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(0xc),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.bump();
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(next @ b'0'..=b'7') => {
                            value = value << 3 | u32::from(next - b'0');
                            self.bump();
                        }
                        _ => break,
                    }
                }
                out.extend(u8::try_from(value & 0xff));
            }
            byte => out.push(byte),
        }
    }

    /// A text in hexadecimal digits.
    pub(super) fn hexadecimal(&mut self) -> Rc<[u8]> {
        let mut out = Vec::new();
        let mut half = None;
        while let Some(byte) = self.peek() {
            self.bump();
            if byte == b'>' {
                break;
            }
            let Some(value) = digit(byte) else { continue };
            match half.take() {
                None => half = Some(value),
                Some(high) => out.push(high << 4 | value),
            }
        }
        out.extend(half.map(|high| high << 4));
        out.into()
    }
}
