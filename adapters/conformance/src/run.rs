//! Every check over every recording, and what became of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use marshal_types::Dialect;

use crate::checks::{Exchange, across, facts_and_edit, request_round_trip, response_round_trip};
use crate::failures::errors;
use crate::recording::Recording;
use crate::reviewed::Reviewed;
use crate::route::{Chat, Route, Task, route};
use crate::spoken::spoken;
use crate::streams::{assembled, cut_anywhere, tap_agrees};
use crate::tasks::{Checked, verbatim};
use crate::turns::request_across;

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every check that applies held.
    Passed,
    /// A check did not hold: which, and why.
    Failed(String),
    /// No check applies, and why.
    Skipped(&'static str),
}

/// What kind of checks apply to a recording.
#[must_use]
pub fn kind(recording: &Recording) -> &'static str {
    match route(recording) {
        Route::Chat(_) => "chat",
        Route::Task(_) => "task",
        Route::Passthrough => "passthrough",
    }
}

/// The folder of recordings: `MARSHAL_SHARED`, else `shared` beside the workspace.
#[must_use]
pub fn shared_folder() -> PathBuf {
    std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    )
}

/// Runs every check over every recording, on every core; outcomes stand in the recordings' order.
#[must_use]
pub fn run_all(recordings: &[Recording], reviewed: &Reviewed) -> Vec<Outcome> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(recording) = recordings.get(at) else {
                return done;
            };
            done.push((at, run(recording, reviewed)));
        }
    };
    let mut outcomes = vec![Outcome::Failed("a check panicked".to_owned()); recordings.len()];
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        for done in workers.into_iter().filter_map(|worker| worker.join().ok()) {
            for (at, outcome) in done {
                outcomes[at] = outcome;
            }
        }
    });
    outcomes
}

/// Runs every check that applies to a recording.
#[must_use]
pub fn run(recording: &Recording, reviewed: &Reviewed) -> Outcome {
    match route(recording) {
        Route::Chat(chat) => match spoken(chat.dialect) {
            Some(adapter) => conversation(
                Exchange {
                    recording,
                    chat: &chat,
                    adapter,
                },
                reviewed,
            ),
            None => Outcome::Skipped("dialect not spoken yet"),
        },
        Route::Task(task) => forwarded(recording, Some(&task)),
        Route::Passthrough => forwarded(recording, None),
    }
}

fn forwarded(recording: &Recording, task: Option<&Task>) -> Outcome {
    let checked = verbatim(recording, task).and_then(|checked| {
        if recording.status >= 400 {
            errors(recording, None).map_err(|why| format!("error: {why}"))?;
        }
        Ok(checked)
    });
    match checked {
        Ok(Checked::Something) => Outcome::Passed,
        Ok(Checked::Nothing) => Outcome::Skipped("neither a body nor an answer was recorded"),
        Err(why) => Outcome::Failed(why),
    }
}

fn conversation(exchange: Exchange<'_>, reviewed: &Reviewed) -> Outcome {
    let mut failures = Vec::new();
    let mut check = |name: &str, result: Result<(), String>| {
        if let Err(why) = result {
            failures.push(format!("{name}: {why}"));
        }
    };
    let recording = exchange.recording;
    if recording.answer().is_none() && recording.request().is_none() {
        return Outcome::Skipped("neither a body nor an answer was recorded");
    }
    if !recording.went_well() {
        check("error", errors(recording, Some(exchange.adapter)));
    }
    // A request that the provider refused may be refused here too.
    let refused = (400..500).contains(&recording.status);
    let facts = facts_and_edit(exchange);
    if exchange.chat.wanted_model(recording).is_some() && !(refused && facts.is_err()) {
        check("facts", facts);
        if !refused || readable(exchange) {
            check("request", request_round_trip(exchange, reviewed));
            check("request across", request_across(exchange));
        }
    }
    if recording.went_well() {
        answered(exchange, reviewed, &mut check);
    }
    if failures.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(failures.join("; "))
    }
}

fn readable(exchange: Exchange<'_>) -> bool {
    let Some(body) = exchange.recording.request() else {
        return true;
    };
    let named = Chat::named(exchange.chat);
    exchange.adapter.decode_request(&body, named).is_ok()
}

fn answered(
    exchange: Exchange<'_>,
    reviewed: &Reviewed,
    check: &mut impl FnMut(&str, Result<(), String>),
) {
    let recording = exchange.recording;
    let answer = recording.answer().unwrap_or_default();
    if answer.trim_ascii().is_empty() {
        return;
    }
    // Whoever asked for a stream may get a whole answer.
    let whole = exchange.dialect() != Dialect::Ollama
        && recording
            .answer_json()
            .is_some_and(|value| value.is_object());
    if recording.stream && !whole {
        check("cut", cut_anywhere(recording));
        check("stream", assembled(exchange));
        check("tap", tap_agrees(exchange));
    } else if let Some(why) = refused_in_words(exchange, &answer) {
        check("error", why);
    } else {
        check("response", response_round_trip(exchange, reviewed));
        check("across", across(exchange));
    }
}

/// Some providers fail with a good status. That is no answer, so it is refused, and must then be read as an error.
fn refused_in_words(exchange: Exchange<'_>, answer: &[u8]) -> Option<Result<(), String>> {
    let value = exchange.recording.answer_json()?;
    let says = |name: &&str| value.get(*name).is_some_and(|error| !error.is_null());
    // `Output` is Amazon's word for an operation that it does not know.
    let words = [
        "error", "errors", "message", "Message", "detail", "__type", "Output",
    ];
    if !words.iter().any(says) || exchange.adapter.decode_response(answer).is_ok() {
        return None;
    }
    let error = exchange.adapter.decode_error(502, answer);
    Some(if error.message.is_empty() {
        Err("the provider's words were not kept".to_owned())
    } else {
        Ok(())
    })
}
