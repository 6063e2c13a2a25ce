//! A request, written in this dialect.
//!
//! Of other dialects, seeds, penalties, `logprobs` and the like have no word here and are reported; several
//! choices, JSON without a schema, pictures by address and uploaded files are refused.

use marshal_adapter_api::{ChatRequest, Encoded, Object, OutputFormat, Untranslatable};
use marshal_types::Dialect;

use super::parts::{CACHE_CONTROL, cache_point};
use super::{own, settings, tools, turns};
use crate::words::{Family, Said, path};

/// Writes `request` for `model`, whose name stands in the address.
pub(crate) fn encode(
    request: &ChatRequest,
    model: &str,
    default_max_output: u64,
) -> Result<Encoded, Untranslatable> {
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        if request.origin == Dialect::Bedrock {
            own::write(request, &mut root);
        } else {
            let family = Family::of(model);
            refuse(request)?;
            turns::write(request, family, &mut root, dropped)?;
            tools::write(request, family, &mut root, dropped)?;
            output(request, &mut root, dropped)?;
            settings::write(request, family, default_max_output, &mut root, dropped);
            let mut understood = vec!["tool_choice"];
            if carries_betas(request, family) {
                understood.push("anthropic_beta");
            }
            if cache_point(request.origin, family, &request.extra).is_some() {
                understood.push(CACHE_CONTROL);
            }
            request.extra.report_except(&understood, dropped);
        }
    }
    encoded.body = body;
    Ok(encoded)
}

/// Anthropic's clients on other clouds name betas in the body.
pub(super) fn carries_betas(request: &ChatRequest, family: Family) -> bool {
    request.origin == Dialect::Anthropic && family == Family::Claude
}

pub(super) fn untranslatable(
    param: impl Into<String>,
    message: impl Into<String>,
) -> Untranslatable {
    Untranslatable {
        message: message.into(),
        param: Some(param.into()),
    }
}

/// What would mean something else if it were left out.
fn refuse(request: &ChatRequest) -> Result<(), Untranslatable> {
    if request.choices.is_some_and(|choices| choices > 1) {
        let param = path(request.origin, Said::Choices);
        return Err(untranslatable(
            param,
            format!("`{param}` is more than 1, and Bedrock gives one answer: ask once for each."),
        ));
    }
    for name in ["functions", "function_call"] {
        if request.extra.get(name).is_some_and(|json| !json.is_empty()) {
            return Err(untranslatable(
                name,
                format!("`{name}` cannot be said to Bedrock: use `tools` and `tool_choice`."),
            ));
        }
    }
    Ok(())
}

fn output(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    match &request.output {
        None | Some(OutputFormat::Text) => Ok(()),
        Some(
            format @ OutputFormat::JsonSchema {
                schema: Some(_),
                extra,
                ..
            },
        ) => {
            extra.report(dropped);
            own::output(Some(format), root);
            Ok(())
        }
        Some(_) => {
            let param = path(request.origin, Said::Output);
            Err(untranslatable(
                param,
                format!(
                    "`{param}` cannot be held by Bedrock as it is: ask for JSON with a schema."
                ),
            ))
        }
    }
}
