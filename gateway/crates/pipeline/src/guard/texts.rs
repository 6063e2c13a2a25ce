//! The texts of a body that guards look at, and who said them.

use std::collections::HashMap;

use marshal_adapter_api::TextAt;
use marshal_wire::json::{Doc, Kind, NodeId};

/// Who said a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
    /// What a tool gave, or a document: nobody answers for what stands in it.
    Tool,
}

impl Role {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct GuardText {
    pub node: NodeId,
    pub role: Role,
    pub text: String,
}

/// Members that name, configure, identify or encode, in every dialect. Whatever else is a string is said.
const NOT_SAID: &[&str] = &[
    "id",
    "model",
    "type",
    "role",
    "name",
    "object",
    "status",
    "user",
    "format",
    "encoding_format",
    "response_format",
    "media_type",
    "mime_type",
    "mimeType",
    "detail",
    "effort",
    "service_tier",
    "tool_choice",
    "modalities",
    "voice",
    "size",
    "quality",
    "data",
    "bytes",
    "url",
    "image_url",
    "images",
    "file_data",
    "signature",
    "thoughtSignature",
    "encrypted_content",
    "required",
];

/// `call_id`, `toolUseId`.
fn is_said(label: &str) -> bool {
    !NOT_SAID.contains(&label) && !label.ends_with("_id") && !label.ends_with("Id")
}

/// Everything that a request says to the model.
pub(crate) fn of_request(doc: Doc<'_>) -> Vec<GuardText> {
    let mut roles = Roles::default();
    let strings = doc.all().filter(|node| doc.kind(*node) == Kind::String);
    strings
        .filter_map(|node| {
            let role = roles.of(doc, node);
            // Whatever a tool was given or gave is said, whatever it is called.
            let said = label(doc, node).is_none_or(|label| is_said(&label)) || role == Role::Tool;
            let text = doc
                .str(node)
                .filter(|text| said && text.contains(|c: char| c.is_alphanumeric()))?;
            Some(GuardText {
                node,
                role,
                text: text.into_owned(),
            })
        })
        .collect()
}

/// Pictures, sound and films of a request, as addresses that hold them.
pub(crate) fn media_of(doc: Doc<'_>) -> Vec<String> {
    let strings = doc.all().filter(|node| doc.kind(*node) == Kind::String);
    strings.filter_map(|node| media(doc, node)).collect()
}

fn media(doc: Doc<'_>, node: NodeId) -> Option<String> {
    const KINDS: [&str; 3] = ["image/", "audio/", "video/"];
    let text = doc.str(node)?;
    let is_media = |kind: &str| KINDS.iter().any(|known| kind.starts_with(known));
    if text.strip_prefix("data:").is_some_and(is_media) {
        return Some(text.into_owned());
    }
    let key = doc
        .key(node)
        .filter(|key| matches!(&**key, "data" | "bytes"))?;
    let around = doc.parent(node)?;
    let named = |node, name: &str| doc.get(node, name).and_then(|value| doc.str(value));
    let kinds = ["media_type", "mimeType", "mime_type"];
    if let Some(kind) = kinds.iter().find_map(|name| named(around, name)) {
        return is_media(&kind).then(|| format!("data:{kind};base64,{text}"));
    }
    if &*key == "data" {
        let format = named(around, "format")?;
        return Some(format!("data:audio/{format};base64,{text}"));
    }
    // `{"image": {"format": "png", "source": {"bytes": "…"}}}`
    let block = doc.parent(around)?;
    let (kind, format) = (doc.key(block)?, named(block, "format")?);
    matches!(&*kind, "image" | "video").then(|| format!("data:{kind}/{format};base64,{text}"))
}

/// Everything that the model says.
pub(crate) fn of_answer(doc: Doc<'_>, texts: &[TextAt]) -> Vec<GuardText> {
    let texts = texts.iter().filter(|at| doc.kind(at.node) == Kind::String);
    texts
        .filter_map(|at| {
            Some(GuardText {
                node: at.node,
                role: Role::Assistant,
                text: doc.str(at.node)?.into_owned(),
            })
        })
        .collect()
}

fn label(doc: Doc<'_>, node: NodeId) -> Option<std::borrow::Cow<'_, str>> {
    doc.key(node).or_else(|| doc.key(doc.parent(node)?))
}

/// Who said what, by where it stands. An object's own word is read once, however many texts are in it.
#[derive(Default)]
struct Roles(HashMap<NodeId, Option<Role>>);

impl Roles {
    fn of(&mut self, doc: Doc<'_>, node: NodeId) -> Role {
        let mut at = Some(node);
        let mut role = Role::User;
        while let Some(node) = at {
            if doc.kind(node) == Kind::Object {
                let told = self.0.entry(node).or_insert_with(|| told(doc, node));
                if let Some(role) = told {
                    return *role;
                }
            }
            match doc.key(node).as_deref() {
                Some("system" | "instructions" | "systemInstruction" | "system_instruction") => {
                    role = Role::System
                }
                Some("functionResponse" | "function_response" | "documents" | "toolResult") => {
                    return Role::Tool;
                }
                _ => {}
            }
            at = doc.parent(node);
        }
        role
    }
}

/// Who says what is in an object, if it tells.
fn told(doc: Doc<'_>, object: NodeId) -> Option<Role> {
    const OF_TOOL: [&str; 5] = [
        "tool_result",
        "function_call_output",
        "document",
        "search_result",
        "mcp_call",
    ];
    let named = |key: &str| doc.get(object, key).and_then(|value| doc.str(value));
    if named("type").is_some_and(|kind| OF_TOOL.contains(&&*kind)) {
        return Some(Role::Tool);
    }
    Some(match named("role").as_deref()? {
        "system" | "developer" => Role::System,
        "assistant" | "model" => Role::Assistant,
        "tool" | "function" => Role::Tool,
        "user" => Role::User,
        _ => return None,
    })
}
