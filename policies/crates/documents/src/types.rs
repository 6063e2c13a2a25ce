//! The types of files that are told apart.

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// Plain text, source code, Markdown.
    Text,
    /// A web page.
    Html,
    /// Lines of values between commas, semicolons, tabs or bars.
    Csv,
    /// JSON, or lines of it.
    Json,
    /// Rich Text Format.
    Rtf,
    /// XML of any other kind, SVG too.
    Xml,
    /// A text document of Office Open XML.
    Docx,
    /// A workbook of Office Open XML.
    Xlsx,
    /// Slides of Office Open XML.
    Pptx,
    /// A text document of OpenDocument.
    Odt,
    /// A workbook of OpenDocument.
    Ods,
    /// Slides of OpenDocument.
    Odp,
    /// Portable Document Format.
    Pdf,
    /// A mail message.
    Eml,
    /// A compound file: Office before 2007, an Outlook message, or an encrypted Office document. Has no reader.
    Compound,
    /// A picture, with its format's usual name (`png`).
    Image(&'static str),
    /// A sound, with its format's usual name (`mp3`).
    Audio(&'static str),
    /// A film, with its format's usual name (`mp4`).
    Video(&'static str),
    /// An archive or a compressed file that is no document.
    Archive,
    /// A program for a machine, a virtual machine too.
    Executable,
    /// None of these.
    Unknown,
}

impl Type {
    /// Whether [`crate::text_of`] has a reader for it.
    #[must_use]
    pub fn has_reader(self) -> bool {
        !matches!(
            self,
            Self::Image(_)
                | Self::Audio(_)
                | Self::Video(_)
                | Self::Archive
                | Self::Executable
                | Self::Unknown
                | Self::Compound
        )
    }

    /// A short name of the type, for labels and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Rtf => "rtf",
            Self::Xml => "xml",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Pdf => "pdf",
            Self::Eml => "eml",
            Self::Compound => "compound",
            Self::Image(_) => "image",
            Self::Audio(_) => "audio",
            Self::Video(_) => "video",
            Self::Archive => "archive",
            Self::Executable => "executable",
            Self::Unknown => "unknown",
        }
    }
}
