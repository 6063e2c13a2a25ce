//! `attachments` of `data.yaml`: files that go along within a call.

use marshal_types::Place;
use marshal_yaml::MapReader;

/// What is done with files of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InFiles {
    /// They pass, and it is recorded that they were there and were not looked at.
    Allow,
    /// The same, and the operators are told.
    Alert,
    /// Their text is looked at. It cannot be changed: what would be replaced elsewhere ends the call.
    Inspect,
    /// The call is refused.
    Block,
}

impl InFiles {
    /// The word in records.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Alert => "alert",
            Self::Inspect => "inspect",
            Self::Block => "block",
        }
    }
}

/// The section.
#[derive(Clone, Debug)]
pub(crate) struct Attachments {
    /// Text, PDF, Office and OpenDocument files, mail, web pages.
    pub(crate) documents: InFiles,
    /// Documents that are encrypted, broken, or over a limit.
    pub(crate) unreadable: InFiles,
    pub(crate) images: InFiles,
    pub(crate) audio: InFiles,
    pub(crate) video: InFiles,
    /// Anything else.
    pub(crate) other: InFiles,
    pub(crate) place: Place,
}

const DOCUMENTS: &[(&str, InFiles)] = &[
    ("inspect", InFiles::Inspect),
    ("allow", InFiles::Allow),
    ("alert", InFiles::Alert),
    ("block", InFiles::Block),
];
const OTHERS: &[(&str, InFiles)] = &[
    ("allow", InFiles::Allow),
    ("alert", InFiles::Alert),
    ("block", InFiles::Block),
];

/// Reads the section. What is not said: documents are looked at, those that cannot be read are refused, the rest passes.
pub(super) fn attachments(map: &mut MapReader<'_>) -> Attachments {
    let mut all = Attachments {
        documents: InFiles::Inspect,
        unreadable: InFiles::Block,
        images: InFiles::Allow,
        audio: InFiles::Allow,
        video: InFiles::Allow,
        other: InFiles::Allow,
        place: map.place().clone(),
    };
    let Some(item) = map.get("attachments") else {
        return all;
    };
    all.place = item.place().clone();
    let Some(mut section) = item.map() else {
        return all;
    };
    let mut read = |key, words, into: &mut InFiles| {
        if let Some(said) = section.opt_one_of(key, "an action for files", words) {
            *into = said;
        }
    };
    read("documents", DOCUMENTS, &mut all.documents);
    read("unreadable", OTHERS, &mut all.unreadable);
    read("images", OTHERS, &mut all.images);
    read("audio", OTHERS, &mut all.audio);
    read("video", OTHERS, &mut all.video);
    read("other", OTHERS, &mut all.other);
    section.finish();
    all
}
