"""Who judges in a run, and what each judge is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from brainswap.contracts import FrozenRun
from brainswap.core.answers import Usage
from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.declared_models import KeyInEnvironment, KeyInSecret
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit, judged
from brainswap.core.judging.judgement import Ask
from brainswap.core.judging.templates import judge_prompt
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.money.costs import cost_of_calls
from brainswap.core.money.prices import Price
from brainswap.core.prompts.template import Prompt
from brainswap.core.scoring.specs.judges import JudgeModel
from brainswap.ports import Endpoint, Question

_NOTHING = Exhibit(input="", answer="", reference="", other="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatedJudge:
    """One judge of one scorer, as it is asked in a run.

    Attributes:
        slot: see `Workload.judges`.
        place: in the scorer's panel.
        salt: of the run's cases.
        settings: of its calls, which are the same for each.
        tokens_per_minute: the account's quota of the model, where it is known.
        refused_because: why the model cannot be asked at all.
    """

    slot: str
    spec: AnyJudgedSpec
    place: int
    declared: JudgeModel
    profile: Profile
    price: Price | None
    salt: str
    settings: Settings
    tokens_per_minute: int | None
    refused_because: str | None

    def question(self, ask: Ask, exhibit: Exhibit, case: Case, *, run_id: str, contender: str) -> Question:
        """What the judge is asked about one answer."""
        key = self.declared.key
        prompt = judge_prompt(self.spec, exhibit, salt=self.salt, swapped=ask.swapped)
        return Question(
            model=self.declared.model,
            streams=False,  # nobody waits for a judge's first word
            prompt=_fitted(self.declared, prompt, self.profile).prompt if self.refused_because is None else prompt,
            settings=self.settings,
            case=case,
            recording="",
            repeat=ask.repeat,
            labels={"run": run_id, "contender": contender, "case": case.id, "judge": self.slot},
            endpoint=Endpoint(
                base_url=self.declared.base_url,
                key_secret=key.secret if isinstance(key, KeyInSecret) else None,
                key_env=key.env if isinstance(key, KeyInEnvironment) else None,
            ),
        )

    @property
    def costing(self) -> Callable[[Usage], Decimal | None] | None:
        """What a judgement costs; None without a price."""
        return cost_of_calls(self.price, self.settings)


def seated_judges(run: FrozenRun) -> list[SeatedJudge]:
    """Every judge of every scorer, in the form in which its model can be asked."""
    return [
        _seated(run, spec, place, declared)
        for spec in judged(run.workload.scorers)
        for place, declared in enumerate(spec.panel)
    ]


def _seated(run: FrozenRun, spec: AnyJudgedSpec, place: int, declared: JudgeModel) -> SeatedJudge:
    slot = f"{spec.name}/{place + 1}"
    profile = run.profiles.get(declared.model) or UNPROFILED
    settings, refused = Settings(max_tokens=declared.asked_with.max_tokens), None
    try:
        settings = _fitted(declared, judge_prompt(spec, _NOTHING, salt=""), profile).settings
    except ModelRefusesRequestError as error:
        refused = str(error)
    return SeatedJudge(
        slot=slot,
        spec=spec,
        place=place,
        declared=declared,
        profile=profile,
        price=run.judge_prices[slot].price,
        salt=run.cases_sha256,
        settings=settings,
        tokens_per_minute=run.quotas.get(declared.model),
        refused_because=refused,
    )


def _fitted(declared: JudgeModel, prompt: Prompt, profile: Profile) -> Fitted:
    return fit(declared.asked_with, prompt, profile, model=declared.model)
