"""Users of an application whose traffic moves: they ask when a step begins, and the application reports of each."""

import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from brainswap.client import Client, ClientError, Resolved
from brainswap.core.declared_rollout import ALL, Rollout
from brainswap.report.rendering import count, percentage
from local.functions import Invocation

Trouble = Literal["none", "errors", "silence"]
"""What becomes of requests to the target from the second step on: they fail, or nobody tells anything of them."""

ENOUGH: Final = 1.5  # times as many of the target as a step has to have
MOST_USERS: Final = 200_000
MOST_MINUTES: Final = 60  # over which they come; how much of their answers an application samples is bounded by minute
ERRORS: Final = 0.004  # of healthy models' requests
BURST: Final = 0.3  # of those that fail
P95: Final = 1.6449  # standard deviations
_NEWS: Final[Mapping[str, str]] = {"step": "bake", "analyse": "hold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Of a model as it was measured, in milliseconds."""

    p50: float
    p95: float

    def drawn(self, chance: random.Random) -> float:
        """From the log-normal distribution with these percentiles."""
        return self.p50 * math.exp(chance.gauss(0, math.log(max(self.p95 / self.p50, 1.0)) / P95))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a user asks, and what each variant said to it when it was measured; None where it said nothing."""

    variables: Mapping[str, Any]
    answers: Mapping[str, str | None]


class Users:
    """All of an application's users, once for every time that a step is watched; an observer of the cloud.

    Args:
        client: of the application.
        workload: its name.
        rollout: as it is declared.
        requests: which users make in turn.
        trouble: what goes wrong.
        seed: of what becomes of each request.
        latencies: of requests, by variant; None where nobody knows.
        say: is told of each round.
    """

    def __init__(
        self,
        client: Client,
        *,
        workload: str,
        rollout: Rollout,
        requests: Sequence[Request],
        trouble: Trouble,
        seed: int,
        latencies: Mapping[str, Latency | None],
        say: Callable[[str], None],
    ) -> None:
        self._client, self._workload, self._requests = client, workload, requests
        self._trouble, self._seed, self._say = trouble, seed, say
        self._number = users_for(rollout)
        self._a_minute = math.ceil(self._number / min(max(rollout.bake_minutes, 1), MOST_MINUTES))
        self._latencies = latencies
        self._rounds = 0

    def observe(self, invocation: Invocation) -> None:
        """Have everybody ask after a step was deployed, and when it is watched for longer."""
        news, result = _NEWS.get(invocation.function), invocation.result or {}
        if news is not None and result.get("next") == news:
            asking = threading.Thread(target=self._ask, args=(int(result["step"]) + 1,), name="users")
            asking.start()
            asking.join()

    def _ask(self, step: int) -> None:
        self._rounds += 1
        chance = random.Random(f"{self._seed} {self._rounds}")  # noqa: S311 - repeatable, not secret
        asked: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        self._client.refresh()
        try:
            for number in range(self._number):
                request = self._requests[number % len(self._requests)]
                route = self._client.resolve(self._workload, f"user-{number}", request.variables)
                asked[route.variant] += 1
                if step == 0:
                    self._client.mirror(self._workload, _answered(request), request.variables)
                failed[route.variant] += self._report(route, request, step, chance)
                if number % self._a_minute == 0:
                    self._client.flush()
        except ClientError as error:
            self._say(f"the application cannot ask: {error}")
            return
        self._client.flush()
        shares = (
            f"{count(number, 'request')} to the {variant}, {percentage(failed[variant] / number)} failed"
            for variant, number in sorted(asked.items())
        )
        silent = "; of those to the target, nothing is reported" if self._silent(step) else ""
        self._say("; ".join(shares) + silent)

    def _silent(self, step: int) -> bool:
        return self._trouble == "silence" and step > 1

    def _report(self, route: Resolved, request: Request, step: int, chance: random.Random) -> bool:
        """Tell what became of a request; whether it failed."""
        moved = route.variant == "target"
        burst = moved and step > 1 and self._trouble == "errors"
        ok = chance.random() >= (BURST if burst else ERRORS)
        latency = self._latencies.get(route.variant)
        if not (moved and self._silent(step)):
            self._client.record(
                route,
                ok=ok,
                latency_ms=latency.drawn(chance) if ok and latency is not None else None,
                format_ok=ok or None,
                thumb=ok or None,
                good=ok or None,
                answer=request.answers.get(route.variant),
            )
        return not ok


def _answered(request: Request) -> Callable[[object], Mapping[str, Any]]:
    """What the target says to a mirrored request."""
    answer = request.answers.get("target")
    return lambda _: {} if answer is None else {"answer": answer}


def users_for(rollout: Rollout) -> int:
    """As many as the smallest step needs to be judged."""
    return min(MOST_USERS, math.ceil(ENOUGH * rollout.min_requests * ALL / rollout.steps[0]))
