"""A module's clients in a process of their own: `python -m harness.clients.worker MODULE URL KEY`.

Reads `{"made", "feature", "model"}` a line, writes what the client was told a line.
"""

import importlib
import json
import os
import sys
import traceback


def main(module: str, url: str, key: str) -> None:
    # Whatever a package prints goes to the errors: standard output is for answers.
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)
    found, made = importlib.import_module(f"harness.clients.{module}"), {}
    for line in sys.stdin:
        asked = json.loads(line)
        name = asked["made"]
        try:
            client = made.get(name) or made.setdefault(name, getattr(found, name)(url, key))
            told = {"told": getattr(client, asked["feature"])(asked["model"])}
        except Exception:
            told = {"failed": traceback.format_exc(limit=-6)}
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
