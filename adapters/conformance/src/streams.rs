//! The checks of streamed answers.

use bytes::Bytes;
use marshal_adapter_api::{Assembler, ChatEvent, StreamShape};
use marshal_types::Dialect;
use marshal_wire::sse::{RawEvent, Splitter};
use serde_json::Value;

use crate::checks::{adapter, other};
use crate::recording::Recording;
use crate::said::Said;

const MOST: usize = 16 * 1024 * 1024;
/// Streams up to this size are cut at every byte.
const SMALL: usize = 4_000;

/// The whole events of a stream fed in the given chunks.
fn split<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<RawEvent>, String> {
    let mut splitter = Splitter::new(MOST);
    let mut events = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next().map_err(|error| error.to_string())? {
            events.push(event);
        }
    }
    events.extend(splitter.finish());
    Ok(events)
}

/// A stream is cut into the same events wherever its chunks end, and they add up to its bytes.
///
/// # Errors
/// Where it is not.
pub fn cut_anywhere(recording: &Recording) -> Result<(), String> {
    let Some(answer) = recording.answer() else {
        return Ok(());
    };
    let bytes = answer.as_bytes();
    let whole = split(std::iter::once(bytes))?;
    let together: Vec<u8> = whole.iter().flat_map(|event| event.raw.to_vec()).collect();
    if together != bytes {
        return Err("the events do not add up to the stream".to_owned());
    }
    let same = |events: &[RawEvent]| {
        events.len() == whole.len() && events.iter().zip(&whole).all(|(a, b)| a.raw == b.raw)
    };
    if !same(&split(bytes.chunks(1))?) {
        return Err("fed byte by byte it has other events".to_owned());
    }
    if bytes.len() <= SMALL {
        for at in 1..bytes.len() {
            let (one, two) = bytes.split_at(at);
            if !same(&split([one, two].into_iter())?) {
                return Err(format!("cut at byte {at} it has other events"));
            }
        }
    }
    // Cuts that look random but are the same in every run.
    let mut state = bytes.len() as u64 | 1;
    for _ in 0..20 {
        let mut chunks = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let size = usize::try_from(state >> 33).unwrap_or(1) % 97 + 1;
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        if !same(&split(chunks.into_iter())?) {
            return Err("cut at random it has other events".to_owned());
        }
    }
    Ok(())
}

fn decode(dialect: Dialect, bytes: &[u8]) -> Result<Vec<ChatEvent>, String> {
    let mut decoder = adapter(dialect).stream_decoder();
    let mut out = Vec::new();
    for event in split(std::iter::once(bytes))? {
        decoder
            .event(&event, &mut out)
            .map_err(|error| error.message)?;
    }
    decoder.end(&mut out);
    Ok(out)
}

fn plain_events(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let events = split(std::iter::once(bytes))?;
    Ok(events
        .iter()
        .filter_map(|event| serde_json::from_slice(&event.data()).ok())
        .collect())
}

/// A stream read, put together, and written in both dialects says what it said.
///
/// # Errors
/// What is said otherwise.
pub fn assembled(recording: &Recording, dialect: Dialect) -> Result<(), String> {
    let Some(answer) = recording.answer() else {
        return Ok(());
    };
    let events = decode(dialect, answer.as_bytes())?;
    let wanted = Said::of_stream(dialect, &plain_events(answer.as_bytes())?);
    if let Some(end) = failed(&events) {
        return served_error(dialect, &events, &end);
    }
    same("read", &events, &wanted)?;
    for to in [dialect, other(dialect)] {
        let bytes = encode(to, &events);
        let again = decode(to, &bytes)?;
        let mut expected = wanted.clone();
        if to == Dialect::Anthropic {
            expected = expected.stated();
        }
        same(to.as_str(), &again, &expected)?;
        if to == Dialect::Anthropic {
            in_order(&plain_events(&bytes)?)?;
        }
    }
    Ok(())
}

fn failed(events: &[ChatEvent]) -> Option<String> {
    events.iter().find_map(|event| match event {
        ChatEvent::Error(error) => Some(error.code.clone().unwrap_or_default()),
        _ => None,
    })
}

/// A stream that failed fails in the other dialect too, and never looks finished.
fn served_error(dialect: Dialect, events: &[ChatEvent], code: &str) -> Result<(), String> {
    let again = decode(other(dialect), &encode(other(dialect), events))?;
    match failed(&again) {
        Some(_) => Ok(()),
        None => Err(format!(
            "a stream that failed ({code}) was served as if it had not"
        )),
    }
}

fn encode(to: Dialect, events: &[ChatEvent]) -> Vec<u8> {
    let mut encoder = adapter(to).stream_encoder(StreamShape {
        include_usage: true,
        model: "model".to_owned(),
        created: 1,
    });
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event, &mut bytes);
    }
    encoder.end(&mut bytes);
    bytes
}

fn same(how: &str, events: &[ChatEvent], wanted: &Said) -> Result<(), String> {
    let mut assembler = Assembler::new();
    events.iter().for_each(|event| assembler.push(event));
    if !assembler.ended() {
        return Err(format!("{how}: the stream did not end"));
    }
    let heard = Said::of_canonical(&assembler.finish(Dialect::OpenAi));
    if &heard == wanted {
        Ok(())
    } else {
        Err(format!("{how}: says {heard:?}, should say {wanted:?}"))
    }
}

/// The published order of events: start, blocks one after the other, delta, stop.
fn in_order(events: &[Value]) -> Result<(), String> {
    let mut open = None;
    let mut next = 0;
    for (at, event) in events.iter().enumerate() {
        let kind = event["type"].as_str().unwrap_or_default();
        let index = event["index"].as_u64();
        let fits = match kind {
            "message_start" => at == 0,
            "content_block_start" => open.is_none() && index == Some(next),
            "content_block_delta" => open.is_some() && open == index,
            "content_block_stop" => open.is_some() && open == index,
            "message_delta" => open.is_none() && at + 2 == events.len(),
            "message_stop" => at + 1 == events.len(),
            _ => false,
        };
        if !fits {
            return Err(format!("event {at}, {kind}, is out of order"));
        }
        match kind {
            "content_block_start" => open = index,
            "content_block_stop" => {
                open = None;
                next += 1;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What watches a verbatim stream counts what the stream says.
///
/// # Errors
/// What it saw otherwise.
pub fn tap_agrees(recording: &Recording, dialect: Dialect) -> Result<(), String> {
    let Some(answer) = recording.answer() else {
        return Ok(());
    };
    let mut tap = adapter(dialect).stream_tap();
    let events = split(std::iter::once(answer.as_bytes()))?;
    events.iter().for_each(|event| tap.observe(event));
    let wanted = Said::of_stream(dialect, &plain_events(answer.as_bytes())?);
    let meta = tap.meta();
    let counted = meta
        .usage
        .map(|usage| (usage.input.0, usage.output.0, usage.cache_read.0));
    if counted != wanted.usage {
        return Err(format!(
            "the tap counted {counted:?}, not {:?}",
            wanted.usage
        ));
    }
    if meta.finished == wanted.finish.is_empty() && !wanted.finish.is_empty() {
        return Err("the tap did not see the finish".to_owned());
    }
    if meta.output_chars == 0 && !wanted.text.is_empty() {
        return Err("the tap saw no text".to_owned());
    }
    Ok(())
}
