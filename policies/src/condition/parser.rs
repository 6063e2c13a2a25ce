//! From tokens to a checked condition: `||` binds weakest, then `&&`, then `!`.

use std::sync::Arc;

use marshal_types::Fact;

use super::lexer::{Placed, Token, error};
use super::vocabulary::{FactType, facts, type_of, words_of};
use super::{Comparison, ConditionError, Node};

const MAX_DEPTH: u32 = 32;

pub(super) fn parse(tokens: &[Placed], end: usize) -> Result<Node, ConditionError> {
    let mut parser = Parser {
        tokens,
        at: 0,
        end,
        depth: 0,
    };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.wrong("expected && or || or the end of the condition here")),
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    end: usize,
    depth: u32,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Node, ConditionError> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Node::Or))
    }

    fn all(&mut self) -> Result<Node, ConditionError> {
        let mut parts = vec![self.unary()?];
        while self.take("&&") {
            parts.push(self.unary()?);
        }
        Ok(one_or(parts, Node::And))
    }

    fn unary(&mut self) -> Result<Node, ConditionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("this condition is nested too deeply; split the line in two"));
        }
        let node = if self.take("!") {
            Node::Not(Box::new(self.unary()?))
        } else if self.take("(") {
            let node = self.any()?;
            self.need(")")?;
            node
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, ConditionError> {
        if let Some(Token::Text(text)) = self.peek() {
            let text = Arc::clone(text);
            self.at += 1;
            return self.contains(text);
        }
        let (fact, kind) = self.fact()?;
        if self.take_word("in") {
            return self.membership(fact, kind);
        }
        let sign = match self.peek() {
            Some(Token::Sign(sign)) => comparison(sign).map(|with| (with, *sign)),
            _ => None,
        };
        let Some((with, sign)) = sign else {
            return match kind {
                FactType::Bool => Ok(Node::Compare {
                    fact,
                    with: Comparison::Equal,
                    value: Fact::Bool(true),
                }),
                _ => Err(self.wrong(&format!(
                    "expected a comparison (==, !=, <, <=, >, >=, in) after {fact}"
                ))),
            };
        };
        if kind == FactType::List {
            return Err(self.wrong(&format!("{fact} is a list; write \"word\" in {fact}")));
        }
        let ordered = !matches!(with, Comparison::Equal | Comparison::Unequal);
        if ordered && kind != FactType::Number {
            return Err(self.wrong(&format!(
                "{sign} compares numbers, and {fact} is {}",
                kind.as_str()
            )));
        }
        self.at += 1;
        let value = self.value(&fact, kind)?;
        Ok(Node::Compare { fact, with, value })
    }

    /// `"word" in list_fact`
    fn contains(&mut self, text: Arc<str>) -> Result<Node, ConditionError> {
        if !self.take_word("in") {
            return Err(self.wrong(
                "a condition starts with the name of a fact; after a text only `in` can follow",
            ));
        }
        let (fact, kind) = self.fact()?;
        if kind != FactType::List {
            self.at -= 1;
            return Err(self.wrong(&format!("{fact} is {}, not a list", kind.as_str())));
        }
        Ok(Node::Contains { fact, text })
    }

    /// `fact in [a, b]`
    fn membership(&mut self, fact: Arc<str>, kind: FactType) -> Result<Node, ConditionError> {
        if kind == FactType::List {
            return Err(self.wrong(&format!("{fact} is a list; write \"word\" in {fact}")));
        }
        self.need("[")?;
        let mut values = vec![self.value(&fact, kind)?];
        while self.take(",") {
            values.push(self.value(&fact, kind)?);
        }
        self.need("]")?;
        Ok(Node::In { fact, values })
    }

    fn fact(&mut self) -> Result<(Arc<str>, FactType), ConditionError> {
        let Some(Token::Word(name)) = self.peek() else {
            return Err(self.wrong("expected the name of a fact here"));
        };
        let name = Arc::clone(name);
        let Some(kind) = type_of(&name) else {
            let hint = marshal_yaml::nearest(&name, facts().map(|(known, _)| known))
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            return Err(self.wrong(&format!("no fact is called {name}{hint}")));
        };
        self.at += 1;
        Ok((name, kind))
    }

    fn value(&mut self, fact: &str, kind: FactType) -> Result<Fact, ConditionError> {
        let value = match (self.peek(), kind) {
            (Some(Token::Word(word)), FactType::Bool) => match &**word {
                "true" => Some(Fact::Bool(true)),
                "false" => Some(Fact::Bool(false)),
                _ => None,
            },
            (Some(Token::Word(text) | Token::Text(text)), FactType::Text) => {
                Some(Fact::Text(Arc::clone(text)))
            }
            (Some(Token::Number(number)), FactType::Number) => Some(Fact::Number(*number)),
            _ => None,
        };
        let Some(value) = value else {
            return Err(self.wrong(&format!(
                "{fact} is {}; write such a value here",
                kind.as_str()
            )));
        };
        if let (Fact::Text(word), Some(words)) = (&value, words_of(fact))
            && !words.contains(&&**word)
        {
            let hint = marshal_yaml::nearest(word, words.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean {near}?"));
            return Err(self.wrong(&format!("{fact} is never {word}{hint}")));
        }
        self.at += 1;
        Ok(value)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if **found == *word);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), ConditionError> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.wrong(&format!("expected {sign} here")))
        }
    }

    fn wrong(&self, message: &str) -> ConditionError {
        let offset = self
            .tokens
            .get(self.at)
            .map_or(self.end, |placed| placed.offset);
        error(offset, message.to_owned())
    }
}

fn one_or(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        "==" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
