//! The check of requests that cross dialects.

use marshal_adapter_api::{
    Adapter, ChatRequest, MediaSource, Message, Part, Role, Tool, ToolChoice,
};
use marshal_types::Dialect;
use marshal_wire::json::{Index, Limits};
use serde_json::Value;

use crate::carried::{carried_or_reported, mentions};
use crate::checks::{Exchange, parse};
use crate::compare::differences;
use crate::said::arguments;
use crate::schema;
use crate::spoken::{all, holds};

/// What a request puts before the model.
#[derive(Debug, Default, PartialEq)]
struct Put {
    system: String,
    /// Turns' texts, tool calls and results, in order.
    turns: Vec<String>,
    /// Pictures, documents, sounds and films, by their data or address, in any order: a dialect may move them out
    /// of a tool's answer, and Gemini tells them apart by their media type alone.
    shown: Vec<String>,
    /// Name, what it does, schema.
    tools: Vec<(String, String, Value)>,
}

impl Put {
    /// Without the ids of calls where one side has none.
    fn of(request: &ChatRequest, ids: bool) -> Self {
        let mut put = Self::default();
        for message in request.system.iter().chain(&request.messages) {
            put.message(message, ids);
        }
        for tool in request.tools.iter().flatten() {
            if let Tool::Function {
                name,
                description,
                schema,
                ..
            } = tool
            {
                let description = description.clone().unwrap_or_default();
                put.tools
                    .push((name.clone(), description, schema::plain(schema.as_ref())));
            }
        }
        put.shown.sort();
        put
    }

    fn message(&mut self, message: &Message, ids: bool) {
        let who = match message.role {
            Role::System | Role::Developer => {
                for part in &message.parts {
                    if let Part::Text { text, .. } = part {
                        self.system.push_str(&text.replace('\n', ""));
                    }
                }
                return;
            }
            Role::Assistant => "model",
            Role::User | Role::Tool => "user",
        };
        for part in &message.parts {
            self.part(who, part, ids);
        }
    }

    fn part(&mut self, who: &str, part: &Part, ids: bool) {
        let named = |id: &str| if ids { format!("{id} ") } else { String::new() };
        match part {
            Part::Text { text, .. } | Part::Refusal { text, .. } => self.text(who, text),
            Part::Document {
                source: MediaSource::Text { data, .. },
                ..
            } => self.text(who, data),
            Part::Image { source, .. }
            | Part::Document { source, .. }
            | Part::Media { source, .. } => self.shown.push(shown(source)),
            Part::ToolCall {
                id,
                name,
                arguments: source,
                ..
            } => self
                .turns
                .push(format!("call {}{name} {}", named(id), arguments(source))),
            Part::ToolResult {
                call_id, content, ..
            } => {
                self.turns.push(format!("result {}", named(call_id)));
                for inner in content.iter().flatten() {
                    self.part("user", inner, ids);
                }
            }
            Part::Thinking { .. } | Part::Opaque { .. } => {}
        }
    }

    /// A turn of the model's as one text and then its calls.
    fn flatten(&mut self) {
        let mut flat: Vec<String> = Vec::new();
        let mut calls: Vec<String> = Vec::new();
        for turn in std::mem::take(&mut self.turns) {
            if turn.starts_with("call ") {
                calls.push(turn);
                continue;
            }
            if let Some(more) = turn.strip_prefix("model: ") {
                match flat.last_mut() {
                    Some(last) if last.starts_with("model: ") => last.push_str(more),
                    _ => flat.push(turn),
                }
                continue;
            }
            flat.append(&mut calls);
            flat.push(turn);
        }
        flat.append(&mut calls);
        self.turns = flat;
    }

    /// Where no tool may be called, none need be offered; where calls stand in the turns, Bedrock wants a tool of
    /// that name on offer, whatever it takes.
    fn forgive_tools(&mut self, wanted: &mut Self, request: &ChatRequest) {
        if request.tool_choice == Some(ToolChoice::None) {
            self.tools.clear();
            wanted.tools.clear();
        }
        let known = |name: &String| wanted.tools.iter().any(|(of, ..)| of == name);
        self.tools
            .retain(|(name, _, schema)| !schema.is_null() || known(name));
    }

    /// A dialect with one text a turn joins what another keeps apart.
    fn text(&mut self, who: &str, text: &str) {
        // What was several texts may stand on several lines.
        let text = text.replace('\n', "");
        if text.is_empty() {
            return;
        }
        let opening = format!("{who}: ");
        match self.turns.last_mut() {
            Some(last) if last.starts_with(&opening) => last.push_str(&text),
            _ => self.turns.push(opening + &text),
        }
    }
}

/// The data or the address; base64 in either alphabet, padded or not.
fn shown(source: &MediaSource) -> String {
    match source {
        MediaSource::Base64 { data, .. } => {
            let plain = data.replace('-', "+").replace('_', "/");
            plain.trim_end_matches('=').to_owned()
        }
        MediaSource::Text { data, .. } => data.clone(),
        MediaSource::Url(at) | MediaSource::File(at) => at.clone(),
        MediaSource::Opaque(_) => "opaque".to_owned(),
    }
}

/// A request written for every other dialect is refused, or puts the same before the model; what it asks for
/// is carried or reported.
///
/// # Errors
/// What is put otherwise, and where.
pub fn request_across(exchange: Exchange<'_>) -> Result<(), String> {
    let Some(body) = exchange.recording.request() else {
        return Ok(());
    };
    let request = exchange
        .adapter
        .decode_request(&body, exchange.chat.named())
        .map_err(|error| error.message)?;
    for (to, adapter) in all().filter(|(to, _)| *to != exchange.dialect()) {
        written_for(to, adapter, &request).map_err(|why| format!("{to}: {why}"))?;
    }
    Ok(())
}

const MODEL: &str = "the/model";

fn written_for(to: Dialect, adapter: &dyn Adapter, request: &ChatRequest) -> Result<(), String> {
    let encoded = match adapter.encode_request(request, MODEL, 4_096) {
        Ok(encoded) => encoded,
        Err(refused) if refused.message.trim().is_empty() => {
            return Err("refused without a sentence".to_owned());
        }
        Err(_) => return Ok(()), // refused with a sentence, which is not lost
    };
    let named = marshal_adapter_api::Named {
        model: Some(MODEL).filter(|_| in_address(to)),
        stream: request.stream.or(Some(false)).filter(|_| in_address(to)),
    };
    let index = Index::parse(&encoded.body, &Limits::default()).map_err(|e| e.to_string())?;
    let facts = adapter
        .facts(index.doc(&encoded.body), named)
        .map_err(|error| format!("its own facts refuse it: {}", error.message))?;
    if facts.model != MODEL || facts.stream != request.stream.unwrap_or(false) {
        return Err(format!(
            "model or stream differ: {} {}",
            facts.model, facts.stream
        ));
    }
    let again = adapter
        .decode_request(&encoded.body, named)
        .map_err(|error| format!("its own reader refuses it: {}", error.message))?;
    let ids = holds(to).ids && has_ids(request);
    let (mut heard, mut wanted) = (Put::of(&again, ids), Put::of(request, ids));
    heard.forgive_tools(&mut wanted, request);
    if !holds(to).order {
        heard.flatten();
        wanted.flatten();
    }
    if heard != wanted {
        return Err(format!("puts {heard:?}, should put {wanted:?}"));
    }
    choice(request, &again, &encoded.dropped)?;
    let written = parse(&encoded.body)?;
    rewritten(adapter, &again, &written)?;
    carried_or_reported(request, &again, &written, &encoded.dropped)
}

/// What was written for a dialect is a request of that dialect: read and written again it is the same.
fn rewritten(adapter: &dyn Adapter, again: &ChatRequest, written: &Value) -> Result<(), String> {
    let own = adapter
        .encode_request(again, MODEL, 4_096)
        .map_err(|error| format!("written again it is refused: {}", error.message))?;
    let mut value = parse(&own.body)?;
    if in_address(again.origin)
        && let Some(members) = value.as_object_mut()
    {
        members.retain(|name, _| {
            written.get(name).is_some() || !matches!(name.as_str(), "model" | "stream")
        });
    }
    let found = differences(written, &value);
    if found.is_empty() && own.dropped.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "written again it differs at {found:?}, reports {:?}",
            own.dropped
        ))
    }
}

const fn in_address(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Gemini | Dialect::Bedrock)
}

/// Gemini's and Ollama's calls may come without.
fn has_ids(request: &ChatRequest) -> bool {
    !matches!(request.origin, Dialect::Gemini | Dialect::Ollama)
}

fn choice(request: &ChatRequest, again: &ChatRequest, dropped: &[String]) -> Result<(), String> {
    let plain = |choice: &Option<ToolChoice>| match choice {
        // Without a choice, as with none, no tool is demanded.
        Some(ToolChoice::Auto) => None,
        other => other.clone(),
    };
    let offered = again.tools.as_ref().is_some_and(|tools| !tools.is_empty());
    let demands = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Named(_))
    );
    if plain(&request.tool_choice) == plain(&again.tool_choice) || !(offered || demands) {
        return Ok(());
    }
    // One tool on offer that must be called is the tool that must be called.
    let only = |choice: &Option<ToolChoice>, request: &ChatRequest| {
        matches!(choice, Some(ToolChoice::Required))
            && request.tools.as_ref().is_some_and(|tools| tools.len() == 1)
    };
    if demands && only(&again.tool_choice, again) {
        return Ok(());
    }
    if !demands
        && mentions(
            dropped,
            &[
                "tool_choice",
                "toolChoice",
                "functionCallingConfig",
                "toolConfig",
            ],
        )
    {
        return Ok(());
    }
    Err(format!(
        "the tool choice {:?} became {:?}",
        request.tool_choice, again.tool_choice
    ))
}
