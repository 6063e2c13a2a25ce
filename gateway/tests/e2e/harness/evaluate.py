"""Labelled texts, and how many of the labels `marshal redact --evaluate` finds."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from .places import MARSHAL, SHARED


def labelled(name: str) -> Path:
    """A file or a folder of labelled texts; whoever asks for one that is not there is skipped."""
    found = SHARED / "data" / name
    if not found.exists():
        pytest.skip(f"{found} is not there (MARSHAL_SHARED says where it is)")
    return found


def json_lines(file: Path) -> list[dict]:
    """The objects of a file, one a line."""
    with file.open() as lines:
        return [json.loads(line) for line in lines if line.strip()]


def evaluated(file: Path, folder: Path, *words) -> dict:
    """What is found of a file's labels, run in `folder`: `overall`, and of each kind in `types`."""
    command = [MARSHAL, "redact", "--evaluate", file, *words, "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def evaluated_rows(rows: Iterable[dict], folder: Path) -> dict:
    """The same of texts that were just made."""
    file = folder / "labelled.jsonl"
    with file.open("w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    return evaluated(file, folder)
