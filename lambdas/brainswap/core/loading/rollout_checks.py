"""Whether the judge of a roll-out can look at live requests, whatever else is wrong with the declaration."""

from collections.abc import Iterator, Mapping
from typing import Any

from brainswap.core.loading.findings import Finding
from brainswap.core.loading.step_checks import calls_of
from brainswap.core.wording import printable, suggestion

_KIND = "rollout judge"
_PATH = ("rollout", "judge", "scorer")
_LOOKS = ("rubric", "closed_qa")
_REMEDY = "Add a scorer of type `rubric` or `closed_qa` that needs no reference, and name it here."


def online_judges_that_cannot_look(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Judges of a roll-out that are no scorer, compare with something, or look at what no application hands over.

    Args:
        data: the whole declaration, as JSON's types; what does not fit the model is passed over.
    """
    rollout = data.get("rollout")
    judge = rollout.get("judge") if isinstance(rollout, Mapping) else None
    name = judge.get("scorer") if isinstance(judge, Mapping) else None
    if not isinstance(name, str):
        return
    listed = data.get("scorers")
    scorers = [one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, Mapping)]
    found = next((one for one in scorers if one.get("name") == name), None)
    if found is None:
        names = [one["name"] for one in scorers if one.get("type") in _LOOKS and isinstance(one.get("name"), str)]
        remedy = suggestion(name, names, "Scorers that a judge of live answers can use") if names else _REMEDY
        yield Finding(kind=_KIND, path=_PATH, wrong=f"no scorer is called `{printable(name)}`", remedy=remedy)
        return
    wrong = _unfit(found, data)
    if wrong is not None:
        wrong = f"the scorer `{printable(name)}` {wrong}"
        yield Finding(kind=_KIND, path=_PATH, wrong=wrong, remedy=_REMEDY)


def _unfit(scorer: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    """Why a scorer cannot look at live answers, in a clause."""
    if scorer.get("type") == "pairwise":
        return "compares two answers to the same request, and a live request is answered by one variant"
    if scorer.get("type") == "factuality" or scorer.get("show_reference") is True:
        return "needs a reference, and live requests have none"
    if scorer.get("type") not in _LOOKS:
        return "asks no judge"
    if scorer.get("reference") is not None or scorer.get("optional") is True:
        return "looks at references, and live requests have none"
    steps = [step.get("name") for path, step in calls_of(data) if len(path) > 1]
    if scorer.get("step") is not None and scorer["step"] not in steps[-1:]:
        return "looks at an earlier step, and an application hands over its answer alone"
    return None
