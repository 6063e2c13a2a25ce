//! The checks of streamed answers.

use marshal_adapter_api::{Adapter, Assembler, ChatEvent, StreamShape};
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, RawEvent};
use serde_json::Value;

use crate::carried::events_carried;
use crate::checks::{Exchange, served};
use crate::order::in_order;
use crate::plain::{Plain, plain, plain_events, split};
use crate::recording::Recording;
use crate::said::Said;
use crate::spoken::{Holds, all, holds};

/// Streams up to this size are cut at every byte.
const SMALL: usize = 4_000;
/// Streams up to this size are cut at random many times; larger ones a few times.
const MIDDLE: usize = 64_000;

/// A stream is cut into the same events wherever its chunks end, and they add up to its bytes.
///
/// # Errors
/// Where it is not.
pub fn cut_anywhere(recording: &Recording) -> Result<(), String> {
    let Some(bytes) = recording.answer() else {
        return Ok(());
    };
    let framing = recording.framing();
    let whole = split(framing, std::iter::once(bytes.as_ref()))?;
    let together: Vec<u8> = whole.iter().flat_map(|event| event.raw.to_vec()).collect();
    if together != bytes.as_ref() {
        return Err("the events do not add up to the stream".to_owned());
    }
    let same = |events: &[RawEvent]| {
        events.len() == whole.len() && events.iter().zip(&whole).all(|(a, b)| a.raw == b.raw)
    };
    if bytes.len() <= MIDDLE && !same(&split(framing, bytes.chunks(1))?) {
        return Err("fed byte by byte it has other events".to_owned());
    }
    if bytes.len() <= SMALL {
        for at in 1..bytes.len() {
            let (one, two) = bytes.split_at(at);
            if !same(&split(framing, [one, two].into_iter())?) {
                return Err(format!("cut at byte {at} it has other events"));
            }
        }
    }
    for round in 0..if bytes.len() <= MIDDLE { 10 } else { 2 } {
        if !same(&split(framing, random_chunks(&bytes, round).into_iter())?) {
            return Err("cut at random it has other events".to_owned());
        }
    }
    Ok(())
}

/// Cuts that look random but are the same in every run; every third round coalesces many events.
fn random_chunks(bytes: &[u8], round: u64) -> Vec<&[u8]> {
    let most = if round % 3 == 2 { 4_096 } else { 97 };
    let mut state = (bytes.len() as u64 + round * 7_919) | 1;
    let mut chunks = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let size = usize::try_from(state >> 33).unwrap_or(1) % most + 1;
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

fn decode(adapter: &dyn Adapter, events: &[RawEvent]) -> Result<Vec<ChatEvent>, String> {
    let mut decoder = adapter.stream_decoder();
    let mut out = Vec::new();
    for event in events {
        decoder
            .event(event, &mut out)
            .map_err(|error| error.message)?;
    }
    decoder.end(&mut out);
    Ok(out)
}

/// A stream read, put together, and written in every dialect, streamed and whole, says what it said.
///
/// # Errors
/// What is said otherwise, and where.
pub fn assembled(exchange: Exchange<'_>) -> Result<(), String> {
    let Some(answer) = exchange.recording.answer() else {
        return Ok(());
    };
    let raw = split(
        exchange.recording.framing(),
        std::iter::once(answer.as_ref()),
    )?;
    let events = decode(exchange.adapter, &raw)?;
    let wanted = Said::of_stream(exchange.dialect(), &plain(&raw));
    if let Some(end) = failed(&events) {
        return all().try_for_each(|(to, adapter)| {
            served_error(adapter, &events, &end).map_err(|why| format!("{to}: {why}"))
        });
    }
    same(&events, &wanted, Holds::ALL).map_err(|why| format!("read: {why}"))?;
    for (to, adapter) in all() {
        streamed(to, adapter, &events, &wanted).map_err(|why| format!("{to}: {why}"))?;
    }
    let mut assembler = Assembler::new();
    events.iter().for_each(|event| assembler.push(event));
    served(
        &assembler.finish(exchange.dialect()),
        &wanted,
        exchange.dialect(),
    )
}

fn streamed(
    to: Dialect,
    adapter: &dyn Adapter,
    events: &[ChatEvent],
    wanted: &Said,
) -> Result<(), String> {
    let (written, dropped) = encode(adapter, events);
    let raw = split(adapter.framing(), std::iter::once(written.as_slice()))?;
    let plain: Vec<Plain> = plain(&raw);
    let said: Vec<Value> = plain.iter().map(|event| event.data.clone()).collect();
    events_carried(events, &Value::Array(said), &dropped)?;
    in_order(to, &plain, !wanted.finish.is_empty())?;
    Said::of_stream(to, &plain).says(wanted, holds(to))?;
    same(&decode(adapter, &raw)?, wanted, holds(to)).map_err(|why| format!("read again: {why}"))
}

fn failed(events: &[ChatEvent]) -> Option<String> {
    events.iter().find_map(|event| match event {
        ChatEvent::Error(error) => Some(error.code.clone().unwrap_or_default()),
        _ => None,
    })
}

/// A stream that failed fails in every dialect, and never looks finished.
fn served_error(adapter: &dyn Adapter, events: &[ChatEvent], code: &str) -> Result<(), String> {
    let (bytes, _) = encode(adapter, events);
    let raw = split(adapter.framing(), std::iter::once(bytes.as_slice()))?;
    match failed(&decode(adapter, &raw)?) {
        Some(_) => Ok(()),
        None => Err(format!(
            "a stream that failed ({code}) was served as if it had not"
        )),
    }
}

/// What a stream says in every event, and what it reports.
fn encode(adapter: &dyn Adapter, events: &[ChatEvent]) -> (Vec<u8>, Vec<String>) {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "model".to_owned(),
        created: 1,
    });
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event, &mut bytes);
    }
    encoder.end(&mut bytes);
    (bytes, encoder.dropped().to_vec())
}

fn same(events: &[ChatEvent], wanted: &Said, holds: Holds) -> Result<(), String> {
    let mut assembler = Assembler::new();
    events.iter().for_each(|event| assembler.push(event));
    if !assembler.ended() {
        return Err("the stream did not end".to_owned());
    }
    Said::of_canonical(&assembler.finish(Dialect::OpenAi)).says(wanted, holds)
}

/// What watches a verbatim stream counts what the stream says.
///
/// # Errors
/// What it saw otherwise.
pub fn tap_agrees(exchange: Exchange<'_>) -> Result<(), String> {
    let Some(answer) = exchange.recording.answer() else {
        return Ok(());
    };
    let framing: Framing = exchange.recording.framing();
    let mut tap = exchange.adapter.stream_tap();
    let events = split(framing, std::iter::once(answer.as_ref()))?;
    for event in &events {
        tap.observe(event);
        if tap.has_terminal() && tap.is_terminal(event) {
            break; // as the gateway ends the stream there
        }
    }
    let wanted = Said::of_stream(exchange.dialect(), &plain_events(framing, &answer)?);
    let meta = tap.meta();
    let counted = meta
        .usage
        .map(|usage| (usage.input.0, usage.output.0, usage.cache_read.0));
    if counted.unwrap_or_default() != wanted.usage.unwrap_or_default() {
        return Err(format!(
            "the tap counted {counted:?}, not {:?}",
            wanted.usage
        ));
    }
    // One that failed is not finished, whatever word it ends with.
    let broken = failed(&decode(exchange.adapter, &events)?).is_some();
    if !meta.finished && !wanted.finish.is_empty() && !broken {
        return Err("the tap did not see the finish".to_owned());
    }
    if meta.output_chars == 0 && !wanted.text.is_empty() {
        return Err("the tap saw no text".to_owned());
    }
    Ok(())
}
