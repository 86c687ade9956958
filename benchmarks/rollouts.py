"""How whole roll-outs end whose target errs as the source does, by the margin more, or far more, as a Markdown table.

    .venv/bin/python -m benchmarks.rollouts [--worlds 1500] [--requests 10000] [--seed 1]

Each look is what the machine does, on counts that are drawn; every request is one of its own. A target that is called
harmed was shown to be worse than the margin; one that was not clear went back because its last bake said too little.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Literal

import numpy as np

from brainswap.core.declared_rollout import ALL, Rollout
from brainswap.core.rollout.analysis import Counted, Outcomes, Rules, analyse

Ending = Literal["completed", "harmed", "not clear"]
STEPS = ((1, 10, 50, 100), (10, 100))
BAKES = (1, 2, 5)
ERRORS = ((0.01, 0.01), (0.01, 0.03), (0.05, 0.05), (0.05, 0.07), (0.01, 0.1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=1500)
    parser.add_argument("--requests", type=int, default=10_000, help="in a bake")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    draws = np.random.default_rng(chosen.seed)
    for row in rows(chosen.worlds, chosen.requests, draws):
        print(row, flush=True)
    return 0


def rows(worlds: int, requests: int, draws: np.random.Generator) -> Iterator[str]:
    yield "| steps | bakes | source errs | target errs | comes to its end | harmed | not clear |"
    yield "|---|---|---|---|---|---|---|"
    for steps, bakes, (source, target) in product(STEPS, BAKES, ERRORS):
        declared = Rollout(steps=steps, bakes=bakes)
        ended = Counter(end_of(declared, requests, source, target, draws) for _ in range(worlds))
        endings: tuple[Ending, ...] = ("completed", "harmed", "not clear")
        shares = " | ".join(f"{100 * ended[each] / worlds:.1f} %" for each in endings)
        yield f"| {', '.join(map(str, steps))} | {bakes} | {source:.0%} | {target:.0%} | {shares} |"


def end_of(declared: Rollout, requests: int, source: float, target: float, draws: np.random.Generator) -> Ending:
    """How one roll-out ends.

    Args:
        declared: its steps, bakes and guards.
        requests: that a bake brings, of both variants together.
        source: share of its requests that fail.
        target: likewise.
        draws: what chance does.
    """
    rules = Rules(
        guards=declared.guards,
        min_requests=declared.min_requests,
        confidence=declared.confidence,
        looks=declared.looks,
        bakes=declared.bakes,
    )
    baseline: Outcomes | None = None
    for percent in declared.steps:
        held, aimed = Counted(of=0, hits=0), Counted(of=0, hits=0)
        for bake in range(1, declared.bakes + 1):
            moved = int(draws.binomial(requests, percent / ALL))
            held = _more(held, requests - moved, source, draws)
            aimed = _more(aimed, moved, target, draws)
            against = baseline if percent == ALL else _reported(held)
            share = None if percent == ALL else percent / ALL
            made = analyse(against, _reported(aimed), rules, bake=bake, share=share)
            if made.decision == "go_on":
                baseline = _reported(held)
                break
            if made.decision == "roll_back":
                return "harmed" if any(each.finding == "harmed" for each in made.guarded) else "not clear"
    return "completed"


def _more(before: Counted, requests: int, fails: float, draws: np.random.Generator) -> Counted:
    return Counted(of=before.of + requests, hits=before.hits + int(draws.binomial(requests, fails)))


def _reported(counted: Counted) -> Outcomes:
    return {"errors": counted, "throttles": Counted(of=counted.of, hits=0)} if counted.of else {}


if __name__ == "__main__":
    sys.exit(main())
