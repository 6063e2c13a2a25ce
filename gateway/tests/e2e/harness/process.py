"""Processes that tests start: their output is kept, and they end with the test that started them."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path


GIVEN: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on now, and that nobody here was given before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            return port


def until(condition, what: str, seconds: float = 20.0):
    """Polls `condition` until it gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Process:
    """A child whose standard output and error go to files of its own."""

    def __init__(self, command, folder: Path, name: str, env=None):
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
                env={**os.environ, **(env or {})},
            )

    def said(self) -> str:
        """Standard output so far."""
        return self.out.read_text(errors="replace")

    def complained(self) -> str:
        """Standard error so far."""
        return self.err.read_text(errors="replace")

    def until_said(self, words: str, seconds: float = 30.0) -> str:
        """Waits for `words` on standard output."""

        def said():
            if words in (text := self.said()):
                return text
            if self.child.poll() is not None:
                raise RuntimeError(f"ended with {self.child.returncode}:\n{text}\n{self.complained()}")
            return None

        return until(said, f"{words!r} on standard output", seconds)

    def end(self, seconds: float = 45.0) -> int:
        """Asks it to end, and makes it end if it does not: a gateway waits half a minute for calls."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode
