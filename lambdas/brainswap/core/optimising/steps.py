"""What a search asks for, step by step, and what it is told; whoever drives it asks models and reads files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from brainswap.core.cases import Case
from brainswap.core.fingerprints import fingerprint, prompt_fingerprint
from brainswap.core.optimising.components import COMPONENTS, Component
from brainswap.core.optimising.evidence import Trial
from brainswap.core.optimising.examples import Form
from brainswap.core.prompts.template import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A prompt, and the cases that it is to answer."""

    prompt: Prompt
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Answer and score; the result has a list of outcomes for each, in the order of its cases."""

    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflect:
    """Ask the reflecting model; the result has a reply for each."""

    questions: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """A candidate for the guards.

    Attributes:
        bare: without the examples that it shows.
        shown: the cases of those.
    """

    prompt: Prompt
    bare: Prompt
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Have guards look at candidates; the result has reasons for each, none where it may be evaluated.

    Attributes:
        every: hold them against every case of the workload, and not against those of the search alone.
    """

    candidates: tuple[Screened, ...]
    every: bool = False


Step = Evaluate | Reflect | Screen


def step_fingerprint(step: Step) -> str:
    """Equal for steps that ask the same."""
    match step:
        case Evaluate():
            return fingerprint(["evaluate", [[prompt_fingerprint(one.prompt), one.cases] for one in step.asked]])
        case Reflect():
            return fingerprint(["reflect", [prompt_fingerprint(one) for one in step.questions]])
        case Screen():
            looked = [[prompt_fingerprint(one.prompt), sorted(one.shown)] for one in step.candidates]
            return fingerprint(["screen", looked, step.every])


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a search begins with.

    Attributes:
        contenders: prompts that are measured anyhow, by name; the original is ``original``.
        seeds: prompts that others propose, by name.
        train: ids of cases, in the order in which they are taken.
        validation: the same.
        cases: those of both splits, by id.
        budget_calls: to the target and to the reflecting model together.
        budget_usd: None for no bound of its own.
        call_usd: what a call is thought to cost until one has been paid.
        confidence: that a prompt which is no better is not taken for a better one.
        allowed: components that may change.
        form: of examples; None for none.
        advice: of the target's vendor, for the reflecting model.
        salt: of the run's cases.
        seed: of every draw.
    """

    contenders: Mapping[str, Prompt]
    seeds: Mapping[str, Prompt] = field(default_factory=dict)
    train: tuple[str, ...]
    validation: tuple[str, ...]
    cases: Mapping[str, Case]
    budget_calls: int
    budget_usd: float | None = None
    call_usd: float | None = None
    confidence: float = 0.95
    allowed: tuple[Component, ...] = COMPONENTS
    form: Form | None = None
    advice: tuple[str, ...] = ()
    salt: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A candidate that nothing was asked with."""

    name: str
    by: str
    prompt: Prompt | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist:
    """A candidate that was tried on the validation split.

    Attributes:
        quality: there; ``before`` that of the contender which it is held against.
        owes: of quality, for costing more.
        p: see `confirmations`.
    """

    trial: Trial
    quality: float
    before: float
    owes: float
    p: float
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a search ended.

    Attributes:
        better: than every contender on the validation split, by more than noise; None is an ordinary outcome.
        against: the contender that it was held against, the best one there.
        finalists: the best first.
        trials: everything that was tried, by name.
        calls: to the target.
        reflections: calls to the reflecting model.
        because: why it ended, in words.
    """

    better: Finalist | None
    against: str
    finalists: tuple[Finalist, ...]
    trials: Mapping[str, Trial]
    refused: tuple[Refused, ...]
    calls: int
    reflections: int
    usd: float | None
    because: str
