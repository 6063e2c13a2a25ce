//! A PDF as a file: objects by number, wherever they stand, each read when it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::lexer::{Item, Lexer};
use super::object::{Dict, Object, Stream};
use crate::Failure;
use crate::limits::OBJECTS;
use crate::work::Work;

/// How many objects may be needed for reading one object.
const DEEPEST: usize = 32;

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    At(usize),
    In(u32),
}

/// A stream that holds other objects.
struct Container {
    data: Vec<u8>,
    index: BTreeMap<u32, usize>,
}

/// An open PDF.
pub(crate) struct File<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) places: BTreeMap<u32, Place>,
    pub(crate) trailer: Dict,
    cache: BTreeMap<u32, Object>,
    containers: BTreeMap<u32, Option<Rc<Container>>>,
    /// Objects that are being read now: one that needs itself is nothing.
    busy: BTreeSet<u32>,
    values: usize,
    /// Where streams end, once that was needed.
    pub(crate) ends: Option<Vec<usize>>,
    pub(crate) scanned: bool,
}

impl<'b> File<'b> {
    /// Opens a file by its cross-reference table; one that is broken is made anew from the objects that are there.
    pub(crate) fn open(bytes: &'b [u8], work: &mut Work<'_>) -> Result<Self, Failure> {
        let mut file = Self {
            bytes,
            places: BTreeMap::new(),
            trailer: Dict::new(),
            cache: BTreeMap::new(),
            containers: BTreeMap::new(),
            busy: BTreeSet::new(),
            values: 0,
            ends: None,
            scanned: false,
        };
        file.load(work)?;
        let root = file
            .trailer
            .get(b"Root".as_slice())
            .cloned()
            .unwrap_or(Object::Null);
        if file.resolve(&root, work)?.dict().is_none() {
            file.scan(work)?;
        }
        Ok(file)
    }

    /// Counts values that are kept.
    pub(crate) fn keep(&mut self, values: usize, work: &Work<'_>) -> Result<(), Failure> {
        self.values = self.values.saturating_add(values);
        if self.values > work.limits.objects.saturating_mul(8) {
            return Err(Failure::TooLarge { limit: OBJECTS });
        }
        Ok(())
    }

    /// Whether half of the values that may be kept are.
    pub(crate) fn crowded(&self, work: &Work<'_>) -> bool {
        self.values > work.limits.objects.saturating_mul(4)
    }

    /// Puts an object at a place.
    pub(crate) fn place(
        &mut self,
        number: u32,
        place: Place,
        work: &Work<'_>,
    ) -> Result<(), Failure> {
        self.places.insert(number, place);
        if self.places.len() > work.limits.objects {
            return Err(Failure::TooLarge { limit: OBJECTS });
        }
        Ok(())
    }

    /// Forgets what was read, since the places are other ones now.
    pub(crate) fn forget(&mut self) {
        self.cache.clear();
        self.containers.clear();
    }

    /// An object by its number; what is not there is null.
    pub(crate) fn get(&mut self, number: u32, work: &mut Work<'_>) -> Result<Object, Failure> {
        if let Some(found) = self.cache.get(&number) {
            return Ok(found.clone());
        }
        if self.busy.len() >= DEEPEST || !self.busy.insert(number) {
            return Ok(Object::Null);
        }
        let found = self.fetch(number, work);
        self.busy.remove(&number);
        let found = found?;
        self.cache.insert(number, found.clone());
        Ok(found)
    }

    fn fetch(&mut self, number: u32, work: &mut Work<'_>) -> Result<Object, Failure> {
        work.step(16)?;
        match self.places.get(&number).copied() {
            None => Ok(Object::Null),
            Some(Place::In(container)) => self.contained(container, number, work),
            Some(Place::At(at)) => {
                if let Some((found, object)) = self.indirect(at, work)?
                    && found == number
                {
                    return Ok(object);
                }
                if self.scanned {
                    return Ok(Object::Null);
                }
                // The table lies about one object: it is not to be trusted about others.
                self.scan(work)?;
                self.fetch(number, work)
            }
        }
    }

    /// The object whose number stands at a place of the file.
    pub(crate) fn indirect(
        &mut self,
        at: usize,
        work: &mut Work<'_>,
    ) -> Result<Option<(u32, Object)>, Failure> {
        let most = work.limits.objects.saturating_mul(8);
        let mut lexer = Lexer::new(self.bytes, at, most);
        let head = (lexer.next(), lexer.next(), lexer.next());
        let (
            Some(Item::Value(number)),
            Some(Item::Value(Object::Number(_))),
            Some(Item::Word(b"obj")),
        ) = head
        else {
            work.step(lexer.at.saturating_sub(at))?;
            return Ok(None);
        };
        let object = lexer.object();
        work.step(lexer.at.saturating_sub(at))?;
        self.keep(most.saturating_sub(lexer.left), work)?;
        let (Some(number), Some(mut object)) =
            (number.count().and_then(|n| u32::try_from(n).ok()), object)
        else {
            return Ok(None);
        };
        if let Object::Dict(dict) = &object {
            lexer.blanks();
            let rest = self.bytes.get(lexer.at..).unwrap_or_default();
            if let Some(body) = rest.strip_prefix(b"stream") {
                let newline = match body {
                    [b'\r', b'\n', ..] => 2,
                    [b'\r' | b'\n', ..] => 1,
                    _ => 0,
                };
                let start = lexer.at.saturating_add(6 + newline);
                object = Object::Stream(Rc::new(Stream {
                    dict: Rc::clone(dict),
                    start,
                }));
            }
        }
        Ok(Some((number, object)))
    }

    /// An object within an object stream.
    fn contained(
        &mut self,
        container: u32,
        number: u32,
        work: &mut Work<'_>,
    ) -> Result<Object, Failure> {
        let Some(holder) = self.container(container, work)? else {
            return Ok(Object::Null);
        };
        let Some(at) = holder.index.get(&number).copied() else {
            return Ok(Object::Null);
        };
        let most = work.limits.objects.saturating_mul(8);
        let mut lexer = Lexer::new(&holder.data, at, most);
        let object = lexer.object().unwrap_or(Object::Null);
        work.step(lexer.at.saturating_sub(at))?;
        self.keep(most.saturating_sub(lexer.left), work)?;
        Ok(object)
    }

    /// The numbers of the objects within an object stream.
    pub(crate) fn members(
        &mut self,
        container: u32,
        work: &mut Work<'_>,
    ) -> Result<Vec<u32>, Failure> {
        Ok(self
            .container(container, work)?
            .map(|holder| holder.index.keys().copied().collect())
            .unwrap_or_default())
    }

    fn container(
        &mut self,
        number: u32,
        work: &mut Work<'_>,
    ) -> Result<Option<Rc<Container>>, Failure> {
        if let Some(found) = self.containers.get(&number) {
            return Ok(found.clone());
        }
        let object = self.get(number, work)?;
        let found = match object.stream() {
            Some(stream) => self.unpack(&Rc::clone(stream), work)?,
            None => None,
        };
        // Keep nothing that was asked for while it was being read.
        if !self.busy.contains(&number) {
            self.containers.insert(number, found.clone());
        }
        Ok(found)
    }

    fn unpack(
        &mut self,
        stream: &Stream,
        work: &mut Work<'_>,
    ) -> Result<Option<Rc<Container>>, Failure> {
        let count = self.entry(&stream.dict, b"N", work)?.count().unwrap_or(0);
        let first = self
            .entry(&stream.dict, b"First", work)?
            .count()
            .unwrap_or(0);
        let Some(data) = self.data(stream, work)? else {
            return Ok(None);
        };
        let mut index = BTreeMap::new();
        let mut lexer = Lexer::new(&data, 0, usize::MAX);
        for _ in 0..count {
            let (Some(Item::Value(number)), Some(Item::Value(offset))) =
                (lexer.next(), lexer.next())
            else {
                break;
            };
            if let (Some(number), Some(offset)) = (number.count(), offset.count()) {
                index.insert(
                    u32::try_from(number).unwrap_or(u32::MAX),
                    first.saturating_add(offset),
                );
            }
            self.keep(1, work)?;
        }
        work.step(lexer.at)?;
        Ok(Some(Rc::new(Container { data, index })))
    }

    /// The value behind a reference, or the value itself.
    pub(crate) fn resolve(
        &mut self,
        object: &Object,
        work: &mut Work<'_>,
    ) -> Result<Object, Failure> {
        let mut object = object.clone();
        for _ in 0..16 {
            match object {
                Object::Ref(number) => object = self.get(number, work)?,
                found => return Ok(found),
            }
        }
        Ok(Object::Null)
    }

    /// The value of a key.
    pub(crate) fn entry(
        &mut self,
        dict: &Dict,
        key: &[u8],
        work: &mut Work<'_>,
    ) -> Result<Object, Failure> {
        match dict.get(key) {
            Some(value) => self.resolve(value, work),
            None => Ok(Object::Null),
        }
    }
}
