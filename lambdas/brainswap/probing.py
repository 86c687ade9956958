"""Asking a model that nobody knows what it accepts, with a handful of small calls."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from brainswap.core.cases import Case
from brainswap.core.errors import BrainswapError, ModelRefusesRequestError
from brainswap.core.models.probing import PLAIN, Outcome, Probe, probes_of, profile_from
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.ports import Endpoint, Models, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What was found out.

    Attributes:
        outcomes: of each call that was made, by the name of its probe.
    """

    profile: Profile
    outcomes: Mapping[str, Outcome]

    @property
    def complete(self) -> bool:
        """Whether every call had an outcome that will be the same tomorrow; only then is the profile worth keeping."""
        return self.outcomes.get(PLAIN) == "taken" and "unknown" not in self.outcomes.values()


async def probe(
    models: Models,
    model: str,
    *,
    checked_on: str,
    endpoint: Endpoint | None = None,
    base: Profile = UNPROFILED,
) -> Probed:
    """Make at most nine calls of at most 32 tokens each; one alone where not even a plain one works.

    Args:
        models: who is asked.
        model: the id, as it is called.
        checked_on: today (ISO 8601).
        endpoint: of models that are not on Bedrock.
        base: what is assumed of everything that the calls leave open.
    """
    plain, *others = probes_of(model)
    where = endpoint or Endpoint()
    outcomes: dict[str, Outcome] = {plain.name: await _outcome(models, _question(plain, model, where))}
    if outcomes[PLAIN] == "taken":
        found = await asyncio.gather(*(_outcome(models, _question(one, model, where)) for one in others))
        outcomes |= {one.name: outcome for one, outcome in zip(others, found, strict=True)}
    return Probed(profile=profile_from(outcomes, checked_on=checked_on, base=base), outcomes=outcomes)


async def _outcome(models: Models, question: Question) -> Outcome:
    try:
        await models.ask(question)
    except ModelRefusesRequestError:
        return "refused"
    except BrainswapError:
        return "unknown"
    return "taken"


def _question(one: Probe, model: str, endpoint: Endpoint) -> Question:
    return Question(
        model=model,
        streams=False,
        prompt=one.prompt,
        settings=one.settings,
        case=Case(id=f"probe-{one.name}", input={}),
        recording=model,
        repeat=0,
        labels={"purpose": "probing"},
        endpoint=endpoint,
    )
