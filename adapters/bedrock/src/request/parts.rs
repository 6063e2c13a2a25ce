//! The parts of a turn of another dialect, written as blocks of this one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Extra, Json, MediaSource, Object, Part, Untranslatable, index};
use marshal_types::Dialect;

use super::encode::untranslatable;
use super::names::{Names, call_id, loses_letters};
use super::own_blocks::kind_of;
use super::said::{bytes, list, said};
use crate::seals;
use crate::words::{self, Family};

/// What is written from: where it came from, and for which model it is.
pub(super) struct Writer<'a> {
    pub(super) origin: Dialect,
    pub(super) family: Family,
    pub(super) names: Names,
    pub(super) dropped: &'a mut Vec<String>,
}

/// What Anthropic's clients, and OpenAI's clients of Claude, write at a block; a cache point comes behind it here.
pub(super) const CACHE_CONTROL: &str = "cache_control";

/// The cache point that a `cache_control` means; `None` where it says more than one can.
pub(super) fn cache_point(origin: Dialect, family: Family, extra: &Extra) -> Option<Vec<u8>> {
    if !matches!(origin, Dialect::Anthropic | Dialect::OpenAi) || !family.caches() {
        return None;
    }
    let source = extra.get(CACHE_CONTROL)?.as_str().as_bytes();
    let index = index(source).ok()?;
    let doc = index.doc(source);
    let text = |name: &str| doc.get(doc.root(), name).and_then(|node| doc.str(node));
    let ttl = text("ttl");
    if text("type")? != "ephemeral" || doc.len(doc.root()) != 1 + usize::from(ttl.is_some()) {
        return None;
    }
    let mut out = Vec::new();
    {
        let mut block = Object::new(&mut out);
        let mut point = block.object("cachePoint");
        point.str("type", "default");
        point.opt_str("ttl", ttl.as_deref());
    }
    Some(out)
}

impl Writer<'_> {
    /// Reports what is left of a block, and says the cache point that comes behind it.
    pub(super) fn leftovers(&mut self, extra: &Extra, understood: &[&str]) -> Option<Vec<u8>> {
        let point = cache_point(self.origin, self.family, extra);
        let mut all = understood.to_vec();
        if point.is_some() {
            all.push(CACHE_CONTROL);
        }
        extra.report_except(&all, self.dropped);
        point
    }

    /// Adds what a user or a tool says. What they showed is never left out.
    pub(super) fn heard(
        &mut self,
        part: &Part,
        blocks: &mut Vec<Vec<u8>>,
    ) -> Result<(), Untranslatable> {
        let mut out = Vec::new();
        let point = match part {
            Part::Text { text, extra } | Part::Refusal { text, extra } => {
                let point = self.leftovers(extra, &[]);
                if text.is_empty() {
                    // An empty block is refused here and says nothing; its cache point does.
                    blocks.extend(point.filter(|_| !blocks.is_empty()));
                    return Ok(());
                }
                Object::new(&mut out).str("text", text);
                point
            }
            Part::ToolResult { .. } => self.result(part, &mut out)?,
            part => self.shown(part, &mut out)?,
        };
        blocks.push(out);
        blocks.extend(point);
        Ok(())
    }

    fn result(
        &mut self,
        part: &Part,
        out: &mut Vec<u8>,
    ) -> Result<Option<Vec<u8>>, Untranslatable> {
        let Part::ToolResult {
            call_id: id,
            content,
            is_error,
            extra,
            ..
        } = part
        else {
            return Ok(None);
        };
        let point = self.leftovers(extra, &[]);
        let mut inner = Vec::new();
        for part in content.iter().flatten() {
            let mut block = Vec::new();
            match part {
                Part::Text { text, extra } => {
                    extra.report(self.dropped);
                    if text.is_empty() {
                        continue;
                    }
                    Object::new(&mut block).str("text", text);
                }
                part => {
                    self.shown(part, &mut block)?;
                }
            }
            inner.push(block);
        }
        let mut to = Object::new(out);
        let mut result = to.object("toolResult");
        result.str("toolUseId", &call_id(id));
        result.raw("content", &list(&inner));
        // Models of other makers refuse the word, and success is what they take it for.
        if let Some(is_error) = is_error.filter(|error| *error || self.family.caches()) {
            if self.family.caches() {
                result.str("status", if is_error { "error" } else { "success" });
            } else {
                self.dropped.push(extra.path_of("is_error"));
            }
        }
        Ok(point)
    }

    /// Pictures, documents, sound and film.
    fn shown(&mut self, part: &Part, out: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Untranslatable> {
        match part {
            Part::Image {
                source: MediaSource::Base64 { media_type, data },
                detail,
                extra,
            } if words::format("image", media_type).is_some() => {
                if detail.as_deref().is_some_and(|detail| detail != "auto") {
                    let word = match self.origin {
                        Dialect::OpenAi => "image_url.detail",
                        _ => "detail",
                    };
                    self.dropped.push(extra.path_of(word));
                }
                bytes("image", media_type, None, data, out);
                Ok(self.leftovers(extra, &[]))
            }
            Part::Media {
                medium,
                source: MediaSource::Base64 { media_type, data },
                extra,
            } if words::format(kind_of(*medium), media_type).is_some() => {
                bytes(kind_of(*medium), media_type, None, data, out);
                Ok(self.leftovers(extra, &[]))
            }
            Part::Document {
                source:
                    MediaSource::Base64 { media_type, .. } | MediaSource::Text { media_type, .. },
                ..
            } if words::format("document", media_type).is_some() => Ok(self.document(part, out)),
            part => Err(not_shown(part)),
        }
    }

    fn document(&mut self, part: &Part, out: &mut Vec<u8>) -> Option<Vec<u8>> {
        let Part::Document {
            source,
            title,
            extra,
        } = part
        else {
            return None;
        };
        if title.as_deref().is_some_and(loses_letters) {
            self.dropped.push(extra.path_of(match self.origin {
                Dialect::OpenAi => "file.filename",
                Dialect::Responses => "filename",
                _ => "title",
            }));
        }
        let name = self.names.take(title.as_deref());
        let carried = [
            ("citations", extra.get("citations")),
            ("context", extra.get("context")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .filter(|(_, value)| {
            self.origin == Dialect::Anthropic && self.family == Family::Claude && !value.is_empty()
        })
        .collect::<Vec<(&str, &Json)>>();
        let (media_type, data) = match source {
            MediaSource::Base64 { media_type, data } => (media_type, data.clone()),
            MediaSource::Text { media_type, data } => (media_type, STANDARD.encode(data)),
            _ => return None,
        };
        {
            let mut to = Object::new(out);
            let mut inner = to.object("document");
            inner.opt_str("format", words::format("document", media_type).as_deref());
            inner.str("name", &name);
            inner.object("source").str("bytes", &data);
            for (name, value) in &carried {
                inner.json(name, value);
            }
        }
        let understood: Vec<&str> = carried.iter().map(|(name, _)| *name).collect();
        self.leftovers(extra, &understood)
    }

    /// Adds what the model said before.
    pub(super) fn answered(&mut self, part: &Part, blocks: &mut Vec<Vec<u8>>) {
        match part {
            Part::Thinking { word, extra, .. } if !self.takes_back(part) => {
                self.dropped.push(match (word, self.origin) {
                    // Each of these has an entry of its own in a list.
                    (Some("content" | "reasoning_details"), _) => extra.path().to_owned(),
                    (Some(word), _) => extra.path_of(word),
                    (None, Dialect::Anthropic | Dialect::Ollama) => extra.path_of("thinking"),
                    (None, Dialect::OpenAi) => extra.path_of("reasoning_content"),
                    (None, _) => extra.path().to_owned(),
                });
                return;
            }
            Part::Opaque { path, .. } if self.family != Family::Claude => {
                self.dropped.push(path.clone());
                return;
            }
            _ => {}
        }
        let mut out = Vec::new();
        if said(part, true, &mut out, self.dropped) {
            blocks.push(out);
        }
        let Some(extra) = extra_of(part) else { return };
        seal_of_call(part, self.origin, self.dropped);
        let understood: &[&str] = match part {
            Part::ToolCall { .. } => &["type", "index"],
            Part::Thinking { .. } => &["index"],
            _ => &[],
        };
        let point = self.leftovers(extra, understood);
        blocks.extend(point.filter(|_| !blocks.is_empty()));
    }

    /// Only Claude takes thoughts back, and only those that it sealed.
    fn takes_back(&self, part: &Part) -> bool {
        let Part::Thinking { signature, .. } = part else {
            return false;
        };
        self.family == Family::Claude && seals::is_claudes(self.origin, signature.as_deref())
    }
}

const fn extra_of(part: &Part) -> Option<&Extra> {
    match part {
        Part::Text { extra, .. }
        | Part::Refusal { extra, .. }
        | Part::Thinking { extra, .. }
        | Part::ToolCall { extra, .. } => Some(extra),
        _ => None,
    }
}

/// Another provider's seal on a call has no place here.
fn seal_of_call(part: &Part, origin: Dialect, dropped: &mut Vec<String>) {
    if let Part::ToolCall {
        signature: Some(_),
        extra,
        ..
    } = part
        && origin != Dialect::OpenAi
    {
        dropped.push(extra.path_of(match origin {
            Dialect::Gemini => "thoughtSignature",
            _ => "signature",
        }));
    }
}

fn not_shown(part: &Part) -> Untranslatable {
    let path = part.path();
    untranslatable(
        path,
        format!(
            "`{path}` cannot be shown to a model on Bedrock: send text, and send pictures, documents, sound and video as base64 in a format that Bedrock takes."
        ),
    )
}
