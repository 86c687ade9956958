from collections.abc import Callable
from typing import Any

import pytest

from brainswap.core.declared_models import Parameters
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.profiles import Profile
from brainswap.core.prompts.template import Message, Prompt

ASKED = Prompt(system="Be brief.", messages=(Message(role="user", content="{{question}}"),))


@pytest.fixture
def make_profile() -> Callable[..., Profile]:
    """A model that accepts everything, but for what is said."""

    def make(**different: Any) -> Profile:
        values = {"family": "invented", "top_k": "top_k", "native_output": "yes", "prefill": "yes"} | different
        return Profile(source="its maker", checked_on="2026-11-22", **values)

    return make


@pytest.fixture
def fitted(make_profile: Callable[..., Profile]) -> Callable[..., Fitted]:
    """Fit a plain prompt, or the one given, to a model that accepts everything but for what ``profile`` says."""

    def make(
        *, prompt: Prompt = ASKED, profile: dict[str, Any] | None = None, tools_in_cases: bool = False, **declared: Any
    ) -> Fitted:
        made = make_profile(**(profile or {}))
        return fit(Parameters(**declared), prompt, made, model="a.model", tools_in_cases=tools_in_cases)

    return make
