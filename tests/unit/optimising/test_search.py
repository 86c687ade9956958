"""A search tries ideas apart, keeps what wins together, and pays for nothing twice."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest

from brainswap.core.cases import Case
from brainswap.core.optimising.results import Outcome, Reply, Result
from brainswap.core.optimising.search import Search
from brainswap.core.optimising.steps import Evaluate, Found, Reflect, Screen, Setup
from brainswap.core.prompts.template import Message, Prompt

ORIGINAL = Prompt(system="Sort messages.", messages=(Message(role="user", content="{{message}}"),))
CASES = {f"case-{n}": Case(id=f"case-{n}", input={"message": f"message {n}"}, reference="yes") for n in range(200)}
TRAIN, VALIDATION = tuple(CASES)[:100], tuple(CASES)[100:]
HINTS = ("Mind the first kind.", "Mind the second kind.", "Mind the third kind.")
JUNK = "Have a nice day."
_PART = re.compile(r"<part-1-([0-9a-f]{20})>\n(.*?)\n</part-1-", re.DOTALL)

Right = Callable[[str, int], bool]


def by_kind(system: str, number: int) -> bool:
    """A case of a kind is right where its hint is there; seven of ten are of no kind."""
    kind = number % 10
    return kind >= len(HINTS) or HINTS[kind] in system


@dataclass
class World:
    """Answers for a search: which cases are right, and what is proposed, one after the other."""

    right: Right
    proposals: Callable[[int], str]
    asked: list[tuple[str, str]] = field(default_factory=list)
    reflected: int = 0

    def search(self, budget: int, contenders: dict[str, Prompt] | None = None) -> Found:
        setup = Setup(
            contenders=contenders or {"original": ORIGINAL},
            train=TRAIN,
            validation=VALIDATION,
            cases=CASES,
            budget_calls=budget,
        )
        search = Search(setup).run()
        step = next(search)
        while True:
            match step:
                case Evaluate():
                    told = Result(outcomes=tuple(tuple(self._answers(one.prompt, one.cases)) for one in step.asked))
                case Reflect():
                    told = Result(replies=tuple(Reply(text=self._rewritten(one)) for one in step.questions))
                case Screen():
                    told = Result(refused=((),) * len(step.candidates))
            try:
                step = search.send(told)
            except StopIteration as end:
                found: Found = end.value
                return found

    def _answers(self, prompt: Prompt, cases: tuple[str, ...]) -> list[Outcome]:
        system = prompt.system or ""
        self.asked += [(system, name) for name in cases]
        return [
            Outcome(case_id=name, quality=float(self.right(system, int(name[5:]))), feedback="It is wrong.")
            for name in cases
        ]

    def _rewritten(self, question: Prompt) -> str:
        found = _PART.search(question.messages[0].content)
        assert found is not None
        self.reflected += 1
        return f"<part-1-{found[1]}>\n{found[2]}\n\n{self.proposals(self.reflected)}\n</part-1-{found[1]}>"


def test_what_several_rewritings_found_is_in_one_prompt_and_what_won_nothing_is_not() -> None:
    world = World(by_kind, lambda number: [*HINTS, JUNK][number % 4])

    found = world.search(1_000)

    assert found.better is not None
    system = found.better.trial.prompt.system or ""
    assert all(hint in system for hint in HINTS)
    assert JUNK not in system
    assert found.better.quality == 1


def test_a_rewriting_with_a_good_and_a_useless_change_is_taken_apart() -> None:
    world = World(by_kind, lambda number: f"{HINTS[number % 3]}\n\n{JUNK} {number}")

    found = world.search(1_000)

    assert found.better is not None
    assert JUNK not in (found.better.trial.prompt.system or "")


def test_no_prompt_is_asked_about_a_case_twice() -> None:
    world = World(by_kind, lambda number: [*HINTS, JUNK, f"{JUNK} {number}"][number % 5])

    found = world.search(1_500)

    assert len(world.asked) == len(set(world.asked)) == found.calls
    assert found.calls + found.reflections <= 1_500


def test_what_was_proposed_before_costs_no_look() -> None:
    world = World(lambda _system, number: number % 3 > 0, lambda _number: JUNK)

    world.search(1_500)

    looked = {name for system, name in world.asked if JUNK in system}
    assert len(looked) <= sum(int(name[5:]) % 3 == 0 for name in TRAIN)


def test_ideas_that_win_something_only_together_are_found_in_a_group() -> None:
    parts = ("Mind this.", "Mind that.")
    counted = count()

    def together(system: str, number: int) -> bool:
        return number % 4 > 0 or all(part in system for part in parts)

    found = World(together, lambda _number: parts[next(counted) % 2]).search(1_500)

    assert found.better is not None
    assert all(part in (found.better.trial.prompt.system or "") for part in parts)


@pytest.mark.parametrize("budget", [200, 300, 600, 1_000, 2_000])
def test_a_budget_is_kept_and_the_hints_found_from_few_calls_on(budget: int) -> None:
    world = World(by_kind, lambda number: [*HINTS, JUNK][number % 4])

    found = world.search(budget)

    assert len(world.asked) + world.reflected <= budget
    assert found.better is not None


def test_with_few_calls_finalists_are_held_against_the_better_contender_alone() -> None:
    translated = Prompt(system=f"Sort messages.\n\n{HINTS[0]}", messages=ORIGINAL.messages)
    world = World(by_kind, lambda number: [*HINTS, JUNK][number % 4])

    found = world.search(300, {"original": ORIGINAL, "translated": translated})

    assert found.against == "translated"
    assert not any(system == ORIGINAL.system and name in VALIDATION for system, name in world.asked)
