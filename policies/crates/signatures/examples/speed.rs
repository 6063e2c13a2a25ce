//! How fast a text is scanned: `speed FILE` prints megabytes a second, the best of some rounds.

use std::hint::black_box;
use std::time::Instant;

use marshal_signatures::{Channel, Scanner};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: speed FILE")?;
    let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    let scanner = Scanner::default();
    let mut best = f64::INFINITY;
    // The first round also reads the table.
    for _ in 0..100 {
        let start = Instant::now();
        black_box(scanner.scan(black_box(&text), Channel::Auto));
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{:.1} MB/s over {} bytes",
        text.len() as f64 / best / 1e6,
        text.len()
    );
    Ok(())
}
