//! What a model's name says about how it is spoken to.

/// The generations that are spoken to differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Before 2.5: does not think.
    Plain,
    /// 2.5, and any model whose name says nothing: thinks up to a number of tokens.
    Budgets,
    /// From 3 on: thinks at a level, and wants the seals of its tool calls back.
    Levels,
}

/// The generation that a name says: `gemini-2.5-flash`, `models/gemini-3-pro-preview`, `gemini-flash-latest`.
pub(crate) fn generation(model: &str) -> Generation {
    let Some((_, rest)) = model.rsplit_once("gemini-") else {
        return Generation::Budgets;
    };
    let digits = |text: &str| {
        let end = text
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len());
        text.get(..end)
            .and_then(|digits| digits.parse::<u32>().ok())
    };
    match digits(rest) {
        Some(3..) => Generation::Levels,
        Some(2) if rest.strip_prefix("2.").and_then(digits) >= Some(5) => Generation::Budgets,
        Some(_) => Generation::Plain,
        // Aliases follow the newest generation.
        None if rest.ends_with("-latest") => Generation::Levels,
        None if rest.starts_with("pro") => Generation::Plain, // the first of all
        None => Generation::Budgets,
    }
}

/// Larger models cannot stop thinking.
pub(crate) fn is_pro(model: &str) -> bool {
    model
        .rsplit_once("gemini-")
        .is_some_and(|(_, rest)| rest.contains("pro"))
}

/// The smallest ones.
pub(crate) fn is_lite(model: &str) -> bool {
    model.contains("-lite")
}

#[cfg(test)]
mod tests {
    use super::{Generation, generation, is_pro};

    #[test]
    fn a_name_says_its_generation() {
        for (name, wanted) in [
            ("gemini-1.5-pro", Generation::Plain),
            ("gemini-pro", Generation::Plain),
            ("models/gemini-2.0-flash-exp", Generation::Plain),
            ("gemini-2.5-flash-lite", Generation::Budgets),
            ("gemini-3-pro-preview", Generation::Levels),
            ("google/gemini-3.5-flash", Generation::Levels),
            ("gemini-10-pro", Generation::Levels),
            ("gemini-flash-latest", Generation::Levels),
            ("the/model", Generation::Budgets),
        ] {
            assert_eq!(generation(name), wanted, "{name}");
        }
        assert!(is_pro("gemini-3.1-pro-preview") && !is_pro("improved/gemini-3-flash"));
    }
}
