"""Finding the pace of a service that refuses what comes too fast, against simulated services."""

import heapq
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count

import pytest

from brainswap.core.pacing import DIP, FIRST_HOLD_S, LONGEST_HOLD_S, PERIOD_S, Pacer, grown

Service = Callable[[float], bool]
WEIGHT = 1000.0


def bucket(rate: float, burst: float) -> Service:
    """A token bucket, full at first."""
    tokens, at = burst, 0.0

    def accepts(now: float) -> bool:
        nonlocal tokens, at
        tokens, at = min(burst, tokens + (now - at) * rate), now
        if tokens < 1:
            return False
        tokens -= 1
        return True

    return accepts


def window(rate: float, seconds: float) -> Service:
    """So many requests in each window."""
    current, count = -1, 0

    def accepts(now: float) -> bool:
        nonlocal current, count
        if int(now / seconds) != current:
            current, count = int(now / seconds), 0
        count += 1
        return count <= rate * seconds

    return accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a simulated run went."""

    seconds: float
    refused: int


@dataclass(slots=True, kw_only=True)
class Shared:
    """The pace of all workers, as the ledger keeps it."""

    rate: float | None = None
    period_s: float = PERIOD_S
    version: int = 0
    changed_at: float = 0.0
    held_until: float = 0.0


class Crowd:
    """Workers that ask a simulated service; events happen in the order of their time."""

    def __init__(
        self,
        service: Service,
        *,
        workers: int,
        in_flight: int,
        answer_s: float,
        refusal_s: float,
        tell_s: float,
        seed: int,
    ) -> None:
        self._service = service
        self._draw = random.Random(seed)  # noqa: S311 - no secret
        self._answer_s, self._refusal_s, self._tell_s = answer_s, refusal_s, tell_s
        self._telling: dict[int, tuple[float | None, float, float, int]] = {}
        self._share = [len(range(worker, in_flight, workers)) for worker in range(workers)]
        self._pacers = [Pacer(in_flight=calls, now=0.0, jitter=self._draw.random) for calls in self._share]
        self._shared = Shared()
        self._events: list[tuple[float, int, str, int, float]] = []
        self._order = count()
        self._flying = [0] * workers
        self._waiting = [0] * workers
        self._next_look = [-1.0] * workers
        self.refused = 0
        for worker in range(workers):
            self._adopt(worker)
            self._later(0.01 * self._draw.random(), "look", worker)
            self._later(0.1, "beat", worker)

    def ask(self, cases: int) -> float:
        """Have all cases answered; return the seconds that it took."""
        workers = len(self._pacers)
        self._waiting = [len(range(worker, cases, workers)) for worker in range(workers)]
        now, done = 0.0, 0
        while done < cases:
            now, _, kind, worker, at = heapq.heappop(self._events)
            done += kind == "ok"
            self._happen(kind, worker, at, now)
            self._send(worker, now)
        return now

    def _happen(self, kind: str, worker: int, at: float, now: float) -> None:
        pacer = self._pacers[worker]
        if kind == "ok":
            pacer.accepted(at)
            self._flying[worker] -= 1
        elif kind == "no":
            self.refused += 1
            self._flying[worker] -= 1
            self._waiting[worker] += 1
            if pacer.throttled(WEIGHT, at, now) and worker not in self._telling:
                self._tell(worker, now)
        elif kind == "told":
            self._told(worker, now)
        elif kind == "beat":
            self._adopt(worker)
            self._later(min(2 * max(now, 0.1), now + 2.0), "beat", worker)

    def _send(self, worker: int, now: float) -> None:
        pacer = self._pacers[worker]
        while self._waiting[worker] and self._flying[worker] < self._share[worker]:
            wait = pacer.wait(now)
            if wait > 0:
                if self._next_look[worker] <= now:
                    self._next_look[worker] = now + max(wait, 0.001)
                    self._later(self._next_look[worker], "look", worker)
                return
            pacer.sent(WEIGHT, now)
            self._waiting[worker] -= 1
            self._flying[worker] += 1
            if self._service(now):
                self._later(now + self._answer_s * self._draw.uniform(0.95, 1.05), "ok", worker, now)
            else:
                self._later(now + self._refusal_s, "no", worker, now)

    def _tell(self, worker: int, now: float) -> None:
        pacer = self._pacers[worker]
        self._telling[worker] = pacer.rate, pacer.period_s, pacer.held_until, pacer.version
        self._later(now + self._tell_s, "told", worker)

    def _told(self, worker: int, now: float) -> None:
        pacer, shared = self._pacers[worker], self._shared
        rate, period_s, held_until, version = self._telling.pop(worker)
        if shared.version == version:
            shared.rate, shared.period_s, shared.held_until = rate, period_s, held_until
            shared.changed_at, shared.version = now, version + 1
            pacer.version = shared.version
        else:
            self._adopt(worker)
            if pacer.insist(rate, period_s, version, now):
                self._tell(worker, now)

    def _adopt(self, worker: int) -> None:
        self._pacers[worker].adopt(**asdict(self._shared), share=self._share[worker] / sum(self._share))

    def _later(self, when: float, kind: str, worker: int, at: float = 0.0) -> None:
        heapq.heappush(self._events, (when, next(self._order), kind, worker, at))


def simulate(
    service: Service,
    cases: int,
    *,
    workers: int = 1,
    in_flight: int = 50,
    answer_s: float = 0.2,
    refusal_s: float = 0.002,
    tell_s: float = 0.01,
    seed: int = 1,
) -> Run:
    """Ask about all cases, each answer after the same time, more or less."""
    crowd = Crowd(
        service, workers=workers, in_flight=in_flight, answer_s=answer_s, refusal_s=refusal_s, tell_s=tell_s, seed=seed
    )
    return Run(seconds=crowd.ask(cases), refused=crowd.refused)


SERVICES: dict[str, tuple[float, Callable[[], Service]]] = {
    "a bucket with the burst of a second": (150, lambda: bucket(150, 150)),
    "a bucket with a small burst": (150, lambda: bucket(150, 10)),
    "a bucket for a quarter of what is offered": (60, lambda: bucket(60, 60)),
}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_limit_is_used_to_the_full_and_hardly_ever_passed(name: str, seed: int) -> None:
    rate, service = SERVICES[name]

    run = simulate(service(), 2000, seed=seed)

    assert run.seconds <= 1.15 * (2000 / rate + 0.2)
    assert run.refused <= 0.03 * 2000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_workers_who_hear_of_refusals_late_waste_little_together(seed: int) -> None:
    run = simulate(bucket(150, 15), 2000, workers=4, refusal_s=0.02, seed=seed)

    assert run.seconds <= 1.2 * (2000 / 150 + 0.2)
    assert run.refused <= 0.03 * 2000


@pytest.mark.parametrize(("workers", "rate"), [(1, 5.0), (4, 5.0), (1, 0.5), (4, 0.5)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_low_limit_is_found_once_and_then_hardly_ever_tried(workers: int, rate: float, seed: int) -> None:
    run = simulate(bucket(rate, 4), 600, workers=workers, answer_s=2.0, refusal_s=0.05, seed=seed)

    assert run.seconds <= 1.6 * 600 / rate
    assert run.refused <= 50 + 0.3 * 600  # the first requests of all calls in flight, and what it took to learn


@pytest.mark.parametrize("workers", [1, 4])
def test_a_limit_that_is_raised_is_used_after_a_while(workers: int) -> None:
    narrow, wide = bucket(50, 15), bucket(150, 15)

    run = simulate(lambda now: narrow(now) if now < 10 else wide(now), 3000, workers=workers)

    assert run.seconds <= 10 + 2.5 * 2500 / 150


def test_a_service_that_counts_in_windows_costs_some_of_its_time() -> None:
    run = simulate(window(150, 1.0), 2000)

    assert run.seconds <= 1.3 * (2000 / 150 + 0.2)
    assert run.refused <= 0.03 * 2000


def test_refusals_that_come_late_cost_more_but_not_the_run() -> None:
    run = simulate(bucket(150, 150), 2000, refusal_s=0.2)

    assert run.seconds <= 1.15 * (2000 / 150 + 0.2)
    assert run.refused <= 0.05 * 2000


def test_without_a_limit_the_first_requests_are_spread_and_no_other_waits() -> None:
    run = simulate(lambda _: True, 1000)

    assert run.seconds <= 1.05 * (1000 * 0.2 / 50) + 0.1
    assert run.refused == 0


def test_an_hour_of_refusals_costs_a_request_now_and_then() -> None:
    pacer = Pacer(in_flight=50, now=0.0, jitter=lambda: 0.5)
    now, tried = 0.0, 0
    while now < 3600:
        wait = pacer.wait(now)
        if wait > 0:
            now += wait
            continue
        pacer.sent(WEIGHT, now)
        tried += 1
        now += 0.01
        pacer.throttled(WEIGHT, now - 0.01, now)

    assert tried < 3600 / LONGEST_HOLD_S * 2 + 20
    assert pacer.held_for(now) > 3500


def test_after_a_pause_one_request_tries_before_the_others_follow() -> None:
    pacer = Pacer(in_flight=50, now=0.0, rate=1000 * WEIGHT, jitter=lambda: 0.0)
    for now in (1.0, 1.1):
        pacer.sent(WEIGHT, now)
        pacer.throttled(WEIGHT, now, now + 0.001)
    held = 1.101 + FIRST_HOLD_S

    assert pacer.wait(1.102) > 0
    assert pacer.wait(held) == 0
    pacer.sent(WEIGHT, held)
    assert pacer.wait(held + 0.01) > 0
    pacer.accepted(held)
    assert pacer.wait(held + 0.02) == 0


def test_a_service_that_names_its_pause_is_not_asked_before() -> None:
    pacer = Pacer(in_flight=50, now=0.0, jitter=lambda: 0.0)
    pacer.sent(WEIGHT, 1.0)

    pacer.throttled(WEIGHT, 1.0, 1.1, retry_after_s=7.0)

    assert pacer.wait(1.1) == pytest.approx(7.0)


def sent_within(pacer: Pacer, seconds: float) -> int:
    """Requests that pass if there is always another one."""
    sent, now = 0, 0.0
    while now < seconds:
        wait = pacer.wait(now)
        if wait > 0:
            now += wait
            continue
        pacer.sent(WEIGHT, now)
        sent += 1
    return sent


def test_the_ceiling_is_never_passed() -> None:
    pacer = Pacer(in_flight=50, now=0.0, ceiling=10 * WEIGHT, jitter=lambda: 0.0)

    sent = sent_within(pacer, 60)

    assert sent <= 10 * 60 + 2


@pytest.mark.parametrize("ceiling", [0.0, -1.0, float("nan")])
def test_there_is_no_pace_under_a_ceiling_of_nothing(ceiling: float) -> None:
    with pytest.raises(ValueError, match="nobody may ask"):
        Pacer(in_flight=1, now=0.0, ceiling=ceiling, jitter=lambda: 0.0)


def test_a_share_of_the_pace_is_the_same_share_of_the_requests() -> None:
    pacer = Pacer(in_flight=16, now=0.0, jitter=lambda: 0.0)
    pacer.adopt(period_s=1.0, rate=100 * WEIGHT, version=3, changed_at=-PERIOD_S, held_until=0.0, share=0.25)

    sent = sent_within(pacer, 4)

    assert 90 <= sent <= 125


def test_the_rate_returns_quickly_rests_and_then_grows_faster_and_faster() -> None:
    rates = [grown(100.0, elapsed, 1.0) for elapsed in (0.0, 0.5, 1.0, 2.0, 6.0, 11.0)]

    assert rates[0] == pytest.approx(100 * DIP)
    assert rates == sorted(rates)
    assert rates[2] == pytest.approx(100)
    assert rates[3] < 104
    assert rates[5] > 300


def test_an_older_pace_is_not_adopted() -> None:
    pacer = Pacer(in_flight=16, now=0.0, jitter=lambda: 0.0)
    pacer.adopt(period_s=1.0, rate=500.0, version=4, changed_at=1.0, held_until=0.0, share=1.0)

    pacer.adopt(period_s=1.0, rate=900.0, version=3, changed_at=2.0, held_until=0.0, share=0.5)

    assert (pacer.rate, pacer.version, pacer.share) == (500.0, 4, 0.5)
