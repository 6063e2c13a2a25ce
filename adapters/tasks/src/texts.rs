//! Where generated or echoed text stands in whole answers and in events, so that what was replaced in the question
//! can be put back.

use marshal_adapter_api::{Channel, ChannelKind, TextAt};
use marshal_types::Surface;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::look::{at, items};

/// Adds where text stands in a whole answer. Each text is a running text of its own.
pub fn answer_texts(surface: Surface, doc: Doc<'_>, out: &mut Vec<TextAt>) {
    let mut found = Found { doc, out, next: 0 };
    let root = doc.root();
    match surface {
        Surface::Completions => found.each(root, "choices", &[&["text"]]),
        Surface::Transcriptions => {
            found.one(root, &["text"]);
            found.each(root, "segments", &[&["text"]]);
            found.each(root, "words", &[&["word"]]);
        }
        Surface::Rerank => {
            for list in ["results", "data"] {
                found.each(root, list, &[&["document"], &["document", "text"]]);
            }
        }
        Surface::CohereEmbed => found.strings(root, "texts"),
        Surface::OllamaGenerate => {
            found.one(root, &["thinking"]);
            found.one(root, &["response"]);
        }
        Surface::ImageGenerations | Surface::ImageEdits => {
            found.each(root, "data", &[&["revised_prompt"]]);
        }
        Surface::ResponseTools | Surface::StoredResponses => found.responses(root),
        Surface::Invoke => found.families(root),
        Surface::Passthrough => {
            found.families(root);
            found.responses(root);
            found.rest();
        }
        _ => {}
    }
}

struct Found<'d, 'o> {
    doc: Doc<'d>,
    out: &'o mut Vec<TextAt>,
    next: u32,
}

impl Found<'_, '_> {
    fn add(&mut self, node: NodeId, kind: ChannelKind) {
        if self.doc.kind(node) != Kind::String {
            return;
        }
        let channel = Channel {
            choice: 0,
            part: self.next,
            kind,
        };
        self.next += 1;
        self.out.push(TextAt {
            channel,
            node,
            json_text: kind == ChannelKind::Arguments,
        });
    }

    /// Every other string: of an answer whose form nobody here knows, each is a text.
    fn rest(&mut self) {
        let known: Vec<NodeId> = self.out.iter().map(|text| text.node).collect();
        for node in self.doc.all().filter(|node| !known.contains(node)) {
            self.add(node, ChannelKind::Text);
        }
    }

    fn one(&mut self, from: NodeId, way: &[&str]) {
        if let Some(node) = at(self.doc, from, way) {
            self.add(node, ChannelKind::Text);
        }
    }

    fn each(&mut self, from: NodeId, list: &str, ways: &[&[&str]]) {
        for item in items(self.doc, from, &[list]) {
            for way in ways {
                self.one(item, way);
            }
        }
    }

    fn strings(&mut self, from: NodeId, list: &str) {
        for item in items(self.doc, from, &[list]) {
            self.add(item, ChannelKind::Text);
        }
    }

    /// The items of a response, or a list of them.
    fn responses(&mut self, root: NodeId) {
        for list in ["output", "data"] {
            for item in items(self.doc, root, &[list]) {
                self.each(item, "content", &[&["text"], &["refusal"]]);
                self.each(item, "summary", &[&["text"]]);
                if let Some(node) = at(self.doc, item, &["arguments"]) {
                    self.add(node, ChannelKind::Arguments);
                }
            }
        }
    }

    /// What the model families that a door is shared by write.
    fn families(&mut self, root: NodeId) {
        self.one(root, &["generation"]);
        self.one(root, &["text"]);
        self.each(root, "chat_history", &[&["message"]]);
        self.one(root, &["completion"]);
        self.each(root, "results", &[&["outputText"]]);
        self.each(root, "generations", &[&["text"]]);
        self.each(root, "outputs", &[&["text"]]);
        self.each(root, "completions", &[&["completion"], &["data", "text"]]);
        self.each(root, "choices", &[&["text"], &["message", "content"]]);
        self.each(root, "content", &[&["text"]]);
        if let Some(message) = at(self.doc, root, &["output", "message"]) {
            self.parts(message);
        }
        for candidate in items(self.doc, root, &["candidates"]) {
            for part in items(self.doc, candidate, &["content", "parts"]) {
                self.one(part, &["text"]);
            }
        }
        self.one(root, &["prompt"]);
    }

    fn parts(&mut self, message: NodeId) {
        for part in items(self.doc, message, &["content"]) {
            self.one(part, &["text"]);
            if let Some(input) = at(self.doc, part, &["toolUse", "input"]) {
                self.below(input);
            }
        }
    }

    /// Every string below a value.
    fn below(&mut self, node: NodeId) {
        self.add(node, ChannelKind::Text);
        if matches!(self.doc.kind(node), Kind::Object | Kind::Array) {
            for child in self.doc.children(node) {
                self.below(child);
            }
        }
    }
}
