"""What stands on the gateway's other side, a provider or a collector: a server on a port of its own, a thread a connection."""

import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase


class Kept(RawIOBase):
    """What comes in at a socket, kept as it is read."""

    def __init__(self, connection, keep: Callable[[bytes], None]):
        self.connection, self.keep = connection, keep

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self.connection.recv_into(buffer)
        self.keep(bytes(buffer[:count]))
        return count


class Handler(BaseHTTPRequestHandler):
    """Answers a connection of `served`; whoever derives from it has `do_POST` or what else is asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def served(self) -> "Served":
        return self.server.served

    def setup(self) -> None:
        super().setup()
        if self.served.raw is not None:
            self.rfile = BufferedReader(Kept(self.connection, self.served.keep))

    def body(self) -> bytes:
        """The request's body, however it is framed; nothing if it has none."""
        if length := self.headers.get("content-length"):
            return self.rfile.read(int(length))
        whole = b""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        return whole

    def reply(self, status: int, kind: str, body: bytes) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pieces(self, kind: str, pieces: Iterable[bytes | None]) -> None:
        """A stream, a chunk a piece; where a piece is `None`, the connection is cut."""
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            if piece is None:
                self.close_connection = True
                return
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Many may come at once while another thread has the interpreter."""

    request_queue_size = 128


class Served:
    """Listens at `url` until its end, at a port of its own or the one that it is given. If asked to, it keeps every byte that it reads from its sockets: `raw`."""

    def __init__(self, handler: type[Handler], keep: bool = False, port: int = 0):
        self.raw, self.lock = bytearray() if keep else None, threading.Lock()
        self.server = Server(("127.0.0.1", port), handler)
        self.server.served = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, some: bytes) -> None:
        with self.lock:
            self.raw += some

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
