//! The values that a PDF is made of.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A dictionary. Its keys are names without the slash.
pub(crate) type Dict = BTreeMap<Rc<[u8]>, Object>;

/// A value. Cheap to clone, whatever it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Object {
    Null,
    Bool,
    Number(f64),
    Text(Rc<[u8]>),
    Name(Rc<[u8]>),
    Array(Rc<Vec<Object>>),
    Dict(Rc<Dict>),
    Stream(Rc<Stream>),
    /// An indirect object by its number. Generations do not matter: the newest one is meant.
    Ref(u32),
}

/// A dictionary and where its bytes begin in the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Stream {
    pub(crate) dict: Rc<Dict>,
    pub(crate) start: usize,
}

impl Object {
    pub(crate) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// A number that counts something: whole, not negative, of 32 bits.
    pub(crate) fn count(&self) -> Option<usize> {
        let number = self.number()?;
        if number.fract() != 0.0 || !(0.0..=4_294_967_295.0).contains(&number) {
            return None;
        }
        // In range and whole, as just checked.
        Some(number as usize)
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self {
            Some(name)
        } else {
            None
        }
    }

    pub(crate) fn text(&self) -> Option<&[u8]> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) fn array(&self) -> Option<&Rc<Vec<Object>>> {
        if let Self::Array(array) = self {
            Some(array)
        } else {
            None
        }
    }

    /// The dictionary, of a stream too.
    pub(crate) fn dict(&self) -> Option<&Rc<Dict>> {
        match self {
            Self::Dict(dict) => Some(dict),
            Self::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    pub(crate) fn stream(&self) -> Option<&Rc<Stream>> {
        if let Self::Stream(stream) = self {
            Some(stream)
        } else {
            None
        }
    }
}
