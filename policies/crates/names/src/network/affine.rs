//! A matrix times many vectors: where nearly all the time goes.
//!
//! The weights lie in panels of eight outputs, so that the innermost loop runs over neighbours, and four rows of
//! input share each load of a panel. Both loops have constant bounds, which is what lets the compiler vectorise them.

/// Outputs to a panel.
const LANES: usize = 8;
/// Rows to a tile.
const ROWS: usize = 4;

/// `y = W x + b`.
#[derive(Debug)]
pub(crate) struct Affine {
    inputs: usize,
    outputs: usize,
    /// Panel after panel; within a panel, the weights of each input. Outputs beyond the last are zero.
    panels: Vec<[f32; LANES]>,
    bias: Vec<f32>,
}

impl Affine {
    /// `weights` holds one row of `inputs` numbers an output; a short `weights` or `bias` goes on with zeros.
    pub(crate) fn new(inputs: usize, outputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        let mut panels = Vec::with_capacity(outputs.div_ceil(LANES) * inputs);
        for first in (0..outputs).step_by(LANES) {
            for input in 0..inputs {
                panels.push(std::array::from_fn(|lane| {
                    let output = first + lane;
                    let weight = (output < outputs)
                        .then(|| weights.get(output * inputs + input))
                        .flatten();
                    weight.copied().unwrap_or(0.0)
                }));
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(outputs, 0.0);
        Self {
            inputs,
            outputs,
            panels,
            bias,
        }
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Row `r` of the input is `input[r * stride..][..inputs]`, row `r` of the output `out[r * outputs..][..outputs]`.
    ///
    /// Rows that `input` or `out` has no room for are left out. `packed` is only there to be used again.
    pub(crate) fn run(
        &self,
        input: &[f32],
        stride: usize,
        rows: usize,
        packed: &mut Packed,
        out: &mut [f32],
    ) {
        if self.inputs == 0 || self.outputs == 0 {
            return;
        }
        packed.fill(input, stride, rows, self.inputs);
        for (number, panel) in self.panels.chunks_exact(self.inputs).enumerate() {
            let first = number * LANES;
            let after = self.outputs.min(first + LANES);
            let bias = self.bias.get(first..after).unwrap_or_default();
            let mut rows = out.chunks_exact_mut(self.outputs).take(rows);
            for tile in packed.0.chunks_exact(self.inputs) {
                for sums in dot(panel, tile) {
                    let Some(out) = rows.next().and_then(|row| row.get_mut(first..after)) else {
                        break;
                    };
                    for ((out, sum), bias) in out.iter_mut().zip(sums).zip(bias) {
                        *out = sum + bias;
                    }
                }
            }
        }
    }
}

/// Input rows side by side, [`ROWS`] to a tile, so that the innermost loop reads one place after the other.
#[derive(Debug, Default)]
pub(crate) struct Packed(Vec<[f32; ROWS]>);

impl Packed {
    /// The last tile is filled up with zeros.
    fn fill(&mut self, input: &[f32], stride: usize, rows: usize, inputs: usize) {
        self.0.clear();
        self.0.resize(rows.div_ceil(ROWS) * inputs, [0.0; ROWS]);
        for (tile, first) in self.0.chunks_exact_mut(inputs).zip((0..rows).step_by(ROWS)) {
            for lane in 0..ROWS.min(rows - first) {
                let row = input
                    .get((first + lane) * stride..)
                    .and_then(|row| row.get(..inputs));
                for (place, number) in tile.iter_mut().zip(row.unwrap_or_default()) {
                    place[lane] = *number;
                }
            }
        }
    }
}

/// A tile of vectors times a panel.
#[inline(always)]
fn dot(panel: &[[f32; LANES]], tile: &[[f32; ROWS]]) -> [[f32; LANES]; ROWS] {
    let mut sums = [[0.0; LANES]; ROWS];
    for (weights, numbers) in panel.iter().zip(tile) {
        for row in 0..ROWS {
            for lane in 0..LANES {
                sums[row][lane] += numbers[row] * weights[lane];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::{Affine, Packed};

    #[test]
    fn every_shape_gives_what_the_plain_loops_give() {
        for (inputs, outputs, rows, stride) in
            [(1, 1, 1, 1), (3, 8, 4, 3), (5, 13, 7, 2), (16, 20, 9, 16)]
        {
            let weights: Vec<f32> = (0..inputs * outputs)
                .map(|at| (at % 7) as f32 - 3.0)
                .collect();
            let bias: Vec<f32> = (0..outputs).map(|at| at as f32).collect();
            let input: Vec<f32> = (0..rows * stride + inputs)
                .map(|at| (at % 5) as f32)
                .collect();
            let mut out = vec![0.0; rows * outputs];
            Affine::new(inputs, outputs, &weights, &bias).run(
                &input,
                stride,
                rows,
                &mut Packed::default(),
                &mut out,
            );
            for row in 0..rows {
                for output in 0..outputs {
                    let sum: f32 = (0..inputs)
                        .map(|at| weights[output * inputs + at] * input[row * stride + at])
                        .sum();
                    assert_eq!(out[row * outputs + output], sum + bias[output]);
                }
            }
        }
    }

    #[test]
    fn rows_without_room_are_left_out() {
        let affine = Affine::new(2, 2, &[1.0; 4], &[0.0; 2]);
        let mut out = [7.0; 3];
        affine.run(&[1.0; 8], 2, 4, &mut Packed::default(), &mut out);
        assert_eq!(out, [2.0, 2.0, 7.0]);
        affine.run(&[1.0], 2, 1, &mut Packed::default(), &mut out);
        affine.run(&[1.0; 8], 2, 4, &mut Packed::default(), &mut []);
    }
}
