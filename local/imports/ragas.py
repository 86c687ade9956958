"""Samples of RAGAS: ``user_input``, ``retrieved_contexts``, ``response``, ``reference``, or by their older names."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.imports.account import Account, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.drafts import CannotUseError, Draft, UnusedKeys, drafts_of, name_of, recording, shown_name, text_of
from local.imports.fields import FieldsShape
from local.imports.records import Record, Unreadable

_NAMES: Mapping[str, tuple[str, ...]] = {
    "user_input": ("user_input", "question"),
    "retrieved_contexts": ("retrieved_contexts", "contexts"),
    "response": ("response", "answer"),
    "reference": ("reference", "ground_truth", "ground_truths"),
}
_KEPT = frozenset({"reference_contexts", "synthesizer_name", "evolution_type", "metadata", "episode_done"})
_KNOWN = frozenset(name for names in _NAMES.values() for name in names) | _KEPT | {"id"}


def read(file: Path) -> Imported:
    """Read a file of samples, one a line, in an array, or column by column.

    Raises:
        CannotImportError: there is none that has a question.
    """
    account = Account()
    account.unmapped.append(
        Unmapped(
            place=shown_name(file),
            what="the prompt: samples hold the question and what was retrieved, not what the application sends",
            remedy="Write the application's own texts round the placeholders of prompts/user.md.",
        )
    )
    unused = UnusedKeys(account, _KNOWN)
    drafts = drafts_of(file, lambda record: _draft(record, unused), _expanded)
    shape = FieldsShape({"retrieved_contexts": "Context:\n", "user_input": ""}, needed=["user_input"])
    description = "Samples of RAGAS, as they were imported."
    return assemble(Source(file=file, description=description, drafts=drafts, shape=shape, account=account))


def _expanded(record: Record) -> Iterator[Record | Unreadable]:
    """The rows of a table that came column by column, or of a data set that came as one object."""
    table = record.value
    if isinstance(table, dict) and isinstance(table.get("samples"), list):
        rows = list(table["samples"])
    else:
        questions = _of(table, "user_input") if isinstance(table, dict) else None
        if not isinstance(questions, list) or any(isinstance(each, dict) for each in questions):
            yield record
            return
        columns = {key: values for key, values in table.items() if isinstance(values, list)}
        rows = [
            {key: values[number] for key, values in columns.items() if number < len(values)}
            for number in range(len(questions))
        ]
    for number, row in enumerate(rows):
        yield Record(place=f"{record.place}[{number}]", value=row, size=record.size // len(rows) + 1)


def _draft(record: Record, unused: UnusedKeys) -> Draft:
    sample = record.value
    if not isinstance(sample, dict):
        raise CannotUseError("no sample: it is no object")
    asked = _of(sample, "user_input")
    if isinstance(asked, list):
        raise CannotUseError("a sample of several turns")
    if text_of(asked) is None:
        raise CannotUseError("no sample: it has no `user_input`")
    unused.see(record.place, sample)
    contexts, response = _joined(_of(sample, "retrieved_contexts")), _of(sample, "response")
    reference = _reference(_of(sample, "reference"))
    found = {"user_input": asked, "retrieved_contexts": contexts, "response": response, "reference": reference}
    return Draft(
        place=record.place,
        size=record.size,
        id=name_of(sample.get("id")),
        inputs={"user_input": asked} if contexts is None else {"retrieved_contexts": contexts, "user_input": asked},
        reference=reference,
        recorded={"response": recording(response)} if isinstance(response, str) else {},
        meta={key: sample[key] for key in sorted(_KEPT) if sample.get(key)} or None,
        mapped=tuple(key for key, value in found.items() if value),
    )


def _of(sample: Mapping[str, Any], name: str) -> Any:
    return next((sample[key] for key in _NAMES[name] if sample.get(key) is not None), None)


def _reference(given: Any) -> Any:
    if isinstance(given, list):
        texts = [text for each in given if (text := text_of(each)) is not None]
        return (texts[0] if len(texts) == 1 else texts) if texts else None
    return text_of(given)


def _joined(contexts: Any) -> str | None:
    if isinstance(contexts, list):
        return "\n\n".join(text for each in contexts if (text := text_of(each)) is not None) or None
    return text_of(contexts)
