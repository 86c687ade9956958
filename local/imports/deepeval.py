"""Goldens and test cases of DeepEval, as JSON or JSON lines, in camel case or snake case."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.imports.account import Account, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.drafts import CannotUseError, Draft, UnusedKeys, drafts_of, name_of, recording, shown_name, text_of
from local.imports.fields import FieldsShape
from local.imports.json_values import amount_of
from local.imports.records import Record, Unreadable

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ACTUAL = "actual_output"
_KEPT = frozenset({"context", "tools_called", "expected_tools", "additional_metadata", "comments", "source_file"})
_KNOWN = _KEPT | {"input", "expected_output", _ACTUAL, "retrieval_context", "name", "id", "completion_time"}
_LISTS = ("goldens", "test_cases")
_TOOLS = frozenset({"tools_called", "expected_tools"})


def read(file: Path) -> Imported:
    """Read a file of goldens.

    Raises:
        CannotImportError: there is none that has an input.
    """
    account = Account()
    place = shown_name(file)
    account.unmapped.append(
        Unmapped(
            place=place,
            what="the prompt: goldens hold what users say, not what the application sends",
            remedy="Write the application's own texts round the placeholders of prompts/user.md.",
        )
    )
    unused = UnusedKeys(account, _KNOWN)
    tools = _ToldOnce(account)
    drafts = drafts_of(file, lambda record: _draft(record, unused, tools), _expanded)
    shape = FieldsShape({"retrieval_context": "Context:\n", "input": ""}, needed=["input"])
    description = "Goldens of DeepEval, as they were imported."
    return assemble(Source(file=file, description=description, drafts=drafts, shape=shape, account=account))


class _ToldOnce:
    """Says once that tools are kept but not compared."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._told = False

    def tell(self, place: str) -> None:
        if not self._told:
            self._told = True
            remedy = "They are kept in `meta`; declare the tools in the prompt and a scorer of calls."
            self._account.unmapped.append(Unmapped(place=place, what="tools_called, expected_tools", remedy=remedy))


def _expanded(record: Record) -> Iterator[Record | Unreadable]:
    """The goldens of a data set that came as one object."""
    wrapped = record.value if isinstance(record.value, dict) and "input" not in record.value else {}
    snake = _snake(wrapped)
    inner = next((snake[key] for key in _LISTS if isinstance(snake.get(key), list)), None)
    if inner is None:
        yield record
        return
    for number, item in enumerate(inner):
        yield Record(place=f"{record.place}[{number}]", value=item, size=record.size // len(inner) + 1)


def _draft(record: Record, unused: UnusedKeys, tools: _ToldOnce) -> Draft:
    if not isinstance(record.value, dict):
        raise CannotUseError("no golden: it is no object")
    golden = _snake(record.value)
    if "scenario" in golden or "turns" in golden:
        raise CannotUseError("a conversation that DeepEval simulates")
    asked = text_of(golden.get("input"))
    if asked is None:
        raise CannotUseError("no golden: it has no `input`")
    unused.see(record.place, golden)
    if golden.keys() & _TOOLS and any(golden.get(key) for key in _TOOLS):
        tools.tell(record.place)
    context, expected = _joined(golden.get("retrieval_context")), text_of(golden.get("expected_output"))
    answer = golden.get(_ACTUAL)
    return Draft(
        place=record.place,
        size=record.size,
        id=name_of(golden.get("id")) or name_of(golden.get("name")),
        inputs={"input": asked} if context is None else {"retrieval_context": context, "input": asked},
        reference=expected,
        recorded={_ACTUAL: _answer(answer, golden)} if isinstance(answer, str) else {},
        meta={key: golden[key] for key in sorted(_KEPT) if golden.get(key)} or None,
        mapped=tuple(
            key
            for key in ("input", "expected_output", "retrieval_context", _ACTUAL)
            if golden.get(key) not in (None, "", [])
        ),
    )


def _answer(text: str, golden: Mapping[str, Any]) -> Mapping[str, Any]:
    seconds = amount_of(golden.get("completion_time"))
    return recording(text, latency_ms=None if seconds is None else 1000 * seconds)


def _snake(golden: Mapping[str, Any]) -> dict[str, Any]:
    return {_HUMP.sub("_", key).lower() if len(key) < 100 else key: value for key, value in golden.items()}  # noqa: PLR2004 - names of fields are short


def _joined(context: Any) -> str | None:
    if isinstance(context, list):
        return "\n\n".join(text for each in context if (text := text_of(each)) is not None) or None
    return text_of(context)
