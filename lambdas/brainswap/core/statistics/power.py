"""What a number of cases can show, and how many cases a margin needs."""

import math

from brainswap.core.statistics.distributions import critical_normal, normal_quantile
from brainswap.core.statistics.tango import constrained_discordance

_HALVINGS = 60
# A number of cases that exceeds a whole number by less than this part exceeds it by rounding.
_ROUNDING = 1e-9


def cases_needed_binary(margin: float, discordant_share: float, confidence: float, power: float = 0.8) -> int:
    """How many cases it takes for a target that is truly equal to pass a gate "not worse by ``margin``".

    The gate asks that the lower end of the two-sided ``confidence`` interval of ``compare_binary`` lies above -margin.
    Nam 1997, Biometrics 53:1422, the asymptotic sample size of the score test that Tango's interval inverts:

        n = (z_confidence sqrt(s(-margin) - margin^2) + z_power sqrt(discordant_share))^2 / margin^2

    with s(D) as in ``constrained_discordance`` for equally many gains and losses. It is larger than the rule of thumb
    (z_confidence + z_power)^2 discordant_share / margin^2, the more so the nearer the margin comes to that share.

    The true power moves in a saw-tooth around the nominal one, for pairs are whole. Enumerated over all outcomes, for
    margins of 2 to 10 points, 20 to 6,000 cases and a confidence of 0.90 or 0.95, a nominal 0.80 was truly 0.80 to 0.83
    with at least 20 discordant pairs to be expected, 0.80 to 0.87 with at least 2, and 0.75 to 0.92 with fewer.

    Args:
        margin: inside (0, 1), such as 0.05 for five points.
        discordant_share: in [0, 1]: how often only one of the two is right, as a pilot shows it.
        confidence: of the two-sided interval, inside (0, 1).
        power: probability of passing, inside (0, 1).

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie inside (0, 1), not {margin}")
    _require_share(discordant_share)
    needed = max(0.0, _noise(margin, discordant_share, confidence, power) / margin) ** 2
    return max(1, math.ceil(needed * (1 - _ROUNDING)))


def detectable_difference_binary(n: int, discordant_share: float, confidence: float, power: float = 0.8) -> float:
    """The smallest margin at which a target that is truly equal passes the gate with ``n`` cases.

    The inverse of ``cases_needed_binary`` in the margin, with the same arguments; 1.0 where no smaller margin will do.

    Raises:
        ValueError: an argument is out of its range.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    _require_share(discordant_share)
    too_small, enough = 0.0, 1.0
    for _ in range(_HALVINGS):
        margin = (too_small + enough) / 2
        if margin * math.sqrt(n) < _noise(margin, discordant_share, confidence, power):
            too_small = margin
        else:
            enough = margin
    return enough


def _noise(margin: float, discordant_share: float, confidence: float, power: float) -> float:
    """What sqrt(n) margin has to reach: the error under the margin plus the error under equality."""
    half = discordant_share / 2
    under_margin = constrained_discordance(source_share=half, target_share=half, difference=-margin) - margin**2
    return critical_normal(confidence) * math.sqrt(max(0.0, under_margin)) + normal_quantile(power) * math.sqrt(
        discordant_share
    )


def _require_share(discordant_share: float) -> None:
    if not 0 <= discordant_share <= 1:
        raise ValueError(f"discordant_share must lie in [0, 1], not {discordant_share}")
