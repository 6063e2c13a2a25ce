//! The `.conf` files: casbin models. One model is supported per file; another one is refused, with what to write.

use std::sync::Arc;

use marshal_types::{Place, Problem};

/// Section, key and value of each definition that must stand in a model, in casbin's own words.
pub(crate) type Definitions = &'static [(&'static str, &'static str, &'static str)];

/// Who may do what with which model, tool, endpoint.
pub(crate) const ACCESS: Definitions = &[
    ("request_definition", "r", "sub, dom, obj, act, ctx"),
    (
        "policy_definition",
        "p",
        "id, sub, dom, obj, act, cond, eft",
    ),
    ("role_definition", "g", "_, _, _"),
    ("policy_effect", "e", EFFECT),
    ("matchers", "m", MATCHER),
];

/// What a call with this data may be sent to: the same, without roles.
pub(crate) const COMPLIANCE: Definitions = &[
    ("request_definition", "r", "sub, dom, obj, act, ctx"),
    (
        "policy_definition",
        "p",
        "id, sub, dom, obj, act, cond, eft",
    ),
    ("policy_effect", "e", EFFECT),
    ("matchers", "m", MATCHER),
];

const EFFECT: &str = "some(where (p.eft == allow)) && !some(where (p.eft == deny))";
const MATCHER: &str = "actOk(r.act, p.act) && domOk(r.dom, p.dom) && subOk(r.sub, p.sub, r.dom) && objOk(r.obj, p.obj) && condOk(r.ctx, p.cond, p.eft)";

/// Checks that a file says exactly `definitions`, whatever its blanks, comments and order of sections.
pub(crate) fn check(
    file: &Arc<str>,
    text: &str,
    definitions: Definitions,
    problems: &mut Vec<Problem>,
) {
    let mut seen = vec![false; definitions.len()];
    let mut section = String::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        let place = Place {
            file: Arc::clone(file),
            line: number,
            column: 1,
        };
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.trim().clone_into(&mut section);
            if !definitions.iter().any(|(known, ..)| *known == section) {
                let hint =
                    marshal_yaml::nearest(&section, definitions.iter().map(|(known, ..)| *known))
                        .map_or_else(String::new, |near| format!("; did you mean [{near}]?"));
                problems.push(Problem::at(
                    place,
                    format!("no section [{section}] belongs here{hint}"),
                ));
            }
            continue;
        }
        match definition(&section, line, definitions) {
            Ok(index) if seen[index] => problems.push(Problem::at(
                place,
                "this definition stands twice; remove one",
            )),
            Ok(index) => seen[index] = true,
            Err(message) => problems.push(Problem::at(place, message)),
        }
    }
    for ((section, key, value), _) in definitions.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        problems.push(Problem::in_file(
            &**file,
            format!("[{section}] must say: {key} = {value}"),
        ));
    }
}

fn definition(section: &str, line: &str, definitions: Definitions) -> Result<usize, String> {
    let Some((key, value)) = line.split_once('=') else {
        return Err("expected `key = value` or `[section]`".to_owned());
    };
    let index = definitions
        .iter()
        .position(|(known, name, _)| *known == section && *name == key.trim());
    let Some(index) = index else {
        return Err(format!(
            "{} is not defined in [{section}] of the supported model; remove it",
            key.trim()
        ));
    };
    let want = definitions[index].2;
    if squeeze(value) == squeeze(want) {
        Ok(index)
    } else {
        Err(format!(
            "this differs from the one supported model; write: {} = {want}",
            key.trim()
        ))
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(definitions: Definitions) -> String {
        definitions
            .iter()
            .map(|(section, key, value)| format!("[{section}]\n{key} = {value}\n"))
            .collect()
    }

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check(&"access.conf".into(), text, ACCESS, &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_supported_model_passes_with_any_blanks_and_comments() {
        assert_eq!(
            problems(
                &text(ACCESS)
                    .replace(" = ", "=")
                    .replace(", ", " ,  ")
                    .replace("[matchers]", "# why\n\n[matchers]")
            ),
            [""; 0]
        );
    }

    #[test]
    fn another_effect_matcher_or_section_is_refused() {
        let weaker = text(ACCESS).replace(EFFECT, "!some(where (p.eft == deny))");
        assert!(
            problems(&weaker)[0].starts_with("access.conf:8:1: this differs"),
            "{:?}",
            problems(&weaker)
        );
        assert!(
            problems(&text(ACCESS).replace("&& objOk(r.obj, p.obj) ", ""))[0]
                .contains("this differs")
        );
        assert!(
            problems(&text(ACCESS).replace("[matchers]", "[matcher]"))[0]
                .contains("did you mean [matchers]?")
        );
        assert_eq!(
            problems(""),
            ACCESS
                .iter()
                .map(|(s, k, v)| format!("access.conf:1:1: [{s}] must say: {k} = {v}"))
                .collect::<Vec<_>>()
        );
        let twice = text(ACCESS) + "m = true\n";
        assert!(problems(&twice)[0].contains("this differs"));
    }
}
