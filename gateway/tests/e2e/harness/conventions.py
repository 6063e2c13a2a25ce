"""The conventions' facts, and whether spans and metrics are as they say."""

import re
from collections import defaultdict
from pathlib import Path

TABLES = Path(__file__).resolve().parents[1] / "conventions"
TYPES = {"string": str, "int": int, "double": float, "boolean": bool, "string[]": list}
SERVER, CLIENT, ERROR = 2, 3, 2  # opentelemetry.proto.trace.v1: Span.SpanKind, Status.StatusCode
KINDS = {SERVER: "server", CLIENT: "client"}
# Names of the conventions, and those of our own.
OURS = "marshal."


class Conventions:
    """One table: `attributes` by name, `spans` and `labels` as level by attribute, `metrics` by their name on the page."""

    def __init__(self, name: str):
        self.attributes, self.metrics = {}, {}
        self.spans, self.labels = defaultdict(dict), defaultdict(dict)
        for line in (TABLES / f"{name}.tsv").read_text().splitlines():
            match line.split("\t"):
                case ["attribute", attribute, kind]:
                    self.attributes[attribute] = TYPES[kind]
                case ["span", kind, attribute, level]:
                    self.spans[kind][attribute] = level
                case ["metric", metric, instrument, unit]:
                    page = metric.replace(".", "_") + ("_seconds" if unit == "s" else "")
                    self.metrics[page] = (metric, instrument)
                case ["label", metric, attribute, level]:
                    self.labels[metric][attribute] = level

    def faults_of_span(self, span, attributes: dict) -> list[str]:
        """What of a span is not as the conventions say."""
        kind = KINDS[span.kind]
        faults = [f"{name} is missing" for name, level in self.spans[kind].items() if level == "required" and name not in attributes]
        for name, value in attributes.items():
            if name.startswith(OURS):
                continue
            if name not in self.attributes:
                faults.append(f"{name} is no name of theirs")
            elif type(value) is not self.attributes[name]:
                faults.append(f"{name} is {value!r}")
            elif kind == "client" and name not in self.spans[kind]:
                faults.append(f"{name} is nothing of a client's span")
        if kind == "client" and (words := f"{attributes.get('gen_ai.operation.name')} {attributes.get('gen_ai.request.model')}") != span.name:
            faults.append(f"is named {span.name!r} and not {words!r}")
        if span.status.code == ERROR and "error.type" not in attributes:
            faults.append("failed without an error.type")
        return faults

    def faults_of_page(self, page: str) -> list[str]:
        """What of a page of metrics is not as the conventions say, for the metrics that are theirs."""
        faults, kinds = [], dict(re.findall(r"^# TYPE (gen_ai_\w+) (\w+)$", page, re.M))
        for name, kind in kinds.items():
            if name not in self.metrics:
                faults.append(f"{name} is no metric of theirs")
            elif self.metrics[name][1] != kind:
                faults.append(f"{name} is a {kind}")
        faults += [f"{name} is missing" for name in self.metrics if name not in kinds]
        for sample, labels in re.findall(r"^(gen_ai_\w+)\{([^}]*)\} ", page, re.M):
            family = re.sub(r"_(total|bucket|sum|count)$", "", sample)
            if family not in self.metrics:
                continue
            levels = {name.replace(".", "_"): level for name, level in self.labels[self.metrics[family][0]].items()}
            given = set(re.findall(r'(\w+)="', labels)) - {"le"}
            faults += [f"{sample} has the label {label}" for label in given - set(levels)]
            faults += [f"{sample} lacks {label}" for label, level in levels.items() if level == "required" and label not in given]
        return sorted(set(faults))
