//! Judges identifiers by the rules of their kinds: lines `KIND<TAB>VALUE` on standard input become `1`, `0`, or `?` for a
//! kind that is not known. The value is without separators, in capitals. What tests compare with other implementations.

use std::io::{BufRead, Write};

use marshal_detect::{Builtin, is_valid};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let judged = line
            .split_once('\t')
            .and_then(|(kind, value)| is_valid(Builtin::by_name(kind)?, value));
        let word = judged.map_or("?", |valid| if valid { "1" } else { "0" });
        writeln!(out, "{word}")?;
    }
    out.flush()
}
