//! What is heard so far, piece by piece.

use serde_json::Value;

use super::{Call, Said, arguments};

/// The text of a JSON string, else nothing.
pub(super) fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A whole number from nought up, also as `3.0`.
pub(super) fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let text = value.as_f64()?.to_string();
        text.strip_suffix(".0").unwrap_or(&text).parse().ok()
    })
}

/// A number, else nought.
pub(super) fn number(value: &Value) -> u64 {
    count(value).unwrap_or(0)
}

/// Collects the pieces of the first choice.
#[derive(Default)]
pub(super) struct Heard {
    said: Said,
    calls: Vec<(u64, Raw)>,
    /// The dialect's word for how it ended.
    pub(super) word: String,
}

#[derive(Default)]
struct Raw {
    id: String,
    name: String,
    source: String,
}

impl Heard {
    fn run(&mut self, kind: char) {
        if !self.said.order.ends_with(kind) {
            self.said.order.push(kind);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.run('t');
            self.said.text.push_str(text);
        }
    }

    pub(super) fn refusal(&mut self, text: &str) {
        self.said.refuses |= !text.is_empty();
        self.text(text);
    }

    pub(super) fn thinking(&mut self, text: &str) {
        if !text.is_empty() {
            self.run('k');
            self.said.thinking.push_str(text);
        }
    }

    /// Whether the thinking so far holds this.
    pub(super) fn thought_so(&self, text: &str) -> bool {
        self.said.thinking.contains(text)
    }

    /// A call begins, under a key by which its arguments come.
    pub(super) fn call(&mut self, key: u64, id: &str, name: &str) {
        // What has no name cannot be called.
        if !name.is_empty() {
            self.run('c');
        }
        let raw = Raw {
            id: id.to_owned(),
            name: name.to_owned(),
            source: String::new(),
        };
        self.calls.push((key, raw));
    }

    /// What comes late of a call: its name, and its id where no argument came yet.
    pub(super) fn complete(&mut self, key: u64, id: &str, name: &str) {
        let Some((_, raw)) = self.calls.iter_mut().rev().find(|(of, _)| *of == key) else {
            return;
        };
        let untold = raw.name.is_empty();
        if raw.id.is_empty() && (untold || raw.source.is_empty()) {
            id.clone_into(&mut raw.id);
        }
        if untold && !name.is_empty() {
            name.clone_into(&mut raw.name);
            self.run('c');
        }
    }

    /// A call that comes whole.
    pub(super) fn whole_call(&mut self, id: &str, name: &str, input: &Value) {
        let key = self.calls.len() as u64;
        self.call(key, id, name);
        match input {
            Value::Null => {}
            Value::String(source) => self.arguments(key, source),
            input => self.arguments(key, &input.to_string()),
        }
    }

    /// A piece of one argument of the last call, at a path such as `$.a[0].b`; texts go on.
    pub(super) fn argument(&mut self, path: &str, value: &Value) {
        let Some((_, raw)) = self.calls.last_mut() else {
            return;
        };
        let mut whole: Value = serde_json::from_str(&raw.source).unwrap_or_default();
        let mut at = &mut whole;
        for step in path.trim_start_matches('$').split(['.', '[']) {
            match step.strip_suffix(']').map(str::parse::<usize>) {
                Some(Ok(index)) if index < 1_000 => {
                    if !at.is_array() {
                        *at = Value::Array(Vec::new());
                    }
                    if let Value::Array(items) = at {
                        if items.len() <= index {
                            items.resize(index + 1, Value::Null);
                        }
                        at = &mut items[index];
                    }
                    continue;
                }
                _ if step.is_empty() => continue,
                _ => {
                    if !at.is_object() {
                        *at = Value::Object(serde_json::Map::new());
                    }
                    at = &mut at[step];
                }
            }
        }
        match (&mut *at, value) {
            (Value::String(text), Value::String(more)) => text.push_str(more),
            (at, value) => *at = value.clone(),
        }
        raw.source = whole.to_string();
    }

    pub(super) fn arguments(&mut self, key: u64, source: &str) {
        if let Some((_, raw)) = self.calls.iter_mut().rev().find(|(of, _)| *of == key) {
            raw.source.push_str(source);
        }
    }

    /// The key of the call with this id.
    pub(super) fn key_of(&self, id: &str) -> Option<u64> {
        let found = self.calls.iter().find(|(_, raw)| raw.id == id);
        found.map(|(key, _)| *key)
    }

    pub(super) fn has_key(&self, key: u64) -> bool {
        self.calls.iter().any(|(of, _)| *of == key)
    }

    /// Whether the call under this key has an id.
    pub(super) fn has_id(&self, key: u64) -> bool {
        let of = |(of, raw): &(u64, Raw)| *of == key && !raw.id.is_empty();
        self.calls.iter().any(of)
    }

    /// The key after the highest.
    pub(super) fn next_key(&self) -> u64 {
        self.calls.iter().map(|(key, _)| key + 1).max().unwrap_or(0)
    }

    pub(super) fn usage(&mut self, usage: Option<(u64, u64, u64)>) {
        self.said.usage = usage.or(self.said.usage);
    }

    pub(super) fn used(&self) -> Option<(u64, u64, u64)> {
        self.said.usage
    }

    pub(super) fn other_choice(&mut self, number: u64, text: &str) {
        let at = usize::try_from(number).unwrap_or(0).saturating_sub(1);
        if at > 1_000 {
            return;
        }
        if self.said.others.len() <= at {
            self.said.others.resize(at + 1, String::new());
        }
        self.said.others[at].push_str(text);
    }

    /// What was said; `finish` names the word's meaning, and an answer that calls tools waits for them.
    pub(super) fn said(self, finish: fn(&str) -> &'static str) -> Said {
        let mut said = self.said;
        let call = |(_, raw): (u64, Raw)| Call {
            arguments: arguments(&raw.source),
            id: raw.id,
            name: raw.name,
        };
        let named = self
            .calls
            .into_iter()
            .filter(|(_, raw)| !raw.name.is_empty());
        said.calls = named.map(call).collect();
        said.finish = match finish(&self.word) {
            "stop" if !said.calls.is_empty() => "tools",
            word => word,
        };
        said
    }
}
