"""A value that is written so that only people and programs read it is found all the same, and nothing else is for that."""

import random
import re
import subprocess

import pytest

from harness.evaluate import evaluated_rows, json_lines, labelled
from harness.places import MARSHAL
from harness.tokens import github_token
from harness.world import bundle
from identifiers import corpus, oracle
from identifiers.obfuscation import CLASSES, Class, visible

SEED = 7
VALUES = 240

# How a value stands in a text; %w is the word for it, %v the value.
TEXTS = [
    "Please note my %w: %v, and answer by Friday.",
    "My %w is %v",
    "Could you update the %w to %v for me?",
    "The customer gave this %w:\n%v\nand asked for a call.",
    "%w %v was declined, what now?",
    "Translate: the %w (%v) was wrong.",
    "%w = %v\nstatus = open",
    "| %w | note |\n|---|---|\n| %v | new |",
]


MADE = corpus.MADE | {
    "GITHUB_TOKEN": github_token,
    "AWS_ACCESS_KEY": lambda draw: "AKIA" + "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)),
}
# The kinds of values, and the words for them.
WORDS = {
    "CREDIT_CARD": "credit card",
    "IBAN_CODE": "IBAN",
    "EMAIL_ADDRESS": "e-mail address",
    "US_SSN": "SSN",
    "PHONE_NUMBER": "phone number",
    "UK_NHS": "NHS number",
    "BR_CPF": "CPF",
    "AWS_ACCESS_KEY": "access key",
    "GITHUB_TOKEN": "token",
    "CRYPTO": "bitcoin wallet",
    "MAC_ADDRESS": "MAC address",
    "IP_ADDRESS": "IP address",
    "ES_NIF": "DNI",
    "VIN": "VIN",
    "PL_PESEL": "PESEL",
    "DE_TAX_ID": "Steuer-ID",
    "US_ITIN": "ITIN",
    "CH_AHV": "AHV",
}
SECRETS = ("AWS_ACCESS_KEY", "GITHUB_TOKEN")


# What is known to be found seldom, with the least of it that is, and why.
LIMITS = {
    "base64": (0.65, "a short text that ends without '=' is like any word, and words around it say nothing of what is inside"),
    "hexadecimal": (0.85, "words around it say nothing of what is inside"),
    "broken lines": (0.0, "a number that goes on in the next line is two: in columns of numbers everything would be one"),
}


def value_of(kind: str, draw: random.Random) -> str:
    if kind in MADE:
        return MADE[kind](draw)
    value = oracle.right(kind, draw)
    return value if kind == "CRYPTO" else corpus.written(kind, value, draw).upper()


def rows(obfuscation: Class) -> list[dict]:
    """Sentences with an obfuscated value each; the value itself is labelled."""
    draw, kinds, made = random.Random(f"{SEED}:{obfuscation.name}"), obfuscation.kinds or tuple(WORDS), []
    while len(made) < VALUES:
        kind = kinds[len(made) % len(kinds)]
        value = value_of(kind, draw)
        hidden = obfuscation.way(value, draw)
        if hidden == value:
            continue
        text = draw.choice(TEXTS).replace("%w", WORDS[kind])
        at, (start, end) = text.index("%v"), visible(hidden)
        span = {"start": at + start, "end": at + end, "type": "SECRET" if kind in SECRETS else kind}
        made.append({"id": f"{obfuscation.name} {kind}", "text": text.replace("%v", hidden), "spans": [span]})
    return made


def names(obfuscation: Class) -> str:
    return obfuscation.name


def test_there_are_enough_classes_and_kinds():
    assert len(CLASSES) >= 12
    assert len(WORDS) >= 12


@pytest.mark.parametrize("obfuscation", CLASSES, ids=names)
def test_an_obfuscated_value_is_found(obfuscation, tmp_path):
    made = rows(obfuscation)
    result = evaluated_rows(made, tmp_path)
    missed = {kind: score["false_negatives"] for kind, score in result["types"].items() if score["false_negatives"]}
    print(f"{obfuscation.name}: recall {result['overall']['recall']:.3f}, missed {missed}")
    least, why = LIMITS.get(obfuscation.name, (0.95, ""))
    if why:
        print(f"{obfuscation.name}: a known limit: {why}")
    assert result["overall"]["recall"] >= least, f"missed of {len(made)}: {missed}"


# Every built-in detector, each of which says in the text what it found.
EVERYTHING = """version: 1
mode: enforce
groups:
  CONTACT: {class: pii, action: mask}
  PAYMENT: {class: pci, action: mask}
  PERSONAL_IDS: {class: pii, action: mask}
  DOCUMENT_IDS: {class: pii, action: mask}
  HEALTH_IDS: {class: pii, action: mask}
  FINANCIAL_IDS: {class: pii, action: mask}
  COMPANY_IDS: {class: pii, action: mask}
  VEHICLE_IDS: {class: pii, action: mask}
  DEVICE_IDS: {class: pii, action: mask}
  PLACES: {class: pii, action: mask}
  TIMES: {class: pii, action: mask}
  SECRETS: {class: secret, action: mask}
entities:
  GENERIC_SECRET: {class: likely_secret, action: mask}
"""
# Between texts, so that no word of one stands near the next.
BETWEEN = "\n" + "=" * 120 + "\n"


def benign_texts() -> list[str]:
    """Prompts and documents that ask for nothing bad."""
    texts = [row["text"] for row in json_lines(labelled("injection/injection.jsonl")) if row["label"] == 0]
    for file in sorted(labelled("routing").glob("*.jsonl")):
        texts += [row["prompt"] for row in json_lines(file)]
    return list(dict.fromkeys(text for text in texts if text.strip() and BETWEEN.strip() not in text))


class Benign:
    """Texts without values, and in which of them something is found for what they say plainly."""

    def __init__(self, folder):
        self.folder, self.policies = folder, bundle(folder / "policies", lambda _: EVERYTHING)
        self.texts = benign_texts()
        self.plain = self.found(self.texts)

    def found(self, texts: list[str]) -> dict[int, str]:
        """The texts in which something is found, by their place, with what became of them."""
        command = [MARSHAL, "redact", "--policies", self.policies]
        ran = subprocess.run(command, input=BETWEEN.join(texts).encode(), capture_output=True, cwd=self.folder)
        assert ran.returncode == 0, ran.stderr
        said = ran.stdout.decode().split(BETWEEN)
        assert len(said) == len(texts), "a find reached into the next text"
        return {at: after for at, (before, after) in enumerate(zip(texts, said)) if after.strip() != before.strip()}


@pytest.fixture(scope="module")
def benign(tmp_path_factory):
    return Benign(tmp_path_factory.mktemp("benign"))


@pytest.mark.parametrize("obfuscation", CLASSES, ids=names)
def test_benign_texts_are_not_taken_for_values_because_they_are_obfuscated(benign, obfuscation):
    draw = random.Random(SEED)
    found = benign.found([obfuscation.way(text, draw) for text in benign.texts])
    more = {at: re.findall(r"\[([A-Z_]{3,})\]", found[at]) for at in found if at not in benign.plain}
    print(f"{obfuscation.name}: of {len(benign.texts)} texts {len(found)}, plain {len(benign.plain)}, only obfuscated {len(more)}")
    # Those that are found plainly are left out: one that is found no more would make up for one that should not be.
    assert len(more) <= len(benign.texts) / 1_000, {benign.texts[at][:80]: kinds for at, kinds in list(more.items())[:10]}
