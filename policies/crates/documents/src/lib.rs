//! Takes the text out of documents, so that detectors of sensitive data can look at it.
//!
//! [`sniff`] says what a file is, by its bytes before its name. [`text_of`] takes out everything that a person or a
//! program could read as text: bodies, cells, headers and footers, comments, notes, hidden sheets, properties, form
//! fields, names of attachments. Hostile input is normal: every reader works under [`Limits`], no entity of a document
//! type definition is ever expanded, and nothing here follows a link or opens a file.
//!
//! What is not read is said: [`Extract::complete`] is false where text was seen but could not be read, or was cut.

#![forbid(unsafe_code)]

mod address;
mod csv;
mod encoding;
mod entities;
mod failure;
mod html;
mod inflate;
mod limits;
mod lines;
mod mail;
mod office;
mod pdf;
mod rtf;
mod sniff;
mod types;
mod work;
mod xml;
mod zip;

use std::ops::Range;

pub use failure::Failure;
pub use limits::Limits;
pub use sniff::sniff;
pub use types::Type;

use work::Work;

/// The text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// All text, part after part.
    pub text: String,
    /// Where a piece of the text stood in the document (`Sheet1!B3`, `slide 2`, `page 3`, `word/footnotes.xml`), and
    /// which bytes of `text` it is. In the order of the text, never overlapping.
    pub parts: Vec<(String, Range<usize>)>,
    /// False where something that may hold text could not be read, or was cut off by the limit of the text's length.
    /// Pictures, sounds and films count only where they are all there is: a page of a PDF, an attachment of a message.
    pub complete: bool,
}

/// Takes the text out of a document of a given type.
///
/// # Errors
///
/// Says why no text was taken: the document is broken, over a limit, encrypted, without any text, or of a type that has
/// no reader. Text longer than [`Limits::text`] is no failure: it is cut, and the extract is not complete.
pub fn text_of(bytes: &[u8], kind: Type, limits: &Limits) -> Result<Extract, Failure> {
    if bytes.len() > limits.input {
        return Err(Failure::TooLarge {
            limit: limits::INPUT,
        });
    }
    let mut work = Work::new(limits);
    let outcome = read(bytes, kind, &mut work);
    work.finish(outcome)
}

/// Reads a document into the work at hand. Attachments come here too, one level deeper.
fn read(bytes: &[u8], kind: Type, work: &mut Work<'_>) -> Result<(), Failure> {
    match kind {
        Type::Text | Type::Json => {
            let text = encoding::decode(bytes);
            work.step(text.len())?;
            work.part("text", &text)
        }
        Type::Csv => csv::read(bytes, work),
        Type::Html => html::read(bytes, work),
        Type::Xml => xml::read(bytes, work),
        Type::Rtf => rtf::read(bytes, work),
        Type::Eml => mail::read(bytes, work),
        Type::Docx => office::read_word(bytes, work),
        Type::Pptx => office::read_slides(bytes, work),
        Type::Xlsx => office::read_workbook(bytes, work),
        Type::Odt | Type::Ods | Type::Odp => office::read_open(bytes, work),
        Type::Pdf => pdf::read(bytes, work),
        Type::Compound => office::read_compound(bytes),
        Type::Image(_)
        | Type::Audio(_)
        | Type::Video(_)
        | Type::Archive
        | Type::Executable
        | Type::Unknown => Err(Failure::Unsupported),
    }
}
