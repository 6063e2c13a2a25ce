//! Tokens to rows of numbers, each row knowing its neighbourhood.

use super::embed::Embed;
use super::layer::{Norm, Room, Weights, Window};
use super::nodes::{Node, Nodes};
use crate::features::{COLUMNS, Features};
use crate::msgpack::Value;

/// Embedding, then layers over windows of three rows.
#[derive(Debug)]
pub(crate) struct Tok2Vec {
    width: usize,
    embed: Embed,
    layers: Vec<Window>,
}

impl Tok2Vec {
    /// # Errors
    /// Which node is missing or does not fit the others.
    pub(crate) fn load(nodes: &Nodes<'_>) -> Result<Self, String> {
        let [extract] = nodes.exactly("extract_features")?;
        let names = |value: &Value<'_>| {
            value
                .list()?
                .iter()
                .map(|name| Some(name.text()?.to_owned()))
                .collect()
        };
        let names: Vec<String> = extract.attribute("columns", names)?;
        if names != COLUMNS {
            return Err(extract.wrong(format!("the columns are {names:?}, not {COLUMNS:?}")));
        }
        let tables = nodes.exactly::<{ COLUMNS.len() }>("hashembed")?;
        let (maxouts, norms, windows) = (
            nodes.named("maxout"),
            nodes.named("layernorm"),
            nodes.named("expand_window"),
        );
        let ([mix, maxouts @ ..], [mix_norm, norms @ ..]) = (&*maxouts, &*norms) else {
            return Err("no node is named maxout or layernorm".into());
        };
        if maxouts.len() != norms.len() || maxouts.len() != windows.len() {
            return Err(
                "the nodes maxout, layernorm and expand_window are not equally many".into(),
            );
        }
        for window in &windows {
            if window.attribute("window_size", |size| size.number())? != 1 {
                return Err(window.wrong("window_size is not 1"));
            }
        }
        let ([width], _) = mix_norm.array("G")?;
        let weights = Weights::load(mix, tables.len() * width, width)?;
        let embed = Embed::load(&tables, weights, Norm::load(mix_norm, width)?)?;
        let layer = |(maxout, norm): (&Node<'_>, &Node<'_>)| {
            Ok(Window::new(
                &Weights::load(maxout, 3 * width, width)?,
                Norm::load(norm, width)?,
            ))
        };
        let layers = maxouts
            .iter()
            .zip(norms)
            .map(layer)
            .collect::<Result<_, String>>()?;
        Ok(Self {
            width,
            embed,
            layers,
        })
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// One row of [`Self::width`] numbers a token.
    ///
    /// Rows of zeros stand before and after the text, one a layer, and go through the layers like tokens. The row
    /// that is furthest out is needed by the next layer only, so each layer leaves out one more.
    pub(crate) fn run(&self, tokens: &[Features]) -> Vec<f32> {
        let (width, pad) = (self.width, self.layers.len());
        let count = tokens.len() + 2 * pad;
        let mut rows = vec![0.0; count * width];
        let mut next = rows.clone();
        let mut room = Room::default();
        self.embed.run(
            tokens,
            width,
            &mut room.sums,
            rows.get_mut(pad * width..).unwrap_or_default(),
        );
        for (number, layer) in (1..).zip(&self.layers) {
            layer.run(&rows, number, count - number, &mut room, &mut next);
            std::mem::swap(&mut rows, &mut next);
        }
        rows.truncate((pad + tokens.len()) * width);
        rows.drain(..pad * width);
        rows
    }
}
