"""What a reader of a format makes of each record, before a prompt and a scorer are chosen for all of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brainswap.core.prompts.template import Message
from brainswap.core.wording import printable
from local.imports.account import Account, Unmapped
from local.imports.json_values import amount_of, count_of
from local.imports.records import Record, Unreadable, read_records

_MOST_KEYS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A case in the making.

    Attributes:
        place: of its record.
        size: of its record in bytes.
        id: as the format has it, not necessarily its own.
        turns: the conversation as it was sent; empty where the format has ``inputs`` instead.
        earlier: what was said before the last of these turns, as a case holds it, where they do not have it.
        calls: of tools, that the right answer makes; None where it makes none.
        inputs: values by the name of a field.
        recorded: answers as the cases hold them, by the name of the recording.
        model: that was asked.
        parameters: with which it was asked, by the names that a workload has for them.
        tools: as JSON, always written alike.
        mapped: what of the format has found its place, counted over all cases.
    """

    place: str
    size: int
    id: str | None = None
    turns: tuple[Message, ...] = ()
    earlier: tuple[Mapping[str, Any], ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    calls: Sequence[Mapping[str, Any]] | None = None
    reference: Any = None
    segment: str | None = None
    recorded: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    model: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tools: str = ""
    meta: Any = None
    mapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A record that makes no case; ``reason`` counts its like."""

    place: str
    reason: str


class CannotUseError(ValueError):
    """A record makes no case; the message says why, in a clause that counts its like."""


Outcome = Draft | Dropped
Drafts = Callable[[], Iterator[Outcome]]
"""Reads all records from the beginning, each time that it is called."""


class UnusedKeys:
    """Tells of each key once that has no counterpart, where it comes first."""

    def __init__(self, account: Account, known: Collection[str]) -> None:
        self._account = account
        self._known = frozenset(known)
        self._told: set[str] = set()

    def see(self, place: str, record: Mapping[str, Any]) -> None:
        for key in record:
            if key in self._known or key in self._told or len(self._told) >= _MOST_KEYS:
                continue
            self._told.add(key)
            self._account.unmapped.append(
                Unmapped(
                    place=place,
                    what=f"key `{printable(key)}`",
                    remedy="Nothing reads it; add it to the input if the prompt needs it.",
                )
            )


def recording(
    output: str,
    *,
    latency_ms: Any = None,
    first_token_ms: Any = None,
    input_tokens: Any = None,
    output_tokens: Any = None,
    stop_reason: Any = None,
    calls: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """An answer as the cases hold it, without the measures that are unknown or make no sense."""
    measured = {
        "latency_ms": amount_of(latency_ms),
        "first_token_ms": amount_of(first_token_ms),
        "input_tokens": count_of(input_tokens),
        "output_tokens": count_of(output_tokens),
        "stop_reason": stop_reason if isinstance(stop_reason, str) and stop_reason else None,
        "tool_calls": list(calls) or None,
    }
    return {"output": output, **{key: value for key, value in measured.items() if value is not None}}


def name_of(value: Any) -> str | None:
    """A name or an id that somebody gave, as text; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return printable(str(value), limit=200) or None


def text_of(value: Any) -> str | None:
    """A text that says something; None for whatever is none."""
    return value if isinstance(value, str) and value.strip() else None


def _itself(record: Record) -> Iterator[Record | Unreadable]:
    yield record


def drafts_of(
    file: Path,
    make: Callable[[Record], Draft],
    expanded: Callable[[Record], Iterator[Record | Unreadable]] = _itself,
) -> Drafts:
    """The drafts of a file's records.

    Args:
        file: of JSON.
        make: a draft of a record; raises `CannotUseError`.
        expanded: the records that a record holds, where several came as one.
    """
    shown = shown_name(file)

    def drafts() -> Iterator[Outcome]:
        for found in read_records(file, shown):
            for record in expanded(found) if isinstance(found, Record) else (found,):
                yield _outcome(record, make)

    return drafts


def shown_name(file: Path) -> str:
    """What a file is called in the account."""
    return printable(file.name, limit=200)


def _outcome(record: Record | Unreadable, make: Callable[[Record], Draft]) -> Outcome:
    if isinstance(record, Unreadable):
        return Dropped(place=record.place, reason=record.reason)
    try:
        return make(record)
    except CannotUseError as error:
        return Dropped(place=record.place, reason=str(error))
