"""What a search asks for, within its budget, and what it has been told so far."""

from collections.abc import Generator, Mapping, Sequence

from brainswap.core.optimising.evidence import Trial
from brainswap.core.optimising.reflecting import Reflection
from brainswap.core.optimising.results import Reply, Result
from brainswap.core.optimising.steps import Asked, Evaluate, Reflect, Refused, Screen, Screened, Setup, Step

Steps = Generator[Step, Result, None]


class SpentError(Exception):
    """The budget does not allow the next step."""


class Asking:
    """Steps of a search, counted.

    Attributes:
        trials: that were asked something, by name.
        refused: candidates that nothing was asked with.
        calls: to the target.
        reflections: calls to the reflecting model.
        usd: what all of them took; None where a price is unknown.
        kept: calls that are kept for later.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.trials: dict[str, Trial] = {}
        self.refused: list[Refused] = []
        self.calls = self.reflections = self.kept = 0
        self.usd: float | None = 0.0

    @property
    def budget(self) -> int:
        """All calls that the search may make, by what calls cost so far."""
        setup = self._setup
        if setup.budget_usd is None:
            return setup.budget_calls
        made = self.calls + self.reflections
        each = self.usd / made if made and self.usd else setup.call_usd
        if not each:
            return setup.budget_calls
        spent = self.usd or 0.0
        return min(setup.budget_calls, made + int(max(0.0, setup.budget_usd - spent) / each))

    @property
    def left(self) -> int:
        """Calls that may be made now."""
        return max(0, self.budget - self.calls - self.reflections - self.kept)

    def answers(self, wanted: Sequence[tuple[Trial, Sequence[str]]]) -> Steps:
        """Have trials answer cases that they have not answered; nothing is asked that the budget does not allow.

        Raises:
            SpentError: it does not allow this.
        """
        asked = [(trial, missing(trial, cases)) for trial, cases in wanted]
        asked = [(trial, cases) for trial, cases in asked if cases]
        calls = sum(len(cases) for _, cases in asked)
        if not calls:
            return
        if calls > self.left:
            raise SpentError
        result = yield Evaluate(asked=tuple(Asked(prompt=trial.prompt, cases=cases) for trial, cases in asked))
        self.calls += calls
        for (trial, _), outcomes in zip(asked, result.outcomes, strict=True):
            self.trials.setdefault(trial.name, trial)
            for outcome in outcomes:
                trial.known[outcome.case_id] = outcome
                self._pay(outcome.usd)

    def replies(self, asked: Sequence[Reflection], *, spare: int) -> Generator[Step, Result, tuple[Reply, ...]]:
        """Have the reflecting model answer.

        Args:
            asked: the questions.
            spare: calls that have to be left for whatever comes of them.

        Raises:
            SpentError: the budget does not allow it.
        """
        if len(asked) + spare > self.left:
            raise SpentError
        result = yield Reflect(questions=tuple(one.prompt for one in asked))
        self.reflections += len(asked)
        for reply in result.replies:
            self._pay(reply.usd)
        return result.replies

    def screened(self, trials: Sequence[Trial], *, every: bool = False) -> Generator[Step, Result, list[Trial]]:
        """The trials that no guard refuses; one that was asked something has passed.

        Args:
            trials: to look at.
            every: by all cases of the workload, and then whatever was asked before.
        """
        new = [trial for trial in trials if every or trial.name not in self.trials]
        if not new:
            return list(trials)
        looked = [Screened(prompt=one.prompt, bare=one.bare, shown=one.shown) for one in new]
        result = yield Screen(candidates=tuple(looked), every=every)
        refused = {trial.name: reasons for trial, reasons in zip(new, result.refused, strict=True) if reasons}
        self.refused += [
            Refused(name=trial.name, by=trial.by, prompt=trial.prompt, because=refused[trial.name])
            for trial in new
            if trial.name in refused
        ]
        return [trial for trial in trials if trial.name not in refused]

    def _pay(self, usd: float | None) -> None:
        self.usd = None if usd is None or self.usd is None else self.usd + usd


def missing(trial: Trial, cases: Sequence[str]) -> tuple[str, ...]:
    """The cases that a trial has yet to answer; those that it shows say nothing about it."""
    return tuple(name for name in cases if name not in trial.known and name not in trial.shown)


def weights_of(setup: Setup) -> Mapping[str, float]:
    return {name: case.weight for name, case in setup.cases.items()}
