//! What reading one document may cost.

/// The names of the limits, as failures say them.
pub(crate) const INPUT: &str = "bytes of the document";
pub(crate) const TEXT: &str = "bytes of text";
pub(crate) const DECOMPRESSED: &str = "decompressed bytes";
pub(crate) const RATIO: &str = "the ratio of decompression";
pub(crate) const ENTRIES: &str = "entries of an archive";
pub(crate) const DEPTH: &str = "nesting depth";
pub(crate) const OBJECTS: &str = "objects of a PDF";
pub(crate) const STEPS: &str = "steps of reading";

/// What reading one document may cost, attachments within it included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document. 32 MiB.
    pub input: usize,
    /// Bytes of text taken out; what is longer is cut, and the extract is not complete. 8 MiB.
    pub text: usize,
    /// Decompressed bytes, all streams and entries together. 128 MiB.
    pub decompressed: usize,
    /// How many times larger a stream may get by decompression. Counts only above 1 MiB. 200.
    pub ratio: usize,
    /// Entries of a zip archive. 10,000.
    pub entries: usize,
    /// Nesting of XML elements, and of groups in Rich Text Format. 256.
    pub depth: usize,
    /// Objects in the cross-reference tables of a PDF; eight times as many values within them. 300,000.
    pub objects: usize,
    /// Documents within documents: attachments of a message, of a PDF, embedded workbooks. 3 levels.
    pub embedded: usize,
    /// Labelled parts of the text; what follows has one label together. 100,000.
    pub parts: usize,
    /// Steps of reading, about one for each byte looked at: what bounds the time. 400 million.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input: 32 << 20,
            text: 8 << 20,
            decompressed: 128 << 20,
            ratio: 200,
            entries: 10_000,
            depth: 256,
            objects: 300_000,
            embedded: 3,
            parts: 100_000,
            steps: 400_000_000,
        }
    }
}
