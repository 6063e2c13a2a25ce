//! What tools answered, written in this dialect.

use marshal_adapter_api::{Json, Message, Object, Part, Untranslatable, index};

use super::turns::{Work, written};
use crate::ids::is_made_up;

impl<'a> Work<'a> {
    /// What a tool shows stands behind its result, for older models read only text there.
    pub(super) fn result(
        &mut self,
        part: &'a Part,
        message: &Message,
        after: &mut Vec<Vec<u8>>,
    ) -> Result<(), Untranslatable> {
        let Part::ToolResult {
            call_id,
            content,
            is_error,
            extra,
            ..
        } = part
        else {
            return Ok(());
        };
        extra.report(self.dropped);
        let call = self.calls.get(call_id.as_str());
        let at = call.map_or(usize::MAX, |(at, _)| *at);
        let named = message.extra.get("name").and_then(text_of);
        let name = match call {
            Some((_, name)) => (*name).to_owned(),
            None => named.ok_or_else(|| Untranslatable {
                message: format!(
                    "`{}` answers a tool call that is not in the conversation, and a Gemini model must be told the tool's name: send the call too.",
                    extra.path()
                ),
                param: Some(extra.path().to_owned()),
            })?,
        };
        let mut texts = Vec::new();
        for inner in content.iter().flatten() {
            match inner {
                Part::Text { text, extra } => {
                    extra.report(self.dropped);
                    texts.push(text.as_str());
                }
                inner => after.push(self.shown(inner)?),
            }
        }
        let source = written(|to| {
            let mut result = to.object("functionResponse");
            if !call_id.is_empty() && !is_made_up(call_id) {
                result.str("id", call_id);
            }
            result.str("name", &name);
            answer(&texts, *is_error == Some(true), &mut result);
        });
        self.push(true, source, Some(at));
        Ok(())
    }
}

/// A JSON object stands as it is, anything else as text under a word.
fn answer(texts: &[&str], is_error: bool, to: &mut Object<'_>) {
    let word = if is_error { "error" } else { "result" };
    match texts {
        [source] if !is_error && stands_alone(source) => {
            to.raw("response", source.trim().as_bytes())
        }
        [] => to.object("response").str(word, ""),
        [text] => to.object("response").str(word, text),
        texts => {
            let mut response = to.object("response");
            let mut list = response.array(word);
            texts.iter().for_each(|text| list.str(text));
        }
    }
}

/// True for a JSON object that does not look like a text under a word.
fn stands_alone(source: &str) -> bool {
    let source = source.trim();
    source.starts_with('{')
        && index(source.as_bytes()).is_ok_and(|index| {
            let doc = index.doc(source.as_bytes());
            let root = doc.root();
            let wraps = |word: &str| doc.len(root) == 1 && doc.get(root, word).is_some();
            !["result", "output", "error"].into_iter().any(wraps)
        })
}

/// The text of a JSON string.
fn text_of(json: &Json) -> Option<String> {
    let bytes = json.as_str().as_bytes();
    let index = index(bytes).ok()?;
    let doc = index.doc(bytes);
    doc.str(doc.root()).map(std::borrow::Cow::into_owned)
}
