"""The portal on this machine: the account's own handler's routes over the runs below a folder, for one visitor."""

import argparse
import secrets
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from brainswap.approving import Deciding
from brainswap.core.errors import ArtifactMissingError
from brainswap.portal.exchange import LONGEST_BODY, Answered, Asked, NotUnderstoodError, body_of, refused
from brainswap.portal.page import SignIn, portal_page
from brainswap.portal.routes import FILES, Files, respond
from brainswap.ports import Links
from brainswap.report.index.entry import to_text
from brainswap.report.index.history import Index
from brainswap.rollout.ports import RolloutRecords
from local.indexing import NoRunsError, finished_runs, index_of

_LOOPBACK = "127.0.0.1"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "xml": "application/xml",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A report comes from the portal's own address here; in a sandbox its script has another origin, and no token.
_SANDBOX = "sandbox allow-scripts allow-popups allow-downloads"


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The runs below a folder, under the keys that they have in the bucket; read anew at each request."""

    root: Path

    def read(self, key: str) -> bytes:
        kind, _, rest = key.partition("/")
        if kind == "history":
            return to_text(self._index(rest.partition("/")[0])).encode()
        path = self.path(key)
        if path is None:
            raise ArtifactMissingError(key)
        return path.read_bytes()

    def exists(self, key: str) -> bool:
        if key.startswith("history/"):
            return key.removeprefix("history/").partition("/")[0] in self.folders("history/")
        return self.path(key) is not None

    def folders(self, prefix: str) -> Iterator[str]:
        names = {each.entry.workload for each in self._runs().runs} if prefix == "history/" else set()
        return iter(sorted(names))

    def path(self, key: str) -> Path | None:
        """Where a file of a run is; None where there is none."""
        kind, run_id, name = key.split("/", 2)
        folder = finished_runs(self.root).get(run_id)
        path = None if folder is None or kind != "runs" or name not in FILES else folder / name
        return path if path is not None and path.is_file() else None

    def _runs(self) -> Index:
        try:
            return index_of(self.root)
        except NoRunsError:
            return Index(runs=[])

    def _index(self, workload: str) -> Index:
        whole = self._runs()
        return whole.model_copy(update={"runs": [each for each in whole.runs if each.entry.workload == workload]})


@dataclass(frozen=True, slots=True)
class LocalLinks:
    """Links to this very server."""

    token: str

    def lasting(self, key: str) -> str:
        return f"/files/{quote(key)}"

    def signed(self, key: str, name: str, seconds: int) -> str:  # noqa: ARG002 - the token ends with the server
        return f"/files/{quote(key)}?token={self.token}"


@dataclass(frozen=True, slots=True)
class Laptop:
    """The portal's world on a laptop, where nobody is asked for approval and no traffic moves.

    Attributes:
        file: where a file is that a link leads to.
        person: who visits, where that is known.
    """

    artifacts: Files
    links: Links
    file: Callable[[str], Path | None]
    deciding: Deciding | None = None
    rollout_records: RolloutRecords | None = None
    person: str | None = None


class _Visit(BaseHTTPRequestHandler):
    """One request; everything but the page wants the token that the command printed."""

    server_version = "brainswap"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def __init__(self, world: Laptop, token: str, *arguments: Any) -> None:
        self._world = world
        self._token = token
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._send(refused(413, f"a body has at most {LONGEST_BODY:,} bytes"))
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the server's name for it
        """Say nothing: an address holds the token."""

    def _answer(self, body: bytes) -> None:
        asked = urlsplit(self.path)
        query = dict(parse_qsl(asked.query))
        # A name of another site that resolves to this machine (DNS rebinding) is no name of this server.
        if self.headers.get("host") != "{}:{}".format(*self.connection.getsockname()[:2]):
            self._send(refused(421, "this server is asked by its own address alone"))
        elif asked.path == "/" and self.command == "GET":
            self._send(portal_page(SignIn()))
        elif asked.path.startswith("/files/") and self.command == "GET":
            self._file(unquote(asked.path.removeprefix("/files/")), query.get("token", ""))
        elif not self._may(self.headers.get("authorization", "").removeprefix("Bearer ")):
            self._send(refused(401, "open the address that `brainswap portal` printed: it holds the token"))
        else:
            self._send(self._routed(asked.path, query, body))

    def _routed(self, path: str, query: Mapping[str, str], body: bytes) -> Answered:
        try:
            sent = body_of(body, self.headers.get("content-type", ""))
            person = self._world.person
            asked = Asked(method=self.command, path=path, query=query, body=sent, person=person)
            return respond(asked, self._world)
        except NotUnderstoodError as error:
            return refused(400, str(error))

    def _may(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self._token.encode())

    def _file(self, key: str, token: str) -> None:
        path = self._world.file(key) if self._may(token) and key.count("/") == 2 else None  # noqa: PLR2004 - a file of a run: two slashes
        if path is None:
            self._send(refused(404, "there is no such file, or the token is another one"))
            return
        data = path.read_bytes()
        self.send_response(200)
        for name, value in {
            "content-type": _TYPES[path.suffix[1:]],
            "content-length": str(len(data)),
            "content-security-policy": _SANDBOX,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _send(self, answered: Answered) -> None:
        data = answered.body.encode("utf-8", "replace")
        self.send_response(answered.status)
        for name, value in {**answered.headers(), "content-length": str(len(data))}.items():
            if name != "strict-transport-security":  # loopback has no TLS
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def address_of(server: ThreadingHTTPServer) -> str:
    return f"http://{_LOOPBACK}:{server.server_port}"


def laptop(root: Path, token: str) -> Laptop:
    """The runs below a folder."""
    files = FolderFiles(root)
    return Laptop(artifacts=files, links=LocalLinks(token), file=files.path)


def portal_server(world: Laptop, token: str, port: int = 0) -> ThreadingHTTPServer:
    """A server on loopback that is bound and does not serve yet."""
    return ThreadingHTTPServer((_LOOPBACK, port), partial(_Visit, world, token))


def add_command(commands: Any) -> argparse.ArgumentParser:
    """The command ``portal``."""
    portal: argparse.ArgumentParser = commands.add_parser(
        "portal",
        help="look through the runs of this machine in the browser",
        description="Serve the portal on this machine alone: workloads, runs, search and reports below a folder. The "
        "address holds a token, which ends with the command.",
    )
    portal.add_argument("root", metavar="DIR", type=Path, nargs="?", default=Path("out"), help="default: out")
    portal.add_argument("--port", type=int, default=0, metavar="N", help="default: any that is free")
    portal.add_argument("--open", action="store_true", help="open it in the browser")
    portal.set_defaults(command=_portal)
    return portal


def _portal(chosen: argparse.Namespace) -> int:
    index_of(chosen.root)
    token = secrets.token_urlsafe(24)
    try:
        server = portal_server(laptop(chosen.root, token), token, chosen.port)
    except (OSError, OverflowError) as error:
        raise NoRunsError(f"nothing can be served at port {chosen.port}: {error}; leave --port out") from None
    address = f"{address_of(server)}/#token={token}"
    print(f'{{"url": "{address}"}}' if chosen.json else f"Portal: {address}\nCtrl-C ends it.", flush=True)
    if chosen.open:
        webbrowser.open(address)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0
