//! Files that go along within a call: the text of documents is looked at and cannot be changed; what nobody here can
//! read passes or not as the policy says, and is recorded either way.

use std::sync::Arc;

use marshal_detect::Found;
use marshal_documents::{Extract, Failure, Limits, Type, sniff, text_of};
use marshal_types::DataClass;

use super::{Blocked, Finding, Redactor, UNREAD};
use crate::data::{InFiles, Treatment};

/// As many bytes tell a picture, a sound or a film from anything else.
const FILE_HEAD: usize = 512;

/// Whether a file is one whose text can be looked at.
#[must_use]
pub fn is_document(bytes: &[u8], name: Option<&str>) -> bool {
    let kind = sniff(bytes, name, None);
    kind.has_reader() || kind == Type::Compound
}

impl Redactor<'_> {
    /// Whether a file is told by its first bytes: a picture, a sound, a film. Then it is judged, and need not be decoded.
    ///
    /// # Errors
    /// [`Blocked`] if such files may not go along.
    pub fn media(&mut self, path: &dyn Fn() -> String, head: &[u8]) -> Result<bool, Blocked> {
        let rules = self.rules.attachments();
        let (word, name, action) = match sniff(head, None, None) {
            Type::Image(name) => ("image", name, rules.images),
            Type::Audio(name) => ("audio", name, rules.audio),
            Type::Video(name) => ("video", name, rules.video),
            _ => return Ok(false),
        };
        self.unread(path, word, name, action)?;
        Ok(true)
    }

    /// A file of which nobody knows how it is encoded.
    ///
    /// # Errors
    /// [`Blocked`] if such files may not go along.
    pub fn undecodable(&mut self, path: &dyn Fn() -> String) -> Result<(), Blocked> {
        let action = self.rules.attachments().unreadable;
        self.unread(path, "file", "encoding", action)
    }

    /// Looks at a file that goes along. `looked`: plain text has been looked at already.
    ///
    /// # Errors
    /// [`Blocked`] if it holds what may not leave, or may not go along as it is.
    pub fn attachment(
        &mut self,
        path: &dyn Fn() -> String,
        bytes: &[u8],
        name: Option<&str>,
        looked: bool,
    ) -> Result<(), Blocked> {
        if self.media(path, &bytes[..bytes.len().min(FILE_HEAD)])? {
            return Ok(());
        }
        let rules = self.rules.attachments();
        let kind = sniff(bytes, name, None);
        if looked && matches!(kind, Type::Text | Type::Json | Type::Csv) {
            return Ok(());
        }
        let is_document = kind.has_reader() || kind == Type::Compound;
        if !is_document {
            return self.unread(path, "file", kind.name(), rules.other);
        }
        if rules.documents != InFiles::Inspect {
            return self.unread(path, "document", kind.name(), rules.documents);
        }
        match text_of(bytes, kind, &Limits::default()) {
            Ok(extract) => {
                self.document(path, &extract)?;
                if extract.complete {
                    return Ok(());
                }
                self.unread(path, "document", "incomplete", rules.unreadable)
            }
            Err(Failure::NoText) => self.unread(path, "image", kind.name(), rules.images),
            Err(failure) => self.unread(path, "document", reason(&failure), rules.unreadable),
        }
    }

    /// Looks at the text of a document.
    fn document(&mut self, path: &dyn Fn() -> String, extract: &Extract) -> Result<(), Blocked> {
        let text = &extract.text;
        let mut found: Vec<Found> = Vec::new();
        self.rules.find("", text, &mut found);
        self.names(path, text, &mut found)?;
        for one in found {
            let entity = self.rules.entity(one.entity);
            let treatment = match self.treatment(one.entity) {
                Treatment::Allow => Treatment::Allow,
                Treatment::Alert => Treatment::Alert,
                _ => Treatment::Block,
            };
            let parts = &extract.parts;
            let at = parts.partition_point(|(_, range)| range.end <= one.start);
            let place = match parts.get(at) {
                Some((part, _)) => format!("{}#{part}", path()),
                None => path(),
            };
            self.record(entity, treatment, &one, &text[one.start..one.end], &place);
            if treatment == Treatment::Block && !entity.shadow {
                return Err(Blocked {
                    entity: Arc::clone(&entity.name),
                    path: place,
                    place: entity.place.clone(),
                });
            }
        }
        Ok(())
    }

    /// Records that a file, or some of it, was not looked at, and lets it pass or not.
    fn unread(
        &mut self,
        path: &dyn Fn() -> String,
        word: &'static str,
        why: &'static str,
        action: InFiles,
    ) -> Result<(), Blocked> {
        self.findings.push(Finding {
            entity: word.into(),
            class: DataClass(UNREAD.into()),
            path: path(),
            count: 1,
            action: action.as_str(),
            detector: why.into(),
            score: 100,
            hashes: Vec::new(),
            shadow: false,
        });
        if action < InFiles::Block {
            return Ok(());
        }
        Err(Blocked {
            entity: format!("{word} ({why})").into(),
            path: path(),
            place: self.rules.attachments().place.clone(),
        })
    }
}

const fn reason(failure: &Failure) -> &'static str {
    match failure {
        Failure::TooLarge { .. } => "oversize",
        Failure::Encrypted => "encrypted",
        _ => "unreadable",
    }
}
