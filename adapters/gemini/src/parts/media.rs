//! What a user shows: `inlineData` and `fileData`, read and written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Extra, MediaSource, Medium, Object, Part};

use super::decode::Read;
use crate::aside::{self, spelled};
use crate::reader::{Reader, text};
use crate::seal::standard;
use crate::words::{Shown, is_google_file, is_youtube, media_type_of, shown};

/// Reads `{"mimeType", "data"}`.
pub(super) fn inline(reader: &mut Reader<'_>) -> Option<Read> {
    let doc = reader.doc();
    let node = reader.peek("inlineData")?;
    let media_type = text(doc, node, "mimeType")?;
    let written = text(doc, node, "data")?;
    let mut inner = reader.object("inlineData").ok()??;
    inner.take("mimeType");
    inner.take("data");
    let what = shown(&media_type);
    let title = (what == Shown::Document)
        .then(|| inner.text("displayName"))
        .flatten();
    let mut kept = Extra::at(doc.path(node));
    inner.rest_below("inlineData", &mut kept);
    let data = plain(written, &mut kept);
    let source = match as_text(&media_type, &data) {
        Some(text) => MediaSource::Text {
            media_type,
            data: text,
        },
        None => MediaSource::Base64 { media_type, data },
    };
    Some(read(what, source, title, kept))
}

/// Base64 as every other dialect has it. Clients of this one also write the other alphabet, and no padding.
fn plain(written: String, kept: &mut Extra) -> String {
    let mut data = written;
    if data.contains(['-', '_']) {
        aside::keep(kept, "alphabet", "url");
        data = standard(&data);
    }
    if data.len() % 4 > 1 {
        aside::keep(kept, "padding", "none");
        while !data.len().is_multiple_of(4) {
            data.push('=');
        }
    }
    data
}

/// The text of a text document, where nothing is lost by reading it.
fn as_text(media_type: &str, data: &str) -> Option<String> {
    if !media_type.starts_with("text/") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(data).ok()?).ok()?;
    (STANDARD.encode(&text) == data).then_some(text)
}

/// Reads `{"mimeType", "fileUri"}`.
pub(super) fn file(reader: &mut Reader<'_>) -> Option<Read> {
    let doc = reader.doc();
    let node = reader.peek("fileData")?;
    let address = text(doc, node, "fileUri")?;
    let mut inner = reader.object("fileData").ok()??;
    inner.take("fileUri");
    let media_type = inner.text("mimeType");
    let what = match media_type.as_deref().or_else(|| media_type_of(&address)) {
        Some(media_type) => shown(media_type),
        None if is_youtube(&address) => Shown::Media(Medium::Video),
        None => Shown::Document,
    };
    let title = (what == Shown::Document)
        .then(|| inner.text("displayName"))
        .flatten();
    let mut kept = Extra::at(doc.path(node));
    if let Some(media_type) = &media_type {
        aside::keep(&mut kept, "mimeType", media_type);
    }
    inner.rest_below("fileData", &mut kept);
    let source = if is_google_file(&address) {
        MediaSource::File(address)
    } else {
        MediaSource::Url(address)
    };
    Some(read(what, source, title, kept))
}

fn read(what: Shown, source: MediaSource, title: Option<String>, inner: Extra) -> Read {
    Read {
        inner,
        sealed: false,
        make: Box::new(move |_, extra| match what {
            Shown::Image => Part::Image {
                source,
                detail: None,
                extra,
            },
            Shown::Media(medium) => Part::Media {
                medium,
                source,
                extra,
            },
            Shown::Document => Part::Document {
                source,
                title,
                extra,
            },
        }),
    }
}

/// Writes what came in this dialect as it was.
pub(super) fn own(source: &MediaSource, title: Option<&str>, extra: &Extra, to: &mut Object<'_>) {
    match source {
        MediaSource::Url(address) | MediaSource::File(address) => {
            let mut file = to.object(spelled(extra, "fileData"));
            let media_type = aside::get(extra, "mimeType");
            file.opt_str(spelled(extra, "fileData.mimeType"), media_type);
            file.str(spelled(extra, "fileData.fileUri"), address);
            file.opt_str(spelled(extra, "fileData.displayName"), title);
            aside::write_below(extra, "fileData", &[], &mut file);
        }
        MediaSource::Base64 { media_type, data } => {
            own_inline(media_type, data, title, extra, to);
        }
        MediaSource::Text { media_type, data } => {
            own_inline(media_type, &STANDARD.encode(data), title, extra, to);
        }
        MediaSource::Opaque(_) => {}
    }
}

fn own_inline(
    media_type: &str,
    data: &str,
    title: Option<&str>,
    extra: &Extra,
    to: &mut Object<'_>,
) {
    let mut inline = to.object(spelled(extra, "inlineData"));
    inline.str(spelled(extra, "inlineData.mimeType"), media_type);
    let bare = if aside::has(extra, "padding", "none") {
        data.trim_end_matches('=')
    } else {
        data
    };
    if aside::has(extra, "alphabet", "url") {
        let data = bare.replace('+', "-").replace('/', "_");
        inline.str("data", &data);
    } else {
        inline.str("data", bare);
    }
    inline.opt_str(spelled(extra, "inlineData.displayName"), title);
    aside::write_below(extra, "inlineData", &[], &mut inline);
}

/// Writes what came in another dialect; `false` where it cannot be shown.
pub(super) fn foreign(source: &MediaSource, fallback: &str, to: &mut Object<'_>) -> bool {
    match source {
        MediaSource::Base64 { media_type, data } => {
            let mut inline = to.object("inlineData");
            inline.str("mimeType", media_type);
            inline.str("data", data);
            true
        }
        MediaSource::Url(address) => {
            file_data(address, fallback, to);
            true
        }
        MediaSource::File(address) if is_google_file(address) => {
            file_data(address, fallback, to);
            true
        }
        MediaSource::Text { .. } | MediaSource::File(_) | MediaSource::Opaque(_) => false,
    }
}

fn file_data(address: &str, fallback: &str, to: &mut Object<'_>) {
    let mut file = to.object("fileData");
    file.str("mimeType", media_type_of(address).unwrap_or(fallback));
    file.str("fileUri", address);
}
