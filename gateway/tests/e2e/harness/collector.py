"""An OpenTelemetry collector: takes OTLP over HTTP and remembers it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def value_of(value):
    """An attribute's value as Python has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None


class Collector:
    """Listens; `spans` are all that came, `raw` every byte of them."""

    def __init__(self):
        self.spans, self.resources, self.raw, self.paths = [], [], b"", set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.take(self.path, body)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, body: bytes) -> None:
        self.raw += body
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

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
