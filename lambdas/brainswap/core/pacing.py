"""How fast to ask a model that refuses what comes too fast: find its rate, stay just below, waste almost nothing.

Additive increase, multiplicative decrease, with three refinements. A decrease goes to the rate that the service
accepted between two refusals, at both of which it had nothing left to give. The increase is the curve of CUBIC (RFC
9438): back to that rate, a while beside it, then faster and faster away from it. And the unit of its time is that of
some requests, longer where the same rate is found again and again: a limit of a request a minute is not tried every
second. The rate at any moment follows from the last decrease and the time since, so that workers who share these share
the pace without a word in between.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SPREAD_S = 0.06  # over which the first requests are spread, so that a refusal stops the others in time
DIP = 0.8  # of the rate found, just after a decrease
PERIOD_S = 1.0  # at the least: until the rate found is reached again, and the unit of time of its growth
PERIOD_REQUESTS = 10  # that a period has room for
PERIOD_AT_FIRST = 0.5  # of it, before any rate has been found by enough requests
MOST_STEADY = 2  # times that a period doubles, while decreases find the same rate
STEADY_LOW, STEADY_HIGH = 0.91, 1.03  # of the last rate found: the same
CREEP = 0.02  # of the rate found, per period, after the first …
HURRY = 0.01  # … and per period cubed, should the limit be gone
NEAR = 1.2  # times what was accepted
NUDGE = 0.97  # of the rate, where a refusal comes near what was accepted
FARTHEST = 0.65  # of the rate, that a single decrease goes …
FARTHEST_AT_FIRST = 0.1  # … and before that
LOWER = 0.8  # of the pace that others found at the same time: worth another change
ENOUGH_REQUESTS = 12
ENOUGH_S = 0.1
LOOK_BACK = 48  # requests, over which what was accepted tells of the moment
FIRST_HOLD_S = 0.05
LONGEST_HOLD_S = 20.0
SHORTEST_TRIAL_S = 0.05  # a request that is not refused in four times what a refusal takes was accepted …
LONGEST_TRIAL_S = 1.0
TRIAL_REFUSALS = 4
LATE_REQUESTS = 8  # under way when the first refusal came: enough for their share of refusals to mean something
REMEMBERED = 4096  # requests
CATCH_UP_S = 0.03  # of a pause that took longer than asked for
LOOK_AGAIN_S = 0.05


def grown(rate: float, elapsed_s: float, period_s: float) -> float:
    """The rate some time after a decrease found ``rate``."""
    beyond = elapsed_s / period_s - 1
    if beyond <= 0:
        return rate * (1 - (1 - DIP) * (-beyond) ** 3)
    return rate * (1 + CREEP * beyond + HURRY * beyond**3)


@dataclass(slots=True, kw_only=True)
class _Late:
    """The requests that were under way when the pace was decreased, without those that were refused."""

    since: float
    until: float
    weight: float
    requests: int


class Pacer:
    """When one worker may send its next request, and what it learns from refusals.

    Weights are quota tokens; rates are quota tokens per second. All times are seconds of one clock, which the workers
    that share a pace have in common.

    Args:
        in_flight: calls that this worker may have in flight.
        rate: to begin with; None for no limit but ``in_flight``.
        ceiling: above 0, and never passed, such as a share of a quota.
        now: when asking begins.
        jitter: numbers in [0, 1), so that workers do not try at the same moment.
    """

    def __init__(
        self,
        *,
        in_flight: int,
        now: float,
        rate: float | None = None,
        ceiling: float | None = None,
        jitter: Callable[[], float],
    ) -> None:
        if ceiling is not None and not ceiling > 0:
            raise ValueError("under a ceiling of nothing nobody may ask at all")
        self.rate = rate
        self.version = 0
        self.changed_at = now - PERIOD_S
        self.period_s = PERIOD_S
        self.held_until = now
        self.share = 1.0
        self.refused = 0
        self._in_flight = in_flight
        self._ceiling = ceiling
        self._jitter = jitter
        self._next_at = now
        self._sent = 0
        self._refusals_in_a_row = 0
        self._trial_sent_at: float | None = None
        self._trying = False
        self._dealt_with_until = now
        self._empty_at = now
        self._settled = False
        self._steady = 0
        self._held_since: float | None = None
        self._log: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._refusals: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._weight_sent = 0.0
        self._late: _Late | None = None
        self._floor: float | None = None
        self._refusal_s = 0.0

    def held_for(self, now: float) -> float:
        """For how long nothing has been accepted, in seconds; 0 when something just was."""
        return 0.0 if self._held_since is None else now - self._held_since

    def wait(self, now: float) -> float:
        """Seconds until the next request may be sent; ask again then."""
        if now < self.held_until:
            return self.held_until - now
        if self._trying:
            if self._trial_sent_at is None:
                return 0.0
            left = self._trial_sent_at + self._trial_s() - now
            if left > 0:
                return min(left, LOOK_AGAIN_S)
            self._succeeded()
        return max(0.0, self._next_at - now)

    def sent(self, weight: float, now: float) -> None:
        """A request goes out."""
        if not self._sent:
            self._empty_at = math.nextafter(now, -math.inf)  # just before this request
        self._sent += 1
        self._weight_sent += weight
        self._log.append((now, weight))
        if self._trying:
            self._trial_sent_at = now
        self._next_at = max(self._next_at, now - CATCH_UP_S) + self._spacing(weight, now)

    def accepted(self, sent_at: float) -> None:
        """A request was answered, well or badly, but not refused for coming too fast."""
        if sent_at >= self._dealt_with_until:
            self._succeeded()

    def throttled(self, weight: float, sent_at: float, now: float, retry_after_s: float | None = None) -> bool:
        """A request was refused; whether the pace changes and the other workers should know."""
        self.refused += 1
        self._refusals.append((sent_at, weight))
        self._refusal_s += (now - sent_at - self._refusal_s) / 4
        if sent_at < self._dealt_with_until:
            return self._heard_late(weight, sent_at)
        self._dealt_with_until = now
        if self._held_since is None:
            self._held_since = now
        self._refusals_in_a_row += 1
        if self._refusals_in_a_row == 1 and retry_after_s is None:
            self._decrease(weight, sent_at, now)
        else:
            self._hold(now, retry_after_s)
        return True

    def adopt(
        self,
        *,
        rate: float | None,
        period_s: float,
        version: int,
        changed_at: float,
        held_until: float,
        share: float,
    ) -> None:
        """Go by the pace that all workers share, of which ``share`` is this worker's part."""
        self.share = share
        if version <= self.version:
            return
        self.version, self.rate, self.period_s, self.changed_at = version, rate, period_s, changed_at
        if held_until > self.held_until:
            self.held_until = held_until
            self._trying, self._trial_sent_at = True, None
        self._next_at = max(self._next_at, changed_at)

    def insist(self, rate: float | None, period_s: float, version: int, now: float) -> bool:
        """Whether the rate that this worker had found is to stand instead of the one that it just adopted.

        A much lower one does. So does a much higher one where nothing was known before (``version`` is 0): each worker
        then saw its own beginning of a burst, and who saw most of it was not the first to be refused.
        """
        if rate is None:
            return False
        lower = self.rate is None or rate < LOWER * self.rate
        higher = version == 0 and self.rate is not None and self.rate < LOWER * rate
        if not (lower or higher):
            return False
        self.rate, self.period_s, self.changed_at = rate, period_s, now
        return True

    def current_rate(self, now: float) -> float | None:
        """Of all workers together."""
        if self.rate is None:
            return self._ceiling
        rate = grown(self.rate, now - self.changed_at, self.period_s)
        return rate if self._ceiling is None else min(rate, self._ceiling)

    def _spacing(self, weight: float, now: float) -> float:
        rate = self.current_rate(now)
        limited = 0.0 if rate is None else weight / (rate * self.share)
        spread = SPREAD_S / self._in_flight if self._sent <= self._in_flight else 0.0
        return max(limited, spread)

    def _decrease(self, weight: float, sent_at: float, now: float) -> None:
        current, last = self.current_rate(now), self.rate
        since = (
            self._empty_at if current is None else max(self._empty_at, self._log[-min(LOOK_BACK, len(self._log))][0])
        )
        requests, accepted = self._accepted(since, sent_at)
        elapsed = sent_at - since
        if current is None:
            # A burst that passes says little about the rate behind it.
            rate = max(accepted, weight) / max(elapsed, SPREAD_S) / self.share
        elif elapsed < ENOUGH_S or (self._settled and requests < ENOUGH_REQUESTS):
            rate = NUDGE * current
        else:
            # One request more may just have been possible; and of what others left, more by chance.
            unsure = 1 + (math.sqrt(max(requests, 0)) if self.share < 1 else 0)
            shown = (accepted + weight * unsure) / elapsed / self.share
            farthest = FARTHEST if self._settled else FARTHEST_AT_FIRST
            rate = min(current, max(shown, (NUDGE if shown * NEAR > current else farthest) * current))
        if last is None or requests >= ENOUGH_REQUESTS:
            self._settled, self._empty_at = last is not None, sent_at
        self.rate, self.period_s = rate, self._period_s(rate, last)
        self.changed_at = now
        under_way = [each for at, each in self._log if at >= sent_at]
        self._late = _Late(since=sent_at, until=now, weight=sum(under_way) - weight, requests=len(under_way))
        self._floor = rate * DIP * DIP
        self._next_at = max(self._next_at, now)

    def _period_s(self, rate: float, last: float | None) -> float:
        """The unit of time of growth from a rate, which is short as long as little is known."""
        same = last is not None and STEADY_LOW < rate / last < STEADY_HIGH
        self._steady = min(MOST_STEADY, self._steady + 1) if same else 0
        period_s = max(PERIOD_S, PERIOD_REQUESTS * self._weight_sent / self._sent / rate)
        return period_s * 2**self._steady if self._settled else period_s * PERIOD_AT_FIRST

    def _accepted(self, since: float, until: float) -> tuple[int, float]:
        """How many requests that were sent in between have not been refused so far, and their weight."""
        sent = [weight for at, weight in self._log if since < at < until]
        refused = [weight for at, weight in self._refusals if since < at < until]
        return len(sent) - len(refused), sum(sent) - sum(refused)

    def _heard_late(self, weight: float, sent_at: float) -> bool:
        """A request that was under way at the last decrease was refused too: the rate was even lower."""
        late = self._late
        if late is None or self.rate is None or self._floor is None or not late.since <= sent_at < late.until:
            return False
        late.weight -= weight
        if late.requests >= LATE_REQUESTS:
            self.rate = min(self.rate, max(late.weight / (late.until - late.since) / self.share, self._floor))
        return False

    def _hold(self, now: float, retry_after_s: float | None) -> None:
        longest = min(LONGEST_HOLD_S, FIRST_HOLD_S * 2 ** min(self._refusals_in_a_row - 1, 20))
        pause = longest * (0.5 + self._jitter() / 2)
        self.held_until = now + max(pause, min(retry_after_s or 0.0, LONGEST_HOLD_S))
        self._next_at = self.held_until
        self._trying, self._trial_sent_at = True, None

    def _trial_s(self) -> float:
        return min(max(SHORTEST_TRIAL_S, TRIAL_REFUSALS * self._refusal_s), LONGEST_TRIAL_S)

    def _succeeded(self) -> None:
        self._refusals_in_a_row = 0
        self._held_since = None
        self._trying, self._trial_sent_at = False, None
