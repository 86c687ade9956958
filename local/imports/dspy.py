"""Programs that DSPy saved as JSON: a signature's instructions and fields, and demonstrations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainswap.core.prompts.template import Message, as_text
from brainswap.core.wording import printable
from local.imports.account import Account, CannotImportError, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.drafts import Draft, Dropped, Outcome, shown_name
from local.imports.fields import FieldsShape
from local.imports.json_values import NotJsonError, below
from local.imports.records import read_whole

_PICKLES = (".pkl", ".pickle")
_REASONING = frozenset({"reasoning", "rationale"})
_VARIABLE = re.compile(r"\$\{(\w{1,100})\}")
_NOT_A_FIELD = frozenset({"augmented", "dspy_uuid", "dspy_split"})
_MOST_EXAMPLES = 40
_MOST_FIELDS = 40
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    prefix: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Predictor:
    """One call of a model; ``inputs`` and ``outputs`` are fields by what they are for."""

    name: str
    instructions: str | None
    inputs: tuple[_Field, ...]
    outputs: tuple[_Field, ...]
    demos: tuple[Mapping[str, Any], ...]
    train: tuple[Mapping[str, Any], ...]


def read(file: Path, group: int | None = None) -> Imported:
    """Read a saved program.

    Args:
        file: of JSON; a pickle is refused.
        group: which predictor, in the order of the file.

    Raises:
        CannotImportError: the file is none, or has no such predictor.
    """
    account = Account()
    place = shown_name(file)
    predictors = list(_predictors(_program(file)))
    chosen = 1 if group is None else group
    if not 1 <= chosen <= len(predictors):
        raise CannotImportError(
            f"{place} has {len(predictors)} predictors with a signature, and so no number {chosen}."
        )
    for number, other in enumerate(predictors, start=1):
        if number != chosen:
            remedy = f"Import it into a workload of its own, with group {number}."
            what = f"predictor {number}, `{printable(other.name)}`"
            account.unmapped.append(Unmapped(place=place, what=what, remedy=remedy))
    predictor = predictors[chosen - 1]
    _require_examples(place, predictor)
    account.unmapped.extend(_advice(place, predictor))
    rows = predictor.train or predictor.demos

    def drafts() -> Iterator[Outcome]:
        for number, row in enumerate(rows):
            yield _draft(f"{place} {'train' if predictor.train else 'demos'}[{number}]", row, predictor)

    shape = FieldsShape(
        {each.name: each.prefix for each in predictor.inputs},
        system=_system(predictor),
        examples=tuple(_examples(predictor)),
        needed=[each.name for each in predictor.inputs],
    )
    description = "A program of DSPy's, as it was imported."
    imported = assemble(
        Source(file=file, description=description, drafts=drafts, shape=shape, account=account, verbatim=True)
    )
    return _with_extraction(imported, predictor)


def _require_examples(place: str, predictor: _Predictor) -> None:
    if not predictor.inputs:
        raise CannotImportError(f"{place}: the signature of `{printable(predictor.name)}` has no field to ask about.")
    if not (predictor.train or predictor.demos):
        raise CannotImportError(
            f"{place} has instructions but no example that could be a case. Compile the program with demonstrations, "
            "or write a workload with `brainswap init NAME` and put the instructions into its prompt."
        )


def _program(file: Path) -> Any:
    remedy = "Save the program as JSON, with `program.save('program.json')`, and import that."
    name = shown_name(file)
    if file.suffix.lower() in _PICKLES:
        raise CannotImportError(f"{name} is a pickle, and reading one runs whatever code is in it. {remedy}")
    if file.is_dir():
        raise CannotImportError(f"{name} is a folder with a pickle, and reading one runs whatever is in it. {remedy}")
    try:
        with file.open("rb") as stream:
            if stream.read(1) == b"\x80":
                raise CannotImportError(f"{name} is a pickle, and reading one runs whatever code is in it. {remedy}")
        return read_whole(file)
    except OSError as error:
        raise CannotImportError(f"{name} cannot be read.") from error
    except NotJsonError as error:
        raise CannotImportError(f"{name} is no program of DSPy's: {error}. {remedy}") from error


def _predictors(value: Any, path: tuple[str, ...] = ()) -> Iterator[_Predictor]:
    """Those of a program, at any depth."""
    if not isinstance(value, dict) or len(path) > _DEEPEST:
        return
    signature = value.get("extended_signature", value.get("signature"))
    if isinstance(signature, dict) and ("fields" in signature or "instructions" in signature):
        yield _predictor(".".join(path) or "self", signature, value)
        return
    for key, inner in value.items():
        if key not in ("signature", "extended_signature", "metadata", "lm", "demos", "train", "traces"):
            yield from _predictors(inner, (*path, key))


def _predictor(name: str, signature: Mapping[str, Any], state: Mapping[str, Any]) -> _Predictor:
    instructions = signature.get("instructions")
    demos, train = _rows(state.get("demos")), _rows(state.get("train"))
    fields = _fields(signature.get("fields"), [*demos, *train])
    outputs = [field for field in fields if field.name in _REASONING] + [
        field for field in fields[-1:] if field.name not in _REASONING
    ]
    return _Predictor(
        name=name,
        instructions=instructions if isinstance(instructions, str) and instructions.strip() else None,
        inputs=tuple(field for field in fields if field not in outputs),
        outputs=tuple(outputs),
        demos=demos,
        train=train,
    )


def _rows(given: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(row for row in given if isinstance(row, dict)) if isinstance(given, list) else ()


def _fields(given: Any, rows: Sequence[Mapping[str, Any]]) -> list[_Field]:
    """The fields in their order. The file keeps no names: they are in the descriptions, or follow from the prefixes."""
    known = dict.fromkeys(key for row in rows for key in row if key not in _NOT_A_FIELD)
    if not given:
        given = [{"name": name} for name in known][:_MOST_FIELDS]
    fields: list[_Field] = []
    for each in given[:_MOST_FIELDS] if isinstance(given, list) else ():
        prefix, description = below(each, "prefix"), below(each, "description")
        prefix = prefix.strip() if isinstance(prefix, str) else ""
        description = description.strip() if isinstance(description, str) else ""
        variable = _VARIABLE.fullmatch(description)
        plain = prefix.rstrip(":").strip().lower().replace(" ", "_")
        wanted = below(each, "name") if isinstance(below(each, "name"), str) else None
        name = wanted or (variable.group(1) if variable else None) or plain
        if name not in known and plain in known:
            name = plain
        if name and name not in (field.name for field in fields):
            said = "" if variable else description
            fields.append(_Field(name=name, prefix=prefix or f"{name}:", description=said))
    return fields


def _system(predictor: _Predictor) -> str | None:
    told = [f"{each.prefix} {each.description}" for each in (*predictor.inputs, *predictor.outputs) if each.description]
    parts = [predictor.instructions or "", "\n".join(told)]
    if len(predictor.outputs) > 1:
        parts.append("Answer in this form:\n" + "\n".join(f"{each.prefix} …" for each in predictor.outputs))
    return "\n\n".join(part for part in parts if part) or None


def _examples(predictor: _Predictor) -> Iterator[Message]:
    """Complete demonstrations as turns; the rest says less than it costs."""
    for demo in predictor.demos[:_MOST_EXAMPLES]:
        answer = _answer(predictor, demo)
        if answer is not None and all(_said(demo, each.name) for each in predictor.inputs) and predictor.inputs:
            lines = [f"{each.prefix} {as_text(demo[each.name])}" for each in predictor.inputs]
            yield Message(role="user", content="\n\n".join(lines))
            yield Message(role="assistant", content=answer)


def _answer(predictor: _Predictor, demo: Mapping[str, Any]) -> str | None:
    given = [each for each in predictor.outputs if _said(demo, each.name)]
    if not given or not _said(demo, predictor.outputs[-1].name):
        return None
    if len(predictor.outputs) == 1:
        return as_text(demo[given[0].name])
    return "\n".join(f"{each.prefix} {as_text(demo[each.name])}" for each in given)


def _said(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "")


def _draft(place: str, row: Mapping[str, Any], predictor: _Predictor) -> Outcome:
    missing = next((each.name for each in predictor.inputs if not _said(row, each.name)), None)
    if missing is not None:
        return Dropped(place=place, reason=f"an example without `{printable(missing)}`")
    reference = row.get(predictor.outputs[-1].name) if predictor.outputs else None
    more = {key: value for key, value in row.items() if key not in _NOT_A_FIELD}
    size = len(as_text(more))
    return Draft(
        place=place,
        size=size,
        inputs={each.name: row[each.name] for each in predictor.inputs},
        reference=None if reference == "" else reference,
        mapped=("train" if predictor.train else "demos, as stand-in cases",),
    )


def _advice(place: str, predictor: _Predictor) -> Iterator[Unmapped]:
    yield Unmapped(
        place=place,
        what="the adapter, which words the fields for a model and is code",
        remedy="Compare the texts under prompts/ with what `dspy.inspect_history()` shows, and correct them.",
    )
    inputs, outputs = (
        ", ".join(f"`{printable(each.name)}`" for each in part) for part in (predictor.inputs, predictor.outputs)
    )
    yield Unmapped(
        place=place,
        what=f"which fields are asked for, which the file does not say: taken as inputs {inputs or 'none'}, "
        f"as outputs {outputs or 'none'}",
        remedy="Correct the prompt and the cases if the last field is not the only answer.",
    )
    if not predictor.train:
        yield Unmapped(
            place=place,
            what="cases: the file holds none but its demonstrations, which the prompt shows to the model",
            remedy="Put the program's development set into cases.jsonl: measured on what it is shown, a model shines.",
        )


def _with_extraction(imported: Imported, predictor: _Predictor) -> Imported:
    """Where reasoning comes before the answer, scorers look behind the answer's prefix."""
    if len(predictor.outputs) < 2:  # noqa: PLR2004 - reasoning and an answer
        return imported
    pattern = rf"(?is)(?<!\w){re.escape(predictor.outputs[-1].prefix)}\s*(.+)"
    scorers = [
        scorer if scorer["type"] in ("regex", "json", "number") else {**scorer, "extract": {"regex": pattern}}
        for scorer in imported.declaration["scorers"]
    ]
    return Imported(
        declaration={**imported.declaration, "scorers": scorers},
        cases=imported.cases,
        account=imported.account,
        files=imported.files,
    )
