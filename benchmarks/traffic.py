"""An application whose requests are moved, and whose own calls fail as well."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Literal

from benchmarks.mischief import APPLICATION, living
from brainswap.client import Client, NoRouteError, Settings
from local.cloud import BUCKET, REGION
from local.functions import Invocation

Tells = Literal["nothing", "good", "errors"]
"""What an application reports: nothing at all, nothing but success, or that each request to the target fails."""

QUESTION = {"question": "?"}
USERS = [f"user-{number}" for number in range(200)]
_SETTINGS = Settings(application="brainswap", environment="production", bucket=BUCKET, region=REGION, flush_s=1e9)
_NEWS: Mapping[str, str] = {"step": "bake", "analyse": "hold"}


class Application:
    """Asks for every user once a step has been deployed or is watched for longer; an observer of the cloud."""

    def __init__(self, client: Client, workload: str, tells: Tells) -> None:
        self._client, self._workload, self._tells = client, workload, tells

    def observe(self, invocation: Invocation) -> None:
        news = _NEWS.get(invocation.function)
        if self._tells != "nothing" and news is not None and (invocation.result or {}).get("next") == news:
            asking = threading.Thread(target=self._ask)  # whose calls are not those of the function that is observed
            asking.start()
            asking.join()

    def _ask(self) -> None:
        with living(APPLICATION):
            self._client.refresh()
            for user in USERS:
                try:
                    route = self._client.resolve(self._workload, user, QUESTION)
                except NoRouteError:
                    return
                self._client.record(route, ok=self._tells == "good" or route.variant == "source")
            self._client.flush()


@contextmanager
def application(workload: str, tells: Tells) -> Iterator[Application]:
    """While the block runs, it may ask."""
    with closing(Client(_SETTINGS)) as client:
        yield Application(client, workload, tells)


def moved(workload: str) -> int:
    """How many users get answers of the target now."""
    with closing(Client(_SETTINGS)) as client:
        client.refresh()
        variants: list[Any] = [client.resolve(workload, user, QUESTION).variant for user in USERS]
    return variants.count("target")
