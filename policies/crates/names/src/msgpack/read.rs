//! The reader: one byte says what follows, and every length is held against what is left.

use super::Value;

/// How deep lists and maps may nest. The files nest four deep.
const DEEPEST: usize = 32;

/// The one value that `bytes` hold.
///
/// # Errors
/// What is wrong and at which byte; also where something follows the value.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value<'_>, String> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    if reader.at != bytes.len() {
        return Err(format!(
            "the value ends at byte {} of {}",
            reader.at,
            bytes.len()
        ));
    }
    Ok(value)
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn value(&mut self, depth: usize) -> Result<Value<'b>, String> {
        if depth > DEEPEST {
            return Err(format!(
                "nested more than {DEEPEST} deep at byte {}",
                self.at
            ));
        }
        let at = self.at;
        let [mark] = *self.array::<1>()?;
        Ok(match mark {
            0x00..=0x7f => Value::Integer(i64::from(mark)),
            0x80..=0x8f => self.map(u64::from(mark & 0x0f), depth)?,
            0x90..=0x9f => self.list(u64::from(mark & 0x0f), depth)?,
            0xa0..=0xbf => self.text(u64::from(mark & 0x1f))?,
            0xc0 => Value::Nil,
            0xc2 | 0xc3 => Value::Boolean(mark == 0xc3),
            0xc4..=0xc6 => {
                let length = self.unsigned(1 << (mark - 0xc4))?;
                Value::Bytes(self.take(length)?)
            }
            0xca | 0xcb => {
                self.take(if mark == 0xca { 4 } else { 8 })?;
                Value::Float
            }
            0xcc..=0xcf => {
                let number = self.unsigned(1 << (mark - 0xcc))?;
                i64::try_from(number).map_or(Value::Large(number), Value::Integer)
            }
            0xd0 => Value::Integer(i64::from(i8::from_be_bytes(*self.array()?))),
            0xd1 => Value::Integer(i64::from(i16::from_be_bytes(*self.array()?))),
            0xd2 => Value::Integer(i64::from(i32::from_be_bytes(*self.array()?))),
            0xd3 => Value::Integer(i64::from_be_bytes(*self.array()?)),
            0xd9..=0xdb => {
                let length = self.unsigned(1 << (mark - 0xd9))?;
                self.text(length)?
            }
            0xdc | 0xdd => {
                let count = self.unsigned(2 << (mark - 0xdc))?;
                self.list(count, depth)?
            }
            0xde | 0xdf => {
                let count = self.unsigned(2 << (mark - 0xde))?;
                self.map(count, depth)?
            }
            0xe0..=0xff => Value::Integer(i64::from(mark as i8)),
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => {
                return Err(format!("unknown mark {mark:#04x} at byte {at}"));
            }
        })
    }

    // No room is set aside by the count that the file claims: each value takes at least one byte of it.
    fn list(&mut self, count: u64, depth: usize) -> Result<Value<'b>, String> {
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.value(depth + 1)?);
        }
        Ok(Value::List(values))
    }

    fn map(&mut self, count: u64, depth: usize) -> Result<Value<'b>, String> {
        let mut pairs = Vec::new();
        for _ in 0..count {
            let key = self.value(depth + 1)?;
            pairs.push((key, self.value(depth + 1)?));
        }
        Ok(Value::Map(pairs))
    }

    fn text(&mut self, length: u64) -> Result<Value<'b>, String> {
        let at = self.at;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes)
            .map(Value::Text)
            .map_err(|_| format!("text at byte {at} is not UTF-8"))
    }

    /// A big-endian number of 1, 2, 4 or 8 bytes.
    fn unsigned(&mut self, width: u64) -> Result<u64, String> {
        Ok(self
            .take(width)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = usize::try_from(length)
            .ok()
            .and_then(|length| rest.get(..length));
        let Some(taken) = taken else {
            return Err(format!(
                "cut short: {length} bytes needed at byte {}, {} left",
                self.at,
                rest.len()
            ));
        };
        self.at += taken.len();
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<&'b [u8; N], String> {
        let at = self.at;
        self.take(N as u64)?
            .first_chunk()
            .ok_or_else(|| format!("cut short at byte {at}"))
    }
}
