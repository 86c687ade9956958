"""AWS Lambda on loopback, where functions are what a test says."""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:score:7"
DRAFT = "arn:aws:lambda:eu-west-1:123456789012:function:score"

Handler = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What Lambda itself says instead of invoking a function."""

    status: int
    code: str


@dataclass
class FunctionsServer:
    """Invokes handlers by ARN; one that raises has failed as Lambda says it, and one may return `Refused` or bytes."""

    handlers: Mapping[str, Handler]
    invoked: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Requests(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                _, version, kind, name, operation = self.path.split("/")
                assert (version, kind, operation) == ("2015-03-31", "functions", "invocations")
                assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=")
                self._answer(*outer.answer(unquote(name), json.loads(body), dict(self.headers)))

            def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for header, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(header, value)
                with contextlib.suppress(BrokenPipeError):  # whoever did not wait for a slow function
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        return Requests

    def answer(self, name: str, event: Any, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the response to an invocation."""
        self.invoked.append((name, event))
        self.headers.append(headers)
        handler = self.handlers.get(name)
        if handler is None:
            return 404, {"x-amzn-ErrorType": "ResourceNotFoundException"}, b'{"Message":"Function not found"}'
        try:
            said = handler(event)
        except Exception as error:  # noqa: BLE001 - as Lambda reports whatever leaves a handler
            failure = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
            return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(failure).encode()
        if isinstance(said, Refused):
            return said.status, {"x-amzn-ErrorType": said.code}, b'{"Message":"no"}'
        return 200, {}, said if isinstance(said, bytes) else json.dumps(said).encode()


def scoring(score: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Handler:
    """A function that says of each case what ``score`` says."""
    return lambda event: {
        "schema": "brainswap.score-answer/1",
        "scores": [{"id": case["id"], **score(case)} for case in event["cases"]],
    }
