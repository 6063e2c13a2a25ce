//! Changes of single places in a body; every byte outside them stays.

use std::fmt;
use std::ops::Range;

use super::{Doc, NodeId, write_str};

/// Changes to one body, collected in any order and applied in one go.
///
/// A change that starts within another one's range is dropped: the outer one has removed its place.
#[derive(Clone, Default)]
pub struct Edits {
    list: Vec<Edit>,
    /// Containers that lose or gain children; their edits in `list` are made anew with each change.
    changed: Vec<Changed>,
}

#[derive(Clone)]
struct Edit {
    range: Range<usize>,
    with: Vec<u8>,
    /// The container on whose behalf this edit takes children out or puts them in.
    of: Option<NodeId>,
}

#[derive(Clone)]
struct Changed {
    container: NodeId,
    removed: Vec<NodeId>,
    /// Written children to put in first, separated by commas.
    added: Vec<u8>,
}

impl Edits {
    /// No changes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            list: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// Whether nothing is to change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Puts `with` in the place of `range`.
    pub fn replace(&mut self, range: Range<usize>, with: impl Into<Vec<u8>>) {
        self.list.push(Edit {
            range,
            with: with.into(),
            of: None,
        });
    }

    /// Puts a JSON string in the place of the value `id`.
    pub fn replace_str(&mut self, doc: Doc<'_>, id: NodeId, text: &str) {
        let mut with = Vec::new();
        write_str(&mut with, text);
        self.replace(doc.span(id), with);
    }

    /// Puts `bytes` in before the byte at `at`; behind what was inserted there earlier.
    pub fn insert(&mut self, at: usize, bytes: impl Into<Vec<u8>>) {
        self.replace(at..at, bytes);
    }

    /// Takes a member out of its object, or an item out of its array, with the comma that becomes too much.
    pub fn remove_member(&mut self, doc: Doc<'_>, id: NodeId) {
        let Some(container) = doc.parent(id) else {
            return;
        };
        let changed = self.changed_of(container);
        if !changed.removed.contains(&id) {
            changed.removed.push(id);
            self.redo(doc, container);
        }
    }

    /// Puts a member into an object, before those that it has. `value` is written JSON. The caller knows that
    /// the object has no such key, or that it is removed.
    pub fn insert_member(&mut self, doc: Doc<'_>, object: NodeId, key: &str, value: &[u8]) {
        let added = &mut self.changed_of(object).added;
        if !added.is_empty() {
            added.push(b',');
        }
        write_str(added, key);
        added.push(b':');
        added.extend_from_slice(value);
        self.redo(doc, object);
    }

    /// The body with all changes made. `body` is the one that the places were taken from.
    #[must_use]
    pub fn apply(&self, body: &[u8]) -> Vec<u8> {
        let mut order: Vec<&Edit> = self.list.iter().collect();
        // At one place insertions come first, then the widest replacement; equals keep their order.
        order.sort_by_key(|edit| {
            let Range { start, end } = edit.range;
            (start, end > start, std::cmp::Reverse(end))
        });
        let added: usize = order.iter().map(|edit| edit.with.len()).sum();
        let mut out = Vec::with_capacity(body.len() + added);
        let mut done = 0;
        for edit in order {
            let Some(kept) = body.get(done..edit.range.start) else {
                continue;
            };
            out.extend_from_slice(kept);
            out.extend_from_slice(&edit.with);
            done = edit.range.end.min(body.len()).max(edit.range.start);
        }
        out.extend_from_slice(&body[done..]);
        out
    }

    fn changed_of(&mut self, container: NodeId) -> &mut Changed {
        let known = self
            .changed
            .iter()
            .position(|changed| changed.container == container);
        let at = known.unwrap_or_else(|| {
            self.changed.push(Changed {
                container,
                removed: Vec::new(),
                added: Vec::new(),
            });
            self.changed.len() - 1
        });
        &mut self.changed[at]
    }

    /// Makes the edits of one container anew, because which comma goes depends on all its changes.
    fn redo(&mut self, doc: Doc<'_>, container: NodeId) {
        self.list.retain(|edit| edit.of != Some(container));
        let mut ranges = Vec::new();
        let mut added = Vec::new();
        if let Some(changed) = self
            .changed
            .iter()
            .find(|changed| changed.container == container)
        {
            ranges = runs(doc, container, &changed.removed);
            added.clone_from(&changed.added);
            if !added.is_empty() && doc.len(container) > changed.removed.len() {
                added.push(b',');
            }
        }
        if !added.is_empty() {
            let at = doc.span(container).start + 1;
            self.push_of(container, at..at, added);
        }
        for range in ranges {
            self.push_of(container, range, Vec::new());
        }
    }

    fn push_of(&mut self, container: NodeId, range: Range<usize>, with: Vec<u8>) {
        self.list.push(Edit {
            range,
            with,
            of: Some(container),
        });
    }
}

/// What to cut so that the children that stay are separated by one comma each.
fn runs(doc: Doc<'_>, container: NodeId, removed: &[NodeId]) -> Vec<Range<usize>> {
    let start_of = |id| doc.key_span(id).unwrap_or_else(|| doc.span(id)).start;
    let mut ranges = Vec::new();
    let mut run: Option<Range<usize>> = None;
    let mut kept_end = None;
    for child in doc.children(container) {
        if removed.contains(&child) {
            let start = run.take().map_or_else(|| start_of(child), |run| run.start);
            run = Some(start..doc.span(child).end);
        } else {
            if let Some(run) = run.take() {
                ranges.push(run.start..start_of(child));
            }
            kept_end = Some(doc.span(child).end);
        }
    }
    if let Some(last) = run {
        ranges.push(kept_end.unwrap_or(last.start)..last.end);
    }
    ranges
}

/// Says how many changes there are, never what they put in.
impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edits({})", self.list.len())
    }
}
