//! What a recording says, read from its plain JSON without any adapter.

mod anthropic;
mod bedrock;
mod canonical;
mod cohere;
mod gemini;
mod heard;
mod ollama;
mod openai;
mod responses;

use marshal_adapter_api::ChatResponse;
use marshal_types::Dialect;
use serde_json::Value;

use crate::plain::Plain;
use crate::spoken::Holds;

/// One tool call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Its id; empty where the provider gave none.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The arguments as a value; text where they were not a JSON object.
    pub arguments: Value,
}

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// All text of the first choice, in order; a refusal is text too.
    pub text: String,
    /// All thinking, in order.
    pub thinking: String,
    /// Tool calls, in order.
    pub calls: Vec<Call>,
    /// Runs of `k` (thinking), `t` (text) and `c` (calls), in order.
    pub order: String,
    /// Some of the text is marked as a refusal.
    pub refuses: bool,
    /// `stop`, `length`, `tools`, `refusal`, or empty where it does not say.
    pub finish: &'static str,
    /// The texts of the other choices.
    pub others: Vec<String>,
    /// Input tokens with cached ones, output tokens with reasoning, cached tokens; `None` where it does not say.
    pub usage: Option<(u64, u64, u64)>,
}

/// JSON of arguments, or their text.
pub(crate) fn arguments(source: &str) -> Value {
    if matches!(source.trim(), "" | "null") {
        return Value::Object(serde_json::Map::new());
    }
    match serde_json::from_str(source) {
        Ok(value @ Value::Object(_)) => value,
        _ => serde_json::json!({ "arguments": source }),
    }
}

impl Said {
    /// Of a whole answer.
    #[must_use]
    pub fn of_answer(dialect: Dialect, answer: &Value) -> Self {
        match dialect {
            Dialect::OpenAi => openai::answer(answer),
            Dialect::Anthropic => anthropic::answer(answer),
            Dialect::Responses => responses::answer(answer),
            Dialect::Gemini => gemini::answer(answer),
            Dialect::Bedrock => bedrock::answer(answer),
            Dialect::Cohere => cohere::answer(answer),
            Dialect::Ollama => ollama::chunks(std::iter::once(answer)),
        }
    }

    /// Of a stream's events, in order.
    #[must_use]
    pub fn of_stream(dialect: Dialect, events: &[Plain]) -> Self {
        let data = events.iter().map(|event| &event.data);
        match dialect {
            Dialect::OpenAi => openai::chunks(data),
            Dialect::Anthropic => anthropic::events(data),
            Dialect::Responses => responses::events(data),
            Dialect::Gemini => gemini::chunks(data),
            Dialect::Bedrock => bedrock::events(events),
            Dialect::Cohere => cohere::events(data),
            Dialect::Ollama => ollama::chunks(data),
        }
    }

    /// Of an answer in the canonical form.
    #[must_use]
    pub fn of_canonical(response: &ChatResponse) -> Self {
        canonical::answer(response)
    }

    /// Whether a translation that can hold so much says the same as `wanted`.
    ///
    /// Beyond the table: parts of a summary may be lines of one thought; a refusal in words may also be told as a finish reason; where the source does not
    /// say how it ended or what it cost, a dialect that must say so may say `stop` and nought.
    ///
    /// # Errors
    /// What is said otherwise.
    pub fn says(&self, wanted: &Self, holds: Holds) -> Result<(), String> {
        let usage = self.usage_fits(wanted, holds);
        let fits = [
            ("text", self.text == wanted.text),
            (
                "thinking",
                self.thinking.replace('\n', "") == wanted.thinking.replace('\n', ""),
            ),
            ("calls", self.calls_fit(wanted, holds)),
            (
                "order",
                order(&self.order, holds) == order(&wanted.order, holds),
            ),
            ("finish", self.finish_fits(wanted, holds)),
            (
                "other choices",
                !holds.choices || self.others == wanted.others,
            ),
            ("usage", usage),
        ];
        let wrong: Vec<&str> = fits
            .iter()
            .filter(|(_, fits)| !fits)
            .map(|(what, _)| *what)
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!("{wrong:?}: says {self:?}, should say {wanted:?}"))
    }

    fn calls_fit(&self, wanted: &Self, holds: Holds) -> bool {
        let same = |(one, other): (&Call, &Call)| {
            let id = !holds.ids || other.id.is_empty() || one.id == other.id;
            id && one.name == other.name && one.arguments == other.arguments
        };
        self.calls.len() == wanted.calls.len() && self.calls.iter().zip(&wanted.calls).all(same)
    }

    fn finish_fits(&self, wanted: &Self, holds: Holds) -> bool {
        let unsaid = if wanted.calls.is_empty() {
            "stop"
        } else {
            "tools"
        };
        match wanted.finish {
            "" => self.finish.is_empty() || self.finish == unsaid || self.refuses_so(wanted),
            "refusal" if !holds.refusal || self.refuses => true,
            // OpenAI's older `function_call`, which is no call of a tool.
            "tools" if wanted.calls.is_empty() => matches!(self.finish, "tools" | "stop"),
            "stop" if wanted.refuses => matches!(self.finish, "stop" | "refusal"),
            word => self.finish == word,
        }
    }

    fn refuses_so(&self, wanted: &Self) -> bool {
        wanted.refuses && self.finish == "refusal"
    }

    fn usage_fits(&self, wanted: &Self, holds: Holds) -> bool {
        let (input, output, cached) = self.usage.unwrap_or_default();
        match wanted.usage {
            None => (input, output, cached) == (0, 0, 0),
            Some((i, o, _)) if !holds.cached => (input, output) == (i, o),
            Some(counted) => {
                self.usage.is_some() && (input, output, cached) == counted
                    || counted == (0, 0, 0) && self.usage.is_none()
            }
        }
    }
}

fn order(runs: &str, holds: Holds) -> String {
    if holds.order {
        return runs.to_owned();
    }
    ['k', 't', 'c']
        .into_iter()
        .filter(|kind| runs.contains(*kind))
        .collect()
}
