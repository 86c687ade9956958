"""Finding the pace of a service that refuses what comes too fast, against simulated services."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from brainswap.core.pacing import DIP, FIRST_HOLD_S, LONGEST_HOLD_S, RECOVERY_S, Pacer, grown

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


def simulate(service: Service, cases: int, *, in_flight: int = 50, refusal_s: float = 0.002, seed: int = 1) -> Run:
    """Ask about all cases, each answer after 0.2 seconds, more or less."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    pacer = Pacer(in_flight=in_flight, now=0.0, jitter=draw.random)
    events: list[tuple[float, int, str, float]] = []
    order = iter(range(10**9))
    waiting, flying, done, refused, next_look = cases, 0, 0, 0, 0.0
    now = 0.0
    while done < cases:
        while waiting and flying < in_flight and (wait := pacer.wait(now)) <= 0:
            pacer.sent(WEIGHT, now)
            waiting, flying = waiting - 1, flying + 1
            kind, after = ("ok", 0.2 * draw.uniform(0.95, 1.05)) if service(now) else ("no", refusal_s)
            heapq.heappush(events, (now + after, next(order), kind, now))
        if waiting and flying < in_flight and next_look <= now:
            next_look = now + max(wait, 0.001)
            heapq.heappush(events, (next_look, next(order), "look", 0.0))
        now, _, kind, sent_at = heapq.heappop(events)
        if kind == "ok":
            pacer.accepted(sent_at)
            flying, done = flying - 1, done + 1
        elif kind == "no":
            pacer.throttled(WEIGHT, sent_at, now)
            flying, waiting, refused = flying - 1, waiting + 1, refused + 1
    return Run(seconds=now, refused=refused)


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


def test_a_share_of_the_pace_is_the_same_share_of_the_requests() -> None:
    pacer = Pacer(in_flight=16, now=0.0, jitter=lambda: 0.0)
    pacer.adopt(rate=100 * WEIGHT, version=3, changed_at=-RECOVERY_S, held_until=0.0, share=0.25)

    sent = sent_within(pacer, 4)

    assert 90 <= sent <= 125


def test_the_rate_returns_quickly_rests_and_then_grows_faster_and_faster() -> None:
    rates = [grown(100.0, elapsed) for elapsed in (0.0, 0.5, 1.0, 2.0, 6.0, 11.0)]

    assert rates[0] == pytest.approx(100 * DIP)
    assert rates == sorted(rates)
    assert rates[2] == pytest.approx(100)
    assert rates[3] < 103
    assert rates[5] > 300


def test_an_older_pace_is_not_adopted() -> None:
    pacer = Pacer(in_flight=16, now=0.0, jitter=lambda: 0.0)
    pacer.adopt(rate=500.0, version=4, changed_at=1.0, held_until=0.0, share=1.0)

    pacer.adopt(rate=900.0, version=3, changed_at=2.0, held_until=0.0, share=0.5)

    assert (pacer.rate, pacer.version, pacer.share) == (500.0, 4, 0.5)
