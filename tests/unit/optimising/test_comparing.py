"""Prompts are compared on a panel: what one of them got wrong, and as much of what it got right."""

import random
from statistics import fmean

import pytest

from brainswap.core.optimising.comparing import Comparing
from brainswap.core.optimising.evidence import Trial
from brainswap.core.optimising.results import Outcome
from brainswap.core.prompts.template import Message, Prompt

PROMPT = Prompt(system=None, messages=(Message(role="user", content="{{text}}"),))
CASES = tuple(f"case-{number}" for number in range(100))
EVERY = Comparing(train=CASES, weights=dict.fromkeys(CASES, 1.0))


def draws(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - draws of a panel, seeded


def trial(name: str, right: set[int], known: range = range(100)) -> Trial:
    outcomes = {f"case-{n}": Outcome(case_id=f"case-{n}", quality=float(n in right)) for n in known}
    return Trial(name=name, by="test", prompt=PROMPT, bare=PROMPT, known=outcomes)


def test_a_panel_has_all_wrong_cases_and_as_many_right_ones() -> None:
    base = trial("base", right=set(range(60)))

    panel = EVERY.on_a_panel(base, draws(1))

    assert len(panel.train) == 80
    assert set(panel.wrong(base)) == {f"case-{number}" for number in range(60, 100)}
    assert sum(panel.weights[name] for name in panel.train) == pytest.approx(100)


def test_few_wrong_cases_have_more_right_ones_beside_them() -> None:
    base = trial("base", right=set(range(97)))

    assert len(EVERY.on_a_panel(base, draws(1)).train) == 3 + 16


def test_the_gain_on_a_panel_is_that_on_all_cases_in_the_mean() -> None:
    base, child = trial("base", right=set(range(60))), trial("child", right=set(range(20, 75)))

    gains = [EVERY.on_a_panel(base, draws(seed)).gain(child, base) for seed in range(400)]

    assert EVERY.gain(child, base) == pytest.approx(-0.05)
    assert fmean(gains) == pytest.approx(-0.05, abs=0.01)


def test_the_first_of_equals_is_the_best() -> None:
    one, other = trial("one", right={1, 2}), trial("other", right={3, 4})

    assert EVERY.best([one, other]) is one
    assert EVERY.best([other, one]) is other
