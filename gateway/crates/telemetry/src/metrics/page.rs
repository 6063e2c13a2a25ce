//! The page in the two formats that scrapers read: `OpenMetrics` with exemplars, and Prometheus' older text without.

use std::fmt::Write;

use super::exemplar::Exemplar;

/// The media type of [`open_metrics`].
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The media type of [`plain`].
pub(super) const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether a scraper takes `OpenMetrics`. Without a word from it, it gets what everyone reads.
pub(super) fn takes_open_metrics(accept: Option<&str>) -> bool {
    let of = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|media| media.eq_ignore_ascii_case("application/openmetrics-text"));
        named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    };
    accept.is_some_and(|accept| accept.split(',').any(of))
}

/// The encoder's page with its exemplars, one for each bucket in the order of the page.
pub(super) fn open_metrics(page: &str, exemplars: &[Option<Exemplar>]) -> String {
    let mut out = String::with_capacity(page.len() + 96 * exemplars.len() / 8);
    let mut exemplars = exemplars.iter();
    for line in page.lines() {
        out.push_str(line);
        if is_bucket(line)
            && let Some(Some(exemplar)) = exemplars.next()
        {
            let _ = write!(out, "{exemplar}"); // a String takes everything
        }
        out.push('\n');
    }
    out
}

fn is_bucket(line: &str) -> bool {
    let name = line.split(['{', ' ']).next().unwrap_or_default();
    name.ends_with("_bucket")
}

/// The same page in the older format: counters and infos are described by their whole names, and nothing ends it.
pub(super) fn plain(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut help = None;
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "info" => ("_info", "gauge"),
                kind => ("", kind),
            };
            if let Some((_, help)) = help.take() {
                let _ = writeln!(out, "# HELP {name}{suffix} {help}");
            }
            let _ = writeln!(out, "# TYPE {name}{suffix} {kind}");
        } else if !line.starts_with('#') {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_format_names_counters_and_infos_whole() {
        let page = "# HELP a Calls.\n# TYPE a counter\na_total{x=\"# HELP\"} 1\n\
            # HELP b What runs.\n# TYPE b info\nb_info{v=\"1\"} 1\n# UNIT c seconds\n# EOF\n";
        let plain = "# HELP a_total Calls.\n# TYPE a_total counter\na_total{x=\"# HELP\"} 1\n\
            # HELP b_info What runs.\n# TYPE b_info gauge\nb_info{v=\"1\"} 1\n";
        assert_eq!(super::plain(page), plain);
    }

    #[test]
    fn a_scraper_gets_the_format_that_it_asks_for() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5,*/*;q=0.1";
        assert!(takes_open_metrics(Some(prometheus)));
        assert!(!takes_open_metrics(Some(
            "text/plain, application/openmetrics-text;q=0"
        )));
        assert!(!takes_open_metrics(Some("*/*")));
        assert!(!takes_open_metrics(None));
    }
}
