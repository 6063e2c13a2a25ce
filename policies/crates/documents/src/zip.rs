//! A reader of zip archives: the central directory, entries stored or deflated.
//!
//! An archive that could be read in two ways is refused: entries that overlap, two entries of one name.

use std::borrow::Cow;
use std::ops::Range;

use crate::Failure;
use crate::inflate::{Wrap, first, inflate};
use crate::limits::ENTRIES;
use crate::work::Work;

const END: &[u8; 4] = b"PK\x05\x06";
const END_64: &[u8; 4] = b"PK\x06\x06";
const END_64_LOCATOR: &[u8; 4] = b"PK\x06\x07";
const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const LOCAL: &[u8; 4] = b"PK\x03\x04";
/// The length of the end record and of the longest comment after it.
const END_REACH: usize = 22 + 65_535;

/// An open archive.
pub(crate) struct Zip<'b> {
    bytes: &'b [u8],
    pub(crate) entries: Vec<Entry>,
}

/// One entry of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: u16,
    pub(crate) encrypted: bool,
    data: Range<usize>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u64::from(u32::from_le_bytes(four.try_into().ok()?)))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(eight.try_into().ok()?))
}

impl<'b> Zip<'b> {
    /// Reads the central directory.
    pub(crate) fn open(bytes: &'b [u8], most: usize) -> Result<Self, Failure> {
        let directory =
            Directory::find(bytes).ok_or(Failure::unreadable("no end of a zip archive"))?;
        if directory.count > most {
            return Err(Failure::TooLarge { limit: ENTRIES });
        }
        let broken = Failure::unreadable("the directory of the zip archive is broken");
        let mut at = directory.start;
        let mut entries = Vec::new();
        let mut spans = Vec::new();
        while bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(CENTRAL))
        {
            if entries.len() >= most {
                return Err(Failure::TooLarge { limit: ENTRIES });
            }
            let (entry, span, next) =
                central(bytes, at, directory.base).ok_or_else(|| broken.clone())?;
            if span.end > directory.start {
                return Err(Failure::unreadable(
                    "an entry of the zip archive runs into the directory",
                ));
            }
            entries.push(entry);
            spans.push(span);
            at = next;
        }
        if entries.len() < directory.count {
            return Err(broken);
        }
        spans.sort_unstable_by_key(|span| span.start);
        if spans
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if b.start < a.end))
        {
            return Err(Failure::unreadable("entries of the zip archive overlap"));
        }
        let mut names: Vec<String> = entries
            .iter()
            .map(|entry| entry.name.to_lowercase())
            .collect();
        names.sort_unstable();
        if names
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b))
        {
            return Err(Failure::unreadable(
                "two entries of the zip archive have one name",
            ));
        }
        Ok(Self { bytes, entries })
    }

    /// The entry of a name, in any case of letters.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of an entry, and whether they are whole.
    pub(crate) fn read(
        &self,
        entry: &Entry,
        work: &mut Work<'_>,
    ) -> Result<Cow<'b, [u8]>, Failure> {
        if entry.encrypted {
            return Err(Failure::Encrypted);
        }
        let data = self.bytes.get(entry.data.clone()).unwrap_or_default();
        match entry.method {
            0 => {
                work.step(data.len())?;
                Ok(Cow::Borrowed(data))
            }
            8 => {
                let (output, whole) = inflate(data, Wrap::Raw, work)?;
                if !whole {
                    work.incomplete();
                }
                Ok(Cow::Owned(output))
            }
            _ => Err(Failure::unreadable("a zip entry of an unknown compression")),
        }
    }

    /// The first bytes of an entry.
    pub(crate) fn peek(&self, entry: &Entry, most: usize) -> Cow<'b, [u8]> {
        let data = self.bytes.get(entry.data.clone()).unwrap_or_default();
        match entry.method {
            0 => Cow::Borrowed(data.get(..most).unwrap_or(data)),
            8 => Cow::Owned(first(data, most)),
            _ => Cow::Borrowed(&[]),
        }
    }
}

/// Where the central directory stands.
struct Directory {
    start: usize,
    count: usize,
    /// What is to be added to every offset: bytes before the archive that its producer did not count.
    base: usize,
}

impl Directory {
    fn find(bytes: &[u8]) -> Option<Self> {
        let from = bytes.len().saturating_sub(END_REACH);
        let end = from.checked_add(memchr::memmem::rfind(bytes.get(from..)?, END)?)?;
        let mut count = u16_at(bytes, end.checked_add(10)?)?;
        let mut size = u32_at(bytes, end.checked_add(12)?)?;
        let mut offset = u32_at(bytes, end.checked_add(16)?)?;
        let mut after = end;
        if (count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff)
            && let Some(locator) = end.checked_sub(20)
            && bytes.get(locator..)?.starts_with(END_64_LOCATOR)
        {
            let record = usize::try_from(u64_at(bytes, locator.checked_add(8)?)?).ok()?;
            if !bytes.get(record..)?.starts_with(END_64) {
                return None;
            }
            count = usize::try_from(u64_at(bytes, record.checked_add(32)?)?).ok()?;
            size = u64_at(bytes, record.checked_add(40)?)?;
            offset = u64_at(bytes, record.checked_add(48)?)?;
            after = record;
        }
        let offset = usize::try_from(offset).ok()?;
        if bytes.get(offset..)?.starts_with(CENTRAL) || count == 0 {
            return Some(Self {
                start: offset,
                count,
                base: 0,
            });
        }
        let start = after.checked_sub(usize::try_from(size).ok()?)?;
        Some(Self {
            start,
            count,
            base: start.checked_sub(offset)?,
        })
    }
}

/// An entry of the central directory: the entry, all its bytes with the local header, and where the next one begins.
fn central(bytes: &[u8], at: usize, base: usize) -> Option<(Entry, Range<usize>, usize)> {
    let flags = u16_at(bytes, at.checked_add(8)?)?;
    let method = u16::try_from(u16_at(bytes, at.checked_add(10)?)?).ok()?;
    let mut packed = u32_at(bytes, at.checked_add(20)?)?;
    let unpacked = u32_at(bytes, at.checked_add(24)?)?;
    let name_length = u16_at(bytes, at.checked_add(28)?)?;
    let extra_length = u16_at(bytes, at.checked_add(30)?)?;
    let comment_length = u16_at(bytes, at.checked_add(32)?)?;
    let mut offset = u32_at(bytes, at.checked_add(42)?)?;
    let name_start = at.checked_add(46)?;
    let name_end = name_start.checked_add(name_length)?;
    let extra_end = name_end.checked_add(extra_length)?;
    let next = extra_end.checked_add(comment_length)?;
    let name = String::from_utf8_lossy(bytes.get(name_start..name_end)?).replace('\\', "/");
    if packed == 0xffff_ffff || unpacked == 0xffff_ffff || offset == 0xffff_ffff {
        wide_sizes(
            bytes.get(name_end..extra_end)?,
            unpacked,
            &mut packed,
            &mut offset,
        )?;
    }
    let start = usize::try_from(offset).ok()?.checked_add(base)?;
    if !bytes.get(start..)?.starts_with(LOCAL) {
        return None;
    }
    let local_name = u16_at(bytes, start.checked_add(26)?)?;
    let local_extra = u16_at(bytes, start.checked_add(28)?)?;
    let data = start
        .checked_add(30)?
        .checked_add(local_name)?
        .checked_add(local_extra)?;
    let end = data.checked_add(usize::try_from(packed).ok()?)?;
    bytes.get(data..end)?;
    let encrypted = flags & 1 != 0;
    Some((
        Entry {
            name: name.trim_start_matches('/').to_owned(),
            method,
            encrypted,
            data: data..end,
        },
        start..end,
        next,
    ))
}

/// The sizes of more than 32 bits, from the extra field.
fn wide_sizes(mut extra: &[u8], unpacked: u64, packed: &mut u64, offset: &mut u64) -> Option<()> {
    loop {
        let (id, length) = (u16_at(extra, 0)?, u16_at(extra, 2)?);
        let end = length.checked_add(4)?;
        let field = extra.get(4..end)?;
        if id == 1 {
            let mut at = if unpacked == 0xffff_ffff { 8 } else { 0 };
            if *packed == 0xffff_ffff {
                *packed = u64_at(field, at)?;
                at = at.checked_add(8)?;
            }
            if *offset == 0xffff_ffff {
                *offset = u64_at(field, at)?;
            }
            return Some(());
        }
        extra = extra.get(end..)?;
    }
}
