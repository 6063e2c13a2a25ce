//! Text outside of pages: annotations, form fields, bookmarks, properties, scripts, names of attached files.
//!
//! All of it stands in dictionaries, so all dictionaries that hang on an object are walked, and every text in them is
//! kept, but for a few that hold no text: numbers of a signature, dates, styles.

mod attached;

use std::collections::BTreeSet;
use std::rc::Rc;

use super::content::{Content, Known};
use super::encodings::outside;
use super::file::File;
use super::ink::{Ink, Matrix};
use super::object::{Dict, Object, Stream};
use crate::Failure;
use crate::encoding::decode;
use crate::work::Work;
use crate::xml;
use attached::Attached;

/// Keys that lead back, or to pages, or to what holds no text.
const PASSED: &[&[u8]] = &[
    b"Parent",
    b"P",
    b"Pg",
    b"Prev",
    b"Last",
    b"Popup",
    b"Page",
    b"Dest",
    b"D",
    b"Resources",
    b"DR",
    b"DA",
    b"DS",
    b"ID",
    b"NM",
    b"Lang",
    b"Cert",
    b"ByteRange",
    b"Font",
    b"MK",
    b"ParentTree",
    b"IDTree",
    b"ClassMap",
    b"RoleMap",
    b"OutputIntents",
    b"IRT",
    b"CheckSum",
    b"ColorSpace",
    b"Registry",
    b"Ordering",
];

/// How many objects of the tree of a document's structure are walked.
const STRUCTURE: usize = 50_000;

/// Walks objects. What was seen under one root is not walked again under another.
pub(crate) struct Sweep<'s, 'f, 'b, 'w, 'l> {
    pub(crate) file: &'f mut File<'b>,
    pub(crate) work: &'w mut Work<'l>,
    pub(crate) known: &'s mut Known,
    pub(crate) seen: &'s mut BTreeSet<u32>,
}

impl Sweep<'_, '_, '_, '_, '_> {
    /// Adds all text below an object as one part. Says whether there was any.
    pub(crate) fn sweep(
        &mut self,
        label: &str,
        root: &Object,
        named: bool,
    ) -> Result<bool, Failure> {
        let mut out = String::new();
        let mut attached = Vec::new();
        let mut waiting: Vec<(Rc<[u8]>, Object)> = vec![(b"".as_slice().into(), root.clone())];
        let mut count = 0_usize;
        while let Some((key, object)) = waiting.pop() {
            self.work.step(1)?;
            if let Object::Ref(number) = object
                && !self.seen.insert(number)
            {
                continue;
            }
            count = count.saturating_add(1);
            if out.len() > self.work.limits.text
                || label == "structure" && (count > STRUCTURE || self.file.crowded(self.work))
            {
                self.work.incomplete();
                break;
            }
            match self.file.resolve(&object, self.work)? {
                Object::Text(text) => self.text(&mut out, named.then_some(&key), &text)?,
                Object::Name(name) if &*key == b"V" || named && &*key != b"Trapped" => {
                    self.text(&mut out, named.then_some(&key), &name)?;
                }
                Object::Array(list) => {
                    waiting.extend(
                        list.iter()
                            .rev()
                            .filter(|item| walked(item))
                            .map(|item| (Rc::clone(&key), item.clone())),
                    );
                }
                Object::Dict(dict) => self.dict(&dict, &mut out, &mut waiting, &mut attached)?,
                Object::Stream(stream) => self.stream(&key, &stream, &mut out)?,
                _ => {}
            }
        }
        let any = !out.trim().is_empty();
        self.work.part(label, &out)?;
        for file in attached {
            self.attached(&file)?;
        }
        Ok(any)
    }

    fn dict(
        &mut self,
        dict: &Rc<Dict>,
        out: &mut String,
        waiting: &mut Vec<(Rc<[u8]>, Object)>,
        attached: &mut Vec<Attached>,
    ) -> Result<(), Failure> {
        if is(dict, b"Page") {
            return Ok(());
        }
        let field = self.file.entry(dict, b"T", self.work)?;
        let signature = is(dict, b"Sig") || dict.contains_key(b"ByteRange".as_slice());
        for (key, value) in dict.iter().rev() {
            let file = &**key == b"EF";
            if PASSED.contains(&&**key) || signature && &**key == b"Contents" || !walked(value) {
                continue;
            }
            if file {
                self.embedded(dict, value, attached)?;
                continue;
            }
            // The name of a field stands before its value, as the label of it.
            if matches!(&**key, b"V" | b"DV")
                && let Some(name) = field.text()
                && let Object::Text(value) = self.file.resolve(value, self.work)?
            {
                self.text(out, None, name)?;
                out.push_str(": ");
                let kept = out.len();
                self.text(out, None, &value)?;
                // One line.
                if out.get(kept..).is_some_and(|added| added.starts_with('\n')) {
                    out.remove(kept);
                }
                continue;
            }
            waiting.push((Rc::clone(key), value.clone()));
        }
        Ok(())
    }

    fn text(
        &mut self,
        out: &mut String,
        key: Option<&Rc<[u8]>>,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        self.work.step(bytes.len())?;
        let text = outside(bytes);
        if text.trim().is_empty() || is_date(&text) {
            return Ok(());
        }
        if !out.is_empty() {
            out.push('\n');
        }
        if let Some(key) = key {
            out.push_str(&outside(key));
            out.push_str(": ");
        }
        out.push_str(&text);
        Ok(())
    }

    /// A stream: what an annotation looks like, a form in XML, a script, a long text.
    fn stream(&mut self, key: &[u8], stream: &Rc<Stream>, out: &mut String) -> Result<(), Failure> {
        let form = stream
            .dict
            .get(b"Subtype".as_slice())
            .and_then(Object::name)
            == Some(b"Form");
        if form || stream.dict.contains_key(b"BBox".as_slice()) {
            let mut ink = Ink::new(self.work.limits.text);
            let mut content = Content {
                file: self.file,
                work: self.work,
                known: self.known,
                ink: &mut ink,
            };
            content.form(stream, &Dict::new(), Matrix::SAME, 1)?;
            return self.text(
                out,
                None,
                &[b"\xef\xbb\xbf", ink.text().as_bytes()].concat(),
            );
        }
        if !matches!(
            key,
            b"JS"
                | b"RC"
                | b"RV"
                | b"V"
                | b"DV"
                | b"XFA"
                | b"Metadata"
                | b"Contents"
                | b"Alt"
                | b"Desc"
                | b""
        ) {
            return Ok(());
        }
        let Some(data) = self.file.data(stream, self.work)? else {
            self.work.incomplete();
            return Ok(());
        };
        let source = decode(&data);
        let text = if source
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('<')
        {
            xml::lines(&source, self.work)?
        } else {
            source.into_owned()
        };
        self.text(out, None, &[b"\xef\xbb\xbf", text.as_bytes()].concat())
    }
}

fn is(dict: &Dict, kind: &[u8]) -> bool {
    dict.get(b"Type".as_slice()).and_then(Object::name) == Some(kind)
}

/// Whether anything can hang on a value.
fn walked(object: &Object) -> bool {
    !matches!(object, Object::Null | Object::Bool | Object::Number(_))
}

/// A date in the way of PDF, and nothing else.
fn is_date(text: &str) -> bool {
    text.strip_prefix("D:").is_some_and(|rest| {
        rest.len() <= 21
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'\'' | b'Z'))
    })
}
