//! Documents of OpenDocument.

use super::package::Package;
use super::tables;
use crate::Failure;
use crate::work::Work;

/// Reads a document of OpenDocument, of any kind.
pub(crate) fn read_open(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    let mut package = Package::open(bytes, work)?;
    let manifest = package.take(work, |name, _| {
        name.eq_ignore_ascii_case("META-INF/manifest.xml")
    })?;
    if manifest
        .iter()
        .any(|(_, text)| text.contains("encryption-data"))
    {
        return Err(Failure::Encrypted);
    }
    // The media type is no text.
    package.take(work, |name, _| name == "mimetype")?;
    package.order(|name| match name {
        "content.xml" => 0,
        "styles.xml" => 1,
        "meta.xml" => 2,
        _ => 3,
    });
    // Tables of a workbook have cells with addresses; other documents flow.
    let body = package.take(work, |name, _| name.eq_ignore_ascii_case("content.xml"))?;
    for (name, source) in body {
        let outcome = if source.contains("<office:spreadsheet") {
            tables::read(&source, work)
        } else {
            package.flowing(&name, &source, work)
        };
        work.forgive(outcome)?;
    }
    package.read_rest(work, str::to_owned)
}
