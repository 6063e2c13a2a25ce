"""An OpenTelemetry collector: takes OTLP over HTTP or gRPC and remembers it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


def value_of(value):
    """An attribute's value as Python has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None


class Kept:
    """What came: `spans` are all of them, `raw` every byte, `paths` where they were sent to."""

    def __init__(self):
        self.spans, self.resources, self.raw, self.paths = [], [], b"", set()

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


class Collector(Kept):
    """Listens for OTLP over HTTP, at a port of its own or the one that it is given."""

    def __init__(self, port: int = 0):
        super().__init__()
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

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class GrpcCollector(Kept, trace_service_pb2_grpc.TraceServiceServicer):
    """Listens for OTLP over gRPC."""

    def __init__(self):
        super().__init__()
        self.server = grpc.server(ThreadPoolExecutor(2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self.server)
        self.url = f"http://127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def Export(self, request, context):  # noqa: N802, the service's own name
        self.take("grpc", request.SerializeToString())
        return ExportTraceServiceResponse()

    def end(self) -> None:
        self.server.stop(None).wait()
