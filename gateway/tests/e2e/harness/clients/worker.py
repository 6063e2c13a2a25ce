"""One client in a process of its own: `python -m harness.clients.worker MODULE CLASS URL KEY`.

Reads `{"feature", "model"}` a line, writes what the client was told a line; a line without either is the end.
"""

import importlib
import json
import os
import sys
import traceback


def main(module: str, name: str, url: str, key: str) -> None:
    # Whatever a package prints goes to the errors: standard output is for answers.
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)
    made = getattr(importlib.import_module(f"harness.clients.{module}"), name)(url, key)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told = {"told": getattr(made, asked["feature"])(asked["model"])}
        except Exception:
            told = {"failed": traceback.format_exc(limit=-6)}
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
