//! What a decision costs: policies of 100, 1,000 and 10,000 lines over 10,000 callers, on one core.
//!
//! ```console
//! cargo run --release -p marshal-policies --example decisions
//! ```
//! Cold is a question that was never asked before; warm is one that was. `casbin alone` is the same question put to
//! casbin with every line, without index and memory. The last line is one JSON object.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use marshal_policies::{Bundle, BundleSource};
use marshal_types::{Action, Fact, Facts, Object, Principal, Problem};

const CALLERS: usize = 10_000;
const QUESTIONS: usize = 20_000;
const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() -> Result<(), Vec<Problem>> {
    let mut results = Vec::new();
    println!(
        "{:>7} {:>9} {:>12} {:>12} {:>12} {:>12} {:>14}",
        "lines",
        "load ms",
        "cold p50 us",
        "cold p99 us",
        "warm p50 us",
        "warm p99 us",
        "casbin p50 us"
    );
    for lines in SIZES {
        let source = BundleSource::Files {
            label: "bench".to_owned(),
            files: files(lines)?,
        };
        let begun = Instant::now();
        let bundle = Bundle::load(&source)?;
        let load = begun.elapsed();
        let questions: Vec<_> = (0..QUESTIONS)
            .map(|number| question(number, lines))
            .collect();
        let mut cold = Vec::new();
        for (principal, object, facts) in &questions {
            cold.push(timed(|| {
                bundle.authorize(principal, object, Action::Invoke, facts)
            }));
        }
        // The memory holds some thousands: the last ones are in it.
        let recent = &questions[QUESTIONS - 1_000..];
        for (principal, object, facts) in recent {
            black_box(bundle.authorize(principal, object, Action::Invoke, facts));
        }
        let mut warm = Vec::new();
        for _ in 0..20 {
            for (principal, object, facts) in recent {
                warm.push(timed(|| {
                    bundle.authorize(principal, object, Action::Invoke, facts)
                }));
            }
        }
        let mut alone = Vec::new();
        for (principal, object, facts) in questions.iter().take(2_000_000 / lines / 20) {
            alone.push(timed(|| {
                bundle.casbin_alone(principal, object, Action::Invoke, facts)
            }));
        }
        let figures = [&mut cold, &mut warm, &mut alone].map(|times| {
            times.sort_unstable();
            (
                micros(times[times.len() / 2]),
                micros(times[times.len() * 99 / 100]),
            )
        });
        let [cold, warm, alone] = figures;
        println!(
            "{lines:>7} {:>9.1} {:>12.2} {:>12.2} {:>12.2} {:>12.2} {:>14.1}",
            micros(load) / 1e3,
            cold.0,
            cold.1,
            warm.0,
            warm.1,
            alone.0
        );
        results.push(format!(
            "{{\"lines\":{lines},\"callers\":{CALLERS},\"load_ms\":{:.1},\"cold_p50_us\":{:.2},\"cold_p99_us\":{:.2},\"warm_p50_us\":{:.2},\"warm_p99_us\":{:.2},\"casbin_alone_p50_us\":{:.1}}}",
            micros(load) / 1e3, cold.0, cold.1, warm.0, warm.1, alone.0
        ));
    }
    println!("{{\"decisions\":[{}]}}", results.join(","));
    Ok(())
}

fn timed<T>(ask: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    black_box(ask());
    begun.elapsed()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A bundle of so many lines: roles with models, some with conditions, some that deny.
fn files(lines: usize) -> Result<BTreeMap<String, Arc<str>>, Vec<Problem>> {
    let mut files = Bundle::load(&BundleSource::Shipped)?.files().clone();
    files.remove("default.test.yaml");
    let (mut access, roles) = (String::new(), (lines / 10).max(1));
    for number in 0..lines {
        let role = number % roles;
        let condition = match number % 5 {
            0 => "\"region in [eu, us]\"",
            1 => "max_output <= 100000",
            _ => "*",
        };
        let effect = if number % 10 == 9 { "deny" } else { "allow" };
        let model = if number % 7 == 0 {
            format!("model:p{}/*", number % 20)
        } else {
            format!("model:p{}/m{}*", number % 20, number % 50)
        };
        _ = writeln!(
            access,
            "p, r{number}, role:r{role}, *, {model}, invoke, {condition}, {effect}"
        );
    }
    for caller in 0..CALLERS {
        _ = writeln!(access, "g, u:c{caller}, role:r{}, *", caller % roles);
    }
    files.insert("access.csv".to_owned(), access.into());
    Ok(files)
}

fn question(number: usize, lines: usize) -> (Principal, Object, Facts) {
    let mut state = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 11).unwrap_or(0) % below
    };
    let line = draw(lines);
    let caller = draw(CALLERS);
    let principal = Principal {
        subjects: [
            format!("k:k{caller}"),
            format!("u:c{caller}"),
            "t:team".to_owned(),
        ]
        .map(Arc::from)
        .into(),
        domain: "acme".into(),
    };
    let object = Object(format!("model:p{}/m{}-{number}", line % 20, line % 50).into());
    let facts = Facts::default()
        .with("region", Fact::Text("eu".into()))
        .with("max_output", Fact::Number(4_096));
    (principal, object, facts)
}
