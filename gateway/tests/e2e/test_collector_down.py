"""A collector that is down under load: memory stays bounded, lost spans are counted, the trail is whole, and afterwards all arrive."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from harness.collector import Collector
from harness.gateway import Gateway
from harness.process import free_port, until

# Two spans a call: more than twice what may wait.
CALLS, AFTER, MOST_WAITING = 2_500, 50, 2_048
MIB = 1 << 20
# Seconds under load while it is down, where that is to be longer than those calls take.
OUTAGE_S = float(os.environ.get("MARSHAL_E2E_OUTAGE_S", "0"))


def resident(gateway: Gateway) -> int:
    """Bytes of memory that the gateway holds."""
    status = open(f"/proc/{gateway.process.child.pid}/status", encoding="ascii").read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def metric(gateway: Gateway, name: str) -> float:
    page = httpx.get(f"{gateway.control}/metrics", trust_env=False, timeout=60).text
    return float(re.search(rf"^{name} (\S+)$", page, re.M)[1])


def call(gateway: Gateway, number: int) -> list[str]:
    """So many calls, eight at a time; their ids."""
    body = {"model": "demo/demo-chat", "messages": [{"role": "user", "content": "Hello"}]}

    def some(count: int) -> list[str]:
        with gateway.http() as http:
            answers = [http.post("/v1/chat/completions", json=body) for _ in range(count)]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.headers["x-marshal-call-id"] for answer in answers]

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(some, [number // 8 + (at < number % 8) for at in range(8)]), [])


def test_a_collector_that_is_down_costs_spans_that_are_counted_and_nothing_else(tmp_path):
    port = free_port()
    config = f"telemetry: {{otlp: {{endpoint: http://127.0.0.1:{port}}}}}\nproviders: {{demo: {{}}}}\n"
    gateway = Gateway(tmp_path, config)
    try:
        begun = time.monotonic()
        calls = call(gateway, 200)
        before = resident(gateway)
        calls += call(gateway, CALLS - 200)
        while time.monotonic() - begun < OUTAGE_S:
            calls += call(gateway, 800)
        print(f"{len(calls)} calls in {time.monotonic() - begun:.0f} s, {(resident(gateway) - before) / MIB:.1f} MiB more")
        assert resident(gateway) - before <= 64 * MIB
        assert metric(gateway, "marshal_otlp_spans_waiting") <= MOST_WAITING
        until(lambda: metric(gateway, "marshal_otlp_spans_dropped_total") > 0, "spans are dropped", 60)

        collector = Collector(port)
        try:
            # What is on its way there may still be lost to the attempts from before.
            until(lambda: collector.spans, "spans arrive again", 60)
            calls += call(gateway, AFTER)
            until(lambda: metric(gateway, "marshal_otlp_spans_waiting") == 0, "nothing waits", 60)
            made = 2 * len(calls)
            dropped = metric(gateway, "marshal_otlp_spans_dropped_total")
            gateway.end()
            assert len(collector.spans) + dropped == made
            last = {attributes["marshal.call.id"] for _, attributes in collector.spans if "marshal.call.id" in attributes}
            assert set(calls[-AFTER:]) <= last
        finally:
            collector.end()

        verified = gateway.json("audit", "verify")
        assert verified["ok"], verified
        assert gateway.story(calls[0])["records"]
        kinds = [record["kind"] for record in gateway.story(calls[-1])["records"]]
        assert kinds == ["intent", "complete"]
    finally:
        gateway.end()
