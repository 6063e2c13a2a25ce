//! The names on spans, by the conventions that were chosen, and links between attempts.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use marshal_types::semconv::Conventions;
use marshal_types::{ModelName, ProviderName, SystemClock, Tokens};
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::export::Pipe;
use super::*;
use crate::metrics::Metrics;
use crate::operation::Operation;
use crate::outcome::{AttemptOutcome, CallOutcome};

/// Hands over what it is given.
#[derive(Debug)]
struct Kept(Sender<Vec<SpanData>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.send(batch).unwrap();
        Ok(())
    }
}

fn tracer(conventions: Conventions) -> (Tracer, Receiver<Vec<SpanData>>) {
    let (kept, spans) = channel();
    let resource = Resource::builder_empty().build();
    let never = Duration::from_secs(86_400);
    let counts = Metrics::new("0").spans();
    let pipe = Pipe::new(Kept(kept), &resource, never, SystemClock::new(), counts);
    (Tracer::over(pipe.following(conventions)), spans)
}

fn of(pairs: &[KeyValue], key: &str) -> Option<String> {
    let pair = pairs.iter().find(|pair| pair.key.as_str() == key)?;
    Some(pair.value.to_string())
}

/// A streamed call through Gemini's door to a provider of the operator's own name.
fn attempt(conventions: Conventions) -> SpanData {
    let (tracer, spans) = tracer(conventions);
    let mut call = tracer.start_call(None, None);
    call.set_request(Operation::GenerateContent, "smart");
    call.set(Attribute::RequestStream(true));
    let (provider, model) = (ProviderName::new("mine"), ModelName::new("m-1"));
    let mut attempt = call.attempt(&provider, "gcp.gemini", &model, 1);
    attempt.set(Attribute::CacheReadTokens(Tokens(3)));
    attempt.set(Attribute::TimeToFirstChunk(Duration::from_millis(250)));
    attempt.end(AttemptOutcome::Completed);
    call.end(CallOutcome::Completed);
    assert!(tracer.shutdown(Duration::from_secs(30)));
    spans.recv().unwrap().remove(0)
}

#[test]
fn an_attempt_says_what_its_call_asked_for_and_whom_in_the_conventions_words() {
    let span = attempt(Conventions::Current);
    assert_eq!(span.name, "generate_content m-1");
    let is = |key, value: &str| assert_eq!(of(&span.attributes, key).as_deref(), Some(value));
    is("gen_ai.operation.name", "generate_content");
    is("gen_ai.provider.name", "gcp.gemini");
    is("marshal.provider", "mine");
    is("gen_ai.request.stream", "true");
    is("gen_ai.usage.cache_read.input_tokens", "3");
    is("gen_ai.response.time_to_first_chunk", "0.25");
    assert_eq!(of(&span.attributes, "gen_ai.system"), None);
}

#[test]
fn legacy_names_are_those_of_1_37_and_gen_ai_system_is_there_again() {
    let span = attempt(Conventions::Legacy);
    let is = |key, value: Option<&str>| assert_eq!(of(&span.attributes, key).as_deref(), value);
    is("gen_ai.provider.name", Some("gcp.gemini"));
    is("gen_ai.system", Some("gcp.gemini"));
    is("gen_ai.request.stream", None);
    is("gen_ai.usage.cache_read.input_tokens", None);
    is("gen_ai.response.time_to_first_chunk", None);
    is("marshal.attempt", Some("1"));
}

#[test]
fn attempts_that_belong_together_are_linked() {
    let (tracer, spans) = tracer(Conventions::Current);
    let call = tracer.start_call(None, None);
    let (provider, model) = (ProviderName::new("mine"), ModelName::new("m-1"));
    let first = call.attempt(&provider, "mine", &model, 1);
    let mut second = call.attempt(&provider, "mine", &model, 2);
    second.link(first.context(), Link::Hedge);
    let mut third = call.attempt(&provider, "mine", &model, 3);
    third.link(first.context(), Link::Mirror);
    let to = first.context();
    for attempt in [first, second, third] {
        attempt.end(AttemptOutcome::Completed);
    }
    drop(call);
    assert!(tracer.shutdown(Duration::from_secs(30)));
    let spans = spans.recv().unwrap();
    assert!(spans[0].links.links.is_empty());
    for (span, why) in spans[1..3].iter().zip(["hedge", "mirror"]) {
        let [link] = span.links.links.as_slice() else {
            panic!("one link");
        };
        assert_eq!(
            u64::from_be_bytes(link.span_context.span_id().to_bytes()),
            to.span_id
        );
        assert_eq!(of(&link.attributes, "marshal.link").as_deref(), Some(why));
    }
}
