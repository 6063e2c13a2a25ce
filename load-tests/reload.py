"""Changed policies under load: how long until a change is in force, whether a call fails, and what memory does.

    python3 load-tests/reload.py target/release/marshal 1000

For bundles of 100, 1,000 and 10,000 lines. Each change closes or opens one model for one caller, and is in force once
that caller is answered so; meanwhile another caller's calls go on and must all succeed.
"""

import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from simulate import free_port

SIZES = (100, 1_000, 10_000)
ASK = json.dumps({"model": "demo-chat", "messages": [{"role": "user", "content": "hello"}]})
PATIENCE_S = 30


class Gateway:
    """A gateway with a bundle of its own."""

    def __init__(self, marshal: Path, folder: Path):
        self.port = free_port()
        env = {
            "PATH": os.environ["PATH"],
            "MARSHAL_DATA_LISTEN": f"127.0.0.1:{self.port}",
            "MARSHAL_CONTROL_LISTEN": f"127.0.0.1:{free_port()}",
            "MARSHAL_DATA_DIR": str(folder / "data"),
        }
        command = [marshal, "serve", "--policies", str(folder / "policies")]
        self.process = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = ""
        while "is ready." not in said or not re.search(r"mk_\w{49}", said):
            said += self.process.stdout.readline()
        self.key = re.search(r"mk_\w+", said).group()
        made = subprocess.run([marshal, "key", "create", "--name", "changed", "--team", "changed", "--json"], env=env, cwd=folder, capture_output=True, text=True, check=True)
        self.changed = json.loads(made.stdout.splitlines()[-1])["key"]

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ask(self, connection: http.client.HTTPConnection, key: str) -> int:
        """One call's status."""
        connection.request("POST", "/v1/chat/completions", ASK, {"authorization": f"Bearer {key}", "content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def write(folder: Path, text: str) -> None:
    """Puts the file in place whole, as editors and git do."""
    new = folder.parent / "access.new"
    new.write_text(text)
    new.rename(folder / "access.csv")


def measure(marshal: Path, shipped: Path, lines: int, changes: int) -> dict:
    """Changes a bundle of so many lines so many times."""
    folder = Path(tempfile.mkdtemp(prefix="marshal-reload-"))
    try:
        policies = folder / "policies"
        shutil.copytree(shipped, policies)
        base = (policies / "access.csv").read_text()
        base += "".join(f"p, line-{n}, u:user-{n}, *, model:a/{n}, invoke, input_tokens < {n + 1}, deny\n" for n in range(lines))
        closed = base + "p, closed, t:changed, *, model:*, *, *, deny\n"
        write(policies, base)
        gateway = Gateway(marshal, folder)
        ended, failed, calls = threading.Event(), [], [0]

        def load() -> None:
            connection = gateway.connect()
            while not ended.wait(0.005):
                status = gateway.ask(connection, gateway.key)
                calls[0] += 1
                if status != 200:
                    failed.append(status)

        loader = threading.Thread(target=load)
        loader.start()
        try:
            connection = gateway.connect()
            times, memory = [], []
            for number in range(changes):
                shut = number % 2 == 0
                write(policies, closed if shut else base)
                since = time.monotonic()
                while gateway.ask(connection, gateway.changed) != (403 if shut else 200):
                    assert time.monotonic() - since < PATIENCE_S, "the change is not in force"
                times.append(time.monotonic() - since)
                memory.append(gateway.resident_kib())
        finally:
            ended.set()
            loader.join()
            gateway.stop()
        times.sort()
        warm = min(len(memory) // 2, 200)
        return {
            "lines": lines,
            "changes": changes,
            "live_ms_p50": round(statistics.median(times) * 1e3),
            "live_ms_p99": round(times[len(times) * 99 // 100] * 1e3),
            "live_ms_max": round(times[-1] * 1e3),
            "calls": calls[0],
            "failed": len(failed),
            "rss_mib_start": round(statistics.median(memory[: max(1, len(memory) // 20)]) / 1024, 1),
            f"rss_mib_after_{warm}": round(statistics.median(memory[warm : warm + 20]) / 1024, 1),
            "rss_mib_end": round(statistics.median(memory[-20:]) / 1024, 1),
        }
    finally:
        shutil.rmtree(folder)


def main() -> None:
    marshal, changes = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    shipped = Path(__file__).resolve().parent.parent / "policies" / "default"
    failed = 0
    for lines in SIZES:
        told = measure(marshal, shipped, lines, changes if lines == SIZES[0] else max(20, changes // 20))
        failed += told["failed"]
        print(json.dumps(told), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
