//! Policy lines (`access.csv`, `compliance.csv` and the layers below them): each one understood, or the file refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{Action, Effect, Place, Problem, RuleId, Surface, SurfaceKind};

use crate::asked;
use crate::condition::Condition;
use crate::csv::{self, Field, Line};
use crate::glob::matches;
use crate::layers::Layer;

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
    /// The region that the object named; it is part of the condition.
    pub(crate) region: Option<Arc<str>>,
    pub(crate) action: Arc<str>,
    /// As written, `*` for none.
    pub(crate) condition_text: Arc<str>,
    pub(crate) condition: Option<Arc<Condition>>,
    pub(crate) effect: Effect,
    pub(crate) mode: Mode,
    pub(crate) layer: Layer,
}

/// What a line that matches does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It decides.
    Enforce,
    /// It decides nothing; what it would have said is recorded.
    Shadow,
    /// It decides nothing; its obligations hold for a call that is allowed.
    Oblige,
}

/// More lines than this no one reviews, and a start would wait for them.
const MOST_LINES: usize = 100_000;

const MODES: &[&str] = &["shadow", "oblige"];

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
const OBJECTS: &[&str] = &["model:", "provider:", "region:", "api:", "tool:", "admin:"];
/// Signs of patterns that are not ours; no model, provider, door or tool has one in its name.
const NO_PATTERN: [char; 10] = ['[', ']', '(', ')', '{', '}', '^', '|', '\\', '?'];
/// What the admin interface asks for.
const ADMIN: &[&str] = &["keys", "audit"];
/// Whatever was found, nothing included. Stands only in compliance lines.
pub(crate) const ANY_CLASS: &str = "data:*";
/// Who breaks the glass: the role of keys made for an emergency.
pub(crate) const GLASS: &str = "role:break-glass";
/// The one action of compliance lines.
pub(crate) const SEND: &str = "send";

/// What a file of lines is: whose, about what, and which words it may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) layer: &'a Layer,
    /// The data classes that `data.yaml` knows, for compliance lines.
    pub(crate) classes: &'a BTreeSet<Arc<str>>,
}

/// Rule ids and where each stands: no two lines of a bundle share one.
pub(crate) type Ids = BTreeMap<String, Place>;

/// Reads a file of lines.
pub(crate) fn read(
    source: Source<'_>,
    text: &str,
    ids: &mut Ids,
    problems: &mut Vec<Problem>,
) -> Lines {
    let before = problems.len();
    let Source { file, layer, .. } = source;
    let mut reader = Reader {
        source,
        problems,
        ids,
    };
    let mut lines = Lines::default();
    if text.lines().count() > MOST_LINES {
        let message =
            format!("a file has at most {MOST_LINES} lines; give subjects roles, and roles lines");
        reader.problems.push(Problem::in_file(&**file, message));
        return lines;
    }
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
    let decides = |rule: &Rule| rule.mode == Mode::Enforce;
    if problems.len() == before && *layer == Layer::Platform && !lines.rules.iter().any(decides) {
        problems.push(Problem::in_file(
            &**file,
            "no line decides anything; write at least one p line that is not in shadow mode",
        ));
    }
    lines
}

struct Reader<'a> {
    source: Source<'a>,
    problems: &'a mut Vec<Problem>,
    ids: &'a mut Ids,
}

impl Reader<'_> {
    fn rule(&mut self, line: &Line) -> Option<Rule> {
        let fields = &line.fields;
        if !matches!(fields.len(), 8 | 9) {
            self.problem(line.number, fields[0].column, format!(
                "a p line has the form `p, rule-id, subject, domain, object, action, condition, allow|deny`, optionally followed by `shadow` or `oblige`: 8 or 9 fields, not {} (a field that holds a comma needs double quotes)",
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
        let mode = fields
            .get(8)
            .map_or(Mode::Enforce, |field| self.mode(line.number, field));
        if let Some(effect) = effect {
            self.reach(line, effect, mode);
        }
        if self.problems.len() > before {
            return None;
        }
        let text = |index: usize| Arc::<str>::from(&*fields[index].text);
        let mut rule = Rule {
            id: RuleId(text(1)),
            place: self.place(line.number, fields[0].column),
            subject: text(2),
            domain: text(3),
            object: text(4),
            region: None,
            action: text(5),
            condition_text: text(6),
            condition,
            effect: effect?,
            mode,
            layer: self.source.layer.clone(),
        };
        self.narrow(&mut rule);
        let never = rule.condition.as_ref().and_then(|condition| {
            condition.never_holds(&asked::circumstances(self.source.kind, &rule))
        });
        if let Some(why) = never {
            let message = format!("this line can never match: {why}");
            self.problem(line.number, fields[6].column, message);
            return None;
        }
        Some(rule)
    }

    /// What the layer lets a line say.
    fn reach(&mut self, line: &Line, effect: Effect, mode: Mode) {
        let fields = &line.fields;
        let layer = self.source.layer;
        if mode == Mode::Oblige && effect == Effect::Deny {
            let message = "a line that obliges says what holds where a call is allowed: write allow in the eighth field";
            self.problem(line.number, fields[7].column, message.to_owned());
        }
        if *layer != Layer::Platform && effect == Effect::Allow && mode != Mode::Oblige {
            let message = format!(
                "{layer} cannot widen what the platform allows: write deny (with a condition that says where), or add `oblige` as the ninth field"
            );
            self.problem(line.number, fields[7].column, message);
        }
        if let Layer::Tenant(name) = layer
            && !["*", &**name].contains(&&*fields[3].text)
        {
            let message = format!("{layer} speaks for its own domain alone: write {name} or *");
            self.problem(line.number, fields[3].column, message);
        }
        if let (Layer::Team(name), Kind::Access) = (layer, self.source.kind)
            && fields[2].text != "*"
            && fields[2].text.strip_prefix("t:") != Some(&**name)
        {
            let message = format!("{layer} speaks for its own members alone: write t:{name} or *");
            self.problem(line.number, fields[2].column, message);
        }
        if let Some(message) = asked::never(&fields[4].text, &fields[5].text) {
            self.problem(line.number, fields[5].column, message);
        }
    }

    /// Draws the line to its layer, and a region, which is a fact of a target, into the condition.
    fn narrow(&self, rule: &mut Rule) {
        match (self.source.layer, self.source.kind) {
            (Layer::Tenant(name), _) => rule.domain = Arc::clone(name),
            (Layer::Team(name), Kind::Access) => rule.subject = format!("t:{name}").into(),
            (Layer::Team(name), Kind::Compliance) => also(rule, "team", name),
            (Layer::Platform | Layer::Pack(_), _) => {}
        }
        if let Some(region) = rule.object.strip_prefix("region:") {
            let region = region.to_owned();
            rule.object = "model:*".into();
            rule.region = Some(region.as_str().into());
            also(rule, "region", &region);
        }
    }

    fn grant(&mut self, line: &Line) -> Option<Grant> {
        let fields = &line.fields;
        if self.source.kind == Kind::Compliance {
            self.problem(line.number, fields[0].column, "compliance lines speak of data classes, and those have no roles; remove this g line".to_owned());
            return None;
        }
        if *self.source.layer != Layer::Platform {
            let message = format!(
                "{} cannot give roles, for a role may widen; write this line into access.csv",
                self.source.layer
            );
            self.problem(line.number, fields[0].column, message);
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
        if !fields[2].text.strip_prefix("role:").is_some_and(is_subject) {
            self.problem(
                line.number,
                fields[2].column,
                format!("a role is written role:NAME, not {:?}", fields[2].text),
            );
        }
        if fields[2].text == GLASS {
            let message = format!(
                "{GLASS} comes with a key of `marshal key create --break-glass`, and is given by no line"
            );
            self.problem(line.number, fields[2].column, message);
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
            let first = if first.file == *self.source.file {
                format!("on line {}", first.line)
            } else {
                format!("in {}:{}", first.file, first.line)
            };
            let message = format!(
                "the rule id {} stands already {first}; every rule has an id of its own",
                field.text
            );
            self.problem(line, field.column, message);
        } else {
            let place = self.place(line, field.column);
            self.ids.insert(field.text.clone(), place);
        }
    }

    fn subject(&mut self, line: u32, field: &Field) {
        let text = &*field.text;
        if self.source.kind == Kind::Compliance {
            return self.class(line, field);
        }
        if text == "*" {
            return;
        }
        let known = SUBJECTS.iter().find_map(|prefix| text.strip_prefix(prefix));
        match known {
            Some(name) if is_subject(name) => {}
            Some(_) => self.problem(
                line,
                field.column,
                format!(
                    "{text:?} names no one: a name is letters from a to z, digits and . _ - @, in full; or * alone for everyone"
                ),
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
        if class == "none" || class == "*" || self.source.classes.contains(class) {
            return;
        }
        let hint = marshal_yaml::nearest(
            class,
            self.source
                .classes
                .iter()
                .map(|known| &**known)
                .chain(["none"]),
        )
        .map_or_else(String::new, |near| format!("; did you mean data:{near}?"));
        self.problem(
            line,
            field.column,
            format!("data.yaml has no class {class:?}{hint}{}", self.of_pack()),
        );
    }

    /// What to do about a class that a pack asks for; its lines are not there to be changed.
    fn of_pack(&self) -> String {
        match self.source.layer {
            Layer::Pack(name) => format!(
                "; give an entity of data.yaml this class, or take {name} out of packs.yaml"
            ),
            _ => String::new(),
        }
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
            Some(name) if !name.is_empty() && !name.contains(char::is_whitespace) => {
                if let Some(sign) = name.chars().find(|sign| NO_PATTERN.contains(sign)) {
                    let message = format!(
                        "{text:?} can never match: only * stands for any characters, and {sign:?} is in no name; write a line for each, or a condition such as model in [...]"
                    );
                    return self.problem(line, field.column, message);
                }
                self.known(line, field, name);
            }
            Some(_) => self.problem(
                line,
                field.column,
                format!("{text:?} names nothing; write a name, or a pattern with *"),
            ),
            None => {
                let hint = prefix_hint(text, OBJECTS);
                self.problem(line, field.column, format!("{text:?} is no object; write model:PROVIDER/MODEL, provider:NAME, region:NAME, api:DOOR, tool:NAME, admin:NAME or *{hint}"));
            }
        }
    }

    /// Doors and what the admin interface asks for are words of ours; a line about another one would never match.
    fn known(&mut self, line: u32, field: &Field, name: &str) {
        let text = &*field.text;
        let sent = ["model:", "provider:", "region:"];
        if self.source.kind == Kind::Compliance && !sent.iter().any(|kind| text.starts_with(kind)) {
            let message = format!(
                "{text:?} can never match: data is sent to targets; write model:PROVIDER/MODEL, and for a door the condition surface == NAME"
            );
            return self.problem(line, field.column, message);
        }
        let words: Vec<&str> = if text.starts_with("api:") {
            let asked =
                |door: &&Surface| !matches!(door.kind(), SurfaceKind::Chat | SurfaceKind::Local);
            Surface::ALL
                .iter()
                .filter(asked)
                .map(|door| door.as_str())
                .collect()
        } else if text.starts_with("admin:") {
            ADMIN.to_vec()
        } else if text.starts_with("region:") && !is_name(name) {
            let message = format!(
                "{text:?} can never match: a region is named in full, in letters, digits, - _ and .; for several write model:* with the condition region in [...]"
            );
            return self.problem(line, field.column, message);
        } else if text.starts_with("provider:") && name.contains('/') {
            let message = format!(
                "{text:?} can never match: a provider's name holds no /; write model:{name} for a model of it"
            );
            return self.problem(line, field.column, message);
        } else if text.starts_with("model:") && !name.contains(['/', '*']) {
            let message = format!(
                "{text:?} names no model: a target is PROVIDER/MODEL, so write model:PROVIDER/{name} or model:*/{name}"
            );
            return self.problem(line, field.column, message);
        } else {
            return;
        };
        if !words.iter().any(|word| matches(name, word)) {
            let hint = marshal_yaml::nearest(name, words.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            let chat = Surface::ALL.iter().any(|door| door.as_str() == name);
            let message = if chat && text.starts_with("api:") {
                format!(
                    "{text:?} can never match: conversations are asked for by their model; write model:* with the condition surface == {name}"
                )
            } else {
                let list = match text.starts_with("api:") {
                    true => " (marshal check --coverage lists the doors)",
                    false => "",
                };
                format!("{text:?} can never match: there is no {name:?} here{hint}{list}")
            };
            self.problem(line, field.column, message);
        }
    }

    fn action(&mut self, line: u32, field: &Field) {
        let known: Vec<&str> = match self.source.kind {
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

    fn mode(&mut self, line: u32, field: &Field) -> Mode {
        self.one_of(line, field, "mode", MODES);
        match &*field.text {
            "oblige" => Mode::Oblige,
            _ => Mode::Shadow,
        }
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
            Ok(condition) => {
                if let Some(class) = condition.unknown_class(self.source.classes) {
                    let message = format!("data.yaml has no class {class:?}{}", self.of_pack());
                    self.problem(line, field.column, message);
                }
                Some(Arc::new(condition))
            }
            Err(error) => {
                let offset = u32::try_from(error.offset).unwrap_or(u32::MAX);
                self.problem(line, field.column.saturating_add(offset), error.message);
                None
            }
        }
    }

    fn place(&self, line: u32, column: u32) -> Place {
        Place {
            file: Arc::clone(self.source.file),
            line,
            column,
        }
    }

    fn problem(&mut self, line: u32, column: u32, message: String) {
        let place = self.place(line, column);
        self.problems.push(Problem::at(place, message));
    }
}

/// Adds to a line's condition that a fact has this value. Built and not written, so that no sign in the value can
/// change what it says.
fn also(rule: &mut Rule, fact: &str, value: &str) {
    let is = Condition::is(fact, value);
    let (whole, text) = match rule.condition.take() {
        None => (is, format!("{fact} == '{value}'")),
        Some(own) => {
            let text = format!("{fact} == '{value}' && ({})", rule.condition_text);
            (is.and(&own), text)
        }
    };
    rule.condition = Some(Arc::new(whole));
    rule.condition_text = text.into();
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// As keys, users, teams and roles are named: what looks alike is the same.
fn is_subject(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte))
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
        problems_of(kind, &Layer::Platform, text)
    }

    fn problems_of(kind: Kind, layer: &Layer, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let source = Source {
            file: &"a.csv".into(),
            kind,
            layer,
            classes: &[Arc::from("pii")].into(),
        };
        read(source, text, &mut Ids::new(), &mut problems);
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
            "a.csv:2:20: \"modle:x\" is no object; write model:PROVIDER/MODEL, provider:NAME, region:NAME, api:DOOR, tool:NAME, admin:NAME or *; did you mean model:x?",
            "a.csv:2:29: \"invok\" is no action; use invoke, stream, list, audit.read, key.issue, *; did you mean invoke?",
            "a.csv:2:40: a single = compares nothing; write ==",
            "a.csv:2:48: \"Deny\" is no effect; use allow, deny",
            "a.csv:3:1: a line starts with p",
            "a.csv:4:11: \"u:*\" names no one",
            "a.csv:4:16: \"a b\" is no domain",
            "a.csv:4:21: \"provider:\" names nothing",
            "a.csv:4:35: write * where a line has no condition",
            "a.csv:4:43: \"shaddow\" is no mode; use shadow, oblige; did you mean shadow?",
            "a.csv:5:33: this condition holds a comma; put the whole condition in double quotes",
            "a.csv:6:9: a role is written role:NAME",
        ];
        assert_eq!(told.len(), want.len(), "{told:#?}");
        for (told, want) in told.iter().zip(want) {
            assert!(told.starts_with(want), "{told}\n{want}");
        }
    }

    #[test]
    fn a_line_that_can_never_match_is_refused() {
        let told = problems(
            Kind::Access,
            concat!(
                "p, a, *, *, model:*, invoke, region == eu && region == us, deny\n",
                "p, b, *, *, api:fils, invoke, *, allow\n",
                "p, c, *, *, api:files, list, *, allow\n",
                "p, d, *, *, admin:*, invoke, *, allow\n",
                "p, e, *, *, model:gpt-4o, invoke, *, allow\n",
                "p, f, *, *, model:*, invoke, surface == chat, deny\n",
                "p, h, *, *, region:eu'x, invoke, *, allow\n",
                "p, i, u:аda, *, *, *, *, allow\n",
                "p, j, *, *, api:chat_completions, *, *, deny\n",
                "p, k, *, *, admin:keys, audit.read, *, allow\n",
                "p, l, *, *, model:*, invoke, \"'helth' in data\", deny\n",
                "g, u:x, role:break-glass, *\n",
                "p, n, *, *, model:openai/gpt-[45, invoke, *, deny\n",
                "p, o, *, *, model:*, list, tools == true, deny\n",
                "p, q, *, *, model:*, invoke, stream, deny\n",
                "p, r, t:hr, *, model:*, *, team == research, deny\n",
                "p, s, *, *, admin:*, *, time > 1700, deny\n",
                "p, t, *, *, region:eu, *, region == us, deny\n",
                "p, v, *, *, api:files, *, surface == batches, deny\n",
                "p, w, *, *, model:*, invoke, 'pii' in data, deny\n",
                "p, x, *, *, provider:openai/gpt-4o, *, *, deny\n",
                "p, y, *, *, model:openai/*, *, provider == anthropic, deny\n",
            ),
        );
        let want = [
            "a.csv:1:30: this line can never match: what it asks of region cannot be",
            "a.csv:2:13: \"api:fils\" can never match: there is no \"fils\" here; did you mean files?",
            "a.csv:3:24: this line can never match: nobody asks to list api:files; use invoke",
            "a.csv:4:22: this line can never match: nobody asks to invoke admin:*; use audit.read, key.issue",
            "a.csv:5:13: \"model:gpt-4o\" names no model: a target is PROVIDER/MODEL, so write model:PROVIDER/gpt-4o or model:*/gpt-4o",
            "a.csv:6:41: surface is never chat",
            "a.csv:7:13: \"region:eu'x\" can never match",
            "a.csv:8:7: \"u:аda\" names no one",
            "a.csv:9:13: \"api:chat_completions\" can never match: conversations are asked for by their model",
            "a.csv:10:25: this line can never match: nobody asks to audit.read admin:keys; use key.issue",
            "a.csv:11:31: data.yaml has no class \"helth\"",
            "a.csv:12:9: role:break-glass comes with a key",
            "a.csv:13:13: \"model:openai/gpt-[45\" can never match: only * stands for any characters, and '[' is in no name",
            "a.csv:14:28: this line can never match: nobody states tools when models are listed",
            "a.csv:15:30: this line can never match: what it asks of stream cannot be, for that is false wherever",
            "a.csv:16:28: this line can never match: what it asks of team cannot be, for that is hr wherever",
            "a.csv:17:25: this line can never match: nobody states time when the control plane is asked",
            "a.csv:18:27: this line can never match: what it asks of region cannot be",
            "a.csv:19:27: this line can never match: what it asks of surface cannot be, for that is files wherever",
            "a.csv:20:30: this line can never match: nobody states data before a call is looked at",
            "a.csv:21:13: \"provider:openai/gpt-4o\" can never match: a provider's name holds no /",
            "a.csv:22:32: this line can never match: what it asks of provider cannot be",
        ];
        assert_eq!(told.len(), want.len(), "{told:#?}");
        for (told, want) in told.iter().zip(want) {
            assert!(told.starts_with(want), "{told}\n{want}");
        }
    }

    #[test]
    fn a_lower_layer_narrows_and_cannot_widen() {
        let tenant = Layer::Tenant("acme".into());
        let told = problems_of(
            Kind::Access,
            &tenant,
            concat!(
                "p, a, *, *, model:*, invoke, *, allow\n",
                "p, b, *, other, model:*, invoke, pci == true, deny\n",
                "p, c, *, acme, model:*, invoke, *, deny, oblige\n",
                "g, u:x, role:y, *\n",
                "p, d, u:x, *, region:us, *, *, deny\n",
                "p, e, *, *, model:*, *, *, allow, oblige\n",
            ),
        );
        let want = [
            "a.csv:1:33: tenant acme cannot widen what the platform allows",
            "a.csv:2:10: tenant acme speaks for its own domain alone: write acme or *",
            "a.csv:3:36: a line that obliges says what holds where a call is allowed",
            "a.csv:4:1: tenant acme cannot give roles",
        ];
        assert_eq!(told.len(), want.len(), "{told:#?}");
        for (told, want) in told.iter().zip(want) {
            assert!(told.starts_with(want), "{told}\n{want}");
        }
        let team = Layer::Team("core".into());
        let told = problems_of(Kind::Access, &team, "p, a, t:other, *, *, *, *, deny\n");
        assert!(told[0].contains("write t:core or *"), "{told:?}");
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
