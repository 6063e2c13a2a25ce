//! Vectors from words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::ask::{self, Wrong, chars, text_of};
use crate::{DIMENSIONS, DemoAnswer, fnv, openai, tokens, whole};

/// As many texts as OpenAI takes at once.
const MOST_INPUTS: usize = 2_048;

pub(crate) fn answer(body: &Value) -> DemoAnswer {
    match read(body) {
        Ok(ask) => whole(200, &ask.answer()),
        Err(wrong) => whole(400, &openai::error(&wrong)),
    }
}

struct Embed {
    model: String,
    inputs: Vec<String>,
    dimensions: usize,
    base64: bool,
}

fn read(body: &Value) -> Result<Embed, Wrong> {
    let model = text_of(body, "model")
        .filter(|model| !model.is_empty())
        .ok_or_else(|| Wrong::new("model", "you must provide a model parameter"))?;
    let dimensions = match ask::limit(body, "dimensions")? {
        None => DIMENSIONS,
        Some(wanted) => usize::try_from(wanted)
            .ok()
            .filter(|&wanted| wanted <= DIMENSIONS)
            .ok_or_else(|| {
                let message = format!("dimensions: the demo's vectors have at most {DIMENSIONS}.");
                Wrong::new("dimensions", message)
            })?,
    };
    let base64 = match text_of(body, "encoding_format") {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            let message = "encoding_format: send float or base64.";
            return Err(Wrong::new("encoding_format", message));
        }
    };
    Ok(Embed {
        model: model.to_owned(),
        inputs: inputs(&body["input"])?,
        dimensions,
        base64,
    })
}

/// One text or several, or token numbers, which are words like any other here.
fn inputs(input: &Value) -> Result<Vec<String>, Wrong> {
    let wrong = |message: &'static str| Wrong::new("input", message);
    let inputs: Vec<String> = match input {
        Value::Array(items) if items.iter().any(Value::is_array) => {
            items.iter().filter_map(numbers).collect()
        }
        Value::Array(items) if items.iter().any(Value::is_number) => {
            numbers(input).into_iter().collect()
        }
        Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            let texts: Option<_> = texts.collect();
            texts.ok_or_else(|| wrong("input: each item is a string."))?
        }
        Value::String(text) => vec![text.clone()],
        _ => return Err(wrong("input: send a string or an array of strings.")),
    };
    if inputs.is_empty() || inputs.len() > MOST_INPUTS || inputs.iter().any(String::is_empty) {
        return Err(wrong("input: send 1 to 2048 texts, none of them empty."));
    }
    Ok(inputs)
}

fn numbers(tokens: &Value) -> Option<String> {
    let words: Vec<String> = tokens.as_array()?.iter().map(Value::to_string).collect();
    Some(words.join(" "))
}

impl Embed {
    fn answer(&self) -> Value {
        let used: u64 = self.inputs.iter().map(|text| tokens(chars(text))).sum();
        let data: Vec<Value> = self
            .inputs
            .iter()
            .enumerate()
            .map(|(index, text)| {
                json!({"object": "embedding", "index": index, "embedding": self.written(text)})
            })
            .collect();
        json!({
            "object": "list",
            "data": data,
            "model": self.model,
            "usage": {"prompt_tokens": used, "total_tokens": used},
        })
    }

    fn written(&self, text: &str) -> Value {
        let vector = vector(text, self.dimensions);
        if self.base64 {
            let bytes: Vec<u8> = vector
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            return Value::String(STANDARD.encode(bytes));
        }
        Value::from(vector)
    }
}

/// A vector of unit length: each word of the text pulls a few of its numbers up or down.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    const PULLS: u32 = 4;
    let mut sums = vec![0.0_f32; dimensions];
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    for word in words {
        let hash = fnv(word.as_bytes());
        for pull in 0..PULLS {
            add(&mut sums, hash.rotate_left(pull * 16));
        }
    }
    if sums.iter().all(|sum| *sum == 0.0) {
        // No words, or words that cancel out.
        add(&mut sums, fnv(text.as_bytes()));
    }
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    sums.iter().map(|sum| sum / length).collect()
}

fn add(sums: &mut [f32], hash: u64) {
    let places = sums.len() as u64;
    let place = (hash >> 1)
        .checked_rem(places)
        .and_then(|place| usize::try_from(place).ok());
    if let Some(sum) = place.and_then(|place| sums.get_mut(place)) {
        *sum += if hash & 1 == 0 { 1.0 } else { -1.0 };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::answer_embeddings;

    fn ask(body: &Value) -> (u16, Value) {
        let answer = answer_embeddings(body.to_string().as_bytes());
        (
            answer.status,
            serde_json::from_slice(&answer.chunks[0]).unwrap(),
        )
    }

    fn near(a: &str, b: &str) -> f32 {
        let pairs = vector(a, DIMENSIONS).into_iter().zip(vector(b, DIMENSIONS));
        pairs.map(|(a, b)| a * b).sum()
    }

    #[test]
    fn each_text_gets_a_vector_and_the_answer_says_what_it_cost() {
        let body = json!({"model": "demo-embed", "input": ["one two", "three"], "dimensions": 16});
        let (status, answer) = ask(&body);
        assert_eq!(status, 200);
        assert_eq!(answer["data"][1]["index"], 1);
        assert_eq!(answer["data"][0]["embedding"].as_array().unwrap().len(), 16);
        assert_eq!(
            answer["usage"],
            json!({"prompt_tokens": 4, "total_tokens": 4})
        );
        assert_eq!(ask(&body), ask(&body));
    }

    #[test]
    fn texts_that_share_words_lie_near_each_other() {
        assert!(near("The cat sat.", "the CAT sat") > 0.999);
        assert!(near("a red apple", "a green apple") > near("a red apple", "where is Berlin"));
    }

    #[test]
    fn base64_says_the_same_numbers() {
        let (_, floats) = ask(&json!({"model": "m", "input": "hello"}));
        let (_, coded) = ask(&json!({"model": "m", "input": "hello", "encoding_format": "base64"}));
        let bytes = STANDARD
            .decode(coded["data"][0]["embedding"].as_str().unwrap())
            .unwrap();
        let read: Vec<f64> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|four| f64::from(f32::from_le_bytes(*four)))
            .collect();
        assert_eq!(floats["data"][0]["embedding"], json!(read));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for body in [
            json!(null),
            json!({"model": "m"}),
            json!({"input": "a"}),
            json!({"model": "m", "input": ""}),
            json!({"model": "m", "input": []}),
            json!({"model": "m", "input": [{}]}),
            json!({"model": "m", "input": "a", "dimensions": 257}),
            json!({"model": "m", "input": "a", "encoding_format": "hex"}),
        ] {
            let (status, answer) = ask(&body);
            assert_eq!(status, 400, "{body}");
            assert!(answer["error"]["message"].is_string());
        }
        assert_eq!(
            ask(&json!({"model": "m", "input": [[1, 2], [3]]})).1["data"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }

    proptest! {
        #[test]
        fn every_vector_has_unit_length(text: String, dimensions in 1..=DIMENSIONS) {
            let vector = vector(&text, dimensions);
            let length: f32 = vector.iter().map(|number| number * number).sum();
            prop_assert!((length - 1.0).abs() < 1e-4);
        }
    }
}
