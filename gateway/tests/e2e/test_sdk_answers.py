"""Every recorded answer, read by both SDKs: what the provider said is what the application gets."""

import anthropic
import openai
import pytest

from harness.apps import Ask, stop
from harness.cassettes import recordings, said
from harness.places import CASSETTES


def one_answer(recording: dict) -> bool:
    """Some fixtures are several streams of one conversation, one after the other: no SDK reads those as one answer."""
    return recording["response_body"].count('"type":"message_start"') <= 1


def tools(choice, cut_short: bool) -> list:
    """A choice's tool calls; without their arguments where an answer broke off inside them."""
    return [(identity, name) if cut_short else (identity, name, given) for identity, name, given in choice.tools]


def cases():
    for provider in ("openai", "anthropic"):
        listed = recordings(provider)
        if not listed:
            reason = f"no recorded traffic in {CASSETTES}; MARSHAL_SHARED says where it is"
            yield pytest.param(provider, None, marks=pytest.mark.skip(reason=reason), id=provider)
        for recording in filter(one_answer, listed):
            yield pytest.param(provider, recording, id=f"{provider}-{recording['id']}")


@pytest.mark.parametrize("client", ["openai", "anthropic"])
@pytest.mark.parametrize(("provider", "recording"), list(cases()))
def test_an_sdk_reads_what_the_provider_said(world, apps, client, provider, recording):
    """Text, tool calls, stop reason and usage, whole or streamed as it was recorded; an error as the SDK's own."""
    world.replays[provider].next(recording["id"])
    ask = Ask(model=world.model(provider), stream=recording["stream"])
    if recording["status"] != 200:
        with pytest.raises((openai.APIStatusError, anthropic.APIStatusError)) as raised:
            apps[client].ask(ask)
        # The provider refused the gateway's own key. Word for word that is the provider's 401; told in another dialect,
        # it is no fault of the application's key.
        crossed = {401: 502} if client != provider else {}
        assert raised.value.status_code == crossed.get(recording["status"], recording["status"])
        return
    got, expected = apps[client].ask(ask), said(provider, recording)
    indices = sorted(expected.choices) if client == "openai" else [0]
    assert sorted(got.choices) == indices
    for index in indices:
        one, other = got.choices[index], expected.choices[index]
        assert one.text == other.text
        cut_short = client == "anthropic" and any(isinstance(given, str) for _, _, given in other.tools)
        assert tools(one, cut_short) == tools(other, cut_short)
        # With tools called, Anthropic's stop reason always says so; OpenAI's may be `stop`, or not there at all.
        assert stop(one) == stop(other) or client != provider and other.stop in (None, "stop")
        if client == "anthropic":
            assert one.thinking == other.thinking
    if expected.input is not None:
        assert (got.input, got.output, got.cached) == (expected.input, expected.output, expected.cached)
