"""The normal, Student t, beta and binomial distributions, as far as the intervals need them."""

import math
from functools import lru_cache
from statistics import NormalDist

_STANDARD_NORMAL = NormalDist()

_TINY = 1e-300
_CONVERGED = 1e-16
_CONTINUED_FRACTION_TERMS = 100_000
_NEWTON_STEPS = 60
_NEWTON_STRIDE = 3.0
_NEWTON_DONE = 1e-14

# Quotients nearer to 1 than this have an exact logarithm only by way of their distance from 1.
_NEAR = 0.5

# From here on Stirling's series with the terms below is exact to a double.
_STIRLING_FROM = 10.0
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def normal_quantile(p: float) -> float:
    """The value below which a standard normal variable falls with probability ``p``.

    Wichura 1988, Applied Statistics 37:477, algorithm AS 241 (PPND16), as ``statistics.NormalDist`` has it.

    Raises:
        ValueError: ``p`` is not inside (0, 1).
    """
    _require_inside_unit_interval("p", p)
    return _STANDARD_NORMAL.inv_cdf(p)


def critical_normal(confidence: float) -> float:
    """The z of a two-sided normal interval: P(-z < Z < z) = ``confidence``."""
    _require_inside_unit_interval("confidence", confidence)
    return -_STANDARD_NORMAL.inv_cdf((1 - confidence) / 2)


@lru_cache(maxsize=4096)
def critical_t(confidence: float, df: float) -> float:
    """The t of a two-sided Student interval: P(-t < T < t) = ``confidence`` with ``df`` degrees of freedom."""
    _require_inside_unit_interval("confidence", confidence)
    return -student_t_quantile((1 - confidence) / 2, df)


def regularised_incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the distribution function of a beta variable.

    Lentz's continued fraction, DLMF 8.17.22, on the side where it converges quickly, and the symmetry
    I_x(a, b) = 1 - I_{1-x}(b, a), DLMF 8.17.4, on the other.

    Raises:
        ValueError: ``x`` is outside [0, 1], or ``a`` or ``b`` is not positive.
    """
    if not 0 <= x <= 1:
        raise ValueError(f"x must lie in [0, 1], not {x}")
    if not (a > 0 and b > 0):
        raise ValueError(f"a and b must be positive, not {a} and {b}")
    return _incomplete_beta(x, 1 - x, a, b)


@lru_cache(maxsize=4096)
def beta_quantile(p: float, a: float, b: float) -> float:
    """The value below which a beta variable falls with probability ``p``: the x with I_x(a, b) = p.

    Newton's method on log I_x, which is concave in log x for b >= 1, so that it settles from any start, such as the
    mean.

    Args:
        p: at most 1/2; what lies above is 1 - beta_quantile(1 - p, b, a).
        a: at least 1.
        b: at least 1.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not (0 < p <= 0.5 and a >= 1 and b >= 1):  # noqa: PLR2004 - the middle of all probabilities
        raise ValueError(f"p must lie in (0, 1/2], and a and b be at least 1, not {p}, {a} and {b}")
    x = a / (a + b)
    for _ in range(_NEWTON_STEPS):
        below = _incomplete_beta(x, 1 - x, a, b)
        density_times_x = math.exp(_log_beta_term(x, 1 - x, a, b)) / (1 - x)
        step = math.log(p / below) * below / density_times_x
        x *= math.exp(max(-_NEWTON_STRIDE, min(_NEWTON_STRIDE, step)))
        if abs(step) < _NEWTON_DONE:
            break
    return x


def student_t_cdf(t: float, df: float) -> float:
    """The probability that a Student t variable with ``df`` degrees of freedom is at most ``t``.

    Abramowitz and Stegun 1964, equation 26.7.1 with 26.5.27.

    Raises:
        ValueError: ``df`` is not positive.
    """
    _require_degrees_of_freedom(df)
    tail = _student_t_tail(abs(t), df)
    return tail if t < 0 else 1 - tail


@lru_cache(maxsize=4096)
def student_t_quantile(p: float, df: float) -> float:
    """The value below which a Student t variable with ``df`` degrees of freedom falls with probability ``p``.

    Right to a relative 1e-10 for up to a million degrees of freedom.

    Newton's method on log P(T > t), which is concave in log t, so that it settles from any start; it starts from the
    first terms of Abramowitz and Stegun 1964, equation 26.7.5.

    Raises:
        ValueError: ``p`` is not inside (0, 1), or ``df`` is not positive.
    """
    _require_inside_unit_interval("p", p)
    _require_degrees_of_freedom(df)
    upper_tail = min(p, 1 - p)
    z = -_STANDARD_NORMAL.inv_cdf(upper_tail)
    if z == 0:
        return 0.0
    log_t = math.log(z + z * (z * z + 1) / (4 * df))
    for _ in range(_NEWTON_STEPS):
        t = math.exp(log_t)
        tail = _student_t_tail(t, df)
        step = math.log(tail / upper_tail) * tail / _student_t_density_times_t(t, df)
        step = max(-_NEWTON_STRIDE, min(_NEWTON_STRIDE, step))
        log_t += step
        if abs(step) < _NEWTON_DONE:
            break
    return math.copysign(math.exp(log_t), p - 0.5)


def binomial_cdf(k: int, n: float, p: float) -> float:
    """The probability of at most ``k`` successes in ``n`` independent trials: I_{1-p}(n - k, k + 1), DLMF 8.17.5."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    return _incomplete_beta(1 - p, p, n - k, k + 1)


def _require_inside_unit_interval(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie inside (0, 1), not {value}")


def _require_degrees_of_freedom(df: float) -> None:
    if not df > 0:
        raise ValueError(f"df must be positive, not {df}")


def _student_t_tail(t: float, df: float) -> float:
    """P(T > t) for t >= 0."""
    return _incomplete_beta(df / (df + t * t), t * t / (df + t * t), df / 2, 0.5) / 2


def _student_t_density_times_t(t: float, df: float) -> float:
    return math.exp(_log_beta_term(df / (df + t * t), t * t / (df + t * t), df / 2, 0.5))


def _incomplete_beta(x: float, y: float, a: float, b: float) -> float:
    """I_x(a, b) where y = 1 - x is given by the caller, who may know it more exactly than the subtraction does."""
    if x == 0 or y == 0:
        return float(y == 0)
    term = math.exp(_log_beta_term(x, y, a, b))
    if x < (a + 1) / (a + b + 2):
        return term * _continued_fraction(x, a, b) / a
    return 1 - term * _continued_fraction(y, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    """DLMF 8.17.22, two levels a turn, by Lentz's method (Thompson and Barnett 1986, J. Comput. Phys. 64:490)."""
    c = 1.0
    d = 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _CONTINUED_FRACTION_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away_from_zero(1 + even * d)
        c = _away_from_zero(1 + even / c)
        value *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / _away_from_zero(1 + odd * d)
        c = _away_from_zero(1 + odd / c)
        value *= c * d
        if abs(c * d - 1) <= _CONVERGED:
            return value
    raise ArithmeticError(f"the continued fraction of I_{x}({a}, {b}) does not settle")


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _log_beta_term(x: float, y: float, a: float, b: float) -> float:
    """log(x^a y^b / B(a, b)) without the cancellation between large log-gammas.

    B(a, b) by Stirling's series wherever an argument is large (DiDonato and Morris 1992, ACM Trans. Math. Softw.
    18:360); with both large the powers are taken relative to the mode, so that nothing large is subtracted.
    """
    total = a + b
    large, small = max(a, b), min(a, b)
    if small >= _STIRLING_FROM:
        powers = a * _log_quotient(x, a / total) + b * _log_quotient(y, b / total)
        scale = 0.5 * math.log(a / total * b / (2 * math.pi))
        return powers + scale - _stirling(a) - _stirling(b) + _stirling(total)
    log_x = math.log1p(-y) if x > y else math.log(x)
    log_y = math.log1p(-x) if y > x else math.log(y)
    powers = a * log_x + b * log_y
    if large < _STIRLING_FROM:
        return powers - math.lgamma(a) - math.lgamma(b) + math.lgamma(total)
    growth = (total - 0.5) * math.log1p(small / large) + small * math.log(large) - small
    return powers + growth + _stirling(total) - _stirling(large) - math.lgamma(small)


def _log_quotient(value: float, reference: float) -> float:
    excess = (value - reference) / reference
    return math.log1p(excess) if abs(excess) < _NEAR else math.log(value / reference)


def _stirling(x: float) -> float:
    """What Stirling's formula lacks of log Gamma(x), for x >= 10; Abramowitz and Stegun 1964, equation 6.1.41."""
    inverse = 1 / x
    square = inverse * inverse
    correction = 0.0
    for coefficient in reversed(_STIRLING):
        correction = correction * square + coefficient
    return correction * inverse
