"""An OpenTelemetry collector: takes OTLP over HTTP or gRPC and remembers it."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

from .authority import Authority
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


class Remembers:
    """`spans` are all that came, `paths` where they were sent to."""

    def __init__(self):
        self.spans, self.resources, self.paths = [], [], set()

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


class Collector(Remembers, Served):
    """Listens for OTLP over HTTP; `raw` is every byte that came, headers too."""

    def __init__(self, port: int = 0, authority: Authority | None = None):
        Remembers.__init__(self)
        Served.__init__(self, Takes, keep=True, port=port)
        if authority:
            self.server.socket = authority.context().wrap_socket(self.server.socket, server_side=True)
            self.url = self.url.replace("http", "https", 1)


class GrpcCollector(Remembers, trace_service_pb2_grpc.TraceServiceServicer):
    """Listens for OTLP over gRPC; `raw` is every message and every header that came."""

    def __init__(self, authority: Authority | None = None):
        super().__init__()
        self.raw = bytearray()
        self.server = grpc.server(ThreadPoolExecutor(2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self.server)
        if authority:
            pair = (authority.key.read_bytes(), authority.cert.read_bytes())
            port = self.server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
            self.url = f"https://127.0.0.1:{port}"
        else:
            self.url = f"http://127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def Export(self, request, context):  # noqa: N802, the service's own name
        body = request.SerializeToString()
        self.raw += body + repr(context.invocation_metadata()).encode()
        self.take("grpc", body)
        return ExportTraceServiceResponse()

    def end(self) -> None:
        self.server.stop(None).wait()
