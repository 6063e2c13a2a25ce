"""Ways to write a value so that people and programs still read it, and a search for it does not find it."""

import base64
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
DIRECTIONS = "\u200e\u200f\u202a\u202b\u202d\u2066\u2067\u2068\u2069\u202c"
CYRILLIC = str.maketrans("aceopxyijsdhqwABCEHIJKMOPSTXY", "асеорхуіјѕԁһԛԝАВСЕНІЈКМОРЅТХУ")
GREEK = str.maketrans("ovAHIKMNOTXYZBE", "ονΑΗΙΚΜΝΟΤΧΥΖΒΕ")
MARKS = "\u0332\u0336\u0301\u0308\u0323"
# First letters of mathematical alphabets without gaps: capital, small, digit.
ALPHABETS = [(0x1D400, 0x1D41A, 0x1D7CE), (0x1D5A0, 0x1D5BA, 0x1D7E2), (0x1D5D4, 0x1D5EE, 0x1D7EC), (0x1D670, 0x1D68A, 0x1D7F6)]

Way = Callable[[str, random.Random], str]


def digits_from(zero: int) -> dict[int, int]:
    return {ord("0") + digit: zero + digit for digit in range(10)}


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
CIRCLED = {ord("0"): 0x24EA} | {ord("0") + digit: 0x245F + digit for digit in range(1, 10)}
TAGS = {code: 0xE0000 + code for code in range(0x20, 0x7F)}
MATHEMATICAL = [
    {ord("A") + at: capital + at for at in range(26)} | {ord("a") + at: small + at for at in range(26)} | digits_from(zero)
    for capital, small, zero in ALPHABETS
]
PERCENT = [f"%{byte:02X}" for byte in range(256)]


# Longer than any value.
A_TEXT = 100


def of_words(way: Way) -> Way:
    """Of a text, the words that hold a digit or a sign and one in four of the others: the whole of it would be mere bulk."""

    def of_some(text: str, draw: random.Random) -> str:
        if len(text) <= A_TEXT:
            return way(text, draw)
        return re.sub(r"\S+", lambda word: way(word[0], draw) if not word[0].isalpha() or draw.random() < 0.25 else word[0], text)

    return of_some


def full_width(text: str, _: random.Random) -> str:
    return text.translate(FULL_WIDTH)


def within_words(text: str, draw: random.Random, signs: str, often: float) -> str:
    """With one of the signs between two letters or digits, so often."""
    return re.sub(r"(?<=[^\W_])(?=[^\W_])", lambda _: draw.choice(signs) if draw.random() < often else "", text)


def invisible(text: str, draw: random.Random) -> str:
    return within_words(text, draw, INVISIBLE, 0.5)


def soft_hyphens(text: str, draw: random.Random) -> str:
    return within_words(text, draw, "\u00ad", 0.4)


def directions(text: str, draw: random.Random) -> str:
    return within_words(text, draw, DIRECTIONS, 0.3)


def alike(table: dict) -> Way:
    """Most letters that have a look-alike; the others stay, as a forger has no choice."""

    def way(text: str, draw: random.Random) -> str:
        return re.sub(r"[A-Za-z]", lambda letter: letter[0].translate(table) if draw.random() < 0.7 else letter[0], text)

    return way


def mathematical(text: str, draw: random.Random) -> str:
    return text.translate(draw.choice(MATHEMATICAL))


def marks(text: str, draw: random.Random) -> str:
    mark = draw.choice(MARKS)
    return re.sub(r"[A-Za-z0-9]", lambda letter: letter[0] + mark if draw.random() < 0.7 else letter[0], text)


def other_digits(zero: int) -> Way:
    table = digits_from(zero)
    return lambda text, _: text.translate(table)


def spaced(text: str, draw: random.Random) -> str:
    """Every character by itself; of a text its longer words, for no word of three letters hides a value."""
    between = draw.choice("   -_") if not set(text) & set("-_ ") else " "
    if len(text) > A_TEXT:
        return re.sub(r"\S{7,}", lambda word: f" {' '.join(word[0])} ", text)
    return between.join(re.sub(r"\s", "", text))


def percent(text: str, draw: random.Random) -> str:
    if draw.random() < 0.5:
        return "".join(PERCENT[byte] for byte in text.encode())
    return re.sub(r"[^\n]", lambda sign: "".join(PERCENT[byte] for byte in sign[0].encode()) if draw.random() < 0.4 else sign[0], text)


def percent_twice(text: str, draw: random.Random) -> str:
    return percent(text, draw).replace("%", "%25")


def references(text: str, draw: random.Random) -> str:
    form = draw.choice(("&#{};", "&#x{:x};", "&#x{:X};", "&#{:04};"))
    return "".join(form.format(ord(sign)) for sign in text)


def escapes(text: str, _: random.Random) -> str:
    """As JSON escapes: beyond the first plane in two halves."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def in_base64(text: str, _: random.Random) -> str:
    return base64.b64encode(text.encode()).decode()


def in_hex(text: str, _: random.Random) -> str:
    return text.encode().hex()


def tags(text: str, _: random.Random) -> str:
    return text.translate(TAGS)


def circled(text: str, _: random.Random) -> str:
    return text.translate(CIRCLED)


def keycaps(text: str, _: random.Random) -> str:
    return re.sub(r"\d", "\\g<0>\ufe0f\u20e3", text)


SAID = [("[at]", "[dot]"), (" [at] ", " [dot] "), ("(at)", "(dot)"), (" (AT) ", " (DOT) "), (" at ", " dot "), ("{at}", "{dot}"), ("@", "[.]"), ("[@]", "[.]")]


def in_words(text: str, draw: random.Random) -> str:
    """`@` and `.` between words as words."""
    at, dot = draw.choice(SAID)
    if "@" not in text:
        dot = draw.choice(("[.]", "[dot]", "(.)", "(dot)"))
    return re.sub(r"(?<=\w)@(?=\w)", at, re.sub(r"(?<=\w)\.(?=\w)", dot, text))


def wrapped(text: str, draw: random.Random) -> str:
    """Broken over two lines: where it may be, or in the middle, as a narrow terminal does."""
    if len(text) > A_TEXT:
        return re.sub(r"(\S{9})(\S{3,})", r"\1\n\2", text)
    blanks = [at for at, sign in enumerate(text) if sign == " "]
    if blanks:
        at = draw.choice(blanks)
        return f"{text[:at]}\n{text[at + 1 :]}"
    at = draw.randint(len(text) // 3, len(text) * 2 // 3)
    return f"{text[:at]}\n{text[at:]}"


@dataclass(frozen=True)
class Class:
    """A way, and the kinds of values that it changes; without such, all of them."""

    name: str
    way: Way
    kinds: tuple[str, ...] = ()


WITH_LETTERS = ("EMAIL_ADDRESS", "IBAN_CODE", "AWS_ACCESS_KEY", "GITHUB_TOKEN", "CRYPTO", "ES_NIF", "VIN")
WITH_DIGITS = ("CREDIT_CARD", "IBAN_CODE", "US_SSN", "PHONE_NUMBER", "UK_NHS", "BR_CPF", "IP_ADDRESS", "ES_NIF", "PL_PESEL", "DE_TAX_ID", "US_ITIN", "CH_AHV")

CLASSES = [
    Class("full-width characters", full_width),
    Class("invisible characters within", invisible),
    Class("soft hyphens within", soft_hyphens),
    Class("marks of direction within", directions),
    Class("Cyrillic look-alikes", alike(CYRILLIC), WITH_LETTERS),
    Class("Greek look-alikes", alike(GREEK), ("EMAIL_ADDRESS", "IBAN_CODE", "AWS_ACCESS_KEY", "GITHUB_TOKEN", "CRYPTO", "VIN")),
    Class("mathematical letters and digits", mathematical),
    Class("combining marks", marks),
    Class("Arabic digits", other_digits(0x660), WITH_DIGITS),
    Class("Devanagari digits", other_digits(0x966), WITH_DIGITS),
    Class("Bengali digits", other_digits(0x9E6), WITH_DIGITS),
    Class("circled digits", circled, WITH_DIGITS),
    Class("keycaps", keycaps, WITH_DIGITS),
    Class("characters apart", spaced),
    Class("percent-encoding", of_words(percent)),
    Class("percent-encoding, twice", of_words(percent_twice)),
    Class("references of HTML", of_words(references)),
    Class("escapes of JSON", of_words(escapes)),
    Class("base64", in_base64),
    Class("hexadecimal", in_hex),
    Class("tag characters", tags),
    Class("signs as words", in_words, ("EMAIL_ADDRESS", "IP_ADDRESS")),
    Class("broken lines", wrapped),
]


def visible(text: str) -> tuple[int, int]:
    """From the first to the last character that is seen. What is not seen at the ends belongs to nobody."""
    seen = [at for at, sign in enumerate(text) if unicodedata.category(sign) not in ("Cf", "Mn", "Me") or "\U000e0020" <= sign <= "\U000e007e"]
    return seen[0], seen[-1] + 1
