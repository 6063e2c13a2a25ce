//! The flat list of a body's values, in document order.

use super::{Doc, JsonError, Limits, scan};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// `1.5e3`
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

/// One value of one [`Index`]. Means nothing in another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(super) u32);

/// One value: 24 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Where the value starts and ends, quotes and brackets included.
    pub(super) start: u32,
    pub(super) end: u32,
    /// The first node after this one and all within it.
    pub(super) next: u32,
    /// The container, or [`NONE`].
    pub(super) parent: u32,
    /// A member's key: where its opening quote stands. An item: its number in the array.
    pub(super) slot: u32,
    /// Kind, flags and the number of children: see the constants below.
    pub(super) meta: u32,
}

pub(super) const NONE: u32 = u32::MAX;
const KIND: u32 = 0b111;
/// The value is a string with an escape.
pub(super) const ESCAPED: u32 = 1 << 3;
/// The key has an escape.
pub(super) const KEY_ESCAPED: u32 = 1 << 4;
/// The value is a member of an object: `slot` is its key's place.
pub(super) const KEYED: u32 = 1 << 5;
const COUNT_SHIFT: u32 = 6;
/// One child more, when added to `meta`.
pub(super) const ONE_CHILD: u32 = 1 << COUNT_SHIFT;
/// The most nodes that a count in `meta` can hold.
pub(super) const MOST_NODES: usize = (1 << (32 - COUNT_SHIFT)) - 1;

impl Node {
    /// Stands for an id that this index does not have.
    pub(super) const ABSENT: Self = Self {
        start: 0,
        end: 0,
        next: NONE,
        parent: NONE,
        slot: 0,
        meta: Kind::Null as u32,
    };

    pub(super) const fn kind(&self) -> Kind {
        match self.meta & KIND {
            0 => Kind::Object,
            1 => Kind::Array,
            2 => Kind::String,
            3 => Kind::Number,
            4 => Kind::Bool,
            _ => Kind::Null,
        }
    }

    pub(super) const fn children(&self) -> u32 {
        self.meta >> COUNT_SHIFT
    }

    pub(super) const fn has(&self, flag: u32) -> bool {
        self.meta & flag != 0
    }
}

/// Where each value of one body stands. Owns no part of the body, so both travel independently.
#[derive(Clone, Debug)]
pub struct Index {
    pub(super) nodes: Vec<Node>,
}

impl Index {
    /// Reads a whole body strictly: RFC 8259 in UTF-8, one value, no key twice in any object.
    ///
    /// # Errors
    /// [`JsonError`] says what is wrong and at which byte.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, JsonError> {
        scan::scan(bytes, limits).map(|nodes| Self { nodes })
    }

    /// The index beside its bytes. With other bytes than those parsed the answers are wrong, but nothing panics.
    #[must_use]
    pub fn doc<'a>(&'a self, bytes: &'a [u8]) -> Doc<'a> {
        Doc::new(&self.nodes, bytes)
    }
}
