"""Spans and metrics of every door are as OpenTelemetry's GenAI conventions say, current ones and legacy ones."""

import random
import re

import pytest

import test_canaries
from harness.conventions import CLIENT, ERROR, SERVER, Conventions
from harness.places import REPOSITORY
from test_canaries import KINDS, PLACES, Watched

# A WebSocket; its tests stand in gateway/tests/it/realtime.rs.
ELSEWHERE = {"realtime"}
OPEN_METRICS = {"accept": "application/openmetrics-text"}


def surfaces() -> set[str]:
    """Every door of the data plane."""
    text = (REPOSITORY / "gateway/crates/types/src/surface.rs").read_text()
    return set(re.findall(r'= "(\w+)", (?:Chat|Task|Object|Local);', text))


def first_of_each() -> list:
    """A request through each door, whole and streamed, and through each pair of doors that a call can pass."""
    firsts = {}
    for place in PLACES:
        for stream in place.streams:
            firsts.setdefault((place.door, stream), place)
    value = KINDS["mail"](random.Random(1))
    return [place.make(value, stream) for (_, stream), place in firsts.items()]


class Seen:
    """What every door left behind, by the conventions of this name."""

    def __init__(self, name: str, folder, patch):
        self.conventions = Conventions(name)
        config = test_canaries.config
        words = ("{log_format: json,", f"{{log_format: json, conventions: {name},")
        patch.setattr(test_canaries, "config", lambda *given: config(*given).replace(*words))
        watched = Watched(folder)
        for request in first_of_each():
            watched.ask(request)
        watched.http.get("/v1/models")
        watched.http.get("/nowhere/at/all")
        # One that every provider fails.
        watched.http.post("/v1/chat/completions", json={"model": "o/break", "messages": [{"role": "user", "content": "Hello"}]})
        self.page = watched.control.get("/metrics", headers=OPEN_METRICS).text
        watched.gateway.end()
        self.spans = watched.collector.spans
        watched.end()


@pytest.fixture(scope="module", params=["current", "legacy"])
def seen(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield Seen(request.param, tmp_path_factory.mktemp(request.param), patch)


def test_every_door_was_tried(seen):
    tried = set(re.findall(r'marshal_requests_total\{surface="(\w+)"', seen.page))
    assert tried >= surfaces() - ELSEWHERE


def test_every_span_is_as_they_say(seen):
    assert {span.kind for span, _ in seen.spans} == {SERVER, CLIENT}
    faults = {f"{span.name}: {fault}" for span, attributes in seen.spans for fault in seen.conventions.faults_of_span(span, attributes)}
    assert not faults, "\n".join(sorted(faults))
    assert any(span.status.code == ERROR for span, _ in seen.spans)


def test_every_metric_is_as_they_say(seen):
    faults = seen.conventions.faults_of_page(seen.page)
    assert not faults, "\n".join(faults)


def test_an_attempt_is_a_stream_exactly_if_its_call_is(seen):
    calls = {span.span_id: attributes for span, attributes in seen.spans if span.kind == SERVER}
    attempts = [(span, attributes) for span, attributes in seen.spans if span.kind == CLIENT]
    name = "gen_ai.request.stream"
    if name not in seen.conventions.attributes:
        assert not any(name in attributes for _, attributes in seen.spans)
        return
    assert any(name in attributes for _, attributes in attempts)
    for span, attributes in attempts:
        assert attributes.get(name, False) == calls[span.parent_span_id].get(name, False)
