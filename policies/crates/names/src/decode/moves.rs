//! Reads the file `ner/moves`: what each score stands for.

use serde_json::{Map, Value};

use crate::msgpack;

/// What a token can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first of several tokens of a name.
    Begin,
    /// Neither the first nor the last.
    In,
    /// The last of several.
    Last,
    /// The only one.
    Unit,
    /// No part of a name.
    Out,
}

/// Kind and label of each score, in order.
///
/// # Errors
/// Where the bytes are not a list of moves, or one of an unknown kind.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<(Kind, String)>, String> {
    let root = msgpack::parse(bytes)?;
    let text = root
        .get("moves")
        .and_then(msgpack::Value::text)
        .ok_or("no text moves")?;
    let kinds: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut moves = Vec::new();
    for (number, labels) in kinds {
        let labels = labels.as_object().ok_or("a kind of move without labels")?;
        let kind = match number.as_str() {
            "1" => Kind::Begin,
            "2" => Kind::In,
            "3" => Kind::Last,
            "4" => Kind::Unit,
            "5" => Kind::Out,
            _ if labels.is_empty() => continue,
            _ => return Err(format!("moves of the unknown kind {number}")),
        };
        let frequency = |(label, count): (&String, &Value)| Some((count.as_u64()?, label.clone()));
        let labels = labels.iter().map(frequency).collect::<Option<Vec<_>>>();
        let mut labels = labels.ok_or("a frequency that is not a whole number from 0 on")?;
        labels.sort_unstable_by(|one, other| other.cmp(one));
        moves.extend(labels.into_iter().map(|(_, label)| (kind, label)));
    }
    Ok(moves)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(json: &str) -> Vec<u8> {
        let length = u8::try_from(json.len()).unwrap();
        [b"\x81\xa5moves\xd9".as_slice(), &[length], json.as_bytes()].concat()
    }

    #[test]
    fn moves_are_in_the_order_of_kind_frequency_and_label() {
        let moves = parse(&stored(r#"{"5":{"":1},"0":{},"1":{"A":2,"C":9,"B":2}}"#)).unwrap();
        let names: Vec<_> = moves
            .iter()
            .map(|(kind, label)| (*kind, label.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                (Kind::Begin, "C"),
                (Kind::Begin, "B"),
                (Kind::Begin, "A"),
                (Kind::Out, "")
            ]
        );
    }

    #[test]
    fn other_files_are_refused() {
        for json in [
            "",
            "[]",
            r#"{"1":[]}"#,
            r#"{"6":{"A":1}}"#,
            r#"{"0":{"":1}}"#,
            r#"{"1":{"A":-1}}"#,
            r#"{"1":{"A":"x"}}"#,
        ] {
            assert!(parse(&stored(json)).is_err(), "{json}");
        }
        assert!(parse(b"\x80").is_err());
    }
}
