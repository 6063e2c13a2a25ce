"""Public benchmarks of leaks, run as their READMEs say, and their rule that a cut changes nothing, for every pair of dialects.

pii-leak-benchmark is both the client and the provider: it knows every value that it sends, and every byte that came out.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from chunk_invariance import ChunkInvarianceError, all_splits, assert_chunk_invariant

from harness.gateway import Gateway
from harness.process import free_port
from harness.scripted import DIALECTS, script
from harness.scripted.framing import SSE
from harness.serving import Handler, Served
from harness.world import changed, guarded

MODEL = "conformance-model"
# What the benchmark of answers waits for, in seconds: an answer that is late is no leak.
PATIENT = {"V2_CLIENT_READ_TIMEOUT": "60", "V2_CLIENT_CONNECT_TIMEOUT": "30"}


def answers_masked(text: str) -> str:
    """data.yaml as it ships, with the answers looked at as well, which the benchmark of answers asks for."""
    for action in ("surrogate", "mask"):
        text = text.replace(f"action: {action}}}", f"action: {action}, answers: mask}}")
    assert text.count("answers: mask") > 8, "data.yaml writes its entities in another way"
    return text


# What the benchmark sends in the place of real values: numbers that no authority gives out, keys that say that they are examples.
SPECIMENS = {
    "SPECIMEN_SSN": ("pii", "surrogate", r"(?-u:\b)9\d\d-\d\d-\d{4}(?-u:\b)"),
    "SPECIMEN_AWS_KEY": ("secret", "mask", r"AKIAIOSFODNN7EXAMPLE"),
    "SPECIMEN_GITHUB_TOKEN": ("secret", "mask", r"ghp_EXAMPLENOTAREALGITHUBTOKEN0+"),
    "SPECIMEN_SLACK_TOKEN": ("secret", "mask", r"xoxb-00000-00000-EXAMPLENOTAREALTOKEN"),
}


def specimens_known(text: str) -> str:
    """data.yaml as it ships, and detectors for those."""
    lines = [f"  - {{name: {name}, class: {kind}, action: {action}, answers: mask, pattern: '{pattern}'}}" for name, (kind, action, pattern) in SPECIMENS.items()]
    return changed(text, "custom: []", "\n".join(["custom:", *lines]))


class Measured:
    """A gateway before the benchmark's own provider, on a port that is free now."""

    def __init__(self, folder, data):
        self.folder, self.port = folder, free_port()
        self.gateway = guarded(folder, f"http://127.0.0.1:{self.port}", data, MODEL)

    def run(self, module: str, *words: str) -> subprocess.CompletedProcess:
        """Runs a command of the benchmark, which finds the gateway's key where its README says."""
        return subprocess.run(
            [sys.executable, "-m", f"pii_leak_benchmark.{module}", *words],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "CONFORMANCE_TARGET_API_KEY": self.gateway.key, "PYTHONDONTWRITEBYTECODE": "1", **PATIENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )

    def end(self) -> None:
        self.gateway.end()


POLICIES = {
    "as it ships": lambda text: text,
    "with specimens": specimens_known,
    "with answers and specimens": lambda text: specimens_known(answers_masked(text)),
}


@pytest.fixture
def measured(tmp_path, request):
    measured = Measured(tmp_path, POLICIES[request.param])
    yield measured
    measured.end()


def selfcheck(measured: Measured, url: str, *words: str):
    report = measured.folder / "selfcheck.json"
    port = ["--capture-port", str(measured.port)]
    ran = measured.run("cli", "selfcheck", "--target-base-url", url, "--target-model", MODEL, *port, "--json-out", str(report), *words)
    return ran, json.loads(report.read_text())


@pytest.mark.parametrize("measured", ["as it ships"], indirect=True)
def test_the_benchmark_itself_sees_a_leak(measured):
    ran, _ = selfcheck(measured, "capture://self")
    assert ran.returncode == 1 and "LEAK" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.parametrize("profile", ["pii-v1", "pii-secrets-v1"])
@pytest.mark.parametrize("measured", ["with specimens"], indirect=True)
def test_the_benchmark_of_requests_finds_no_leak(measured, profile):
    duty = "restore" if profile == "pii-v1" else "anonymize"
    ran, report = selfcheck(measured, f"{measured.gateway.url}/v1", "--profile", profile, "--duty", duty)
    assert ran.returncode == 0 and "CLEAN" in ran.stdout, ran.stdout + ran.stderr
    assert report["checks"]["configured_upstream_boundary"]["passed"], report["checks"]


# The oracle cuts each value in two and in three, at every place.
@pytest.mark.parametrize(("measured", "oracle"), [("with answers and specimens", "union-worst-case")], indirect=["measured"])
def test_the_benchmark_of_answers_finds_no_leak_however_they_are_cut(measured, oracle):
    out = measured.folder / "answers"
    words = ["--validate", "--only", "marshal", "--model", MODEL, "--seed", "a1b2c3d4e5f60001", "--oracle", oracle]
    words += ["--gateway-url", f"{measured.gateway.url}/v1/chat/completions", "--upstream-port", str(measured.port)]
    ran = measured.run("v2_emitter", *words, "--out", str(out), "--json-out", str(out / "summary.json"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (row,) = json.loads((out / "summary.json").read_text())["rows"]
    print(json.dumps(row, indent=2))
    assert row["cases_attempted"] == row["cases_applicable"] > 0 and row["inconclusive"] == 0, row
    assert row["request_path_leak"] == [], row
    assert (row["leak_single_chunk"], row["leak_adversarial"], row["delta_frag"]) == (0, 0, 0), row
    assert row["fidelity_rate"] == 1, row
    assert row["outcome"] == "pass", row


# The rule of chunk-invariance: an answer that comes in any parts reads as the answer that came in one.

VALUE = "4111111111111111"
PAIRED = ("openai", "anthropic", "gemini", "responses")


class Parts(Handler):
    """Answers in the parts that its cutter says."""

    def do_POST(self):
        self.pieces(SSE, self.served.answer(self.path, json.loads(self.body())))


class Cutter(Served):
    """A provider of every dialect. Asked for cut 0 it writes an answer, and keeps it as `last`; any other number is of `cuts`, where its bytes are parted."""

    def __init__(self):
        self.cuts, self.last = [], b""
        super().__init__(Parts)

    def answer(self, path: str, body: dict) -> list[bytes]:
        given, number = re.search(r"Charge (\S+), cut (\d+)", json.dumps(body)).groups()
        if int(number):
            return self.cuts[int(number) - 1]
        assert VALUE not in given
        asked = script.Asked(model="m", stream=True)
        asked.usage_wanted = False
        speaks = DIALECTS[path.split("/")[1]][2]
        self.last = b"".join(speaks.stream(asked, script.Says(text=f"{given}.")))
        return [self.last]


ASKED = {
    "openai": ("/v1/chat/completions", lambda text: {"messages": [{"role": "user", "content": text}], "stream": True}),
    "responses": ("/v1/responses", lambda text: {"input": text, "stream": True}),
    "anthropic": ("/v1/messages", lambda text: {"messages": [{"role": "user", "content": text}], "max_tokens": 64, "stream": True}),
    "gemini": ("/v1beta/models/{}%2Fm:streamGenerateContent?alt=sse", lambda text: {"contents": [{"role": "user", "parts": [{"text": text}]}]}),
}


def openai_text(event: dict) -> str:
    return "".join((choice.get("delta") or {}).get("content") or "" for choice in event.get("choices") or [])


def anthropic_text(event: dict) -> str:
    return (event.get("delta") or {}).get("text", "")


def gemini_text(event: dict) -> str:
    return "".join(part.get("text", "") for one in event.get("candidates") or [] for part in (one.get("content") or {}).get("parts") or [])


def responses_text(event: dict) -> str:
    """What comes piece by piece, and each whole text after it."""
    return {"response.output_text.delta": event.get("delta"), "response.output_text.done": f" = {event.get('text')}"}.get(event["type"], "")


TEXT_OF = {"openai": openai_text, "anthropic": anthropic_text, "gemini": gemini_text, "responses": responses_text}


class Paired:
    """A gateway before that provider, and a client of it."""

    def __init__(self, folder):
        self.cutter = Cutter()
        config = "providers:\n"
        for dialect in PAIRED:
            name, path, _ = DIALECTS[dialect]
            config += f"  {name}:\n    base_url: {self.cutter.url}{path}\n    dialects: [{dialect}]\n"
            config += "    facts: {pci: true}\n    models: [{name: m, price: free}]\n"
        self.gateway = Gateway(folder, config)
        self.connections = threading.local()

    def text(self, client: str, provider: str, number: int) -> str:
        """What a client of one dialect reads of a provider of another that cuts its answer so."""
        if not hasattr(self.connections, "own"):
            self.connections.own = http.client.HTTPConnection(urlsplit(self.gateway.url).netloc, timeout=60)
        connection, name = self.connections.own, DIALECTS[provider][0]
        path, body = ASKED[client]
        headers = {"authorization": f"Bearer {self.gateway.key}", "content-type": "application/json"}
        asked = {**body(f"Charge {VALUE}, cut {number}"), "model": f"{name}/m"}
        connection.request("POST", path.format(name), json.dumps(asked), headers)
        answer = connection.getresponse()
        raw = answer.read().decode()
        assert answer.status == 200, raw
        events = [line.removeprefix("data:").strip() for line in raw.splitlines() if line.startswith("data:")]
        return "".join(TEXT_OF[client](json.loads(event)) for event in events if event != "[DONE]")

    def texts(self, client: str, provider: str, cuts: list) -> dict:
        """The same for many cuts, by the cut; several at once, for each is a call of its own."""
        self.cutter.cuts = cuts
        with ThreadPoolExecutor(8) as several:
            read = several.map(lambda at: self.text(client, provider, at + 1), range(len(cuts)))
            return {tuple(cut): text for cut, text in zip(cuts, read, strict=True)}

    def end(self) -> None:
        self.gateway.end()
        self.cutter.end()


@pytest.fixture(scope="module")
def paired(tmp_path_factory):
    paired = Paired(tmp_path_factory.mktemp("paired"))
    yield paired
    paired.end()


STRIDE = 61


def every_cut(answer: bytes) -> list[list[bytes]]:
    """Splits that together part the answer at every byte: each at one byte, or, as that is thousands of calls, each at one of 61."""
    if os.environ.get("MARSHAL_E2E_THOROUGH"):
        return list(all_splits(answer, 2))
    edges = [[0, *range(first, len(answer), STRIDE), len(answer)] for first in range(1, STRIDE + 1)]
    return [[answer[begin:end] for begin, end in pairwise(cut)] for cut in edges]


@pytest.mark.parametrize("provider", PAIRED)
@pytest.mark.parametrize("client", PAIRED)
def test_a_cut_at_any_byte_changes_nothing_that_the_client_reads(paired, client, provider):
    whole = paired.text(client, provider, 0)
    assert whole.startswith(f"{VALUE}.") and whole.count(VALUE) == (2 if client == "responses" else 1), whole
    answer = paired.cutter.last
    cuts = [*every_cut(answer), [answer[at : at + 1] for at in range(len(answer))]]
    texts = paired.texts(client, provider, cuts)
    tried = assert_chunk_invariant(lambda chunks: [texts[tuple(chunks)].encode()], lambda _: whole.encode(), answer, splits=cuts)
    assert tried == len(cuts)


def test_the_rule_notices_a_stream_that_is_not_put_together():
    with pytest.raises(ChunkInvarianceError):
        assert_chunk_invariant(lambda chunks: [chunk.replace("ab", "x") for chunk in chunks], lambda text: text.replace("ab", "x"), "cabd")
    assert version("chunk-invariance") == "0.2.0" and version("pii-leak-benchmark") == "0.6.0"
