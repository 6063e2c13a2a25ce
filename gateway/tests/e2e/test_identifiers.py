"""Identifiers are judged as python-stdnum judges them, and found among other text: those that are right, and hardly another."""

import os
import subprocess
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import pytest

from harness.evaluate import evaluated_rows
from harness.places import REPOSITORY
from identifiers import corpus, oracle
from identifiers.spec import KINDS

SEED = 1
VALUES = 10_000
EACH = 200

# Where Marshal may call right what python-stdnum calls wrong, and why. Never the other way round, unless it is in both tables.
BROADER = {
    "AT_TIN": "python-stdnum has a table of tax offices, which are merged and renamed",
    "BE_NRN": "dates to come: whether one lies in the future is not asked",
    "CN_RIC": "python-stdnum has a table of counties; here only the province is looked at",
    "DK_CPR": "dates to come",
    "IBAN_CODE": "python-stdnum knows which places of some countries' accounts are letters; here the check digits say enough",
    "ID_NIK": "python-stdnum has a table of towns, and new ones are founded",
    "IMSI": "python-stdnum has a table of networks, and new ones are licensed",
    "IN_VOTER": "older cards do not keep the check digit",
    "MX_CURP": "words that the register avoids are not looked for",
    "NO_FNR": "dates to come",
    "NZ_BANK": "python-stdnum has a table of branches, and new ones are opened",
    "SG_UEN": "years to come",
    "SM_COE": "python-stdnum has a list of the codes of one and two digits",
    "UK_UPN": "python-stdnum has a table of authorities, and new ones are made",
    "ZA_ID_NUMBER": "refugees have a 2 where citizens have a 0",
    # By the issuers' rules, where python-stdnum has none.
    "DE_SOCIAL_SECURITY": "days that their month does not have were issued, too",
}

# Where Marshal may call wrong what python-stdnum calls right, and why.
NARROWER = {
    "CREDIT_CARD": "python-stdnum looks at the check digit alone; a card has an issuer, and as many digits as that issuer's cards",
    "IMSI": "the numbers that begin with 001 and 9 are tests and networks of no country",
    "ISNI": "those that were issued begin with 0000; without that, it is as likely a card or an account",
    "MEID": "with a digit first, it is as likely any other number",
    "SG_UEN": "before 1800 no company was registered",
    "TH_TNIN": "the second and the third digit are a province, of which there are not a hundred",
    "VIN": "with one letter or none, it is as likely any other number",
}

# Kinds that are found by what stands around them as well, and are judged as they stand in a text.
IN_TEXT = ["BIC", "CREDIT_CARD", "CRYPTO", "IBAN_CODE", "MAC_ADDRESS"]

# Kinds of which fewer than nine in ten are found, or more than one in ten finds is wrong, and why that is so.
WEAK = {
    "DE_PASSPORT": "next to the bare word passport its form may be any country's, so it wants its own words",
    "NL_PASSPORT": "nine letters and digits next to the word passport alone are the form of many another country's numbers",
}


def values_of(name: str) -> list[tuple[str, bool]]:
    return oracle.judged(name, VALUES, SEED)


@pytest.fixture(scope="module")
def judged() -> dict[str, list[tuple[str, bool]]]:
    """Values of each kind, with python-stdnum's verdict or that of the issuer's rule."""
    names = [name for name in KINDS if name in oracle.MODULES or name in oracle.RULES]
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        return dict(zip(names, processes.map(values_of, names, chunksize=4)))


def verdicts(lines: list[str]) -> list[str]:
    """Marshal's own: `1`, `0`, or `?` where a value alone is not judged."""
    built = os.environ.get("MARSHAL_E2E_VALIDATORS")
    command = [built] if built else "cargo run --quiet --locked -p marshal-detect --example validators".split()
    ran = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, cwd=REPOSITORY)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    return ran.stdout.split()


def compact(value: str) -> str:
    """Without the sign of a century, which stands where others have a separator."""
    return value.replace("-", "").replace("+", "")


def disagreements(judged, names) -> tuple[dict, dict]:
    """By kind: what Marshal calls right and should not, and what it calls wrong and should not."""
    rows = [(name, value, right) for name in names for value, right in judged[name]]
    # A value that no template could have made is not judged by the issuer's rule alone.
    rows = [(name, value, right) for name, value, right in rows if name in oracle.MODULES or oracle.has_form(name, value)]
    said = verdicts([f"{name}\t{compact(value)}" for name, value, _ in rows])
    assert len(said) == len(rows)
    too_right, too_wrong = defaultdict(list), defaultdict(list)
    for (name, value, right), word in zip(rows, said):
        assert word != "?", f"{name} is not judged"
        if word == "1" and not right:
            too_right[name].append(value)
        if word == "0" and right:
            too_wrong[name].append(value)
    return too_right, too_wrong


def not_deliberate(too_right, too_wrong) -> list[str]:
    told = [f"{name}: {len(values)} called right, as {values[:3]}" for name, values in too_right.items() if name not in BROADER]
    return told + [f"{name}: {len(values)} called wrong, as {values[:3]}" for name, values in too_wrong.items() if name not in NARROWER]


@pytest.mark.timeout(900)
def test_a_value_is_judged_as_python_stdnum_judges_it(judged):
    names = [name for name in judged if name in oracle.MODULES and name not in IN_TEXT]
    assert len(names) >= 100
    too_right, too_wrong = disagreements(judged, names)
    assert not (told := not_deliberate(too_right, too_wrong)), told


def test_a_value_that_python_stdnum_does_not_know_is_judged_by_its_issuers_rule(judged):
    names = [name for name in judged if name not in oracle.MODULES]
    too_right, too_wrong = disagreements(judged, names)
    assert not (told := not_deliberate(too_right, too_wrong)), told


@pytest.mark.parametrize("name", IN_TEXT)
def test_a_value_in_a_text_is_found_if_it_is_right(judged, name, tmp_path):
    word, rows = KINDS[name].words[0], []
    for value, right in judged[name]:
        text = f"{word} " + (":".join(value[at : at + 2] for at in range(0, 12, 2)) if name == "MAC_ADDRESS" else value)
        span = {"start": len(word) + 1, "end": len(text), "type": name}
        rows.append({"text": text, "spans": [span] if right else [], "looked_for": name})
    score = evaluated_rows(rows, tmp_path)["types"][name]
    assert score["true_positives"] > 1_000
    assert score["false_positives"] == 0 or name in BROADER, score
    assert score["false_negatives"] == 0 or name in NARROWER, score


def table(types: dict) -> str:
    lines = [f"{'kind':24} {'found':>6} {'missed':>6} {'wrong':>6} {'recall':>7} {'precision':>9}"]
    for name, score in sorted(types.items()):
        counts = f"{score['true_positives']:6} {score['false_negatives']:6} {score['false_positives']:6}"
        lines.append(f"{name:24} {counts} {score['recall']:7.3f} {score['precision']:9.3f}")
    return "\n".join(lines)


@pytest.mark.timeout(600)
def test_values_are_found_in_texts_and_look_alikes_are_not(tmp_path):
    result = evaluated_rows(corpus.rows(EACH, SEED), tmp_path)
    types, overall = result["types"], result["overall"]
    print(table(types | {"all of them": overall}))
    assert len(types) >= 100
    assert set(types) == set(corpus.EVERY)
    below = {name: score for name, score in types.items() if min(score["recall"], score["precision"]) < 0.9 and name not in WEAK}
    assert not below, "\n" + table(below)
    assert overall["recall"] >= 0.99
    assert overall["precision"] >= 0.98
