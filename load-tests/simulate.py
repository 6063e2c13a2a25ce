"""A million recorded calls, put to the bundle that decided them: how long it takes, and whether all are decided the same.

    python3 load-tests/simulate.py target/release/marshal 1000000

Some real calls are made to the built-in demo provider; their records are then repeated with other callers, tags and ids.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CALLS = [
    ("hello", "support"),
    ("mail ada@example.com about it", "support"),
    ("my card is 4111 1111 1111 1111", "billing"),
    ("key AKIAIOSFODNN7EXAMPLE", "ops"),
]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def record(marshal: Path, data: Path) -> None:
    """Makes the calls."""
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "MARSHAL_DATA_LISTEN": f"127.0.0.1:{port}",
        "MARSHAL_CONTROL_LISTEN": f"127.0.0.1:{free_port()}",
        "MARSHAL_DATA_DIR": str(data),
    }
    gateway = subprocess.Popen([marshal], env=env, cwd=data.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = ""
    while "is ready." not in said or not re.search(r"mk_\w{49}", said):
        said += gateway.stdout.readline()
    key = re.search(r"mk_\w+", said).group()
    for text, purpose in CALLS:
        body = {"model": "demo-chat", "messages": [{"role": "user", "content": text}]}
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json", "x-marshal-purpose": purpose}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", json.dumps(body).encode(), headers)
        try:
            urllib.request.urlopen(request).read()
        except urllib.error.HTTPError as error:
            error.read()
    gateway.send_signal(signal.SIGTERM)
    gateway.wait()


def main() -> None:
    marshal, wanted = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    folder = Path(tempfile.mkdtemp(prefix="marshal-simulate-"))
    try:
        data, many = folder / "data", folder / "many" / "audit" / "chain"
        data.mkdir()
        many.mkdir(parents=True)
        record(marshal, data)
        lines = [line for file in sorted(data.glob("audit/*/*.jsonl")) for line in file.read_text().splitlines()]
        asked = [line for line in lines if '"question"' in line]
        assert asked, "no record holds a question"
        subject = re.compile(r'"k:\w+"')
        with (many / "000001.jsonl").open("w") as out:
            for number in range(wanted):
                line = asked[number % len(asked)]
                out.write(subject.sub(f'"k:{number % 10_000:012}"', line))
                out.write("\n")
        size = (many / "000001.jsonl").stat().st_size
        since = time.monotonic()
        ran = subprocess.run([marshal, "policy", "simulate", "--json", "--against", folder / "many"], capture_output=True, text=True, cwd=folder, check=True)
        took = time.monotonic() - since
        told = json.loads(ran.stdout.splitlines()[-1])
        assert told["decisions"] == wanted and told["same"] == wanted, told
        print(json.dumps({"records": wanted, "bytes": size, "same": told["same"], "seconds": round(took, 2), "records_per_s": round(wanted / took)}))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
