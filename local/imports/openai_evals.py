"""Data of OpenAI's evals: lines with ``input``, a text or messages, and ``ideal``, one right answer or several."""

from pathlib import Path
from typing import Any

from brainswap.core.prompts.template import Message
from local.imports.account import Account, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.chat_messages import question, turns_of
from local.imports.conversations import conversation_shape
from local.imports.drafts import CannotUseError, Draft, UnusedKeys, drafts_of, name_of, shown_name
from local.imports.records import Record

_KNOWN = frozenset({"input", "ideal", "id", "metadata"})


def read(file: Path, group: int | None = None) -> Imported:
    """Read a JSONL file of samples.

    Args:
        file: of samples, not of the registry.
        group: which shape of conversation, the most frequent first.

    Raises:
        CannotImportError: no line is a sample.
    """
    account = Account()
    account.unmapped.append(
        Unmapped(
            place=shown_name(file),
            what="the eval's class and its arguments, which are in the registry's YAML",
            remedy="Compare the scorer of workload.yaml with it: Match is `exact` or a beginning, Includes `contains`, "
            "FuzzyMatch either of them, a model-graded one a rubric.",
        )
    )
    unused = UnusedKeys(account, _KNOWN)
    drafts = drafts_of(file, lambda record: _draft(record, unused))
    shape = conversation_shape(shown_name(file), drafts, account, group=group)
    description = "Samples of an eval of OpenAI's, as they were imported."
    return assemble(Source(file=file, description=description, drafts=drafts, shape=shape, account=account))


def _draft(record: Record, unused: UnusedKeys) -> Draft:
    sample = record.value
    if not isinstance(sample, dict) or "input" not in sample:
        raise CannotUseError("no sample: it has no `input`")
    unused.see(record.place, sample)
    ideal = _ideal(sample.get("ideal"))
    return Draft(
        place=record.place,
        size=record.size,
        id=name_of(sample.get("id")),
        turns=_turns(sample["input"]),
        reference=ideal,
        meta=sample.get("metadata"),
        mapped=("input", "ideal") if ideal is not None else ("input",),
    )


def _turns(given: Any) -> tuple[Message, ...]:
    return question(given) if isinstance(given, str) else turns_of(given)


def _ideal(given: Any) -> Any:
    """One answer as itself; of a list, the answers any of which is right."""
    if isinstance(given, list):
        members = [member for member in given if isinstance(member, str | int | float) and member != ""]
        if not members:
            return None
        return members[0] if len(members) == 1 else members
    return given if given != "" else None
