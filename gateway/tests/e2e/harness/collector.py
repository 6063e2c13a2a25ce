"""An OpenTelemetry collector: takes OTLP over HTTP and remembers it."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .serving import Handler, Served


def value_of(value):
    """An attribute's value as Python has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None


class Takes(Handler):
    """Takes whatever comes."""

    def do_POST(self):
        self.served.take(self.path, self.body())
        self.reply(200, "application/x-protobuf", b"")


class Collector(Served):
    """Listens; `spans` are all that came, `raw` every byte of them, headers too."""

    def __init__(self):
        self.spans, self.resources, self.paths = [], [], set()
        super().__init__(Takes, keep=True)

    def take(self, path: str, body: bytes) -> None:
        self.paths.add(path)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append({one.key: value_of(one.value) for one in group.resource.attributes})
            for scope in group.scope_spans:
                for span in scope.spans:
                    span_of = {one.key: value_of(one.value) for one in span.attributes}
                    self.spans.append((span, span_of))

    def of_trace(self, trace_id: str) -> list:
        """The spans of one trace."""
        return [one for one in self.spans if one[0].trace_id.hex() == trace_id]
