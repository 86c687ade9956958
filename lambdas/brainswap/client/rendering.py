"""A request as it is asked: on which side its key is, and the prompt of that side with its variables."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from brainswap.client.assignment import is_moved
from brainswap.client.following import Loaded
from brainswap.client.resolved import Resolved
from brainswap.client.sampling import Asked
from brainswap.client.versions import PublishedVersion

Turn = tuple[str, str]


def resolved_for(
    loaded: Loaded, sticky_key: str, variables: Mapping[str, Any], turns: Sequence[Turn], step: str | None
) -> Resolved:
    route = loaded.route
    if is_moved(route.seed, sticky_key, route.share):
        return rendered(loaded, loaded.target.at(step), "target", variables, turns, key=sticky_key or None)
    return rendered(loaded, loaded.source.at(step), "source", variables, turns, key=sticky_key or None)


def rendered(
    loaded: Loaded,
    version: PublishedVersion,
    variant: str,
    variables: Mapping[str, Any],
    turns: Sequence[Turn],
    *,
    key: str | None,
) -> Resolved:
    return Resolved(
        workload=loaded.route.workload,
        variant=variant,
        step=loaded.step,
        model=version.model,
        system=None if version.system is None else version.system.render(variables),
        messages=messages_of(version, variables, turns),
        slow_ms=loaded.route.slow_ms,
        version=version,
        asked=_asked(loaded, version, variant, variables, turns, key) if loaded.route.sample_until else None,
    )


def _asked(  # noqa: PLR0917 - all that a request is made of
    loaded: Loaded,
    version: PublishedVersion,
    variant: str,
    variables: Mapping[str, Any],
    turns: Sequence[Turn],
    key: str | None,
) -> Asked | None:
    """What a sample needs of a request; None of an earlier step of a chain, whose answer nobody judges."""
    route = loaded.route
    if version is not loaded.source and version is not loaded.target:
        return None
    return Asked(
        key=str(random.random()) if key is None else key,  # noqa: S311 - whose request it is, and no secret
        variables=variables,
        turns=tuple(turns),
        share=route.sample_target if variant == "target" else route.sample_source,
        most=route.sample_most,
        until=route.sample_until,
    )


def messages_of(version: PublishedVersion, variables: Mapping[str, Any], turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns of the prompt, with earlier ones where it has a place for them, or else before its last user turn."""
    rendered = [(role, text.render(variables)) for role, text in version.messages if role != "case"]
    place = next((number for number, (role, _) in enumerate(version.messages) if role == "case"), None)
    if place is None and turns:
        users = [number for number, (role, _) in enumerate(rendered) if role == "user"]
        place = users[-1] if users else 0
    if place is not None:
        rendered[place:place] = turns
    return tuple(rendered)
