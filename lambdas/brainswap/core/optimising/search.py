"""Search for a better prompt: propose on training cases, choose on validation cases, and believe it only then."""

import random
from collections.abc import Generator, Sequence
from contextlib import suppress

from brainswap.core.optimising.asking import Asking, SpentError, Steps, weights_of
from brainswap.core.optimising.choosing import believed, tried
from brainswap.core.optimising.comparing import Comparing, drawn
from brainswap.core.optimising.evidence import Trial
from brainswap.core.optimising.ideas import Idea
from brainswap.core.optimising.planning import Plan, plan
from brainswap.core.optimising.proposing import Proposing
from brainswap.core.optimising.results import Result
from brainswap.core.optimising.steps import Finalist, Found, Setup, Step

PROPOSALS = 6  # rewritings of one prompt that are asked for at the same time
FIRST_LOOK = 8  # cases that the parent got wrong, on which an idea has to win something
_SEVERAL = 4  # ideas at once, of which the weaker ones tell what chance wins
_PATIENCE = 8  # rounds without a gain, after which the search ends


class NothingToLearnError(Exception):
    """The search cannot begin; the message says why."""


class Search:
    """A search, as a generator of steps.

    Everything that it does follows from the set-up and from what it is told: told the same again, it goes the same way,
    so that a search which was interrupted is gone through again from its beginning, with the answers that are kept.

    Contenders answer the training cases once. From then on a panel answers for them: what the best contender got wrong,
    and as much of the rest. Each round has several rewritings of the best prompt made at once, each from other cases
    that went wrong, and takes them apart into ideas. Every new idea is tried alone on a few wrong cases, and those that
    win something go into one prompt together, which answers the panel and is the best one from then on if it gains.
    Where nothing wins alone, ideas that lost nothing are tried in groups.

    Only then the best few answer the validation cases beside the contenders; see `confirmations`.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._random = random.Random(f"{setup.seed}/search")  # noqa: S311 - draws of a search, seeded
        self._asking = Asking(setup)
        self._because = "the budget is used up"

    def run(self) -> Generator[Step, Result, Found]:
        """Go through the search.

        Raises:
            NothingToLearnError: there are too few cases or calls.
        """
        setup, asking = self._setup, self._asking
        planned = plan(
            budget=asking.budget,
            train=len(setup.train),
            validation=len(setup.validation),
            contenders=len(setup.contenders),
            seeds=len(setup.seeds),
        )
        if planned is None:
            raise NothingToLearnError(
                f"{len(setup.train):,} training and {len(setup.validation):,} validation cases and {asking.budget:,} "
                "calls are too few to learn anything; give more to `splits` or to `improve`"
            )
        asking.kept = planned.kept
        self._comparing = Comparing(train=setup.train[: planned.train], weights=weights_of(setup))
        try:
            yield from self._begin()
            yield from self._improve()
        except SpentError:
            yield from self._with_what_was_kept()
        return (yield from self._confirm(planned))

    def _begin(self) -> Steps:
        trials = [
            Trial(name=name, by=by, prompt=prompt, bare=prompt)
            for by, prompts in (("contender", self._setup.contenders), ("rewriting", self._setup.seeds))
            for name, prompt in prompts.items()
        ]
        self._asking.trials |= {one.name: one for one in trials if one.by == "contender"}
        yield from self._asking.answers([(trial, self._comparing.train) for trial in trials])
        self._comparing = self._comparing.on_a_panel(self._comparing.best(trials), self._random)
        self._proposing = Proposing(self._setup, self._asking, self._comparing, self._random)

    def _improve(self) -> Steps:
        """Rounds, each from the best prompt that answered all training cases."""
        rounds_without = 0
        while rounds_without < _PATIENCE:
            best = self._comparing.best(filter(self._comparing.is_whole, self._asking.trials.values()))
            wrong = self._comparing.wrong(best)
            if not wrong:
                self._because = "every training case is right"
                return
            found = yield from self._round(best, drawn(self._random, wrong, len(wrong)))
            rounds_without = rounds_without + 1 if found is None else 0
        self._because = f"{_PATIENCE} rounds of rewriting gained nothing"

    def _with_what_was_kept(self) -> Steps:
        """Where nothing is there for the validation, half of what was kept for it goes into looking on."""
        base = self._comparing.best(self._asking.trials[name] for name in self._setup.contenders)
        if not self._ranked(base) and self._comparing.is_whole(base):
            self._asking.kept //= 2
            with suppress(SpentError):
                yield from self._improve()

    def _round(self, parent: Trial, wrong: Sequence[str]) -> Generator[Step, Result, Trial | None]:
        """Try ideas alone, and what wins something together; the new best, or None where nothing was gained."""
        ideas = [*self._proposing.of_contenders(parent), *self._proposing.examples(parent)]
        ideas += yield from self._proposing.rewritings(parent, self._proposals(), spare=FIRST_LOOK)
        groups = [[idea] for idea in ideas or self._proposing.waiting(parent, wrong)[:PROPOSALS]]
        racing = yield from self._looked_at(parent, groups, wrong)
        if not racing:
            racing = yield from self._looked_at(parent, self._proposing.neutral(parent), wrong)
        if len(racing) > 1:
            every = dict.fromkeys(idea for group, _ in racing for idea in group)
            together = self._proposing.trial(parent, list(every))
            if together is not None and (yield from self._seen_through(parent, together)):
                return together
        for _, trial in racing[:2]:
            if (yield from self._seen_through(parent, trial)):
                return trial
        return None

    def _proposals(self) -> int:
        """As many as leave enough to see one of them through; one at least, which may then be too much."""
        room = self._asking.left - len(self._comparing.train)
        return max(1, min(PROPOSALS, room // (1 + FIRST_LOOK)))

    def _looked_at(
        self, parent: Trial, groups: Sequence[Sequence[Idea]], wrong: Sequence[str]
    ) -> Generator[Step, Result, list[tuple[Sequence[Idea], Trial]]]:
        """The ideas, alone or in groups, that win something on a few cases that the parent got wrong; the best first.

        Asked in other words, a model gets some of its wrong answers right by chance. Of several ideas at once a quarter
        is taken for the measure of that, which is nothing where answers hang on what a prompt says.
        """
        made = [(group, trial) for group in groups if (trial := self._proposing.trial(parent, group)) is not None]
        passed = yield from self._asking.screened([trial for _, trial in made])
        for group, trial in made:
            if trial not in passed and len(group) == 1:
                group[0].refused = True
        made = [(group, trial) for group, trial in made if trial in passed]
        share = (self._asking.left - len(self._comparing.train)) // max(1, 2 * len(made))
        cases = wrong[: max(FIRST_LOOK, min(2 * FIRST_LOOK, share))]
        yield from self._asking.answers([(trial, cases) for _, trial in made])
        won = {trial.name: self._comparing.won(trial, parent, wrong) for _, trial in made}
        for group, trial in made:
            if len(group) == 1:
                group[0].looked |= trial.known.keys()
                group[0].won += won[trial.name]
        by_chance = max(0.0, sorted(won.values())[len(won) // 4]) if len(won) >= _SEVERAL else 0.0
        promising = [(group, trial) for group, trial in made if won[trial.name] > by_chance]
        return sorted(promising, key=lambda one: -won[one[1].name])

    def _seen_through(self, parent: Trial, child: Trial) -> Generator[Step, Result, bool]:
        """Whether a prompt gains something on the whole panel."""
        if not (yield from self._asking.screened([child])):
            return False
        yield from self._asking.answers([(child, self._comparing.train)])
        return self._comparing.gain(child, parent) > 0

    def _confirm(self, planned: Plan) -> Generator[Step, Result, Found]:
        setup, asking = self._setup, self._asking
        contenders = [asking.trials[name] for name in setup.contenders]
        asking.kept = 0
        base = self._comparing.best([one for one in contenders if one.known] or contenders)
        if planned.contenders < len(contenders):
            contenders = [base]
        finalists = yield from self._finalists(base, planned.finalists)
        if not finalists:
            return self._found(None, base.name, ())
        many = len(contenders) + len(finalists)
        room = max(planned.validation, asking.left // many)
        cases = setup.validation[: min(room, asking.left // many, len(setup.validation))]
        try:
            yield from asking.answers([(trial, cases) for trial in (*contenders, *finalists)])
        except SpentError:
            return self._found(None, base.name, ())
        told = tried(setup, self._comparing, contenders, finalists, cases)
        against = self._comparing.best(contenders, cases).name
        return self._found(believed(told, setup.confidence), against, told)

    def _finalists(self, base: Trial, most: int) -> Generator[Step, Result, list[Trial]]:
        """The best ones, held against every case of the workload, as rewritings by others have been."""
        passed: list[Trial] = []
        for trial in self._ranked(base):
            if len(passed) == most:
                break
            passed += [trial] if trial.by == "rewriting" else (yield from self._asking.screened([trial], every=True))
        return passed

    def _ranked(self, base: Trial) -> list[Trial]:
        """The trials that promise more than a contender, the best first."""
        promising = [
            trial
            for trial in self._asking.trials.values()
            if trial.by != "contender" and self._comparing.is_whole(trial) and self._comparing.gain(trial, base) > 0
        ]
        return sorted(promising, key=lambda one: -self._comparing.gain(one, base))

    def _found(self, better: Finalist | None, against: str, finalists: tuple[Finalist, ...]) -> Found:
        asking = self._asking
        return Found(
            better=better,
            against=against,
            finalists=finalists,
            trials=asking.trials,
            refused=tuple(asking.refused),
            calls=asking.calls,
            reflections=asking.reflections,
            usd=asking.usd,
            because=self._because,
        )
