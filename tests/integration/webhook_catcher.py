"""Answers 204 and keeps what it was sent, one JSON line a request: `python webhook_catcher.py FILE HOST PORT`."""

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def catcher(path: Path) -> type[BaseHTTPRequestHandler]:
    class Catcher(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            line = json.dumps({"headers": dict(self.headers.items()), "body": body})
            with path.open("a") as file:
                file.write(line + "\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    return Catcher


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6


if __name__ == "__main__":
    Server((sys.argv[2], int(sys.argv[3])), catcher(Path(sys.argv[1]))).serve_forever()
