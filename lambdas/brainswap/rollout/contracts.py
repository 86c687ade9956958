"""What crosses the boundaries of the roll-out's states, and the version that it publishes."""

from typing import Literal

from pydantic import Field

from brainswap.contracts import Contract, FrozenPrompt
from brainswap.core.calls import Settings
from brainswap.core.declared_models import Parameters

Next = Literal["step", "bake", "judge", "analyse", "hold", "back", "finish", "decline", "leave"]


SHADOW_STEP = -1
"""The index of the step before the first one, in which the target is asked and its answers are not used."""


class RolloutRequest(Contract):
    """What starts a roll-out: the run whose verdict it follows."""

    run_id: str
    workload: str


class PlaceRequest(RolloutRequest):
    """Where a roll-out stands.

    Attributes:
        step: the index of the step, from 0; `SHADOW_STEP` before them.
        bake: the number of the step's bake, from 1.
    """

    step: int
    bake: int


class Place(Contract):
    """Where a roll-out goes on.

    Attributes:
        next: ``step`` (move), ``bake`` (watch), ``judge`` (have answers judged), ``analyse``, ``hold`` (watch on),
            ``back``, ``finish``, ``decline`` (it must not begin), or ``leave`` (somebody else has sent the traffic
            back).
        bake_s: how long to watch; before judging goes on, how long to wait.
        reason: why, in words.
    """

    step: int = 0
    bake: int = 1
    next: Next
    bake_s: int = 0
    reason: str = ""


class RetreatRequest(RolloutRequest):
    """The roll-out whose machine failed, with what Step Functions says of the failure."""

    error: str = ""
    cause: str = ""


class PublishedVersion(Contract):
    """``published/WORKLOAD/SHA256.json``: a version of a workload as applications use it; it never changes.

    It names no run, so that the same model with the same prompt and parameters has the same name in every roll-out.

    Attributes:
        parameters: as declared.
        settings: as sent to the model.
        earlier_settings: the same of the steps before the last, by name, where the prompt is a chain.
    """

    schema_: Literal["brainswap.version/1"] = "brainswap.version/1"
    workload: str
    model: str
    prompt: FrozenPrompt
    prompt_sha256: str
    parameters: Parameters
    settings: Settings
    earlier_settings: dict[str, Settings] = Field(default_factory=dict)
