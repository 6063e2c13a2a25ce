//! Limits, sampling and what a model's own API takes, of a request of another dialect.

use marshal_adapter_api::{ChatRequest, Json, Object, ThinkingMode};
use marshal_types::Dialect;

use super::encode::carries_betas;
use super::more::FIELDS;
use super::thinking::{self, Told};
use crate::words::{Family, Said, path};

/// Writes `inferenceConfig`, `additionalModelRequestFields` and `serviceTier`.
pub(super) fn write(
    request: &ChatRequest,
    family: Family,
    default_max_output: u64,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    let limit = request.max_output.unwrap_or(default_max_output);
    let told = thinking::told(request, family, limit, dropped);
    // A budget must be less than the limit, so there must be one.
    let budgeted = matches!(told, Told::Mode(ThinkingMode::Budget(_)));
    let limit = request.max_output.or(budgeted.then_some(limit));
    let sampling = sampling(request, family, &told, dropped);
    let mut inference = Vec::new();
    {
        let mut to = Object::new(&mut inference);
        if let Some(limit) = limit {
            to.u64("maxTokens", limit);
        }
        if let Some(value) = &sampling.temperature {
            to.json("temperature", value);
        }
        if let Some(value) = sampling.top_p {
            to.json("topP", value);
        }
        if let Some(stops) = request.stop.as_ref().filter(|stops| !stops.is_empty()) {
            let mut list = to.array("stopSequences");
            stops.iter().for_each(|stop| list.str(stop));
        }
    }
    if inference != b"{}" {
        root.raw("inferenceConfig", &inference);
    }
    let mut more = Vec::new();
    {
        let mut to = Object::new(&mut more);
        thinking::write(&told, request, family, &mut to);
        if let Some(value) = sampling.top_k {
            match family {
                Family::Claude => to.json("top_k", value),
                _ => to.object("inferenceConfig").json("topK", value),
            }
        }
        if let Some(betas) = request.extra.get("anthropic_beta")
            && carries_betas(request, family)
        {
            to.json("anthropic_beta", betas);
        }
    }
    if more != b"{}" {
        root.raw(FIELDS, &more);
    }
    rest(request, root, dropped);
}

struct Sampling<'a> {
    temperature: Option<Json>,
    top_p: Option<&'a Json>,
    top_k: Option<&'a Json>,
}

/// With thinking on, Claude refuses to have its sampling changed; so does Amazon's at high effort.
fn sampling<'a>(
    request: &'a ChatRequest,
    family: Family,
    told: &Told,
    dropped: &mut Vec<String>,
) -> Sampling<'a> {
    let fixed = match told {
        Told::Mode(ThinkingMode::Budget(_)) => request.origin != Dialect::Anthropic,
        Told::Nova("high") => true,
        _ => false,
    };
    let takes_top_k = matches!(family, Family::Claude | Family::Nova | Family::Nova2);
    let mut report = |said| dropped.push(path(request.origin, said).to_owned());
    let mut keep = |value: &'a Option<Json>, said, takes: bool| {
        let value = value.as_ref()?;
        if fixed || !takes {
            report(said);
            return None;
        }
        Some(value)
    };
    let temperature = keep(&request.temperature, Said::Temperature, true);
    let top_p = keep(&request.top_p, Said::TopP, true);
    let top_k = keep(&request.top_k, Said::TopK, takes_top_k);
    let number = |json: &Json| json.as_str().parse::<f64>().unwrap_or(0.0);
    let temperature = temperature.map(|value| {
        if family != Family::Other && family != Family::GptOss && number(value) > 1.0 {
            report(Said::Temperature);
            return Json::from_source("1"); // as far as these models go
        }
        value.clone()
    });
    Sampling {
        temperature,
        top_p,
        top_k,
    }
}

fn rest(request: &ChatRequest, root: &mut Object<'_>, dropped: &mut Vec<String>) {
    for (said, there) in [
        (Said::Seed, request.seed.is_some()),
        (Said::User, request.user.is_some()),
    ] {
        if there {
            dropped.push(path(request.origin, said).to_owned());
        }
    }
    let tier = match request.service_tier.as_deref() {
        None | Some("auto") => return, // what is done unasked
        Some("default" | "standard_only") => "default",
        Some("flex") => "flex",
        Some("priority") => "priority",
        Some(_) => {
            dropped.push("service_tier".to_owned());
            return;
        }
    };
    root.object("serviceTier").str("type", tier);
}
