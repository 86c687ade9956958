"""How a search is told to those who have to believe it."""

import difflib
from collections.abc import Iterator, Sequence

from brainswap.core.optimising.evidence import Trial, taken
from brainswap.core.optimising.steps import Finalist, Found
from brainswap.core.prompts.changes import Change, as_written
from brainswap.core.prompts.template import Prompt
from brainswap.core.wording import printable

_REQUESTS = 1_000  # that an amount is told for where the workload tells no traffic
_SHOWN = 200


def notes_of(found: Found, *, requests_per_month: int | None) -> list[str]:
    """What became of the search, in sentences."""
    steps = max((len(trial.prompt.steps) for trial in found.trials.values()), default=1)
    calls = f"{found.calls:,} calls" if steps == 1 else f"{found.calls:,} answers, each of them in {steps} steps,"
    took = f"{calls} and {found.reflections} reflections"
    if found.better is None:
        return [f"no optimised prompt after {took}: {_why_not(found)}; no change is needed", *_of_guards(found)]
    one = found.better
    said = (
        f"optimised in {took}: on {one.cases} validation cases {one.quality:.3f} where `{found.against}` has "
        f"{one.before:.3f} (p = {one.p:.3g}, counting all {len(found.finalists)} that were tried there)"
    )
    return [said, *_growth(found, one, requests_per_month), *_of_guards(found)]


def changes_of(found: Found, trial: Trial, original: Prompt, *, model: str, date: str) -> list[Change]:
    """The steps from the original to a trial, each with what it did and what spoke for it.

    Args:
        found: by the search.
        trial: the last step.
        original: the prompt of the workload.
        model: that proposed rewritings.
        date: of the run (ISO 8601).
    """
    path = [trial]
    while path[-1].parents:
        path.append(found.trials[path[-1].parents[0]])
    path.reverse()
    changes = []
    before = original
    for one in path:
        if one.prompt != before:
            changes.append(_change(one, before, model, date))
        before = one.prompt
    return changes


def _change(trial: Trial, before: Prompt, model: str, date: str) -> Change:
    lines = difflib.unified_diff(
        as_written(before).splitlines(), as_written(trial.prompt).splitlines(), n=0, lineterm=""
    )
    kept = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    asked = len(trial.known)
    return Change(
        rule=trial.name,
        what=printable(trial.what, limit=_SHOWN) or "It is worded otherwise.",
        why=f"It was the best of what was tried with it, and answered {asked} cases." if asked else "It was tried.",
        source=model if trial.by in ("reflection", "merging") else f"by {trial.by}",
        date=date,
        difference="\n".join(kept),
    )


def _why_not(found: Found) -> str:
    if not found.finalists:
        return f"nothing that was tried did better than `{found.against}` on the training cases ({found.because})"
    best = found.finalists[0]
    which = "is no more than noise" if best.quality > best.before else "is not better"
    return (
        f"the best of {len(found.finalists)} has {best.quality:.3f} on {best.cases} validation cases where "
        f"`{found.against}` has {best.before:.3f} (p = {best.p:.3g}), which {which}"
    )


def _growth(found: Found, one: Finalist, requests_per_month: int | None) -> Iterator[str]:
    """What the prompt costs more, by the calls of the search."""
    now, before = taken(list(one.trial.known.values())), taken(list(found.trials[found.against].known.values()))
    if now is None or before is None or not before.cost:
        return
    ratio = now.cost / before.cost
    amount = ""
    if all(
        outcome.usd is not None for outcome in (*one.trial.known.values(), *found.trials[found.against].known.values())
    ):
        requests = requests_per_month or _REQUESTS
        period = "a month at the workload's traffic" if requests_per_month else "for 1,000 requests"
        amount = f", {requests * (now.cost - before.cost):+,.2f} USD {period}"
    yield f"a call with it costs {ratio:.2f} times what one with `{found.against}` does{amount}"


def _of_guards(found: Found) -> Iterator[str]:
    """How many candidates were refused, and the reasons of the first ones."""
    reasons: Sequence[str] = [one.because[0] for one in found.refused]
    if reasons:
        shown = "; ".join(printable(reason, limit=_SHOWN) for reason in dict.fromkeys(reasons[:3]))
        if len(reasons) == 1:
            yield f"a rewriting was refused before anything was asked with it: {shown}"
        else:
            yield f"{len(reasons):,} rewritings were refused before anything was asked with them, such as: {shown}"
