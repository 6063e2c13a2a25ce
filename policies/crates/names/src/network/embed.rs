//! The first layer: four hashed tables, whose rows go through the layer's weights once and are then kept.
//!
//! The layer is linear before its maximum, so a token's sums are the sum over its sixteen table rows of weights times
//! row. Each such product depends on the row alone; it is made when it is first asked for, at most once, and shared by
//! all threads. That replaces the layer's multiplications by sixteen additions of a row.

use std::sync::OnceLock;

use super::affine::{Affine, Packed};
use super::layer::{Norm, Weights};
use super::nodes::Node;
use crate::features::Features;
use crate::hash::embedding_keys;

/// One table and its part of the layer's weights.
#[derive(Debug)]
struct Column {
    seed: u32,
    width: usize,
    table: Vec<f32>,
    weights: Affine,
    products: Vec<OnceLock<Box<[f32]>>>,
}

/// All tables and the layer over them.
#[derive(Debug)]
pub(super) struct Embed {
    columns: Vec<Column>,
    bias: Vec<f32>,
    norm: Norm,
}

impl Embed {
    /// `tables` has one node a feature, in order.
    ///
    /// # Errors
    /// Where a table does not fit the layer.
    pub(super) fn load(tables: &[Node<'_>], weights: Weights, norm: Norm) -> Result<Self, String> {
        let width = weights.width;
        let column = |(number, node): (usize, &Node<'_>)| {
            let ([height, found], table) = node.array("E")?;
            if found != width {
                return Err(node.wrong(format!("E is {found} wide, not {width}")));
            }
            let seed = node.attribute("seed", |seed| u32::try_from(seed.number()?).ok())?;
            let from = number * width;
            let part = |row: &[f32]| row.get(from..from + width).unwrap_or_default().to_vec();
            let part: Vec<f32> = weights
                .rows
                .chunks_exact(weights.inputs)
                .flat_map(part)
                .collect();
            let products = std::iter::repeat_with(OnceLock::new).take(height).collect();
            Ok(Column {
                seed,
                width,
                table,
                weights: Affine::new(width, weights.sums(), &part, &[]),
                products,
            })
        };
        let columns = tables
            .iter()
            .enumerate()
            .map(column)
            .collect::<Result<_, String>>()?;
        Ok(Self {
            columns,
            bias: weights.bias,
            norm,
        })
    }

    /// Writes one row a token.
    pub(super) fn run(
        &self,
        tokens: &[Features],
        width: usize,
        sums: &mut Vec<f32>,
        out: &mut [f32],
    ) {
        for (token, out) in tokens.iter().zip(out.chunks_exact_mut(width)) {
            sums.clear();
            sums.extend_from_slice(&self.bias);
            for (column, value) in self.columns.iter().zip(token) {
                for key in embedding_keys(*value, column.seed) {
                    sums.iter_mut()
                        .zip(column.product(key))
                        .for_each(|(sum, number)| *sum += number);
                }
            }
            self.norm.run(sums, None, out);
        }
    }
}

impl Column {
    fn product(&self, key: u32) -> &[f32] {
        let row = key as usize % self.products.len().max(1);
        let Some(product) = self.products.get(row) else {
            return &[];
        };
        product.get_or_init(|| {
            let mut product = vec![0.0; self.weights.outputs()];
            let numbers = self.table.get(row * self.width..).unwrap_or_default();
            self.weights
                .run(numbers, self.width, 1, &mut Packed::default(), &mut product);
            product.into()
        })
    }
}
