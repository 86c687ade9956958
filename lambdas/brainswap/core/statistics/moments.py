"""Sums that are enough for an interval, gathered in one pass and mergeable, however many cases there are."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Size, mean and variance of a sample.

    Attributes:
        mean: 0.0 while there is no value (n = 0), where a sample has no mean.
        variance: unbiased, divisor n - 1; 0.0 while n < 2, where a sample has no variance.
    """

    n: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def merge(self, other: "Moments") -> "Moments":
        """The moments of both samples together; Chan, Golub and LeVeque 1983, The American Statistician 37:242."""
        if not (self.n and other.n):
            return self if self.n else other
        n = self.n + other.n
        shift = other.mean - self.mean
        squares = (self.n - 1) * self.variance + (other.n - 1) * other.variance + shift * shift * self.n * other.n / n
        return Moments(n=n, mean=self.mean + shift * other.n / n, variance=squares / (n - 1))


class MomentsAccumulator:
    """Gathers ``Moments`` value by value; Welford 1962, as Knuth, TAOCP vol. 2, 4.2.2, equations 15 and 16."""

    __slots__ = ("_mean", "_n", "_squares")

    def __init__(self, start: Moments | None = None) -> None:
        self._n = 0
        self._mean = 0.0
        self._squares = 0.0
        if start is not None:
            self._become(start)

    def add(self, value: float) -> None:
        """Count one value in.

        Raises:
            ValueError: the value is infinite or not a number, and would spoil everything before and after it.
        """
        _require_finite(value)
        self._n += 1
        distance = value - self._mean
        self._mean += distance / self._n
        self._squares += distance * (value - self._mean)

    def merge(self, other: Moments) -> None:
        """Count another sample in."""
        self._become(self.snapshot().merge(other))

    def snapshot(self) -> Moments:
        variance = self._squares / (self._n - 1) if self._n > 1 else 0.0
        return Moments(n=self._n, mean=self._mean, variance=variance)

    def _become(self, moments: Moments) -> None:
        self._n = moments.n
        self._mean = moments.mean
        self._squares = moments.variance * max(moments.n - 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMoments:
    """Means, variances and covariance of what source and target took on the same cases, such as money.

    Attributes:
        source_mean: 0.0 while n = 0, as is ``target_mean``.
        source_variance: unbiased; 0.0 while n < 2, as are ``target_variance`` and ``covariance``.
    """

    n: int = 0
    source_mean: float = 0.0
    target_mean: float = 0.0
    source_variance: float = 0.0
    target_variance: float = 0.0
    covariance: float = 0.0

    def merge(self, other: "PairedMoments") -> "PairedMoments":
        """The moments of both samples together; Pébay 2008, Sandia report SAND2008-6212, for the covariance."""
        if not (self.n and other.n):
            return self if self.n else other
        n = self.n + other.n
        source_shift = other.source_mean - self.source_mean
        target_shift = other.target_mean - self.target_mean

        def pooled(mine: float, theirs: float, product: float) -> float:
            return ((self.n - 1) * mine + (other.n - 1) * theirs + product * self.n * other.n / n) / (n - 1)

        return PairedMoments(
            n=n,
            source_mean=self.source_mean + source_shift * other.n / n,
            target_mean=self.target_mean + target_shift * other.n / n,
            source_variance=pooled(self.source_variance, other.source_variance, source_shift * source_shift),
            target_variance=pooled(self.target_variance, other.target_variance, target_shift * target_shift),
            covariance=pooled(self.covariance, other.covariance, source_shift * target_shift),
        )


class PairedMomentsAccumulator:
    """Gathers ``PairedMoments`` pair by pair; Welford 1962, Technometrics 4:419, for products as for squares."""

    __slots__ = ("_n", "_products", "_source_mean", "_source_squares", "_target_mean", "_target_squares")

    def __init__(self, start: PairedMoments | None = None) -> None:
        self._become(start or PairedMoments())

    def add(self, *, source: float, target: float) -> None:
        """Count one pair in.

        Raises:
            ValueError: a value is infinite or not a number.
        """
        _require_finite(source)
        _require_finite(target)
        self._n += 1
        source_distance = source - self._source_mean
        target_distance = target - self._target_mean
        self._source_mean += source_distance / self._n
        self._target_mean += target_distance / self._n
        self._source_squares += source_distance * (source - self._source_mean)
        self._target_squares += target_distance * (target - self._target_mean)
        self._products += source_distance * (target - self._target_mean)

    @property
    def n(self) -> int:
        return self._n

    def merge(self, other: PairedMoments) -> None:
        """Count another sample in."""
        self._become(self.snapshot().merge(other))

    def snapshot(self) -> PairedMoments:
        divisor = max(self._n - 1, 1)
        return PairedMoments(
            n=self._n,
            source_mean=self._source_mean,
            target_mean=self._target_mean,
            source_variance=self._source_squares / divisor,
            target_variance=self._target_squares / divisor,
            covariance=self._products / divisor,
        )

    def _become(self, moments: PairedMoments) -> None:
        divisor = max(moments.n - 1, 0)
        self._n = moments.n
        self._source_mean = moments.source_mean
        self._target_mean = moments.target_mean
        self._source_squares = moments.source_variance * divisor
        self._target_squares = moments.target_variance * divisor
        self._products = moments.covariance * divisor


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCounts:
    """How often source and target were right on the same cases: the two-by-two table of paired 0/1 scores."""

    both_right: int = 0
    only_source: int = 0
    only_target: int = 0
    both_wrong: int = 0

    def __post_init__(self) -> None:
        if min(self.both_right, self.only_source, self.only_target, self.both_wrong) < 0:
            raise ValueError(f"counts cannot be negative: {self}")

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]]) -> Self:
        """Count pairs of (source, target), each 0 or 1, in one pass and constant memory.

        Raises:
            ValueError: a score is neither 0 nor 1.
        """
        seen = Counter(pairs)
        counts = cls(
            both_right=seen.pop((1, 1), 0),
            only_source=seen.pop((1, 0), 0),
            only_target=seen.pop((0, 1), 0),
            both_wrong=seen.pop((0, 0), 0),
        )
        if seen:
            raise ValueError(f"only 0 and 1 can be counted, not {next(iter(seen))}")
        return counts

    @property
    def n(self) -> int:
        return self.both_right + self.only_source + self.only_target + self.both_wrong

    @property
    def discordant(self) -> int:
        return self.only_source + self.only_target

    def merge(self, other: "PairedCounts") -> "PairedCounts":
        return PairedCounts(
            both_right=self.both_right + other.both_right,
            only_source=self.only_source + other.only_source,
            only_target=self.only_target + other.only_target,
            both_wrong=self.both_wrong + other.both_wrong,
        )


def _require_finite(value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"only finite numbers have moments, not {value}")
