//! One layer: for each output the largest of a few sums, then brought to mean 0 and variance 1.

use super::affine::{Affine, Packed};
use super::nodes::Node;

/// How many rows share the buffer of sums, so that it stays in the processor's cache.
const BLOCK: usize = 32;

/// Buffers that the layers share, only there to be used again.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) sums: Vec<f32>,
    packed: Packed,
}

/// The sums of a layer, piece after piece: output `o` of piece `p` is the sum `p * width + o`.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) inputs: usize,
    pub(super) width: usize,
    pub(super) pieces: usize,
    /// One row of `inputs` numbers a sum.
    pub(super) rows: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Weights {
    /// # Errors
    /// Where the arrays do not fit `inputs` and `width`.
    pub(super) fn load(node: &Node<'_>, inputs: usize, width: usize) -> Result<Self, String> {
        let ([outputs, pieces, found], stored) = node.array("W")?;
        if outputs != width || found != inputs {
            return Err(node.wrong(format!(
                "W is for {found} inputs and {outputs} outputs, not {inputs} and {width}"
            )));
        }
        let stored_bias = node.array_of("b", [width, pieces])?;
        let (mut rows, mut bias) = (
            Vec::with_capacity(stored.len()),
            Vec::with_capacity(stored_bias.len()),
        );
        for piece in 0..pieces {
            for output in 0..width {
                let at = output * pieces + piece;
                rows.extend_from_slice(
                    stored
                        .get(at * inputs..(at + 1) * inputs)
                        .unwrap_or_default(),
                );
                bias.extend(stored_bias.get(at));
            }
        }
        Ok(Self {
            inputs,
            width,
            pieces,
            rows,
            bias,
        })
    }

    pub(super) fn sums(&self) -> usize {
        self.width * self.pieces
    }
}

/// Largest of the pieces, then the norm.
#[derive(Debug)]
pub(super) struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    /// # Errors
    /// Where the arrays are not `width` long.
    pub(super) fn load(node: &Node<'_>, width: usize) -> Result<Self, String> {
        Ok(Self {
            gain: node.array_of("G", [width])?,
            bias: node.array_of("b", [width])?,
        })
    }

    /// `sums` holds one row of this width a piece; it is used up. Adds `added` and writes to `out`.
    pub(super) fn run(&self, sums: &mut [f32], added: Option<&[f32]>, out: &mut [f32]) {
        let Some((first, others)) = sums.split_at_mut_checked(self.gain.len()) else {
            return;
        };
        for other in others.chunks_exact(first.len()) {
            for (largest, sum) in first.iter_mut().zip(other) {
                *largest = if *sum > *largest { *sum } else { *largest };
            }
        }
        let count = first.len() as f32;
        let mean = total(first, |number| number) / count;
        let variance = total(first, |number| (number - mean) * (number - mean)) / count + 1e-8;
        let scale = 1.0 / variance.sqrt();
        let numbers = first.iter().zip(&self.gain).zip(&self.bias);
        let numbers = numbers.map(|((number, gain), bias)| (number - mean) * scale * gain + bias);
        match added {
            Some(added) => out
                .iter_mut()
                .zip(numbers)
                .zip(added)
                .for_each(|((out, number), added)| *out = added + number),
            None => out
                .iter_mut()
                .zip(numbers)
                .for_each(|(out, number)| *out = number),
        }
    }
}

/// A sum in eight lanes, which the compiler can vectorise; one running sum it may not.
fn total(numbers: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<8>();
    let mut lanes = [0.0_f32; 8];
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane += of(*number);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|number| of(*number)).sum::<f32>()
}

/// A layer over windows of neighbouring rows, whose result is added to the row itself.
#[derive(Debug)]
pub(super) struct Window {
    affine: Affine,
    width: usize,
    norm: Norm,
}

impl Window {
    pub(super) fn new(weights: &Weights, norm: Norm) -> Self {
        let affine = Affine::new(weights.inputs, weights.sums(), &weights.rows, &weights.bias);
        Self {
            affine,
            width: weights.width,
            norm,
        }
    }

    /// For each row from `first` up to `after`: its window begins one row earlier in `rows`, and it goes to `out`.
    pub(super) fn run(
        &self,
        rows: &[f32],
        first: usize,
        after: usize,
        room: &mut Room,
        out: &mut [f32],
    ) {
        let Room { sums, packed } = room;
        sums.resize(BLOCK * self.affine.outputs(), 0.0);
        for start in (first..after).step_by(BLOCK) {
            let count = BLOCK.min(after - start);
            let windows = rows.get((start - 1) * self.width..).unwrap_or_default();
            self.affine.run(windows, self.width, count, packed, sums);
            let own = rows
                .get(start * self.width..)
                .unwrap_or_default()
                .chunks_exact(self.width);
            let out = out
                .get_mut(start * self.width..)
                .unwrap_or_default()
                .chunks_exact_mut(self.width);
            for ((sums, own), out) in sums
                .chunks_exact_mut(self.affine.outputs())
                .zip(own)
                .zip(out)
                .take(count)
            {
                self.norm.run(sums, Some(own), out);
            }
        }
    }
}
