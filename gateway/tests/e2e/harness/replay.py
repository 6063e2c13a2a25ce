"""The provider that repeats recorded traffic."""

import base64
import json
import re
from pathlib import Path

import httpx

from .places import MARSHAL_LOAD, SHARED
from .process import Process


class Replay:
    """A running `marshal-load replay` with the recordings of one provider's API, or of several APIs of whoever has them."""

    def __init__(self, folder: Path, provider: str | None, api: str | list[str], cut: str = "0"):
        folder.mkdir(parents=True, exist_ok=True)
        command = [MARSHAL_LOAD, "replay", "--listen", "127.0.0.1:0", "--shared", SHARED]
        command += ["--cut", cut, *(["--provider", provider] if provider else [])]
        command += [word for one in ([api] if isinstance(api, str) else api) for word in ("--api", one)]
        self.process = Process(command, folder, f"replay-{provider}-{cut}")
        said = self.process.until_said("recordings")
        self.url = "http://" + re.search(r"127\.0\.0\.1:\d+", said)[0]
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def next(self, *ids: str) -> None:
        """The next requests get these recordings, whatever they ask."""
        for identity in ids:
            assert self.http.put(f"/__replay/next/{identity}").status_code == 200, identity

    def take_back(self) -> None:
        """Uses up one recording that was promised to a request that never came."""
        self.http.post("/v1/nobody", json={})

    def forget(self) -> None:
        """Forgets what was asked so far."""
        self.http.delete("/__replay/seen")

    def seen(self) -> list[dict]:
        """What was asked since: each with its raw `bytes`, and `json` if they are."""
        lines = [json.loads(line) for line in self.http.get("/__replay/seen").text.splitlines()]
        for line in lines:
            line["bytes"] = base64.b64decode(line.pop("body_base64"))
            line["json"] = json.loads(line["bytes"]) if line["bytes"] else None
        return lines

    def end(self) -> None:
        """Ends it."""
        self.http.close()
        self.process.end()
