"""Traces go on from the caller's, under OpenTelemetry's GenAI names; no content and no secret leaves with them."""

import secrets

import httpx
import pytest

from harness.authority import Authority
from harness.cassettes import first, said
from harness.collector import Collector, GrpcCollector
from harness.gateway import Gateway
from harness.process import until
from harness.world import SECRET, World

SERVER, CLIENT = 2, 3  # opentelemetry.proto.trace.v1.Span.SpanKind
WORDS = "the quick brown fox asks about quarterly numbers"


@pytest.fixture(scope="module", params=["http", "grpc"])
def traced(cassettes, tmp_path_factory, request):
    """Recorded providers behind a gateway that exports its traces, over either protocol, and hands them on to providers."""
    collector = {"http": Collector, "grpc": GrpcCollector}[request.param]()
    otlp = f"otlp: {{endpoint: {collector.url}, protocol: {request.param}}}"
    telemetry = f"telemetry: {{log_format: json, log_level: debug, {otlp}, traceparent_to_providers: true}}"
    world = World(tmp_path_factory.mktemp("traced"), telemetry=telemetry)
    world.collector = collector
    yield world
    world.end()
    collector.end()


def call(world, provider: str, stream: bool):
    """One call under a trace of its own: trace id, parent span id, the recording, the call's id."""
    trace, parent = secrets.token_hex(16), secrets.token_hex(8)
    recording = first(provider, stream, without=("tools", "truncated", "n_choices", "thinking"))
    world.replays[provider].forget()
    world.replays[provider].next(recording["id"])
    body = {"model": world.model(provider), "messages": [{"role": "user", "content": WORDS}], "stream": stream}
    with world.gateway.http(headers={"traceparent": f"00-{trace}-{parent}-01"}) as http:
        answer = http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    return trace, parent, recording, answer.headers["x-marshal-call-id"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_call_is_a_span_with_an_attempt_below_it(traced, provider, stream):
    trace, parent, recording, identity = call(traced, provider, stream)
    collector = traced.collector
    until(lambda: len(collector.of_trace(trace)) >= 2, "both spans are exported", 20)
    spans = {span.kind: (span, attributes) for span, attributes in collector.of_trace(trace)}
    assert sorted(spans) == [SERVER, CLIENT]
    (whole, of_whole), (attempt, of_attempt) = spans[SERVER], spans[CLIENT]

    assert whole.parent_span_id.hex() == parent
    assert attempt.parent_span_id == whole.span_id
    assert whole.name == f"chat {traced.model(provider)}"
    assert attempt.name == "chat as-recorded"
    expected = said(provider, recording)
    assert of_whole["marshal.call.id"] == identity
    assert of_whole["gen_ai.operation.name"] == of_attempt["gen_ai.operation.name"] == "chat"
    assert of_whole["gen_ai.request.model"] == traced.model(provider)
    assert of_whole["gen_ai.request.stream"] == stream
    assert of_attempt["gen_ai.provider.name"]
    assert (of_attempt["gen_ai.usage.input_tokens"], of_attempt["gen_ai.usage.output_tokens"]) == (
        expected.input,
        expected.output,
    )
    assert len(of_attempt["gen_ai.response.finish_reasons"]) == 1
    assert traced.gateway.record(identity, "intent")["trace_id"] == trace

    (seen,) = traced.replays[provider].seen()
    version, sent_trace, sent_parent, _ = seen["headers"]["traceparent"].split("-")
    assert (version, sent_trace, sent_parent) == ("00", trace, attempt.span_id.hex())


def test_a_refusal_is_a_span_with_its_code(traced):
    trace, parent = secrets.token_hex(16), secrets.token_hex(8)
    with traced.gateway.http(headers={"traceparent": f"00-{trace}-{parent}-01"}) as http:
        body = {"model": "nobody", "messages": [{"role": "user", "content": WORDS}]}
        assert http.post("/v1/chat/completions", json=body).status_code == 404
    until(lambda: traced.collector.of_trace(trace), "the span is exported", 20)
    ((span, attributes),) = traced.collector.of_trace(trace)
    assert span.parent_span_id.hex() == parent
    assert attributes["error.type"] == "unknown_model"


def test_no_content_and_no_secret_in_traces_metrics_and_logs(traced):
    trace, _, recording, _ = call(traced, "openai", False)
    until(lambda: traced.collector.of_trace(trace), "the span is exported", 20)
    answered = said("openai", recording).choice().text
    metrics = httpx.get(f"{traced.gateway.control}/metrics", trust_env=False, timeout=60).text
    logs = traced.gateway.process.complained()
    everywhere = traced.collector.raw.decode(errors="replace") + metrics + logs
    for text in (WORDS, answered, traced.gateway.key, SECRET):
        assert text not in everywhere
    assert logs, "nothing was logged, so nothing was shown"
    assert traced.collector.paths in ({"/v1/traces"}, {"grpc"})
    assert all(resource["service.name"] == "marshal" for resource in traced.collector.resources)
    assert "marshal_requests_total" in metrics


@pytest.mark.parametrize(("protocol", "collects"), [("http", Collector), ("grpc", GrpcCollector)], ids=["http", "grpc"])
def test_a_collector_elsewhere_is_reached_by_tls_with_its_key_and_gets_its_share(tmp_path, protocol, collects):
    authority = Authority(tmp_path / "authority")
    collector = collects(authority=authority)
    otlp = f"endpoint: {collector.url}, protocol: {protocol}, tls_ca: {authority.ca}, headers: {{x-team-key: {{env: TEAM_KEY}}}}, sample_ratio: 0"
    gateway = Gateway(tmp_path / "gateway", f"telemetry: {{otlp: {{{otlp}}}}}\nproviders: {{demo: {{}}}}\n", {"TEAM_KEY": SECRET})
    body = {"model": "demo/demo-chat", "messages": [{"role": "user", "content": "Hello"}]}
    # None of its own, and those that a caller wants recorded.
    traces = [secrets.token_hex(16) for _ in range(3)]
    try:
        with gateway.http() as http:
            for trace in traces:
                assert http.post("/v1/chat/completions", json=body).status_code == 200
                header = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
                assert http.post("/v1/chat/completions", json=body, headers=header).status_code == 200
        until(lambda: all(len(collector.of_trace(trace)) == 2 for trace in traces), "the spans are exported", 60)
        assert {span.trace_id.hex() for span, _ in collector.spans} == set(traces)
        assert SECRET.encode() in collector.raw, "the key came along"
    finally:
        gateway.end()
        collector.end()
    assert SECRET not in gateway.process.complained() + gateway.config.read_text()


def test_a_collector_that_nobody_vouches_for_gets_nothing(tmp_path):
    collector = Collector(authority=Authority(tmp_path / "authority"))
    gateway = Gateway(tmp_path / "gateway", f"telemetry: {{otlp_endpoint: {collector.url}}}\nproviders: {{demo: {{}}}}\n")
    try:
        body = {"model": "demo/demo-chat", "messages": [{"role": "user", "content": "Hello"}]}
        with gateway.http() as http:
            assert http.post("/v1/chat/completions", json=body).status_code == 200

        def dropped():
            page = httpx.get(f"{gateway.control}/metrics", trust_env=False, timeout=60).text
            return "marshal_otlp_spans_dropped_total 2" in page

        until(dropped, "the spans are given up", 60)
        assert not collector.spans
    finally:
        gateway.end()
        collector.end()
