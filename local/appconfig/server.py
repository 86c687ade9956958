"""The embedded AppConfig: everything put together, on a port of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Literal, Self

from local.appconfig.control import Control
from local.appconfig.data import Agent, DataPlane
from local.appconfig.deployments import Strategy
from local.appconfig.faults import AppConfigError, rendered
from local.appconfig.store import Application, Environment, Store
from local.bedrock.aws import bind
from local.bedrock.faults import BrokenOffError
from local.bedrock.http1 import HttpRequest, HttpResponse
from local.bedrock.listener import Listener
from local.bedrock.service import Call, Service, Tally

Outage = Literal["none", "errors", "silence"]
AT_ONCE = Strategy(id="atonce1", name="at-once", minutes=0, growth_factor=100)
DEFAULT_SEED = 7


class EmbeddedAppConfig:
    """An embedded AppConfig in a thread of its own, for as long as the ``with`` block lasts.

    Control plane, data plane and agent are at one URL. Nothing outlives the block.

    Args:
        clock: seconds since 1970, by which deployments come on and clients have to wait.
        seed: of ids, tokens and of where clients stand.
        port: 0 for any free one.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, seed: int = DEFAULT_SEED, port: int = 0) -> None:
        self._store = Store(clock, seed)
        self._tally = Tally()
        self._agent = Agent(self._store)
        operations = [
            *bind("appconfig", Control(self._store).handlers()),
            *bind("appconfigdata", DataPlane(self._store).handlers()),
        ]
        self._service = Service([replace(one, render=rendered) for one in operations], self._tally, meet=self._meet)
        self._port = port
        self._url = ""
        self._failure: OSError | None = None
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-appconfig", daemon=True)
        self.outage: Outage = "none"

    @property
    def url(self) -> str:
        return self._url

    @property
    def endpoints(self) -> Mapping[str, str | None]:
        """The variables by which boto3 finds it."""
        return {"AWS_ENDPOINT_URL_APPCONFIG": self._url, "AWS_ENDPOINT_URL_APPCONFIGDATA": self._url}

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return self._tally.count(operation=operation)

    def found(self, *, application: str = "brainswap", environment: str = "production") -> dict[str, str]:
        """Make an application with an environment and a strategy without waiting; their ids, by what they are."""
        with self._store.lock:
            made = Application(id=self._store.new_id(), name=application)
            place = Environment(id=self._store.new_id(), name=environment)
            made.environments[place.id] = place
            self._store.applications[made.id] = made
            self._store.strategies[AT_ONCE.id] = AT_ONCE
        return {"application": made.id, "environment": place.id, "strategy": AT_ONCE.id}

    @contextmanager
    def ringing(self) -> Iterator[None]:
        """An alarm that every environment watches stays on: whatever is deployed meanwhile is rolled back at once."""
        with self._store.lock:
            self._store.ringing = True
        try:
            yield
        finally:
            with self._store.lock:
                self._store.ringing = False

    def ring(self) -> int:
        """Let a monitor's alarm go off: every deployment that runs is rolled back; how many were."""
        with self._store.lock:
            now_s = self._store.clock()
            running = [
                deployment
                for application in self._store.applications.values()
                for environment in application.environments.values()
                for deployment in environment.deployments
                if deployment.runs(now_s)
            ]
            for deployment in running:
                self._store.stop(deployment, allow_revert=True, trigger="CLOUDWATCH_ALARM")
        return len(running)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _meet(self, _call: Call) -> None:
        if self.outage == "silence":
            raise BrokenOffError
        if self.outage == "errors":
            raise AppConfigError("InternalServerException", "The embedded AppConfig is out of order, as asked.")

    async def _respond(self, request: HttpRequest) -> HttpResponse:
        if self._agent.asked(request):
            if self.outage != "none":
                return HttpResponse(status=502, body=b"")
            return self._agent.answer(request)
        return await self._service.respond(request)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        listener = Listener(self._port, self._respond)
        try:
            self._url = listener.url
            self._started.set()
            await self._stop.wait()
        finally:
            await listener.close()
