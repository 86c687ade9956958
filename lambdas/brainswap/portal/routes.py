"""Which request gets which answer. Every name in a path is held against its form before anything is read by it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from brainswap.approving import Deciding, approve, reject
from brainswap.core.errors import (
    ApprovalRefusedError,
    ArtifactMissingError,
    BrainswapError,
    InvalidRequestError,
    TransientError,
)
from brainswap.portal.exchange import Answered, Asked, refused, told
from brainswap.portal.teams import EVERYTHING
from brainswap.ports import Links
from brainswap.publishing import index_key
from brainswap.report.index.entry import from_text
from brainswap.report.index.history import Index, Listed
from brainswap.report.untrusted import visible
from brainswap.rollout.ports import RolloutRecords
from brainswap.rollout.standing import standing_of

FILES: Final = (
    *("report.html", "report.pdf", "report.xlsx", "report.md", "report.json"),
    *("decision.json", "junit.xml", "cases.jsonl"),
)
MOST_RUNS = 200
LINK_S = 60  # long enough to follow, too short to pass on

_NAME = r"[a-z0-9][a-z0-9-]{0,62}"
_RUN = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,128}"


class Files(Protocol):
    """The files that the portal reads; see `brainswap.ports.Artifacts`."""

    def read(self, key: str) -> bytes: ...
    def exists(self, key: str) -> bool: ...
    def folders(self, prefix: str) -> Iterator[str]: ...


class World(Protocol):
    """What the portal needs.

    Attributes:
        deciding: None where nobody is asked for approval.
        rollout_records: None where no traffic moves.
    """

    @property
    def artifacts(self) -> Files: ...
    @property
    def links(self) -> Links: ...
    @property
    def deciding(self) -> Deciding | None: ...
    @property
    def rollout_records(self) -> RolloutRecords | None: ...


def respond(asked: Asked, using: World) -> Answered:
    """Answer a request of the page's script; what is not there, or not allowed, is an answer as well."""
    for method, pattern, route in _ROUTES:
        found = pattern.fullmatch(asked.path)
        if found and method == asked.method:
            try:
                if _is_hidden(asked, using, **found.groupdict()):
                    return refused(404, "there is nothing of that name")
                return route(asked, using, **found.groupdict())
            except (ArtifactMissingError, ApprovalRefusedError, InvalidRequestError, TransientError) as error:
                return _instead(error)
    if any(pattern.fullmatch(asked.path) for _, pattern, _ in _ROUTES):
        return refused(405, "this cannot be asked in that way")
    return refused(404, "there is no such page")


def _is_hidden(asked: Asked, using: World, *, name: str | None = None, run: str | None = None, **_: str) -> bool:
    """Whether a request is for what its person may not see, of a workload or of one of its runs."""
    if asked.sight == EVERYTHING or (name is None and run is None):
        return False
    if run is not None:
        known = None if using.deciding is None else using.deciding.ledger.run(run)
        name = str(known["workload"]) if known and known.get("workload") else None
    return not asked.sight.reaches(name)


def _instead(error: BrainswapError) -> Answered:
    """What is answered where something was refused, or could not be read."""
    match error:
        case ApprovalRefusedError():
            return refused(409, str(error))
        case ArtifactMissingError():
            return refused(404, "there is nothing of that name")
        case TransientError():
            return refused(503, "the storage does not answer; try again in a moment")
        case _:
            return refused(500, "what is kept of it cannot be read")


def _workloads(asked: Asked, using: World) -> Answered:
    names = [name for name in using.artifacts.folders("history/") if re.fullmatch(_NAME, name)]
    return told({"workloads": [name for name in names if asked.sight.reaches(name)]})


def _runs(asked: Asked, using: World, name: str) -> Answered:
    key = index_key(name)
    if not using.artifacts.exists(key):
        return refused(404, "no run of that workload has ended in a report yet")
    index = from_text(using.artifacts.read(key), Index)
    runs = index.runs
    wanted = asked.query.get("find", "").casefold().split()
    found = [each for each in runs if all(word in _words(each) for word in wanted)]
    return told({"of": len(runs), "found": len(found), "runs": [_run_of(each, index) for each in found[:MOST_RUNS]]})


def _words(listed: Listed) -> str:
    """What a search looks into."""
    entry = listed.entry
    models = (each.model for each in entry.contenders)
    told_of = (entry.run_id, entry.verdict, entry.models, entry.headline, entry.created_at.date().isoformat(), *models)
    return " ".join(told_of).casefold()


def _run_of(listed: Listed, index: Index) -> Mapping[str, Any]:
    entry, holding = listed.entry, index.holding(listed.entry.run_id)
    target, source = entry.candidate, entry.source
    return {
        "run_id": entry.run_id,
        "created_at": entry.created_at.isoformat(),
        "verdict": entry.verdict,
        "models": entry.models,
        "headline": entry.headline,
        "source": source and source.model,
        "target": target and target.model,
        "quality": {} if target is None else {name: one.model_dump() for name, one in target.quality.items()},
        "cost_usd": None if target is None else target.cost_usd,
        "p95_ms": None if target is None else target.p95_ms,
        "spend_usd": entry.spend_usd,
        "stale": None if holding is None else holding.stale,
        "differences": [each.what for each in listed.differences],
    }


def _run(asked: Asked, using: World, run: str) -> Answered:
    prefix = f"runs/{run}/"
    files = [name for name in FILES if using.artifacts.exists(prefix + name)]
    if not files:
        return refused(404, "there is no finished run of that id")
    facts = _decided(prefix, using) if "decision.json" in files else {}
    rollout = _rollout(run, facts.get("workload", ""), using)
    approval = _approval(run, using)
    return told(
        {"run_id": run, "files": files, "facts": facts, "you": asked.person, "approval": approval, "rollout": rollout}
    )


def _decided(prefix: str, using: World) -> Mapping[str, Any]:
    """What was decided, from the file that people sign; nothing where it does not say it."""
    try:
        decision = json.loads(using.artifacts.read(f"{prefix}decision.json"))
    except ValueError:
        return {}
    known = decision if isinstance(decision, dict) else {}
    recommended = known.get("recommended")
    return {
        **{name: known[name] for name in ("workload", "verdict", "models") if isinstance(known.get(name), str)},
        "recommended": recommended.get("model") if isinstance(recommended, dict) else None,
    }


def _rollout(run: str, workload: str, using: World) -> Mapping[str, Any] | None:
    """How the traffic stands that moves by the verdict of a run; None where none does, or another run's was later."""
    records, deciding = using.rollout_records, using.deciding
    if records is None or deciding is None or not re.fullmatch(_NAME, workload):
        return None
    item = records.current(workload)
    if item is None or item.get("run_id") != run:
        return None
    try:
        found = standing_of(workload, item, asked=records.shadow_asked(run), now=deciding.clock.now())
        return {name: _visible(value) for name, value in found.document().items()}
    except InvalidRequestError:
        return {"unreadable": True}


def _visible(value: Any) -> Any:
    """With every character spelled out that cannot be seen, or that turns the direction of what is around it."""
    match value:
        case str():
            return visible(value)
        case dict():
            return {name: _visible(each) for name, each in value.items()}
        case list():
            return [_visible(each) for each in value]
        case _:
            return value


def _approval(run: str, using: World) -> Mapping[str, Any] | None:
    """What people are asked for and have said; None where nobody is asked."""
    kept = None if using.deciding is None else using.deciding.approvals.read(run)
    if kept is None:
        return None
    record = kept.record.model_dump(mode="json", exclude={"announced"})
    return {**record, "missing": kept.record.missing}


def _file(_asked: Asked, using: World, run: str, file: str) -> Answered:
    key = f"runs/{run}/{file}"
    if file not in FILES or not using.artifacts.exists(key):
        return refused(404, "the run has no such file")
    return told({"url": using.links.signed(key, file, LINK_S), "seconds": LINK_S})


def _approve(asked: Asked, using: World, run: str) -> Answered:
    def say(person: str, deciding: Deciding) -> None:
        approve(run, person, _text(asked, "sha256"), _text(asked, "comment"), deciding)

    return _decide(asked, using, run, say)


def _reject(asked: Asked, using: World, run: str) -> Answered:
    def say(person: str, deciding: Deciding) -> None:
        reject(run, person, _text(asked, "reason"), deciding)

    return _decide(asked, using, run, say)


def _decide(asked: Asked, using: World, run: str, say: Callable[[str, Deciding], None]) -> Answered:
    if using.deciding is None:
        return refused(409, "nobody is asked for approval here")
    if asked.person is None:
        return refused(403, "who decides has to be known by a verified e-mail address")
    say(asked.person, using.deciding)
    return told({"run_id": run, "approval": _approval(run, using)})


def _text(asked: Asked, name: str) -> str:
    value = asked.body.get(name, "")
    return value if isinstance(value, str) else ""


Route = Callable[..., Answered]

_ROUTES: Final[tuple[tuple[str, re.Pattern[str], Route], ...]] = (
    ("GET", re.compile(r"/api/workloads"), _workloads),
    ("GET", re.compile(rf"/api/workloads/(?P<name>{_NAME})/runs"), _runs),
    ("GET", re.compile(rf"/api/runs/(?P<run>{_RUN})"), _run),
    ("GET", re.compile(rf"/api/runs/(?P<run>{_RUN})/files/(?P<file>[a-z]+\.[a-z]+)"), _file),
    ("POST", re.compile(rf"/api/runs/(?P<run>{_RUN})/approve"), _approve),
    ("POST", re.compile(rf"/api/runs/(?P<run>{_RUN})/reject"), _reject),
)
