//! Names that a text announces itself: by a title, by a label, by the form of a company.

use std::ops::Range;

use super::NameKind;

/// Words before a person's name, in small letters and without a dot.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "herr",
    "frau",
    "hr",
    "fr",
    "dipl-ing",
    "ing",
    "sr",
    "sra",
    "srta",
    "señor",
    "señora",
    "don",
    "doña",
    "m",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "sig",
    "sig.ra",
    "signor",
    "signora",
    "dott",
    "dott.ssa",
    "pan",
    "pani",
    "dhr",
    "mevr",
    "mevrouw",
    "senhor",
    "senhora",
    "herrn",
    "fru",
];
/// Labels of a person's name, in small letters.
const LABELS: &[&str] = &[
    "name",
    "nombre",
    "nom",
    "nome",
    "naam",
    "namn",
    "imię",
    "contact",
    "patient",
    "customer",
    "client",
    "employee",
    "kunde",
    "passenger",
    "cardholder",
    "beneficiary",
    "recipient",
    "attn",
    "dear",
    "regards",
    "sincerely",
    "prénom",
    "vorname",
    "nachname",
    "first name",
    "last name",
    "full name",
    "surname",
    "applicant",
    "tenant",
    "guest",
];
/// Small words within names.
const PARTICLES: &[&str] = &[
    "de", "del", "della", "der", "den", "di", "da", "do", "dos", "das", "du", "la", "las", "le",
    "van", "von", "vom", "zu", "ter", "ten", "el", "al", "bin", "ibn", "y", "af", "av",
];
/// What a company's name ends with.
const FORMS: &[&str] = &[
    "Inc",
    "Inc.",
    "LLC",
    "L.L.C.",
    "Ltd",
    "Ltd.",
    "Limited",
    "PLC",
    "plc",
    "LLP",
    "LP",
    "Corp",
    "Corp.",
    "Corporation",
    "GmbH",
    "AG",
    "KG",
    "OHG",
    "KGaA",
    "mbH",
    "e.G.",
    "e.V.",
    "SE",
    "UG",
    "S.A.",
    "SA",
    "SAS",
    "SARL",
    "S.A.R.L.",
    "S.L.",
    "S.L.U.",
    "S.L.L.",
    "S.Coop.",
    "S.C.P",
    "S.Com.",
    "C.B.",
    "SPA",
    "S.p.A.",
    "s.r.l.",
    "S.r.l.",
    "SRL",
    "s.n.c.",
    "NV",
    "N.V.",
    "BV",
    "B.V.",
    "AB",
    "HB",
    "AS",
    "A/S",
    "ApS",
    "Oy",
    "Ltda.",
    "Ltda",
    "s.c.",
    "Sp.j.",
    "Sp.k.",
    "Pty",
    "KK",
];

/// A word, and whether only blanks stand between it and the one before.
struct Word<'t> {
    text: &'t str,
    start: usize,
}

fn words(line: &str, at: usize) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '\'' | '’' | '/' | '&');
    for (index, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (inner(c), start) {
            (true, None) => start = Some(index),
            (false, Some(from)) => {
                words.push(Word {
                    text: &line[from..index],
                    start: at + from,
                });
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn is_capital(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase) && word.chars().any(char::is_alphabetic)
}

/// Finds such names, in their order.
pub(super) fn said(text: &str) -> Vec<(NameKind, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = words(line, at);
        for index in 0..words.len() {
            persons(text, &words, index, &mut found);
            companies(text, &words, index, &mut found);
        }
        at += line.len();
    }
    found
}

/// The run of words of a name from `from` on: capitals, with small words between them, and blanks alone.
fn run(text: &str, words: &[Word<'_>], from: usize) -> Option<Range<usize>> {
    let first = words.get(from).filter(|word| is_capital(word.text))?;
    let mut end = first.start + first.text.len();
    let mut last = end;
    for word in words[from + 1..].iter().take(5) {
        let gap = &text[last..word.start];
        if !gap.trim_matches(' ').is_empty()
            || gap.len() > 2
            || ends_sentence(&text[first.start..last])
        {
            break;
        }
        last = word.start + word.text.len();
        if is_capital(word.text) {
            end = last;
        } else if !PARTICLES.contains(&word.text) {
            break;
        }
    }
    let name = text[first.start..end].trim_end_matches(['.', '\'', '’', '-', '/', '&']);
    let name = name
        .strip_suffix("'s")
        .or(name.strip_suffix("’s"))
        .unwrap_or(name);
    (name.chars().filter(|c| c.is_alphabetic()).count() >= 3)
        .then(|| first.start..first.start + name.len())
}

/// A dot after a whole word; one after an initial or a title ends nothing.
fn ends_sentence(text: &str) -> bool {
    let word = text.rsplit(' ').next().unwrap_or_default();
    word.ends_with('.') && word.chars().count() > 5
}

fn persons(
    text: &str,
    words: &[Word<'_>],
    index: usize,
    found: &mut Vec<(NameKind, Range<usize>)>,
) {
    let word = &words[index];
    let end = word.start + word.text.len();
    let small = word.text.trim_end_matches('.').to_lowercase();
    let Some(next) = words.get(index + 1) else {
        return;
    };
    let gap = &text[end..next.start];
    let titled = gap.trim_matches(' ').is_empty()
        && gap.len() <= 2
        && TITLES.contains(&&*small)
        && (word.text.len() > 1 || word.text == "M");
    let sign = |c: char| matches!(c, ' ' | ':' | '"' | '=' | '\'' | ',');
    let is_label = LABELS.contains(&&*small)
        || words.get(index.wrapping_sub(1)).is_some_and(|before| {
            LABELS.contains(&&*format!("{} {small}", before.text.to_lowercase()))
        });
    let greets = matches!(&*small, "dear" | "regards" | "sincerely");
    let labelled = is_label
        && gap.len() <= 6
        && gap.chars().all(sign)
        && (gap.contains([':', '=']) || greets && !gap.contains('"'));
    let told = small == "is"
        && index > 0
        && words[index - 1].text.eq_ignore_ascii_case("name")
        && gap == " ";
    if !(titled || labelled || told) {
        return;
    }
    // The title belongs to the name.
    let name =
        run(text, words, index + 1).map(|name| if titled { word.start..name.end } else { name });
    found.extend(name.map(|name| (NameKind::Person, name)));
}

fn companies(
    text: &str,
    words: &[Word<'_>],
    index: usize,
    found: &mut Vec<(NameKind, Range<usize>)>,
) {
    let form = &words[index];
    if index == 0 || !FORMS.contains(&form.text) {
        return;
    }
    let mut start = None;
    let mut next = form.start;
    for word in words[..index].iter().rev().take(6) {
        let gap = &text[word.start + word.text.len()..next];
        let joins = matches!(
            word.text,
            "and" | "&" | "e" | "i" | "y" | "und" | "et" | "syn" | "figli"
        );
        let near = gap == " " || gap == ", ";
        if !near || !(is_capital(word.text) || joins || PARTICLES.contains(&word.text)) {
            break;
        }
        next = word.start;
        if is_capital(word.text) {
            start = Some(word.start);
        }
    }
    if let Some(start) = start {
        found.push((NameKind::Organization, start..form.start + form.text.len()));
    }
}

/// The words of a name that end at a place: those before an address of mail in brackets.
pub(super) fn before(text: &str, end: usize) -> Option<Range<usize>> {
    let line = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let words = words(&text[line..end], line);
    let mut start = None;
    let mut next = end;
    for word in words.iter().rev().take(5) {
        let near = text[word.start + word.text.len()..next]
            .trim_matches(' ')
            .is_empty();
        if !near
            || !(is_capital(word.text)
                || PARTICLES.contains(&word.text)
                || TITLES.contains(&word.text))
        {
            break;
        }
        next = word.start;
        if is_capital(word.text) || start.is_some() {
            start = Some(word.start);
        }
    }
    let range = start?..text[..end].trim_end().len();
    (text[range.clone()].contains(' ')).then_some(range)
}
