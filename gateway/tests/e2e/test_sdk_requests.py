"""What an application asks reaches the provider, whatever SDK it uses and whatever the provider speaks."""

import json

import pytest
from pydantic import BaseModel

from harness.apps import CITY, PIXEL, Ask, stop
from harness.cassettes import first, said
from harness.requests import asked

CLIENTS, RECORDED = ["openai", "anthropic"], ["openai", "anthropic"]
every_client = pytest.mark.parametrize("client", CLIENTS)
every_provider = pytest.mark.parametrize("provider", [*RECORDED, "demo"])
recorded_provider = pytest.mark.parametrize("provider", RECORDED)
whole_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

PLAIN = ("tools", "parallel_tools", "truncated", "server_tools", "json_schema", "refusal", "n_choices", "logprobs")


def send(world, apps, client: str, provider: str, recording, ask: Ask):
    """Asks; returns the answer and what the provider was asked (nothing is known of what the demo was asked)."""
    ask.model = world.model(provider)
    if provider == "demo":
        return apps[client].ask(ask), None
    replay = world.replays[provider]
    replay.forget()
    replay.next(recording["id"])
    answer = apps[client].ask(ask)
    (seen,) = replay.seen()
    return answer, asked(provider, seen["json"])


@every_client
@every_provider
@whole_and_streamed
def test_a_question_with_a_system_prompt_is_answered(world, apps, client, provider, stream):
    recording = None if provider == "demo" else first(provider, stream, without=PLAIN)
    ask = Ask("", text="What is the capital of Peru?", system="Answer briefly.", stream=stream)
    answer, request = send(world, apps, client, provider, recording, ask)
    assert stop(answer.choice()) == "end"
    assert answer.input > 0 and answer.output > 0
    if request is None:
        assert "What is the capital of Peru?" in answer.choice().text
        return
    assert answer.choice().text == said(provider, recording).choice().text
    assert (request["system"], request["user"]) == ("Answer briefly.", ["What is the capital of Peru?"])
    assert request["stream"] == stream


@every_client
@every_provider
@whole_and_streamed
def test_a_tool_is_called_and_its_result_goes_back(world, apps, client, provider, stream):
    demo = provider == "demo"
    without = ("parallel_tools", "truncated", "server_tools", "n_choices")
    recording = None if demo else first(provider, stream, "tool_call", without=without)
    ask = Ask("", text="Weather in Lima?", tools=[("weather", CITY)], stream=stream)
    answer, request = send(world, apps, client, provider, recording, ask)
    assert stop(answer.choice()) == "tools"
    (called,) = answer.choice().tools
    if demo:
        assert called[1:] == ("weather", {"city": "Weather in Lima?"})
    else:
        assert called == said(provider, recording).choice().tools[0]
        assert request["tools"] == [("weather", CITY)]

    recording = None if demo else first(provider, stream, without=PLAIN)
    ask.called, ask.results = [(called[0], called[1], json.dumps(called[2]))], [(called[0], "18 degrees, fog")]
    answer, request = send(world, apps, client, provider, recording, ask)
    assert answer.choice().text
    if demo:
        assert "18 degrees, fog" in answer.choice().text
    else:
        assert request["called"] == [called]
        assert request["results"] == [(called[0], "18 degrees, fog")]


@every_client
@recorded_provider
@whole_and_streamed
def test_tools_called_in_parallel_get_a_result_each(world, apps, client, provider, stream):
    recording = first(provider, stream, "tool_call", "parallel_tools", without=("truncated", "server_tools", "n_choices"))
    expected = said(provider, recording).choice().tools
    assert len(expected) > 1, "the recording has one call only"
    ask = Ask("", text="Weather in Lima and Oslo?", tools=[("weather", CITY)], stream=stream)
    answer, _ = send(world, apps, client, provider, recording, ask)
    assert answer.choice().tools == expected

    ask.called = [(identity, name, json.dumps(given)) for identity, name, given in expected]
    ask.results = [(identity, f"result {at}") for at, (identity, _, _) in enumerate(expected)]
    _, request = send(world, apps, client, provider, first(provider, stream, without=PLAIN), ask)
    assert request["called"] == expected
    assert request["results"] == ask.results


@every_client
@every_provider
@whole_and_streamed
def test_an_image_arrives(world, apps, client, provider, stream):
    recording = None if provider == "demo" else first(provider, stream, without=PLAIN)
    ask = Ask("", text="What is this?", image=PIXEL, stream=stream)
    answer, request = send(world, apps, client, provider, recording, ask)
    if request is None:
        assert "1 image" in answer.choice().text
    else:
        assert request["images"] == [PIXEL]


@every_client
@every_provider
@whole_and_streamed
def test_an_answer_in_a_schema(world, apps, client, provider, stream):
    schema = {**CITY, "additionalProperties": False}
    recording = None if provider == "demo" else first(provider, stream, without=PLAIN)
    ask = Ask("", text="Lima", schema=schema, stream=stream)
    answer, request = send(world, apps, client, provider, recording, ask)
    if request is None:
        assert json.loads(answer.choice().text) == {"city": "Lima"}
    else:
        assert request["schema"] == schema


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_openai_package_parses_an_answer_into_a_class(world, sdks, streamed):
    class City(BaseModel):
        city: str

    ask = {"model": world.model("demo"), "messages": [{"role": "user", "content": "Lima"}], "response_format": City}
    if streamed:
        with sdks["openai"].chat.completions.stream(**ask) as stream:
            parsed = stream.get_final_completion().choices[0].message.parsed
    else:
        parsed = sdks["openai"].chat.completions.parse(**ask).choices[0].message.parsed
    assert parsed == City(city="Lima")


@whole_and_streamed
def test_thinking_comes_back_with_its_signature(world, sdks, stream):
    recording = first("anthropic", stream, "thinking", without=("tools", "server_tools", "truncated"))
    world.replays["anthropic"].next(recording["id"])
    ask = {"model": world.model("anthropic"), "max_tokens": 4096, "messages": [{"role": "user", "content": "Think."}]}
    ask["thinking"] = {"type": "enabled", "budget_tokens": 1024}
    client = sdks["anthropic"]
    if stream:
        with client.messages.stream(**ask) as events:
            got = events.get_final_message()
    else:
        got = client.messages.create(**ask)
    thoughts = [block for block in got.content if block.type == "thinking"]
    assert "".join(thought.thinking for thought in thoughts) == said("anthropic", recording).choice().thinking
    assert all(thought.signature for thought in thoughts)
    (seen,) = world.replays["anthropic"].seen()[-1:]
    assert seen["json"]["thinking"] == ask["thinking"]


@every_client
def test_the_first_model_of_the_list_answers(world, sdks, apps, client):
    listed = sdks[client].models.list().data
    assert {"recorded-openai/gpt-4o", "demo/demo-chat"} <= {model.id for model in listed}
    demos = [model.id for model in listed if model.id.startswith("demo/")]
    assert apps[client].ask(Ask(model=demos[0])).choice().text
