//! Content streams: what is written on a page, operator by operator.

mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::encodings::outside;
use super::file::File;
use super::font::Font;
use super::ink::{Ink, Matrix};
use super::lexer::{Item, Lexer, is_blank};
use super::object::{Dict, Object, Stream};
use crate::Failure;
use crate::work::Work;
use state::State;

/// How deep forms may stand in forms.
const DEEPEST: usize = 12;
/// How many values one operator may have.
const OPERANDS: usize = 500_000;
/// How often the state may be put aside.
const STATES: usize = 2_000;

/// What is known across all pages.
#[derive(Default)]
pub(crate) struct Known {
    fonts: BTreeMap<u32, Rc<Font>>,
    /// Forms that were written: each is text once, however often it is shown.
    forms: BTreeSet<u32>,
    /// How many pictures were seen.
    pub(crate) pictures: usize,
    /// Characters were shown by a font that does not say which they are.
    pub(crate) blind: bool,
}

/// Writes one content stream.
pub(crate) struct Content<'c, 'f, 'b, 'w, 'l> {
    pub(crate) file: &'f mut File<'b>,
    pub(crate) work: &'w mut Work<'l>,
    pub(crate) known: &'c mut Known,
    pub(crate) ink: &'c mut Ink,
}

impl Content<'_, '_, '_, '_, '_> {
    /// Writes what a stream says.
    pub(crate) fn write(
        &mut self,
        data: &[u8],
        resources: &Rc<Dict>,
        at: Matrix,
        depth: usize,
    ) -> Result<(), Failure> {
        let mut state = State::new(at);
        let mut states: Vec<State> = Vec::new();
        let mut fonts: BTreeMap<Rc<[u8]>, Option<Rc<Font>>> = BTreeMap::new();
        let mut operands: Vec<Object> = Vec::new();
        let mut lexer = Lexer::new(data, 0, OPERANDS);
        loop {
            let word = match lexer.next() {
                Some(Item::Value(value)) => {
                    operands.push(value);
                    continue;
                }
                Some(Item::Word(word)) => word,
                None => break,
            };
            self.work.step(1)?;
            lexer.left = OPERANDS;
            match word {
                b"q" if states.len() < STATES => states.push(state.clone()),
                b"Q" => state = states.pop().unwrap_or(state),
                b"BI" => {
                    self.known.pictures = self.known.pictures.saturating_add(1);
                    picture(&mut lexer);
                }
                b"Tf" => {
                    if let [.., Object::Name(name), size] = operands.as_slice() {
                        if !fonts.contains_key(name) {
                            let font = self.font(resources, name)?;
                            fonts.insert(Rc::clone(name), font);
                        }
                        state.font = fonts.get(name).cloned().flatten();
                        state.size = size.number().unwrap_or(0.0);
                    }
                }
                b"Tj" => self.texts(
                    &mut state,
                    operands
                        .last()
                        .map(std::slice::from_ref)
                        .unwrap_or_default(),
                )?,
                b"TJ" => {
                    if let Some(Object::Array(list)) = operands.last() {
                        self.texts(&mut state, list)?;
                    }
                }
                b"'" | b"\"" => {
                    if let [word, character, _] = operands.as_slice() {
                        state.word = word.number().unwrap_or(0.0);
                        state.character = character.number().unwrap_or(0.0);
                    }
                    state.next_line();
                    self.texts(
                        &mut state,
                        operands
                            .last()
                            .map(std::slice::from_ref)
                            .unwrap_or_default(),
                    )?;
                }
                b"Do" => {
                    if let Some(Object::Name(name)) = operands.last() {
                        self.external(resources, name, state.around, depth)?;
                    }
                }
                b"BDC" | b"DP" => self.marked(&operands),
                word => state.operator(word, &operands),
            }
            operands.clear();
        }
        if lexer.left == 0 {
            self.work.incomplete();
        }
        Ok(())
    }

    /// The font of a name.
    fn font(&mut self, resources: &Dict, name: &[u8]) -> Result<Option<Rc<Font>>, Failure> {
        let fonts = self.file.entry(resources, b"Font", self.work)?;
        let Some(entry) = fonts.dict().and_then(|fonts| fonts.get(name).cloned()) else {
            return Ok(None);
        };
        if let Object::Ref(number) = entry
            && let Some(font) = self.known.fonts.get(&number)
        {
            return Ok(Some(Rc::clone(font)));
        }
        let object = self.file.resolve(&entry, self.work)?;
        let Some(dict) = object.dict() else {
            return Ok(None);
        };
        let font = Rc::new(Font::read(dict, self.file, self.work)?);
        if let Object::Ref(number) = entry {
            self.known.fonts.insert(number, Rc::clone(&font));
        }
        Ok(Some(font))
    }

    /// Shows texts, and the moves between them.
    fn texts(&mut self, state: &mut State, list: &[Object]) -> Result<(), Failure> {
        for item in list {
            match item {
                Object::Number(number) => state.back(*number),
                Object::Text(text) => self.text(state, text)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, state: &mut State, text: &[u8]) -> Result<(), Failure> {
        self.work.step(text.len().saturating_mul(4))?;
        let Some(font) = state.font.clone() else {
            if !text.is_empty() {
                self.known.blind = true;
            }
            return Ok(());
        };
        self.ink.begin(state.here(), state.size);
        font.shown(text, |shown| {
            match &shown.text {
                Some(text) => self.ink.push(text),
                None => self.known.blind = true,
            }
            state.forward(shown.width, shown.blank);
        });
        self.ink.finish(state.here());
        Ok(())
    }

    /// A form or a picture by its name.
    fn external(
        &mut self,
        resources: &Dict,
        name: &[u8],
        at: Matrix,
        depth: usize,
    ) -> Result<(), Failure> {
        let all = self.file.entry(resources, b"XObject", self.work)?;
        let Some(entry) = all.dict().and_then(|all| all.get(name).cloned()) else {
            return Ok(());
        };
        let Object::Ref(number) = entry else {
            return Ok(());
        };
        let object = self.file.resolve(&entry, self.work)?;
        let Some(stream) = object.stream() else {
            return Ok(());
        };
        match stream
            .dict
            .get(b"Subtype".as_slice())
            .and_then(Object::name)
        {
            Some(b"Image") => self.known.pictures = self.known.pictures.saturating_add(1),
            _ if depth >= DEEPEST => self.work.incomplete(),
            _ if self.known.forms.insert(number) => self.form(stream, resources, at, depth)?,
            _ => {}
        }
        Ok(())
    }

    /// Writes a form.
    pub(crate) fn form(
        &mut self,
        stream: &Stream,
        around: &Dict,
        at: Matrix,
        depth: usize,
    ) -> Result<(), Failure> {
        let Some(data) = self.file.data(stream, self.work)? else {
            self.work.incomplete();
            return Ok(());
        };
        let own = self.file.entry(&stream.dict, b"Resources", self.work)?;
        let resources = match own.dict() {
            Some(resources) => Rc::clone(resources),
            None => Rc::new(around.clone()),
        };
        let mut own = Matrix::SAME;
        if let Some(list) = self.file.entry(&stream.dict, b"Matrix", self.work)?.array() {
            for (slot, value) in own.0.iter_mut().zip(list.iter()) {
                *slot = value.number().unwrap_or(*slot);
            }
        }
        self.write(&data, &resources, own.then(at), depth.saturating_add(1))
    }

    /// A text that stands for what is shown, or tells what a picture shows.
    fn marked(&mut self, operands: &[Object]) {
        let Some(dict) = operands.last().and_then(Object::dict) else {
            return;
        };
        for key in [b"ActualText".as_slice(), b"Alt", b"E"] {
            if let Some(text) = dict.get(key).and_then(Object::text)
                && self.ink.aside.len() < 10_000
            {
                self.ink.aside.push(outside(text));
            }
        }
    }
}

/// Passes by a picture within the stream: its bytes end at a word `EI` of its own.
fn picture(lexer: &mut Lexer<'_>) {
    while let Some(item) = lexer.next() {
        if matches!(item, Item::Word(b"ID")) {
            break;
        }
    }
    let rest = lexer.bytes.get(lexer.at..).unwrap_or_default();
    let ends = |at: usize| {
        let before = at
            .checked_sub(1)
            .and_then(|before| rest.get(before))
            .is_some_and(|byte| is_blank(*byte));
        let after = rest.get(at.saturating_add(2)..).unwrap_or_default();
        // Text follows a picture, not more bytes of it.
        let plain = |byte: &u8| is_blank(*byte) || byte.is_ascii_graphic();
        before
            && after.first().is_none_or(|byte| is_blank(*byte))
            && after.iter().take(8).all(plain)
    };
    let end = memchr::memmem::find_iter(rest, b"EI").find(|at| ends(*at));
    lexer.at = end.map_or(lexer.bytes.len(), |end| {
        lexer.at.saturating_add(end).saturating_add(2)
    });
}
