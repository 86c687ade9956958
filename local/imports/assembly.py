"""The workload of an import: a prompt, models, scorers and, one by one, its cases."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brainswap.core.declared_models import Parameters
from brainswap.core.loading.case_lines import MAX_LINE
from brainswap.core.wording import printable
from local.imports.account import Account, CannotImportError, Imported, Unmapped
from local.imports.drafts import Draft, Drafts, Dropped, Outcome
from local.imports.model_names import placeholder_target, source_model
from local.imports.scorer_choice import Choice, References, with_calls
from local.imports.written import Shape, WrittenPrompt

CASES_FILE = "cases.jsonl"
_ESCAPED = 6  # bytes of one, at most, where a file of cases escapes it
_ROOM = 10_000  # bytes for the names of a case's keys
_LONGEST_ID = 480
_MOST_PARAMETERS = 1_000
_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is to be made into a workload.

    Attributes:
        file: that is read, or the folder.
        description: one sentence for the workload.
        drafts: reads all records, each time from the beginning.
        shape: of the prompt.
        account: with what the reader has told already.
        verbatim: whether references are answers word by word.
        personal: whether the cases are what people wrote, who did not ask to be part of a test.
    """

    file: Path
    description: str
    drafts: Drafts
    shape: Shape
    account: Account
    verbatim: bool = False
    personal: bool = False


@dataclass(slots=True)
class _Survey:
    """What the drafts have in common, counted in one pass."""

    references: References = field(default_factory=References)
    models: Counter[str | None] = field(default_factory=Counter)
    recordings: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    parameters: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    calling: int = 0

    def take(self, draft: Draft) -> None:
        if draft.calls is None:
            self.references.add(draft.reference)
        self.models[draft.model] += 1
        self.calling += draft.calls is not None
        for name in draft.recorded:
            self.recordings[draft.model, name] += 1
        written = json.dumps(draft.parameters, sort_keys=True) if draft.parameters else ""
        if written and (written in self.parameters or len(self.parameters) < _MOST_PARAMETERS):
            self.parameters[written] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What was decided for all cases."""

    prompt: WrittenPrompt
    choice: Choice
    asked: str | None
    several_models: bool
    with_calls: bool = False


def assemble(source: Source) -> Imported:
    """Look at all records once to decide, and again, lazily, for the cases.

    Raises:
        CannotImportError: no record makes a case; at the end of the cases, if every one was dropped after all.
    """
    survey = _survey(source)
    if not survey.models:
        raise CannotImportError(_nothing(source, survey.reasons))
    place = printable(source.file.name, limit=200)
    prompt = source.shape.written()
    every = sum(survey.models.values())
    choice = survey.references.choice(place, verbatim=source.verbatim)
    if survey.calling:
        choice = with_calls(choice, alone=survey.calling == every)
    asked = max(survey.models, key=lambda model: (model is not None, survey.models[model]))
    plan = _Plan(
        prompt=prompt, choice=choice, asked=asked, several_models=len(survey.models) > 1, with_calls=survey.calling > 0
    )
    source.account.unmapped.extend(choice.unmapped)
    declaration = {
        "version": 1,
        "name": workload_name(source.file),
        "description": source.description,
        "prompt": prompt.declaration(),
        "cases": CASES_FILE,
        **_models(source, survey, asked, place),
        "scorers": [dict(scorer) for scorer in choice.scorers],
        **({"limits": {"personal_data": "refuse"}} if source.personal else {}),
    }
    return Imported(declaration=declaration, cases=_cases(source, plan), account=source.account, files=prompt.files())


def workload_name(file: Path) -> str:
    """A name such as workloads have, after the file's."""
    stem = _NAME.sub("-", file.name.partition(".")[0].lower()).strip("-")[:_LONGEST_NAME].rstrip("-")
    return stem or "imported"


def _survey(source: Source) -> _Survey:
    survey = _Survey()
    for outcome in source.drafts():
        reason = outcome.reason if isinstance(outcome, Dropped) else source.shape.refusal(outcome)
        if reason is not None:
            survey.reasons[reason] += 1
        elif isinstance(outcome, Draft):
            source.shape.learn(outcome)
            survey.take(outcome)
    return survey


def _nothing(source: Source, reasons: Counter[str]) -> str:
    name = printable(str(source.file), limit=200)
    if not reasons:
        return f"{name} is empty."
    told = "; ".join(f"{count} of {printable(reason, 100)}" for reason, count in reasons.most_common(5))
    return f"{name} holds no record that makes a case: {told}."


def _models(source: Source, survey: _Survey, asked: str | None, place: str) -> dict[str, Any]:
    model, problem = source_model(asked)
    if problem is not None:
        source.account.unmapped.append(Unmapped(place=place, what=problem.what, remedy=problem.remedy))
    declared: dict[str, Any] = {"model": model}
    complete = [name for (of, name), count in survey.recordings.items() if of == asked and count == survey.models[of]]
    if complete:
        declared |= {"answers": "recorded", "recorded": complete[0]}
    elif survey.recordings:
        what = "recorded answers: not every case has one of the source"
        remedy = "They are kept with the cases; the source is asked again, because answers are compared case by case."
        source.account.unmapped.append(Unmapped(place=place, what=what, remedy=remedy))
    declared |= _parameters(source, survey, place)
    target = placeholder_target(model)
    source.account.unmapped.append(
        Unmapped(
            place=place,
            what=f"the target: {target} is a stand-in",
            remedy="Name the models to move to under `targets` of workload.yaml.",
        )
    )
    return {"source": declared, "targets": [{"model": target}]}


def _parameters(source: Source, survey: _Survey, place: str) -> dict[str, Any]:
    for written, _ in survey.parameters.most_common():
        parameters: dict[str, Any] = json.loads(written)
        try:
            Parameters.model_validate(parameters)
        except ValidationError:
            continue
        if len(survey.parameters) > 1:
            what = f"parameters: {len(survey.parameters)} different sets; the most frequent one is taken"
            remedy = "Change `source.parameters` of workload.yaml if another one is meant."
            source.account.unmapped.append(Unmapped(place=place, what=what, remedy=remedy))
        return {"parameters": parameters}
    if survey.parameters:
        remedy = "Write `source.parameters` of workload.yaml by hand."
        source.account.unmapped.append(
            Unmapped(place=place, what="parameters that no workload can have", remedy=remedy)
        )
    return {}


def _cases(source: Source, plan: _Plan) -> Iterator[Mapping[str, Any]]:
    account, ids = source.account, _Ids()
    for outcome in source.drafts():
        case = _case(source, plan, outcome, ids)
        account.found += 1
        if isinstance(case, str):
            account.dropped[case] += 1
            continue
        account.imported += 1
        if isinstance(outcome, Draft):
            account.mapped.update(outcome.mapped)
        yield case
    if not account.imported:
        raise CannotImportError(_nothing(source, account.dropped))


def _case(source: Source, plan: _Plan, outcome: Outcome, ids: "_Ids") -> dict[str, Any] | str:
    """A case, or the reason why it is none."""
    if isinstance(outcome, Dropped):
        return outcome.reason
    reference = _reference(outcome) if plan.with_calls else outcome.reference
    reason = source.shape.refusal(outcome) or plan.choice.problem(reference)
    if reason is not None:
        return reason
    if plan.several_models and outcome.model is not None and outcome.model != plan.asked:
        return "asked of another model"
    parts = {
        "messages": list(plan.prompt.earlier(outcome)) or None,
        "reference": reference,
        "segment": outcome.segment,
        "recorded": outcome.recorded or None,
        "meta": outcome.meta,
    }
    case = {
        "id": ids.free(outcome.id),
        "input": {**plan.prompt.values(outcome), **plan.prompt.constants},
        **{key: value for key, value in parts.items() if value is not None},
    }
    if outcome.size * _ESCAPED + _ROOM > MAX_LINE and len(json.dumps(case)) + _ROOM > MAX_LINE:
        return f"a case of more than {MAX_LINE // 1_000_000} MB"
    return case


def _reference(draft: Draft) -> Mapping[str, Any]:
    """What is right, where it is a call of a tool in some cases and a text in others."""
    return {"text": draft.reference} if draft.calls is None else {"calls": list(draft.calls)}


class _Ids:
    """Gives each case an id of its own."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._number = 0

    def free(self, wanted: str | None) -> str:
        self._number += 1
        name = wanted[:_LONGEST_ID] if wanted else f"case-{self._number:06}"
        attempt = name
        number = self._number
        while hash(attempt) in self._taken:
            attempt, number = f"{name}-{number}", number + 1
        self._taken.add(hash(attempt))
        return attempt
