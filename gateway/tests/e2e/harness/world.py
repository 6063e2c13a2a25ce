"""The gateway with both recorded providers and the demo behind it."""

import shutil
from pathlib import Path

from .cassettes import ANTHROPIC, APIS, OPENAI, models
from .gateway import Gateway
from .places import REPOSITORY
from .replay import Replay

# Names of our own: what the catalog knows of a real provider's models would speak into the tests.
PROVIDERS = {OPENAI: "recorded-openai", ANTHROPIC: "recorded-anthropic"}
EXTRA_MODEL = "as-recorded"
DEMO = "demo/demo-chat"


def provider_yaml(name: str, url: str, dialect: str, listed: list[str], facts: str = "{pci: true}") -> str:
    """A provider of `marshal.yaml`."""
    lines = [
        f"  {name}:",
        f"    base_url: {url}/v1",
        f"    dialects: [{dialect}]",
        "    api_key: {env: RECORDED_KEY}",
        f"    facts: {facts}",
        "    models:",
    ]
    lines += [f'      - {{name: "{model}", price: free}}' for model in listed]
    return "\n".join(lines) + "\n"


def bundle(folder: Path, data=None, **files: str) -> Path:
    """A copy of the shipped bundle; `data` changes the text of data.yaml, `files` replace whole files by stem."""
    shutil.copytree(REPOSITORY / "policies" / "default", folder)
    if data:
        file = folder / "data.yaml"
        file.write_text(data(file.read_text()))
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def shadow(text: str) -> str:
    """data.yaml with every detector on and none acting."""
    changed = text.replace("\nmode: enforce\n", "\nmode: shadow\n")
    assert changed != text, "data.yaml says `mode: enforce` no more"
    return changed


class World:
    """Both replays, and a gateway that knows every model that was recorded."""

    def __init__(self, folder: Path, policies: str | None = None, cut: str = "0", telemetry: str = "telemetry: {log_format: json}"):
        self.replays = {name: Replay(folder, name, APIS[name], cut) for name in (OPENAI, ANTHROPIC)}
        config = telemetry + "\n"
        config += f"policies: {policies}\n" if policies else ""
        config += "providers:\n"
        for name, provider in PROVIDERS.items():
            listed = [EXTRA_MODEL, *models(name)]
            config += provider_yaml(provider, self.replays[name].url, name, listed)
        config += "  demo: {}\n"
        try:
            self.gateway = Gateway(folder, config, {"RECORDED_KEY": "provider-secret-0001"})
        except BaseException:
            self.end()
            raise

    def model(self, provider: str) -> str:
        """A model of that provider, as a client writes it."""
        return DEMO if provider == "demo" else f"{PROVIDERS[provider]}/{EXTRA_MODEL}"

    def end(self) -> None:
        """Ends everything."""
        if hasattr(self, "gateway"):
            self.gateway.end()
        for replay in self.replays.values():
            replay.end()
