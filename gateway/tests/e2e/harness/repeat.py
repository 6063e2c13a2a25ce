"""A provider of OpenAI's chat that answers with what it was told, and remembers what came in."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Repeat:
    """Listens; `seen` are the bodies of requests, as text."""

    def __init__(self):
        self.seen = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                seen.append(body.decode())
                said = json.loads(body)["messages"][-1]["content"]
                message = {"role": "assistant", "content": f"You said: {said}"}
                usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
                answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
                answer["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
                answer = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
