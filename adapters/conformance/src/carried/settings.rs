//! Settings: numbers, stop sequences, the form of the answer.

use marshal_adapter_api::{ChatRequest, Json, OutputFormat};

use super::mentions;
use crate::schema;

/// What it is, what was asked for, what was carried, and the words by which it may be reported.
type Setting = (
    &'static str,
    Option<f64>,
    Option<f64>,
    &'static [&'static str],
);

/// # Errors
/// The setting that was neither carried nor reported.
pub(super) fn check(
    request: &ChatRequest,
    again: &ChatRequest,
    dropped: &[String],
) -> Result<(), String> {
    let number = |json: &Option<Json>| json.as_ref().and_then(|json| json.as_str().parse().ok());
    let whole = |number: Option<u64>| number.map(|number| number as f64);
    let wants = |json: &Option<Json>| number(json);
    let pairs: [Setting; 6] = [
        (
            "temperature",
            wants(&request.temperature),
            wants(&again.temperature),
            &["temperature"],
        ),
        (
            "top_p",
            wants(&request.top_p),
            wants(&again.top_p),
            &["top_p", "topP", "p"],
        ),
        (
            "top_k",
            wants(&request.top_k),
            wants(&again.top_k),
            &["top_k", "topK", "k"],
        ),
        ("seed", wants(&request.seed), wants(&again.seed), &["seed"]),
        (
            "the output limit",
            whole(request.max_output),
            whole(again.max_output),
            &[
                "max_tokens",
                "max_completion_tokens",
                "max_output_tokens",
                "maxTokens",
                "maxOutputTokens",
                "num_predict",
            ],
        ),
        (
            "the number of choices",
            whole(request.choices.filter(|choices| *choices > 1)),
            whole(again.choices),
            &["n", "candidateCount", "num_generations"],
        ),
    ];
    for (what, wanted, heard, words) in pairs {
        if wanted.is_some() && wanted != heard && !mentions(dropped, words) {
            return Err(format!("{what} {wanted:?} became {heard:?}, unreported"));
        }
    }
    let stops = |request: &ChatRequest| request.stop.clone().unwrap_or_default();
    if stops(request) != stops(again)
        && !mentions(dropped, &["stop", "stop_sequences", "stopSequences"])
    {
        return Err("the stop sequences were lost, unreported".to_owned());
    }
    if request.user.is_some() && request.user != again.user && !mentions(dropped, &["user"]) {
        return Err("the user's pseudonym was lost, unreported".to_owned());
    }
    let tier = request.service_tier.as_deref();
    if tier.is_some_and(|tier| tier != "auto" && tier != "default")
        && again.service_tier.is_none()
        && !mentions(dropped, &["service_tier", "serviceTier"])
    {
        return Err("the service tier was lost, unreported".to_owned());
    }
    let one_by_one = request.parallel_tool_calls == Some(false);
    if one_by_one
        && again.tools.is_some()
        && again.parallel_tool_calls != Some(false)
        && !mentions(
            dropped,
            &["parallel_tool_calls", "disable_parallel_tool_use"],
        )
    {
        return Err("`parallel_tool_calls: false` was lost, unreported".to_owned());
    }
    output(request, again, dropped)
}

fn output(request: &ChatRequest, again: &ChatRequest, dropped: &[String]) -> Result<(), String> {
    let wanted = request.output.as_ref();
    let heard = again.output.as_ref();
    let fits = match (wanted, heard) {
        (None | Some(OutputFormat::Text), None | Some(OutputFormat::Text)) => true,
        (Some(OutputFormat::JsonObject), Some(OutputFormat::JsonObject)) => true,
        (
            Some(OutputFormat::JsonSchema { schema: one, .. }),
            Some(OutputFormat::JsonSchema { schema: other, .. }),
        ) => schema::plain(one.as_ref()) == schema::plain(other.as_ref()),
        _ => false,
    };
    const WORDS: [&str; 9] = [
        "format",
        "output_format",
        "response_format",
        "json_schema",
        "responseSchema",
        "responseJsonSchema",
        "responseMimeType",
        "outputConfig",
        "textFormat",
    ];
    if fits || mentions(dropped, &WORDS) {
        return Ok(());
    }
    Err(format!("the output format {wanted:?} became {heard:?}"))
}
