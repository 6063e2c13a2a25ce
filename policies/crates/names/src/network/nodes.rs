//! The nodes of a stored model: a name, attributes and arrays each, in the order of the file.

use crate::msgpack::{self, Value};

use super::array::Array;

/// All nodes.
pub(crate) struct Nodes<'v> {
    nodes: Vec<Node<'v>>,
}

/// One node.
#[derive(Clone, Copy)]
pub(crate) struct Node<'v> {
    index: usize,
    name: &'v str,
    attributes: &'v Value<'v>,
    parameters: &'v Value<'v>,
}

impl<'v> Nodes<'v> {
    /// # Errors
    /// Where the lists of the file do not fit one another.
    pub(crate) fn new(root: &'v Value<'v>) -> Result<Self, String> {
        let list = |key: &str| {
            root.get(key)
                .and_then(Value::list)
                .ok_or_else(|| format!("no list {key}"))
        };
        let (names, attributes, parameters) = (list("nodes")?, list("attrs")?, list("params")?);
        if names.len() != attributes.len() || names.len() != parameters.len() {
            return Err("nodes, attrs and params are not equally long".into());
        }
        let mut nodes = Vec::with_capacity(names.len());
        for (index, ((node, attributes), parameters)) in
            names.iter().zip(attributes).zip(parameters).enumerate()
        {
            let name = node
                .get("name")
                .and_then(Value::text)
                .ok_or_else(|| format!("node {index} has no name"))?;
            nodes.push(Node {
                index,
                name,
                attributes,
                parameters,
            });
        }
        Ok(Self { nodes })
    }

    /// The nodes of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<Node<'v>> {
        self.nodes
            .iter()
            .filter(|node| node.name == name)
            .copied()
            .collect()
    }

    /// The nodes of this name, of which there must be `N`.
    pub(crate) fn exactly<const N: usize>(&self, name: &str) -> Result<[Node<'v>; N], String> {
        let found = self.named(name);
        let count = found.len();
        found
            .try_into()
            .map_err(|_| format!("{count} nodes are named {name}, not {N}"))
    }
}

impl Node<'_> {
    /// A reason with the node's name before it.
    pub(crate) fn wrong(&self, reason: impl std::fmt::Display) -> String {
        format!("node {} ({}): {reason}", self.index, self.name)
    }

    /// The array `key`, of whatever shape has `N` sides.
    pub(crate) fn array<const N: usize>(
        &self,
        key: &str,
    ) -> Result<([usize; N], Vec<f32>), String> {
        let stored = self
            .parameters
            .get(key)
            .ok_or_else(|| self.wrong(format!("no array {key}")))?;
        let Array { shape, data } =
            Array::new(stored).map_err(|reason| self.wrong(format!("{key}: {reason}")))?;
        match <[usize; N]>::try_from(shape) {
            Ok(shape) => Ok((shape, data)),
            Err(shape) => Err(self.wrong(format!("{key} has {} sides, not {N}", shape.len()))),
        }
    }

    /// The array `key`, which must have this shape.
    pub(crate) fn array_of<const N: usize>(
        &self,
        key: &str,
        needed: [usize; N],
    ) -> Result<Vec<f32>, String> {
        let (shape, data) = self.array(key)?;
        if shape != needed {
            return Err(self.wrong(format!("{key} has the shape {shape:?}, not {needed:?}")));
        }
        Ok(data)
    }

    /// Reads the attribute `key`, which is a file within the file.
    pub(crate) fn attribute<R>(
        &self,
        key: &str,
        read: impl Fn(&Value<'_>) -> Option<R>,
    ) -> Result<R, String> {
        let wrong = || self.wrong(format!("no usable attribute {key}"));
        match self.attributes.get(key).ok_or_else(wrong)? {
            Value::Bytes(bytes) => {
                read(&msgpack::parse(bytes).map_err(|reason| self.wrong(reason))?)
            }
            value => read(value),
        }
        .ok_or_else(wrong)
    }
}
