"""How the calls of a search are shared out."""

from dataclasses import dataclass

from brainswap.core.workload import Workload

CALLS_PER_VALIDATION_CASE = 20  # of the budget where none is declared; gepa's guide says 15 to 30
MOST_VALIDATION_CASES = 300
MOST_TRAINING_CASES = 300
MOST_FINALISTS = 3
FEWEST_CASES = 8  # of a split, below which nothing is learned from it
_SHARE_OF_VALIDATION = 0.4
_ROUNDS = 3  # so many times what one prompt takes for all training cases should be left for what is tried beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many cases are taken of each split, and how many prompts get as far as the second.

    Attributes:
        contenders: that the finalists are held against there, the best by the first one.
        kept: calls for the second.
    """

    train: int
    validation: int
    contenders: int
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

    Two fifths of them at the most are kept for the validation split, on which every finalist answers the same cases as
    the contenders, or as the best one by the training cases where more would leave room for no finalist. Of the
    training split as many cases are taken as leave some three times as many calls for ideas as they take of one prompt:
    an idea is tried on cases that went wrong, and few cases hold few of those.

    Args:
        budget: of calls.
        train: cases of the split.
        validation: the same.
        contenders: that are measured anyhow.
        seeds: that others propose.
    """
    most = int(budget * _SHARE_OF_VALIDATION)
    taken = min(validation, MOST_VALIDATION_CASES)
    compared = contenders if most >= taken * (contenders + 1) else 1
    finalists = max(1, min(MOST_FINALISTS, most // max(1, taken) - compared))
    taken = min(taken, most // (compared + finalists))
    kept = taken * (compared + finalists)
    trained = min(train, (budget - kept) // (_ROUNDS + contenders + seeds))
    if trained < FEWEST_CASES or taken < FEWEST_CASES:
        return None
    return Plan(train=trained, validation=taken, contenders=compared, finalists=finalists, kept=kept)
