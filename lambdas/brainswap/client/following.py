"""Following the route of one workload: the last good one stays in use whatever goes wrong."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from brainswap.client.errors import NoRouteError
from brainswap.client.keeping import Kept
from brainswap.client.reading import Reader
from brainswap.client.routes import Route, read_route
from brainswap.client.versions import PublishedVersion, read_version

_log = logging.getLogger(__name__)
PATIENCE_S = 5.0  # after a first reading that failed, and twice as long after each other; until then nobody asks again
MOST_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A route with both of its versions, ready for use; ``step`` is what outcomes are reported under."""

    route: Route
    step: str
    source: PublishedVersion
    target: PublishedVersion


class Followed:
    """The route of a workload, and when it was last looked at.

    ``loaded`` is replaced as a whole, so that whoever uses it needs no lock.

    Args:
        workload: its name.
        reader: of its configuration; None makes none before the first reading.
        fetch: the bytes of a version, by key.
        kept: where the last good route is kept; None for nowhere.
    """

    def __init__(
        self, workload: str, reader: Callable[[], Reader], fetch: Callable[[str], bytes], kept: Kept | None
    ) -> None:
        self.workload = workload
        self.loaded: Loaded | None = None
        self.looked_at = float("-inf")
        self._make_reader = reader
        self._reader: Reader | None = None
        self._fetch = fetch
        self._kept = kept
        self._lock = threading.Lock()
        self._because: str = ""
        self._recalled = False
        self._patience_s = PATIENCE_S
        self._again_at = float("-inf")

    def first(self) -> Loaded:
        """The route, read now if nobody has read it yet.

        Raises:
            NoRouteError: it cannot be read, and no earlier process has left one.
        """
        with self._lock:
            if self.loaded is None:
                if time.monotonic() >= self._again_at:
                    self._refresh()
                if self.loaded is None:
                    raise NoRouteError(
                        f"no route of {self.workload} is known ({self._because or 'nothing is deployed'}); until a "
                        "roll-out has begun, ask the model that the application asked before"
                    )
            return self.loaded

    def refresh(self) -> None:
        """Look whether the route has changed; never raises."""
        if self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._lock.release()

    def _refresh(self) -> None:
        self.looked_at = time.monotonic()
        try:
            if self._reader is None:
                self._reader = self._make_reader()
            document = self._reader.news()
            if document is not None:
                self._take(document)
        except Exception as error:  # noqa: BLE001 - whatever the network or a document holds, the last good one stays
            self._reader = None
            because = f"{type(error).__name__}: {error}"[:300]
            known, self._because = because == self._because, because
            _log.log(
                logging.DEBUG if known else logging.WARNING,
                "The route of %s could not be read: %s",
                self.workload,
                because,
            )
        else:
            self._because = ""
        if self.loaded is None:
            self._recall()
        if self.loaded is None:
            # From the end of the reading on: one that nobody answers takes longer than anybody shall wait, and all who
            # waited for it would each wait for one of their own.
            self._again_at = time.monotonic() + self._patience_s
            self._patience_s = min(2 * self._patience_s, MOST_PATIENCE_S)

    def _take(self, document: bytes) -> None:
        """Use a route once both of its versions are there."""
        route = read_route(document, self.workload)
        fetched: dict[str, bytes] = {}

        def version(key: str, sha256: str) -> PublishedVersion:
            before = self.loaded
            for known in () if before is None else (before.source, before.target):
                if known.sha256 == sha256:
                    return known
            data = self._fetch(key)
            made = read_version(data, sha256)
            fetched[sha256] = data
            return made

        self.loaded = _loaded(
            route,
            version(route.source_key, route.source_sha256),
            version(route.target_key, route.target_sha256),
        )
        if self._kept is not None:
            try:
                self._kept.keep(self.workload, document, fetched)
            except OSError as error:
                _log.warning("The route of %s could not be kept: %s", self.workload, error)

    def _recall(self) -> None:
        """Take what an earlier process kept; once, for what is of no use then stays so."""
        if self._kept is None or self._recalled:
            return
        self._recalled = True
        try:
            route = read_route(self._kept.route(self.workload), self.workload)
            versions = [
                read_version(self._kept.version(sha256), sha256)
                for sha256 in (route.source_sha256, route.target_sha256)
            ]
        except Exception as error:  # noqa: BLE001 - files that anything may have happened to
            _log.warning("The kept route of %s is of no use: %s", self.workload, error)
            return
        self.loaded = _loaded(route, *versions)


def _loaded(route: Route, source: PublishedVersion, target: PublishedVersion) -> Loaded:
    return Loaded(route=route, step=f"{route.rollout}/{route.step}", source=source, target=target)
