"""Exports of Langfuse: items of a data set, or observations of the type ``GENERATION``."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from local.imports.account import Account, CannotImportError, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.bedrock_requests import parameters_of, tools_of_body
from local.imports.chat_messages import question, text_of_content
from local.imports.conversations import conversation_shape
from local.imports.drafts import CannotUseError, Draft, Drafts, UnusedKeys, drafts_of, name_of, recording, shown_name
from local.imports.fields import FieldsShape
from local.imports.json_values import amount_of, below
from local.imports.model_names import known_model
from local.imports.records import Record, Unreadable
from local.imports.talks import Talk, calls_of, talk_of
from local.imports.written import Shape

_GENERATION = "GENERATION"
_OF_ITEMS = frozenset({"expectedOutput", "sourceTraceId", "sourceObservationId", "datasetId", "datasetName"})
_KNOWN_OF_ITEMS = _OF_ITEMS | {"id", "input", "metadata", "status", "createdAt", "updatedAt", "projectId", "validFrom"}
_ANSWER = "output"


def read(file: Path, group: int | None = None) -> Imported:
    """Read a file of items or of observations, not of both.

    Args:
        file: as the API or the user interface gives it.
        group: which prompt template, the most frequent first.

    Raises:
        CannotImportError: there is no usable record, or no such template.
    """
    account = Account()
    if _has_observations(file):
        return _of_observations(file, account, group)
    return _of_items(file, account, group)


def _of_observations(file: Path, account: Account, group: int | None) -> Imported:
    place = shown_name(file)
    account.unmapped.append(
        Unmapped(
            place=place,
            what="right answers: an observation holds what the model said, not what is right",
            remedy="It is the source's recorded answer. Have people say what is right for some cases, as `reference`.",
        )
    )
    drafts = drafts_of(file, _observation, _expanded)
    shape = conversation_shape(place, drafts, account, group=group, by_wording=True)
    description = "Generations of an application, as Langfuse observed them."
    return assemble(
        Source(file=file, description=description, drafts=drafts, shape=shape, account=account, personal=True)
    )


def _of_items(file: Path, account: Account, group: int | None) -> Imported:
    unused = UnusedKeys(account, _KNOWN_OF_ITEMS)
    place = shown_name(file)
    drafts = drafts_of(file, lambda record: _item(record, unused), _expanded)
    if _are_fields(drafts):
        account.unmapped.append(
            Unmapped(
                place=place,
                what="the prompt: the items hold values, not what the application sends",
                remedy="Write the application's own texts round the placeholders of prompts/user.md.",
            )
        )
        shape: Shape = _ItemShape()
    else:
        shape = conversation_shape(place, _only_turns(drafts), account, group=group)
    description = "Items of a data set of Langfuse's, as they were imported."
    return assemble(Source(file=file, description=description, drafts=drafts, shape=_Refusing(shape), account=account))


class _ItemShape(FieldsShape):
    """Items whose input has fields; those that are a text or a conversation are of another kind."""

    def refusal(self, draft: Draft) -> str | None:
        return "an item whose input has no fields" if draft.turns else super().refusal(draft)


class _Refusing:
    """A shape that is not asked about items whose input has fields where the others are texts."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self.learn = shape.learn
        self.written = shape.written

    def refusal(self, draft: Draft) -> str | None:
        if not draft.turns and not isinstance(self._shape, FieldsShape):
            return "an item whose input has fields, unlike most"
        return self._shape.refusal(draft)


def _only_turns(drafts: Drafts) -> Drafts:
    def with_turns() -> Iterator[Any]:
        return (outcome for outcome in drafts() if not isinstance(outcome, Draft) or outcome.turns)

    return with_turns


def _has_observations(file: Path) -> bool:
    """Whether any record is an observation; the first that is either decides."""
    for outcome in drafts_of(file, _kind, _expanded)():
        if isinstance(outcome, Draft):
            return outcome.segment == _GENERATION
    raise CannotImportError(
        f"{shown_name(file)} holds neither items of a data set (`input`, `expectedOutput`) nor observations "
        "(`type`, `input`, `output`)."
    )


def _kind(record: Record) -> Draft:
    value = record.value
    if isinstance(value, dict) and isinstance(value.get("type"), str) and not _OF_ITEMS & value.keys():
        return Draft(place=record.place, size=0, segment=_GENERATION)
    if isinstance(value, dict) and "input" in value:
        return Draft(place=record.place, size=0)
    raise CannotUseError("neither an item nor an observation")


def _are_fields(drafts: Drafts) -> bool:
    kinds = [0, 0]
    for outcome in drafts():
        if isinstance(outcome, Draft):
            kinds[bool(outcome.turns)] += 1
    return kinds[False] > kinds[True]


def _expanded(record: Record) -> Iterator[Record | Unreadable]:
    """The records of a page of the API's, or the observations of a trace."""
    value = record.value
    inner = None
    if isinstance(value, dict) and "type" not in value:
        for key in ("data", "observations", "items"):
            if isinstance(value.get(key), list) and any(isinstance(item, dict) for item in value[key]):
                inner = value[key]
                break
    if inner is None:
        yield record
        return
    for number, item in enumerate(inner):
        yield Record(place=f"{record.place}[{number}]", value=item, size=record.size // len(inner) + 1)


def _item(record: Record, unused: UnusedKeys) -> Draft:
    item = record.value
    if not isinstance(item, dict) or item.get("input") in (None, "", [], {}):
        raise CannotUseError("no item: it has no `input`")
    if item.get("status") == "ARCHIVED":
        raise CannotUseError("an archived item")
    unused.see(record.place, item)
    talk = _talk(item["input"], fields_too=True)
    expected = _expected(item.get("expectedOutput"))
    return Draft(
        place=record.place,
        size=record.size,
        id=name_of(item.get("id")),
        turns=talk.turns,
        earlier=talk.earlier,
        inputs={} if talk.turns else item["input"],
        reference=expected,
        meta=item.get("metadata") or None,
        mapped=("input", *_mapped_turns(talk), *(["expectedOutput"] if expected is not None else [])),
    )


def _observation(record: Record) -> Draft:
    seen = record.value
    if not isinstance(seen, dict) or seen.get("type") != _GENERATION:
        raise CannotUseError("no observation of the type GENERATION")
    if seen.get("level") == "ERROR":
        raise CannotUseError("an error")
    answer, calls = _answer(seen.get(_ANSWER))
    tools = tools_of_body(seen["input"]) if isinstance(seen.get("input"), dict) else ""
    talk = _talk(seen.get("input"), fields_too=False, tools=tools)
    settings = seen.get("modelParameters")
    named = name_of(seen.get("model")) or name_of(seen.get("providedModelName"))
    model = known_model(named) or named
    recorded = _recorded(seen, answer, calls)
    measured = tuple(key for key in ("latency_ms", "input_tokens", "output_tokens") if key in recorded)
    return Draft(
        place=record.place,
        size=record.size,
        id=name_of(seen.get("id")),
        turns=talk.turns,
        earlier=talk.earlier,
        recorded={model or "observed": recorded},
        model=model,
        parameters=parameters_of(settings) if isinstance(settings, dict) else {},
        tools=tools,
        meta={key: seen[key] for key in ("traceId", "name", "promptName", "promptVersion") if seen.get(key)} or None,
        mapped=("input", *_mapped_turns(talk), "output", *(["calls of tools"] if calls else []), *measured),
    )


def _talk(given: Any, *, fields_too: bool, tools: str = "") -> Talk:
    """The conversation of an input of any type; one without turns where it has fields of its own."""
    if isinstance(given, str):
        return Talk(turns=question(given))
    if isinstance(given, list):
        return talk_of(given, tools=tools)
    if isinstance(given, dict) and isinstance(given.get("messages"), list):
        return talk_of(given["messages"], given.get("system"), tools)
    if isinstance(given, dict) and "role" in given:
        return talk_of([given])
    if fields_too and isinstance(given, dict):
        return Talk(turns=())
    raise CannotUseError("an input that is no conversation of texts")


def _mapped_turns(talk: Talk) -> list[str]:
    return ["earlier turns"] if talk.earlier else []


def _expected(given: Any) -> Any:
    """A message of the assistant's counts by its text."""
    if isinstance(given, dict) and set(given) >= {"role", "content"}:
        return text_of_content(given["content"]) or None
    return None if given in ("", [], {}) else given


def _answer(given: Any) -> tuple[str, list[dict[str, Any]]]:
    """The text and the calls of tools."""
    if isinstance(given, list) and given:
        given = given[-1]
    inner = below(given, "choices")
    if isinstance(inner, list) and inner:
        given = below(inner[0], "message")
    if isinstance(given, str):
        return given, []
    if isinstance(given, dict):
        calls = calls_of(given)
        for key in ("content", "text", "completion"):
            if given.get(key) is not None and not (calls and isinstance(given[key], list)):
                return text_of_content(given[key]), calls
        if calls:
            return "", calls
    raise CannotUseError("an answer that is no text")


def _recorded(seen: Mapping[str, Any], answer: str, calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Times between the moments of an observation; its own ``latency`` is in seconds, as Langfuse's API has it."""
    latency = _milliseconds(seen, "endTime")
    if latency is None and (seconds := amount_of(seen.get("latency"))) is not None:
        latency = 1000 * seconds
    first = _milliseconds(seen, "completionStartTime")
    if first is None and (seconds := amount_of(seen.get("timeToFirstToken"))) is not None:
        first = 1000 * seconds
    return recording(
        answer,
        latency_ms=latency,
        first_token_ms=first,
        input_tokens=_first(
            seen, ("usageDetails", "input"), ("usage", "input"), ("usage", "promptTokens"), ("promptTokens",)
        ),
        output_tokens=_first(
            seen, ("usageDetails", "output"), ("usage", "output"), ("usage", "completionTokens"), ("completionTokens",)
        ),
        stop_reason=_first(seen, ("metadata", "finish_reason"), ("metadata", "stop_reason")),
        calls=calls,
    )


def _first(seen: Mapping[str, Any], *paths: tuple[str, ...]) -> Any:
    return next((found for path in paths if (found := below(seen, *path)) is not None), None)


def _milliseconds(seen: Mapping[str, Any], end: str) -> float | None:
    start, ended = _moment(seen.get("startTime")), _moment(seen.get(end))
    if start is None or ended is None:
        return None
    try:
        return (ended - start).total_seconds() * 1000
    except (TypeError, OverflowError):  # one with a time zone, one without
        return None


def _moment(given: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(given) if isinstance(given, str) and len(given) < 64 else None  # noqa: PLR2004 - no moment is longer
    except ValueError:
        return None
