//! What the conventions want to see of a request and of whom it goes to, on the spans of its attempts.

use marshal_adapter_api::{OutputForm, SettingPaths, Settings};
use marshal_telemetry::{AttemptSpan, Attribute, CallSpan};
use marshal_types::{Surface, SurfaceKind};

use crate::call::Ask;
use crate::{Ctx, Shared};

/// Notes how the answer is to be made. Stop sequences are left out: they are a client's own text.
pub(crate) fn asked(shared: &Shared, span: &mut CallSpan, ask: &Ask, ctx: &Ctx) {
    if !span.is_recording() {
        return;
    }
    let paths = match ctx.surface {
        Some(Surface::Embeddings) => &SettingPaths::EMBEDDINGS,
        Some(surface) if surface.kind() == SurfaceKind::Chat => {
            if let Some(most) = ask.facts.max_output {
                span.ask(Attribute::MaxTokens(most));
            }
            if ask.facts.choices != 1 {
                span.ask(Attribute::Choices(ask.facts.choices));
            }
            shared.adapter(ctx.dialect).setting_paths()
        }
        _ => return,
    };
    let Some(doc) = ask.doc() else { return };
    let found = Settings::read(doc, paths);
    for (number, attribute) in [
        (
            found.temperature,
            Attribute::Temperature as fn(f64) -> Attribute<'static>,
        ),
        (found.top_p, Attribute::TopP),
        (found.top_k, Attribute::TopK),
        (found.frequency_penalty, Attribute::FrequencyPenalty),
        (found.presence_penalty, Attribute::PresencePenalty),
    ] {
        if let Some(number) = number {
            span.ask(attribute(number));
        }
    }
    if let Some(seed) = found.seed {
        span.ask(Attribute::Seed(seed));
    }
    if let Some(form) = found.output {
        span.ask(Attribute::OutputType(match form {
            OutputForm::Text => "text",
            OutputForm::Json => "json",
        }));
    }
    if let Some(id) = &found.conversation {
        span.ask(Attribute::Conversation(id));
    }
    if !found.encodings.is_empty() {
        span.ask(Attribute::Encodings(&found.encodings));
    }
    if let Some(many) = found.dimensions {
        span.ask(Attribute::Dimensions(many));
    }
}

/// Notes where a provider is; one that is part of the gateway is nowhere.
pub(crate) fn address(span: &mut AttemptSpan, base_url: &str) {
    let Ok(url) = base_url.parse::<http::Uri>() else {
        return;
    };
    if let Some(host) = url.host() {
        let usual = if url.scheme_str() == Some("http") {
            80
        } else {
            443
        };
        span.set(Attribute::ServerAddress(host));
        span.set(Attribute::ServerPort(url.port_u16().unwrap_or(usual)));
    }
}
