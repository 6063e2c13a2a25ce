//! What translation costs, in microseconds on one core, beside the verbatim path.
//!
//! `cargo run --release -p marshal-conformance --example translation_cost`
//!
//! A request of about 1 KB and one of about 30 KB, and a stream of 60 events, from each dialect to each. The verbatim
//! path reads the facts of the request and sets its model; of a stream it watches each event. Each figure is the best
//! of several rounds, so that what else the machine does counts least.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChatEvent, ChatRequest, Delta, Extra, Finish, FinishReason, Message, Named,
    ReportedUsage, Role, StreamShape, Tool,
};
use marshal_types::{Dialect, Tokens, Usage};
use marshal_wire::frame::Splitter;
use marshal_wire::json::{Edits, Index, Limits};

const ADAPTERS: [&dyn Adapter; 7] = [
    &marshal_openai::OpenAi,
    &marshal_anthropic::Anthropic,
    &marshal_responses::Responses,
    &marshal_gemini::Gemini,
    &marshal_bedrock::Bedrock,
    &marshal_cohere::Cohere,
    &marshal_ollama::Ollama,
];

const NAMED: Named<'static> = Named {
    model: Some("the/model"),
    stream: Some(false),
};

fn main() {
    println!(
        "Microseconds; from the row's dialect to the column's, verbatim where they are the same."
    );
    for (title, bytes) in [("request of 1 KB", 1_000), ("request of 30 KB", 30_000)] {
        table(title, |from, to| request(from, to, bytes));
    }
    table("stream of 60 events", stream);
}

fn table(title: &str, cost: impl Fn(&dyn Adapter, &dyn Adapter) -> f64) {
    println!("\n| {title} | {} |", ADAPTERS.map(name).join(" | "));
    println!("| --- |{}", " ---: |".repeat(ADAPTERS.len()));
    for from in ADAPTERS {
        let cells: Vec<String> = ADAPTERS
            .iter()
            .map(|to| format!("{:.1}", cost(from, *to)))
            .collect();
        println!("| {} | {} |", name(from), cells.join(" | "));
    }
}

fn name(adapter: &dyn Adapter) -> String {
    adapter.dialect().as_str().to_owned()
}

/// The best of several rounds, in microseconds a run.
fn best(mut run: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..15 {
        let begin = Instant::now();
        let mut runs = 0_u32;
        while runs < 20 {
            run();
            runs += 1;
        }
        least = least.min(begin.elapsed().as_secs_f64() * 1e6 / f64::from(runs));
    }
    least
}

fn request(from: &dyn Adapter, to: &dyn Adapter, bytes: usize) -> f64 {
    let Ok(body) = from.encode_request(&conversation(bytes), "the/model", 4_096) else {
        return f64::NAN;
    };
    let body = body.body;
    if from.dialect() == to.dialect() {
        return best(|| {
            let index = Index::parse(&body, &Limits::default()).ok();
            let doc = index.as_ref().map(|index| index.doc(&body));
            if let Some(doc) = doc {
                let _ = black_box(from.facts(doc, NAMED));
                let mut edits = Edits::new();
                from.set_model(doc, "another", &mut edits);
                black_box(edits.apply(&body));
            }
        });
    }
    best(|| {
        let index = Index::parse(&body, &Limits::default()).ok();
        if let Some(index) = &index {
            let _ = black_box(from.facts(index.doc(&body), NAMED));
        }
        if let Ok(request) = from.decode_request(&body, NAMED) {
            let _ = black_box(to.encode_request(&request, "another", 4_096));
        }
    })
}

fn stream(from: &dyn Adapter, to: &dyn Adapter) -> f64 {
    let mut encoder = from.stream_encoder(shape());
    let mut bytes = Vec::new();
    for event in events() {
        encoder.event(&event, &mut bytes);
    }
    encoder.end(&mut bytes);
    let bytes = Bytes::from(bytes);
    let same = from.dialect() == to.dialect();
    best(|| {
        let mut splitter = Splitter::new(from.framing(), 1 << 24);
        splitter.push(bytes.clone());
        let mut tap = from.stream_tap();
        let mut decoder = from.stream_decoder();
        let mut encoder = to.stream_encoder(shape());
        let (mut found, mut out) = (Vec::new(), Vec::new());
        while let Ok(Some(event)) = splitter.next() {
            tap.observe(&event);
            if !same && decoder.event(&event, &mut found).is_ok() {
                for event in found.drain(..) {
                    encoder.event(&event, &mut out);
                }
            }
        }
        if !same {
            decoder.end(&mut found);
            for event in found.drain(..) {
                encoder.event(&event, &mut out);
            }
            encoder.end(&mut out);
        }
        black_box(out);
    })
}

fn shape() -> StreamShape {
    StreamShape {
        include_usage: true,
        model: "the/model".to_owned(),
        created: 1,
    }
}

/// A start, 56 pieces of text, an end, usage.
fn events() -> Vec<ChatEvent> {
    let mut events = vec![ChatEvent::Start {
        id: Some("answer-1".to_owned()),
        model: Some("the/model".to_owned()),
        created: Some(1),
    }];
    events.extend((0..56).map(|at| ChatEvent::Delta {
        choice: 0,
        part: 0,
        delta: Delta::Text(format!("word {at} ")),
    }));
    events.push(ChatEvent::PartEnd { choice: 0, part: 0 });
    events.push(ChatEvent::Finish {
        choice: 0,
        finish: Finish {
            reason: FinishReason::Stop,
            word: "stop".to_owned(),
            stop_sequence: None,
        },
    });
    events.push(ChatEvent::Usage(ReportedUsage {
        tokens: Usage {
            input: Tokens(20),
            output: Tokens(56),
            ..Usage::default()
        },
        source: None,
    }));
    events.push(ChatEvent::End);
    events
}

/// A system prompt, a tool and turns of about so many bytes.
fn conversation(bytes: usize) -> ChatRequest {
    let turn = "Please look at the figures of the last quarter and say what stands out. ";
    let turns = bytes / 4 / turn.len() + 1;
    let mut messages = Vec::new();
    for at in 0..4 {
        let role = if at % 2 == 0 {
            Role::User
        } else {
            Role::Assistant
        };
        messages.push(Message::text(role, turn.repeat(turns)));
    }
    messages.push(Message::text(Role::User, "Go on."));
    let schema =
        r#"{"type":"object","properties":{"quarter":{"type":"string"}},"required":["quarter"]}"#;
    ChatRequest {
        origin: Dialect::OpenAi,
        model: "the/model".to_owned(),
        system: Some(Message::text(Role::System, "You are a careful analyst.")),
        messages,
        tools: Some(vec![Tool::Function {
            name: "figures".to_owned(),
            description: Some("Gives the figures of a quarter.".to_owned()),
            schema: Some(marshal_adapter_api::Json::from_source(schema)),
            strict: None,
            extra: Extra::default(),
            wrapper: Extra::default(),
        }]),
        tool_choice: None,
        parallel_tool_calls: None,
        max_output: Some(1_000),
        max_output_old_word: false,
        choices: None,
        temperature: None,
        top_p: None,
        top_k: None,
        seed: None,
        stop: None,
        stop_bare: false,
        output: None,
        effort: None,
        thinking: None,
        user: None,
        service_tier: None,
        stream: Some(false),
        stream_usage: None,
        extra: Extra::default(),
    }
}
