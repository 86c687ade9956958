"""The runs of a workload one after another: what was different, and which of their figures belong together."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from brainswap.report.index.entry import Entry, Lasting, Measured

FILES = ("report.html", "report.pdf", "report.xlsx", "report.json")

NO_FINGERPRINT = "an older report, which does not say how it scored"


class Difference(Lasting):
    """Something that a run does not share with the run before; None where a run does not know it."""

    what: str
    before: str | None
    after: str | None


class Listed(Lasting):
    """A run in an index.

    Attributes:
        place: the folder of its files, relative to the index, as a link writes it.
        files: those that are there to be opened.
        follows: the run before it, in time; None of the first.
        differences: to that run.
    """

    entry: Entry
    place: str
    files: list[str]
    follows: str | None = None
    differences: list[Difference] = Field(default_factory=list)


class Holding(Lasting):
    """Whether a verdict still holds, as it was seen.

    Attributes:
        stale: why it does not, in words; empty while it does.
        seen_at: since when it has been seen so.
        too_old_at: from when on it is stale for its age alone, whoever looks or does not.
    """

    run_id: str
    stale: list[str]
    seen_at: datetime
    too_old_at: datetime


class Holdings(Lasting):
    """``verdicts.json``: of the last verdict of a workload on each set of targets, whether it still holds."""

    schema_: Literal["brainswap.verdicts/1"] = Field(default="brainswap.verdicts/1", alias="schema")
    verdicts: list[Holding]


class Index(Lasting):
    """``index.json``: every run that ended in a report, the newest first.

    Attributes:
        unreadable: files that should tell of a run and do not.
        verdicts: which of the last ones still hold; those that nobody has looked at are not in it.
        verdicts_unknown: why nothing is known of any.
    """

    schema_: Literal["brainswap.index/1"] = Field(default="brainswap.index/1", alias="schema")
    runs: list[Listed]
    unreadable: list[str] = Field(default_factory=list)
    verdicts: list[Holding] = Field(default_factory=list)
    verdicts_unknown: str | None = None

    def holding(self, run_id: str) -> Holding | None:
        """Of the verdict of a run; None where nobody has looked, or a later run has taken its place."""
        return next((each for each in self.verdicts if each.run_id == run_id), None)


def in_order(listed: Sequence[Listed]) -> list[Listed]:
    """The newest first, each with what sets it apart from the run of its workload before it."""
    ordered = sorted(listed, key=lambda each: (each.entry.created_at, each.entry.run_id))
    latest: dict[str, Entry] = {}
    found = []
    for each in ordered:
        before = latest.get(each.entry.workload)
        told = [] if before is None else list(differences(before, each.entry))
        follows = before and before.run_id
        found.append(each.model_copy(update={"follows": follows, "differences": told}))
        latest[each.entry.workload] = each.entry
    return found[::-1]


def differences(before: Entry, after: Entry) -> Iterator[Difference]:
    """What was put in differently first, the verdict last."""
    told: list[tuple[str, Any, Any]] = [
        ("cases", before.cases_sha256, after.cases_sha256),
        ("gates", before.gates_sha256, after.gates_sha256),
        ("source", *_each(before.source, after.source, "model")),
        ("target", *_each(before.candidate, after.candidate, "model")),
        ("source's prompt", *_each(before.source, after.source, "prompt_sha256")),
        ("target's prompt", *_each(before.candidate, after.candidate, "prompt_sha256")),
        ("origin of the answers", before.models, after.models),
        *(
            (f"scorer {name}", before.scorers_sha256[name], after.scorers_sha256[name])
            for name in sorted(before.scorers_sha256.keys() & after.scorers_sha256.keys())
        ),
        *(
            (f"price of {model}", before.prices[model], after.prices[model])
            for model in sorted(before.prices.keys() & after.prices.keys())
        ),
        ("workload", before.workload_sha256, after.workload_sha256),
        ("version of Brainswap", before.code_version, after.code_version),
        ("verdict", before.verdict, after.verdict),
    ]
    yield from (Difference(what=what, before=was, after=now) for what, was, now in told if was != now)


def apart(before: tuple[Entry, Measured], after: tuple[Entry, Measured], scorer: str | None = None) -> Sequence[str]:
    """Why figures of two runs may not be held against each other; nothing where they may.

    Args:
        before: the earlier run, and the contender whose figure it is.
        after: the later one, likewise.
        scorer: by which quality was measured; None for a cost.
    """
    (earlier, one), (later, other) = before, after
    found = []
    if earlier.cases_sha256 != later.cases_sha256:
        found.append("other cases")
    if one.origin != other.origin:
        found.append(f"{other.origin or 'no'} answers after {one.origin or 'none'}")
    elif one.origin == "mixed":
        found.append("answers of mixed origin")
    if scorer is not None:
        rules = earlier.scorers_sha256.get(scorer), later.scorers_sha256.get(scorer)
        if None in rules:
            found.append(NO_FINGERPRINT)
        elif rules[0] != rules[1]:
            found.append("another scorer of that name")
    return found


def _each(before: Measured | None, after: Measured | None, key: str) -> tuple[str | None, str | None]:
    """A value of both; nothing to tell where a run asked nothing."""
    if before is None or after is None:
        return None, None
    return getattr(before, key), getattr(after, key)
