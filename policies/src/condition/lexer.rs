//! Words, quoted texts, numbers and signs of a condition, each with its place.

use std::sync::Arc;

use super::ConditionError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Arc<str>),
    Text(Arc<str>),
    Number(i64),
    Sign(&'static str),
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) offset: usize,
}

const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",",
];

pub(super) fn lex(text: &str) -> Result<Vec<Placed>, ConditionError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let rest = &chars[at..];
        let (token, length) = if let Some(sign) = sign_at(rest) {
            (Token::Sign(sign), sign.len())
        } else if c == '"' || c == '\'' {
            quoted(rest, at)?
        } else if is_word(c) {
            word(rest, at)?
        } else {
            return Err(error(
                at,
                match c {
                    '=' => "a single = compares nothing; write ==".to_owned(),
                    '&' | '|' => format!("a single {c} joins nothing; write {c}{c}"),
                    _ => format!(
                        "{c:?} has no meaning in a condition; put texts with special characters in quotes"
                    ),
                },
            ));
        };
        tokens.push(Placed { token, offset: at });
        at += length;
    }
    Ok(tokens)
}

fn sign_at(rest: &[char]) -> Option<&'static str> {
    SIGNS.iter().copied().find(|sign| {
        sign.len() <= rest.len() && sign.chars().zip(rest).all(|(want, have)| want == *have)
    })
}

fn quoted(rest: &[char], at: usize) -> Result<(Token, usize), ConditionError> {
    let quote = rest[0];
    match rest[1..].iter().position(|c| *c == quote) {
        Some(length) => {
            let text: String = rest[1..=length].iter().collect();
            Ok((Token::Text(text.into()), length + 2))
        }
        None => Err(error(at, "this quote is never closed".to_owned())),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}

fn word(rest: &[char], at: usize) -> Result<(Token, usize), ConditionError> {
    let length = rest.iter().take_while(|c| is_word(**c)).count();
    let text: String = rest[..length].iter().collect();
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((Token::Word(text.into()), length));
    }
    match text.parse() {
        Ok(number) => Ok((Token::Number(number), length)),
        Err(_) => Err(error(at, "this number does not fit 64 bits".to_owned())),
    }
}

pub(super) fn error(offset: usize, message: String) -> ConditionError {
    ConditionError { offset, message }
}
