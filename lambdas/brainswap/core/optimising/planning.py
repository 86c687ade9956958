"""How the calls of a search are shared out."""

from dataclasses import dataclass

from brainswap.core.workload import Workload

CALLS_PER_VALIDATION_CASE = 20  # of the budget where none is declared; gepa's guide says 15 to 30
MOST_VALIDATION_CASES = 300
MOST_TRAINING_CASES = 300
MOST_FINALISTS = 3
FEWEST_CASES = 8  # of a split, below which nothing is learned from it
_SHARE_OF_VALIDATION = 0.5
_ROUNDS = 8  # whole passes over the training cases that the search should have at least
_FEWEST_TRAINED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Attributes: how many cases are taken of each split, and how many candidates get as far as the second."""

    train: int
    validation: int
    finalists: int
    kept: int


def default_budget(validation: int) -> int:
    """Calls, where the workload does not say."""
    return CALLS_PER_VALIDATION_CASE * max(FEWEST_CASES, min(validation, MOST_VALIDATION_CASES))


def answers_in_budget(workload: Workload, validation: int) -> int:
    """Answers of the application that a search may ask for, of which each takes a call for every step of a chain."""
    steps = max(1, len(workload.step_names))
    return (workload.improve.budget_calls or steps * default_budget(validation)) // steps


def plan(*, budget: int, train: int, validation: int, contenders: int, seeds: int) -> Plan | None:
    """Share out the calls; None where they suffice for nothing.

    Half of them at the most are kept for the validation split, on which every contender and every finalist answers the
    same cases. Of the training split so many cases are taken that the search gets over them several times.

    Args:
        budget: of calls.
        train: cases of the split.
        validation: the same.
        contenders: that are measured anyhow.
        seeds: that others propose.
    """
    most = int(budget * _SHARE_OF_VALIDATION)
    taken = min(validation, MOST_VALIDATION_CASES)
    finalists = max(1, min(MOST_FINALISTS, most // max(1, taken) - contenders))
    taken = min(taken, most // (contenders + finalists))
    kept = taken * (contenders + finalists)
    rounds = (budget - kept) // (_ROUNDS + contenders + seeds)
    trained = min(train, max(_FEWEST_TRAINED, rounds), (budget - kept) // (contenders + seeds + 2))
    if trained < FEWEST_CASES or taken < FEWEST_CASES:
        return None
    return Plan(train=trained, validation=taken, finalists=finalists, kept=kept)
