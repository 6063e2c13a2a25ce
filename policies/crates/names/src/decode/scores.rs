//! The small network that scores the moves of one step: three tokens' features, a hidden layer, one sum a move.

use crate::network::{Affine, Nodes, Packed};

/// How many tokens a step looks at: this one, the first of the open name, and the one before.
const SLOTS: usize = 3;

/// The weights.
#[derive(Debug)]
pub(super) struct Scores {
    /// Token rows to the rows that the slots read.
    reduce: Affine,
    /// One a slot.
    slots: [Affine; SLOTS],
    /// What a slot adds where it has no token.
    absent: [Vec<f32>; SLOTS],
    bias: Vec<f32>,
    pieces: usize,
    hidden: usize,
    /// One row of `hidden` weights a move.
    upper: Vec<f32>,
    upper_bias: Vec<f32>,
}

/// The weights at work on one text.
pub(super) struct Text<'s> {
    scores: &'s Scores,
    reduced: Vec<f32>,
    /// The first slot of all tokens.
    first: Vec<f32>,
    sums: Vec<f32>,
    added: Vec<f32>,
    hidden: Vec<f32>,
    packed: Packed,
}

impl Scores {
    /// `width` is that of a token's row, `moves` how many there are.
    ///
    /// # Errors
    /// Which node is missing or does not fit the others.
    pub(super) fn load(nodes: &Nodes<'_>, width: usize, moves: usize) -> Result<Self, String> {
        let [lower] = nodes.exactly("precomputable_affine")?;
        let [upper, reduce] = nodes.exactly("linear")?;
        let ([slots, hidden, pieces, inputs], weights) = lower.array("W")?;
        if slots != SLOTS || hidden == 0 || pieces == 0 || inputs == 0 {
            return Err(lower.wrong(format!("W is for {slots} tokens, not {SLOTS}")));
        }
        let sums = hidden * pieces;
        let slot = |number: usize| {
            let part = weights
                .get(number * sums * inputs..(number + 1) * sums * inputs)
                .unwrap_or_default();
            Affine::new(inputs, sums, part, &[])
        };
        let pad = lower.array_of("pad", [1, SLOTS, hidden, pieces])?;
        let absent = |number: usize| {
            pad.get(number * sums..(number + 1) * sums)
                .unwrap_or_default()
                .to_vec()
        };
        let reduce_weights = reduce.array_of("W", [inputs, width])?;
        Ok(Self {
            reduce: Affine::new(
                width,
                inputs,
                &reduce_weights,
                &reduce.array_of("b", [inputs])?,
            ),
            slots: std::array::from_fn(slot),
            absent: std::array::from_fn(absent),
            bias: lower.array_of("b", [hidden, pieces])?,
            pieces,
            hidden,
            upper: upper.array_of("W", [moves, hidden])?,
            upper_bias: upper.array_of("b", [moves])?,
        })
    }

    /// Prepares what all steps of a text share; `rows` has one row a token.
    pub(super) fn text<'s>(&'s self, rows: &[f32], width: usize, tokens: usize) -> Text<'s> {
        let inputs = self.reduce.outputs();
        let mut reduced = vec![0.0; tokens * inputs];
        let mut packed = Packed::default();
        self.reduce
            .run(rows, width, tokens, &mut packed, &mut reduced);
        let [slot, ..] = &self.slots;
        let mut first = vec![0.0; tokens * slot.outputs()];
        slot.run(&reduced, inputs, tokens, &mut packed, &mut first);
        let added = vec![0.0; slot.outputs()];
        Text {
            scores: self,
            reduced,
            first,
            packed,
            sums: added.clone(),
            added,
            hidden: vec![0.0; self.hidden],
        }
    }
}

impl Text<'_> {
    /// Computes the hidden layer for `token`, within a name whose first token is `open`.
    pub(super) fn step(&mut self, token: usize, open: Option<usize>) {
        let scores = self.scores;
        let width = self.sums.len();
        self.sums.copy_from_slice(
            self.first
                .get(token * width..(token + 1) * width)
                .unwrap_or(&self.added),
        );
        let [_, second, third] = &scores.slots;
        let [_, no_second, no_third] = &scores.absent;
        match open {
            None => [no_second, no_third]
                .into_iter()
                .for_each(|absent| add(&mut self.sums, absent)),
            Some(open) => {
                for (slot, token) in [(second, open), (third, token.saturating_sub(1))] {
                    let inputs = scores.reduce.outputs();
                    let row = self.reduced.get(token * inputs..).unwrap_or_default();
                    slot.run(row, inputs, 1, &mut self.packed, &mut self.added);
                    add(&mut self.sums, &self.added);
                }
            }
        }
        add(&mut self.sums, &scores.bias);
        for (hidden, pieces) in self
            .hidden
            .iter_mut()
            .zip(self.sums.chunks_exact(scores.pieces))
        {
            *hidden = pieces.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        }
    }

    /// The score of one move at this step.
    pub(super) fn score(&self, number: usize) -> f32 {
        let length = self.hidden.len();
        let weights = self
            .scores
            .upper
            .get(number * length..(number + 1) * length)
            .unwrap_or_default();
        let (weights, more_weights) = weights.as_chunks::<8>();
        let (hidden, more_hidden) = self.hidden.as_chunks::<8>();
        let mut lanes = [0.0_f32; 8];
        for (weights, hidden) in weights.iter().zip(hidden) {
            for lane in 0..8 {
                lanes[lane] += weights[lane] * hidden[lane];
            }
        }
        let rest: f32 = more_weights
            .iter()
            .zip(more_hidden)
            .map(|(weight, hidden)| weight * hidden)
            .sum();
        lanes.iter().sum::<f32>()
            + rest
            + self.scores.upper_bias.get(number).copied().unwrap_or(0.0)
    }
}

fn add(sums: &mut [f32], added: &[f32]) {
    sums.iter_mut()
        .zip(added)
        .for_each(|(sum, added)| *sum += added);
}
