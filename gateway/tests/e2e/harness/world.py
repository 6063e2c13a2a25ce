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
# What a provider of `provider_yaml` is asked with, as the gateway's environment has it.
SECRET = "provider-secret-0001"
KEYS = {"RECORDED_KEY": SECRET}


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


def changed(text: str, said: str, says: str) -> str:
    """The text of data.yaml with another line in the place of one that it ships."""
    assert f"\n{said}\n" in text, f"data.yaml says `{said}` no more"
    return text.replace(f"\n{said}\n", f"\n{says}\n")


def shadow(text: str) -> str:
    """data.yaml with every detector on and none acting."""
    return changed(text, "mode: enforce", "mode: shadow")


def opened(text: str, *doors: str) -> str:
    """data.yaml with these doors open to what no detector can read."""
    return changed(text, "uninspected: {}", "uninspected: {" + ", ".join(f"{door}: allow" for door in doors) + "}")


def guarded(folder: Path, url: str, data=None, model: str = "m", **files: str) -> Gateway:
    """A gateway with such a copy of the shipped bundle, before one provider `up` that may have all data."""
    config = f"policies: {bundle(folder / 'policies', data, **files)}\nproviders:\n"
    config += provider_yaml("up", url, "openai", [model], facts="{pci: true, local: true}")
    return Gateway(folder / "gateway", config, KEYS)


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
            self.gateway = Gateway(folder, config, KEYS)
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
