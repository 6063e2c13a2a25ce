//! The lines of `access.csv` and `compliance.csv`: each one understood, or the file refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{Action, Effect, Place, Problem, RuleId};

use crate::condition::Condition;
use crate::csv::{self, Field, Line};

/// Which of the two files is read: they differ in the words they may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Access,
    Compliance,
}

/// One `p` line.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    pub(crate) place: Place,
    pub(crate) subject: Arc<str>,
    pub(crate) domain: Arc<str>,
    pub(crate) object: Arc<str>,
    pub(crate) action: Arc<str>,
    /// As written, `*` for none.
    pub(crate) condition_text: Arc<str>,
    pub(crate) condition: Option<Arc<Condition>>,
    pub(crate) effect: Effect,
    pub(crate) shadow: bool,
}

/// One `g` line.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) place: Place,
    pub(crate) subject: Arc<str>,
    pub(crate) role: Arc<str>,
    pub(crate) domain: Arc<str>,
}

/// All lines of one file.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) rules: Vec<Rule>,
    pub(crate) grants: Vec<Grant>,
}

const SUBJECTS: &[&str] = &["k:", "u:", "t:", "s:", "role:"];
const OBJECTS: &[&str] = &["model:", "provider:", "api:", "tool:", "admin:"];
/// Whatever was found, nothing included. Stands only in compliance lines.
pub(crate) const ANY_CLASS: &str = "data:*";
/// The one action of compliance lines.
pub(crate) const SEND: &str = "send";

/// Reads a file. `classes`: the data classes that `data.yaml` knows, for compliance lines.
pub(crate) fn read(
    file: &Arc<str>,
    text: &str,
    kind: Kind,
    classes: &BTreeSet<Arc<str>>,
    problems: &mut Vec<Problem>,
) -> Lines {
    let before = problems.len();
    let mut reader = Reader {
        file,
        kind,
        classes,
        problems,
        ids: BTreeMap::new(),
    };
    let mut lines = Lines::default();
    for line in csv::read(file, text, reader.problems) {
        match &*line.fields[0].text {
            "p" => lines.rules.extend(reader.rule(&line)),
            "g" => lines.grants.extend(reader.grant(&line)),
            other => {
                let message =
                    format!("a line starts with p (a rule) or g (a role), not with {other:?}");
                reader.problem(line.number, line.fields[0].column, message);
            }
        }
    }
    if problems.len() == before && !lines.rules.iter().any(|rule| !rule.shadow) {
        problems.push(Problem::in_file(
            &**file,
            "no line decides anything; write at least one p line that is not in shadow mode",
        ));
    }
    lines
}

struct Reader<'a> {
    file: &'a Arc<str>,
    kind: Kind,
    classes: &'a BTreeSet<Arc<str>>,
    problems: &'a mut Vec<Problem>,
    ids: BTreeMap<String, u32>,
}

impl Reader<'_> {
    fn rule(&mut self, line: &Line) -> Option<Rule> {
        let fields = &line.fields;
        if !matches!(fields.len(), 8 | 9) {
            self.problem(line.number, fields[0].column, format!(
                "a p line has the form `p, rule-id, subject, domain, object, action, condition, allow|deny`, optionally followed by `shadow`: 8 or 9 fields, not {} (a field that holds a comma needs double quotes)",
                fields.len()
            ));
            return None;
        }
        if fields[6].text.contains('[') && !fields[6].text.contains(']') {
            self.problem(
                line.number,
                fields[6].column,
                "this condition holds a comma; put the whole condition in double quotes".to_owned(),
            );
            return None;
        }
        let before = self.problems.len();
        self.id(line.number, &fields[1]);
        self.subject(line.number, &fields[2]);
        self.domain(line.number, &fields[3]);
        self.object(line.number, &fields[4]);
        self.action(line.number, &fields[5]);
        let condition = self.condition(line.number, &fields[6]);
        let effect = self.effect(line.number, &fields[7]);
        let shadow = fields
            .get(8)
            .is_some_and(|field| self.shadow(line.number, field));
        if self.problems.len() > before {
            return None;
        }
        let text = |index: usize| Arc::<str>::from(&*fields[index].text);
        Some(Rule {
            id: RuleId(text(1)),
            place: self.place(line.number, fields[0].column),
            subject: text(2),
            domain: text(3),
            object: text(4),
            action: text(5),
            condition_text: text(6),
            condition,
            effect: effect?,
            shadow,
        })
    }

    fn grant(&mut self, line: &Line) -> Option<Grant> {
        let fields = &line.fields;
        if self.kind == Kind::Compliance {
            self.problem(line.number, fields[0].column, "compliance lines speak of data classes, and those have no roles; remove this g line".to_owned());
            return None;
        }
        if fields.len() != 4 {
            self.problem(
                line.number,
                fields[0].column,
                format!(
                    "a g line has the form `g, subject, role, domain`: 4 fields, not {}",
                    fields.len()
                ),
            );
            return None;
        }
        let before = self.problems.len();
        self.subject(line.number, &fields[1]);
        if !fields[2].text.starts_with("role:") || fields[2].text.len() == 5 {
            self.problem(
                line.number,
                fields[2].column,
                format!("a role is written role:NAME, not {:?}", fields[2].text),
            );
        }
        self.domain(line.number, &fields[3]);
        let text = |index: usize| Arc::<str>::from(&*fields[index].text);
        (self.problems.len() == before).then(|| Grant {
            place: self.place(line.number, fields[0].column),
            subject: text(1),
            role: text(2),
            domain: text(3),
        })
    }

    fn id(&mut self, line: u32, field: &Field) {
        if !is_name(&field.text) || field.text.len() > 64 {
            self.problem(
                line,
                field.column,
                format!(
                    "{:?} is no rule id; use 1 to 64 letters, digits, '-', '_' or '.'",
                    field.text
                ),
            );
        } else if let Some(first) = self.ids.get(&field.text) {
            let message = format!(
                "the rule id {} stands already on line {first}; every rule has an id of its own",
                field.text
            );
            self.problem(line, field.column, message);
        } else {
            self.ids.insert(field.text.clone(), line);
        }
    }

    fn subject(&mut self, line: u32, field: &Field) {
        let text = &*field.text;
        if self.kind == Kind::Compliance {
            return self.class(line, field);
        }
        if text == "*" {
            return;
        }
        let known = SUBJECTS.iter().find_map(|prefix| text.strip_prefix(prefix));
        match known {
            Some(name)
                if !name.is_empty() && !name.contains(|c: char| c == '*' || c.is_whitespace()) => {}
            Some(_) => self.problem(
                line,
                field.column,
                format!("{text:?} names no one; write the name in full, or * alone for everyone"),
            ),
            None => {
                let hint = prefix_hint(text, SUBJECTS);
                self.problem(line, field.column, format!("{text:?} is no subject; write k:KEY, u:USER, t:TEAM, s:SERVICE, role:NAME or *{hint}"));
            }
        }
    }

    fn class(&mut self, line: u32, field: &Field) {
        let Some(class) = field.text.strip_prefix("data:") else {
            return self.problem(line, field.column, format!("{:?} is no subject here; write data:CLASS, data:none (nothing was found) or data:* (whatever was found)", field.text));
        };
        if class == "none" || class == "*" || self.classes.contains(class) {
            return;
        }
        let hint = marshal_yaml::nearest(
            class,
            self.classes.iter().map(|known| &**known).chain(["none"]),
        )
        .map_or_else(String::new, |near| format!("; did you mean data:{near}?"));
        self.problem(
            line,
            field.column,
            format!("data.yaml has no class {class:?}{hint}"),
        );
    }

    fn domain(&mut self, line: u32, field: &Field) {
        if field.text != "*" && !is_name(&field.text) {
            self.problem(
                line,
                field.column,
                format!(
                    "{:?} is no domain; write a tenant's name or * for all",
                    field.text
                ),
            );
        }
    }

    fn object(&mut self, line: u32, field: &Field) {
        let text = &*field.text;
        if text == "*" {
            return;
        }
        match OBJECTS.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            Some(name) if !name.is_empty() && !name.contains(char::is_whitespace) => {}
            Some(_) => self.problem(
                line,
                field.column,
                format!("{text:?} names nothing; write a name, or a pattern with *"),
            ),
            None => {
                let hint = prefix_hint(text, OBJECTS);
                self.problem(line, field.column, format!("{text:?} is no object; write model:PROVIDER/MODEL, provider:NAME, api:NAME, tool:NAME, admin:NAME or *{hint}"));
            }
        }
    }

    fn action(&mut self, line: u32, field: &Field) {
        let known: Vec<&str> = match self.kind {
            Kind::Access => Action::ALL
                .iter()
                .map(|action| action.as_str())
                .chain(["*"])
                .collect(),
            Kind::Compliance => vec![SEND],
        };
        self.one_of(line, field, "action", &known);
    }

    fn effect(&mut self, line: u32, field: &Field) -> Option<Effect> {
        match &*field.text {
            "allow" => Some(Effect::Allow),
            "deny" => Some(Effect::Deny),
            _ => {
                self.one_of(line, field, "effect", &["allow", "deny"]);
                None
            }
        }
    }

    fn shadow(&mut self, line: u32, field: &Field) -> bool {
        self.one_of(line, field, "mode", &["shadow"])
    }

    fn one_of(&mut self, line: u32, field: &Field, what: &str, known: &[&str]) -> bool {
        let found = known.contains(&&*field.text);
        if !found {
            let hint = marshal_yaml::nearest(&field.text, known.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            self.problem(
                line,
                field.column,
                format!(
                    "{:?} is no {what}; use {}{hint}",
                    field.text,
                    known.join(", ")
                ),
            );
        }
        found
    }

    fn condition(&mut self, line: u32, field: &Field) -> Option<Arc<Condition>> {
        if field.text == "*" {
            return None;
        }
        if field.text.is_empty() {
            self.problem(
                line,
                field.column,
                "write * where a line has no condition".to_owned(),
            );
            return None;
        }
        match Condition::compile(&field.text) {
            Ok(condition) => Some(Arc::new(condition)),
            Err(error) => {
                let offset = u32::try_from(error.offset).unwrap_or(u32::MAX);
                self.problem(line, field.column.saturating_add(offset), error.message);
                None
            }
        }
    }

    fn place(&self, line: u32, column: u32) -> Place {
        Place {
            file: Arc::clone(self.file),
            line,
            column,
        }
    }

    fn problem(&mut self, line: u32, column: u32, message: String) {
        let place = self.place(line, column);
        self.problems.push(Problem::at(place, message));
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn prefix_hint(text: &str, known: &[&str]) -> String {
    let Some((prefix, name)) = text.split_once(':') else {
        return String::new();
    };
    marshal_yaml::nearest(
        prefix,
        known.iter().map(|known| known.trim_end_matches(':')),
    )
    .map_or_else(String::new, |near| format!("; did you mean {near}:{name}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(kind: Kind, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        read(
            &"a.csv".into(),
            text,
            kind,
            &[Arc::from("pii")].into(),
            &mut problems,
        );
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_told_at_once_with_its_place() {
        let told = problems(
            Kind::Access,
            concat!(
                "p, one, *, *, model:*, invoke, *, allow\n",
                "p, one, user:x, *, modle:x, invok, pci = true, Deny\n",
                "q, two\n",
                "p, three, u:*, a b, provider:, *, , deny, shaddow\n",
                "p, four, *, *, model:*, invoke, region in [a, b], deny\n",
                "g, u:x, admin, *\n",
            ),
        );
        let want = [
            "a.csv:2:4: the rule id one stands already on line 1",
            "a.csv:2:9: \"user:x\" is no subject",
            "a.csv:2:20: \"modle:x\" is no object; write model:PROVIDER/MODEL, provider:NAME, api:NAME, tool:NAME, admin:NAME or *; did you mean model:x?",
            "a.csv:2:29: \"invok\" is no action; use invoke, stream, list, audit.read, key.issue, *; did you mean invoke?",
            "a.csv:2:40: a single = compares nothing; write ==",
            "a.csv:2:48: \"Deny\" is no effect; use allow, deny",
            "a.csv:3:1: a line starts with p",
            "a.csv:4:11: \"u:*\" names no one",
            "a.csv:4:16: \"a b\" is no domain",
            "a.csv:4:21: \"provider:\" names nothing",
            "a.csv:4:35: write * where a line has no condition",
            "a.csv:4:43: \"shaddow\" is no mode; use shadow; did you mean shadow?",
            "a.csv:5:33: this condition holds a comma; put the whole condition in double quotes",
            "a.csv:6:9: a role is written role:NAME",
        ];
        assert_eq!(told.len(), want.len(), "{told:#?}");
        for (told, want) in told.iter().zip(want) {
            assert!(told.starts_with(want), "{told}\n{want}");
        }
    }

    #[test]
    fn a_policy_that_decides_nothing_is_refused() {
        for text in ["", "# nothing\n", "p, a, *, *, *, *, *, allow, shadow\n"] {
            assert!(
                problems(Kind::Access, text)[0].contains("no line decides anything"),
                "{text}"
            );
        }
    }

    #[test]
    fn compliance_lines_speak_of_known_classes_and_send() {
        let told = problems(
            Kind::Compliance,
            "p, a, data:pi, *, *, invoke, *, allow\ng, data:pii, role:x, *\np, b, u:x, *, *, send, *, allow\n",
        );
        assert!(
            told[0].contains("no class \"pi\"; did you mean data:pii?"),
            "{told:?}"
        );
        assert!(told[1].contains("use send"));
        assert!(told[2].contains("have no roles"));
        assert!(told[3].contains("write data:CLASS"));
        assert_eq!(
            problems(Kind::Compliance, "p, a, data:pii, *, *, send, *, allow"),
            [""; 0]
        );
    }
}
