"""Takes docs/images/dashboard.png anew: a gateway of its own, a handful of calls, a browser. Needs no network.

    .venv/bin/python gateway/tests/e2e/screenshot.py
"""

import tempfile
from pathlib import Path

from harness.apps import CITY, AnthropicApp, Ask, OpenAiApp
from harness.browser import page, sign_in
from harness.gateway import Gateway
from harness.places import REPOSITORY
from harness.world import bundle

TARGET = REPOSITORY / "docs" / "images" / "dashboard.png"

CONFIG = """
policies: policies
providers:
  demo:
    models:
      - {name: demo-chat, price: {input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60}}
      - {name: demo-chat-large, price: {input_usd_per_mtok: 2.50, output_usd_per_mtok: 10}}
  branch-office:
    base_url: http://127.0.0.1:9/v1
    models: [{name: llama-3.3, price: free}]
models:
  fast: {candidates: [demo/demo-chat, demo/demo-chat-large], strategy: cost}
  resilient: {candidates: [branch-office/llama-3.3, demo/demo-chat], strategy: ordered}
"""
RULE = "p, interns-small-only, t:interns, *, model:*/*-large, *, *, deny\n"


def conversations(openai: OpenAiApp, anthropic: AnthropicApp, intern: OpenAiApp) -> None:
    """Calls of many kinds, the last of them the newest."""
    weather = [("weather", CITY)]
    asks = [
        (openai, Ask("fast", "Summarise the minutes of Monday's meeting in three sentences.")),
        (anthropic, Ask("demo/demo-chat-large", "What changed between the two drafts?" * 12, stream=True)),
        (intern, Ask("demo/demo-chat-large", "Draft the board paper.")),
        (openai, Ask("fast", "Weather in Lima?", tools=weather, stream=True)),
        (anthropic, Ask("fast", "Reply to ada.lovelace@example.com about her order.")),
        (openai, Ask("gpt-17", "Hello")),
        (openai, Ask("resilient", "Translate the notice into Portuguese." * 4)),
        (anthropic, Ask("resilient", "Refund 4111 1111 1111 1111, please.", stream=True)),
        (openai, Ask("fast", "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkq" * 8 + "\n-----END PRIVATE KEY-----")),
        (openai, Ask("fast", "Classify this ticket: the export button does nothing.", schema=CITY)),
    ]
    for app, ask in asks:
        try:
            app.ask(ask)
        except Exception as refusal:  # noqa: BLE001: both packages' own errors; refusals belong into the picture
            print(f"refused: {type(refusal).__name__}")


def main() -> None:
    from conftest import clients

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        policies = bundle(folder / "policies")
        with (policies / "access.csv").open("a") as file:
            file.write(RULE)
        gateway = Gateway(folder, CONFIG)
        try:
            sdks = clients(gateway)
            intern = clients(gateway, gateway.new_key("intern", "--team", "interns")["key"])["openai"]
            conversations(OpenAiApp(sdks["openai"]), AnthropicApp(sdks["anthropic"]), OpenAiApp(intern))
            with page(color_scheme="light") as opened:
                sign_in(opened, gateway)
                TARGET.parent.mkdir(parents=True, exist_ok=True)
                opened.screenshot(path=TARGET)
        finally:
            gateway.end()
    print(TARGET)


if __name__ == "__main__":
    main()
