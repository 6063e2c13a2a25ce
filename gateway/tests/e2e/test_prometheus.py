"""A real Prometheus scrapes the gateway, exemplars included, and a real promtool finds nothing wrong with its page."""

import secrets
import shutil
import subprocess
import time

import httpx
import pytest

from harness.collector import Collector
from harness.gateway import Gateway
from harness.process import Process, free_port, until

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
pytestmark = pytest.mark.skipif(not (PROMETHEUS and PROMTOOL), reason="no prometheus here; Debian's package has it")
CONFIG = """
global: {{scrape_interval: 5s, scrape_timeout: 5s}}
scrape_configs:
  - {{job_name: marshal, static_configs: [{{targets: ["{target}"]}}]}}
"""
CALLS = 7


class Scraped:
    """A gateway that exports its traces and was called, and a Prometheus that scrapes it."""

    def __init__(self, folder):
        self.collector = Collector()
        self.gateway = Gateway(folder / "gateway", f"telemetry: {{otlp: {{endpoint: {self.collector.url}}}}}\nproviders: {{demo: {{}}}}\n")
        self.traces = [self.call() for _ in range(CALLS)]
        config, port = folder / "prometheus.yml", free_port()
        config.write_text(CONFIG.format(target=self.gateway.control.removeprefix("http://")))
        words = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
        self.process = Process([PROMETHEUS, *words, "--enable-feature=exemplar-storage"], folder, "prometheus")
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", trust_env=False, timeout=60)

    def call(self) -> str:
        trace = secrets.token_hex(16)
        with self.gateway.http(headers={"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}) as http:
            body = {"model": "demo/demo-chat", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
            body["stream_options"] = {"include_usage": True}  # tokens that nobody counted are none of the conventions'
            assert http.post("/v1/chat/completions", json=body).status_code == 200
        return trace

    def ask(self, path: str, **params):
        """What Prometheus answers; nothing while it does not yet."""
        try:
            answer = self.http.get(path, params=params)
        except httpx.TransportError:
            return None
        return answer.json()["data"] if answer.status_code == 200 else None

    def value(self, query: str):
        found = (self.ask("query", query=query) or {}).get("result")
        return float(found[0]["value"][1]) if found else None

    def comes_to(self, query: str, expected) -> None:
        """Waits until the query's value is as expected; a number, or a test of one."""
        fits = expected if callable(expected) else lambda value: value == expected
        until(lambda: (value := self.value(query)) is not None and fits(value), f"{query} is as expected", 60)

    def end(self) -> None:
        self.http.close()
        for one in (self.process, self.gateway, self.collector):
            one.end()


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    scraped = Scraped(tmp_path_factory.mktemp("scraped"))
    yield scraped
    scraped.end()


def test_a_scrape_is_understood_and_holds_what_was_called(scraped):
    scraped.comes_to('up{job="marshal"}', 1)
    scraped.comes_to("sum(marshal_requests_total)", CALLS)
    scraped.comes_to('sum(gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name="chat"})', CALLS)
    scraped.comes_to("sum(gen_ai_client_inference_usage_output_tokens_total)", lambda tokens: tokens > 0)
    scraped.comes_to("histogram_quantile(0.5, sum by (le) (gen_ai_client_operation_time_to_first_chunk_seconds_bucket))", lambda s: s > 0)

    def healthy():
        targets = (scraped.ask("targets") or {}).get("activeTargets", [])
        return [(target["health"], target["lastError"]) for target in targets] == [("up", "")]

    until(healthy, "the target is up", 60)


def test_the_parts_of_overhead_sum_up_to_it(scraped):
    scraped.comes_to("marshal_overhead_seconds_sum", lambda whole: whole > 0)
    scraped.comes_to("sum(marshal_overhead_part_seconds_sum) / scalar(marshal_overhead_seconds_sum)", lambda share: share == pytest.approx(1, rel=0.01))


def test_an_exemplar_leads_to_a_trace_that_the_collector_has(scraped):
    def exemplars():
        now = time.time()
        found = scraped.ask("query_exemplars", query="marshal_call_duration_seconds_bucket", start=now - 600, end=now + 60)
        return [one["labels"]["trace_id"] for series in found or [] for one in series["exemplars"]]

    named = until(exemplars, "an exemplar is stored", 60)
    assert set(named) <= set(scraped.traces)
    for trace in set(named):
        until(lambda trace=trace: scraped.collector.of_trace(trace), "its spans are exported", 20)


def test_promtool_finds_nothing_wrong_with_the_older_format(scraped):
    page = httpx.get(f"{scraped.gateway.control}/metrics", trust_env=False, timeout=60)
    assert page.headers["content-type"].startswith("text/plain")
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=page.content, capture_output=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr.decode()
