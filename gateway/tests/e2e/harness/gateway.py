"""A Marshal of one's own."""

import json
import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx

from .places import MARSHAL
from .process import Process, free_port, until


class Gateway:
    """A running gateway in a folder of its own, its first key at hand."""

    def __init__(self, folder: Path, config: str | None = None, env=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.data = folder, folder / "marshal-data"
        self.config = folder / "marshal.yaml" if config is not None else None
        if self.config:
            self.config.write_text(config)
        data, control = free_port(), free_port()
        self.env = {
            "MARSHAL_DATA_LISTEN": f"127.0.0.1:{data}",
            "MARSHAL_CONTROL_LISTEN": f"127.0.0.1:{control}",
            "MARSHAL_DATA_DIR": str(self.data),
            **(env or {}),
        }
        self.url, self.control = f"http://127.0.0.1:{data}", f"http://127.0.0.1:{control}"
        self.process = Process([MARSHAL, "serve", *self._which()], folder, "marshal", self.env)
        said = self.process.until_said("/login?token=")
        self.key = re.search(r"authorization: Bearer (\S+?)'", said)[1]
        self.login = re.search(r"http://\S+/login\?token=\S+", said)[0]

    def _which(self):
        return ["--config", str(self.config)] if self.config else []

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Runs another `marshal` command on the same data."""
        return subprocess.run(
            [str(MARSHAL), *words, *self._which()],
            cwd=self.folder,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def json(self, *words: str):
        """The object on the last line of a command's `--json` output."""
        ran = self.run(*words, "--json")
        assert ran.stdout.strip(), f"{words} said nothing: {ran.stderr}"
        return json.loads(ran.stdout.strip().splitlines()[-1])

    def new_key(self, name: str, *words: str) -> dict:
        """Makes a virtual key, its `id` and its secret `key`, and waits until the gateway knows it."""
        made = self.json("key", "create", "--name", name, *words)
        headers = {"authorization": f"Bearer {made['key']}"}
        with self.http(headers=headers) as http:
            until(lambda: http.get("/v1/models").status_code == 200, "the new key works")
        return made

    def story(self, call: str) -> dict:
        """A call's summary and records, by kind."""
        shown = self.json("audit", "show", call)
        assert shown["ok"], shown
        return shown

    def record(self, call: str, kind: str) -> dict:
        """The call's only record of this kind."""
        records = [record for record in self.story(call)["records"] if record["kind"] == kind]
        assert len(records) == 1, f"{len(records)} {kind} records of call {call}"
        return records[0]

    def written(self) -> bytes:
        """What is in its data folder, whole."""
        whole = b""
        for file in self.data.rglob("*"):
            # One that another takes the place of is seen under that one's name.
            with suppress(FileNotFoundError, IsADirectoryError):
                whole += file.read_bytes()
        return whole

    def http(self, **options) -> httpx.Client:
        """A plain HTTP client that presents the first key."""
        headers = {"authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False, **options)

    def end(self) -> None:
        """Ends it; what it wrote stays."""
        self.process.end()
