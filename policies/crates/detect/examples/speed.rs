//! How fast every built-in detector is: `speed FILE`, a text. Prints one JSON object: bytes a second on the text, at one
//! to ten megabytes of it, and how long 8 KiB of it take, in microseconds.

use std::time::Instant;

use marshal_detect::{Detector, secret_kinds};
use serde_json::json;

fn main() {
    let file = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    if text.is_empty() {
        eprintln!("speed FILE: a text in UTF-8, which {file:?} is not");
        std::process::exit(2);
    }
    let detector = Detector::all_built_in();
    let mut found = Vec::new();
    let whole = text.repeat(10_000_000 / text.len() + 1);
    let of = |megabytes: usize| &whole[..whole.floor_char_boundary(megabytes * 1_000_000)];
    detector.find(of(1), &mut found);
    let speeds: Vec<u64> = [1, 2, 5, 10]
        .into_iter()
        .map(|megabytes| {
            let part = of(megabytes);
            let begun = Instant::now();
            detector.find(part, &mut found);
            (part.len() as f64 / begun.elapsed().as_secs_f64()) as u64
        })
        .collect();
    let mut times: Vec<u128> = (0..1_000)
        .map(|at| {
            let start = whole.floor_char_boundary(at * 9_001 % (whole.len() - 9_000));
            let part = &whole[start..whole.floor_char_boundary(start + 8 * 1024)];
            let begun = Instant::now();
            detector.find(part, &mut found);
            begun.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let micros = |per_mille: usize| times[times.len() * per_mille / 1000] as f64 / 1000.0;
    println!(
        "{}",
        json!({
            "bytes_per_second": speeds[3], "at_1_2_5_10_mb": speeds, "p50_us_of_8_kib": micros(500), "p99_us_of_8_kib": micros(990),
            "entities": marshal_detect::Builtin::ALL.len(), "kinds_of_secrets": secret_kinds(), "found_in_10_mb": found.len(),
        })
    );
}
