"""Whether the power that ``brainswap check`` forecasts is the one that there is."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.decision.grid import MARGINS, in_parallel, markdown, percent
from brainswap.core.statistics.bounded_mean import Atom, score
from brainswap.core.statistics.distributions import critical_normal, critical_t
from brainswap.core.statistics.power import discordant, draws_needed, power_of

SEED = 20261103
SAMPLES = 3000
CONFIDENCE = 0.95
SHARES = (0.05, 0.1, 0.2, 0.4)
QUARTERS = ((0.25, 0.15), (-0.25, 0.15), (0.5, 0.2), (-0.5, 0.2), (1.0, 0.15), (-1.0, 0.15))

Case = tuple[str, float, float]


def tables() -> Iterator[str]:
    yield f"### Power of “not worse” for an equal target: forecast and found ({SAMPLES:,} samples), in per cent"
    yield ""
    cases = [(kind, share, margin) for kind in ("0/1", "quarters") for share in SHARES for margin in MARGINS]
    rows = in_parallel(_row, cases)
    yield from markdown(["scores", "differing", "margin", "cases needed", "forecast", "found"], rows)
    apart = max(abs(float(row[-1]) - float(row[-2])) for row in rows)
    yield f"\nFarthest apart: {apart:.1f} points."


def _row(case: Case) -> list[str]:
    kind, share, margin = case
    atoms = discordant(share) if kind == "0/1" else _quarters(share)
    needed = draws_needed(atoms, bound=-margin, least=-1.0, most=1.0, confidence=CONFIDENCE) or 0
    forecast = power_of(atoms, draws=needed, bound=-margin, least=-1.0, most=1.0, confidence=CONFIDENCE)
    z = critical_normal(CONFIDENCE) if kind == "0/1" else critical_t(CONFIDENCE, needed - 1)
    found = _passing(atoms, needed, margin, z)
    return [kind, f"{share:g}", f"{margin:g}", f"{needed:,}", percent(forecast), percent(found)]


def _quarters(share: float) -> list[Atom]:
    return [*(Atom(share * part, 1.0, value) for value, part in QUARTERS), Atom(1 - share, 1.0, 0.0)]


def _passing(atoms: list[Atom], n: int, margin: float, z: float) -> float:
    rng = np.random.default_rng([SEED, n])
    tables_drawn = Counter(map(tuple, rng.multinomial(n, [atom.number for atom in atoms], size=SAMPLES).tolist()))
    passed = 0
    for table, repeated in tables_drawn.items():
        drawn = [atom._replace(number=number) for atom, number in zip(atoms, table, strict=True) if number]
        passed += repeated * (score(drawn, -margin, least=-1.0, most=1.0) > z)
    return passed / SAMPLES
