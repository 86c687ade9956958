"""Configurations of llama-prompt-ops: YAML that names a system prompt, and JSON of questions with their answers.

Paths are followed inside the configuration's folder alone, or inside its project where that folder is called
``configs``: a configuration of somebody else's must not make a prompt of any file that it can name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.declaration import MAX_BYTES, parse_declaration
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.wording import printable
from local.imports.account import Account, CannotImportError, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.drafts import CannotUseError, Draft, drafts_of, name_of, shown_name
from local.imports.fields import FieldsShape
from local.imports.records import Record, Unreadable

_READ = frozenset({"system_prompt", "prompt", "dataset", "model"})
_REMEDIES: Mapping[str, str] = {
    "metric": "Compare the scorer of workload.yaml with it.",
    "optimization": "Say under `improve` of workload.yaml how prompts are to be rewritten.",
}
_PROJECT = ("configs", "config")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Configuration:
    system: str | None
    dataset: Path
    input_path: tuple[str, ...]
    answer_path: tuple[str, ...]
    names: tuple[str, ...]


def read(file: Path) -> Imported:
    """Read a configuration with the files that it names.

    Raises:
        CannotImportError: a part that is needed is missing, or lies outside the folder.
    """
    account = Account()
    place = shown_name(file)
    declared = _yaml(file)
    configuration = _configuration(file, declared)
    account.unmapped.extend(_without_counterpart(place, declared))
    drafts = drafts_of(configuration.dataset, lambda record: _draft(record, configuration), _expanded)
    shape = FieldsShape(system=configuration.system)
    description = "A configuration of llama-prompt-ops with its data, as they were imported."
    return assemble(Source(file=file, description=description, drafts=drafts, shape=shape, account=account))


def _yaml(file: Path) -> Mapping[str, Any]:
    name = shown_name(file)
    try:
        value = parse_declaration(name, _text(file)).value
    except InvalidWorkloadError as error:
        raise CannotImportError("; ".join(f"{found.place}: {found.wrong}" for found in error.problems)) from error
    if not isinstance(value, Mapping) or not isinstance(value.get("dataset"), Mapping):
        raise CannotImportError(f"{name} is no configuration of llama-prompt-ops: it has no `dataset`.")
    return value


def _text(file: Path) -> str:
    name = shown_name(file)
    try:
        with file.open("rb") as stream:
            return decoded(name, bounded(name, stream, MAX_BYTES))
    except (OSError, ValueError) as error:
        raise CannotImportError(f"{name} cannot be read.") from error
    except InvalidWorkloadError as error:
        raise CannotImportError("; ".join(f"{found.place}: {found.wrong}" for found in error.problems)) from error


def _configuration(file: Path, declared: Mapping[str, Any]) -> _Configuration:
    dataset = declared["dataset"]
    prompt = declared.get("system_prompt", declared.get("prompt"))
    if not isinstance(prompt, Mapping):
        raise CannotImportError(f"{shown_name(file)} has neither `system_prompt` nor `prompt`.")
    path = dataset.get("path")
    if not isinstance(path, str):
        raise CannotImportError(f"{shown_name(file)} names no file under `dataset.path`.")
    inputs = prompt.get("inputs")
    names = tuple(name for name in inputs if isinstance(name, str)) if isinstance(inputs, list) else ()
    answer = dataset.get("golden_output_field", dataset.get("output_field"))
    return _Configuration(
        system=_system(file, prompt),
        dataset=_inside(file, path),
        input_path=_path(dataset.get("input_field")) or names[:1] or ("question",),
        answer_path=_path(answer) or ("answer",),
        names=names or ("question",),
    )


def _system(file: Path, prompt: Mapping[str, Any]) -> str | None:
    text = prompt.get("text")
    named = prompt.get("file")
    if not isinstance(text, str) and isinstance(named, str):
        text = _text(_inside(file, named))
    return text if isinstance(text, str) and text.strip() else None


def _inside(file: Path, path: str) -> Path:
    """A file that a configuration names.

    Raises:
        CannotImportError: it is not there, or not where it may be.
    """
    shown = printable(path, limit=200)
    try:
        folder = file.resolve().parent
        root = folder.parent if folder.name in _PROJECT else folder
        for base in (folder, root):
            found = (base / path).resolve()
            hidden = any(part.startswith(".") for part in found.relative_to(root).parts)
            if found.is_file() and not hidden:
                return found
    except (OSError, RuntimeError, ValueError) as error:  # ValueError: it leads out
        raise CannotImportError(f"{shown} is not in the folder of {shown_name(file)}. Put it there.") from error
    raise CannotImportError(f"{shown_name(file)} names {shown}, which is not there. Put it beside the configuration.")


def _path(field: Any) -> tuple[str, ...]:
    fields = field if isinstance(field, list) else [field]
    return tuple(fields) if fields and all(isinstance(each, str) and each for each in fields) else ()


def _without_counterpart(place: str, declared: Mapping[str, Any]) -> Iterator[Unmapped]:
    for key in declared:
        if key not in _READ:
            remedy = _REMEDIES.get(key, "Nothing reads it.")
            yield Unmapped(place=place, what=f"key `{printable(key)}`", remedy=remedy)
    model = declared.get("model")
    if model is not None:
        remedy = "It is the model that the prompt is made for: name it under `targets` of workload.yaml, by its id."
        yield Unmapped(place=place, what="key `model`", remedy=remedy)


def _expanded(record: Record) -> Iterator[Record | Unreadable]:
    yield record


def _draft(record: Record, configuration: _Configuration) -> Draft:
    asked = _at(record.value, configuration.input_path)
    if asked is None or asked == "":
        raise CannotUseError("no input at the path of `input_field`")
    answer = _at(record.value, configuration.answer_path)
    return Draft(
        place=record.place,
        size=record.size,
        id=name_of(record.value.get("id")) if isinstance(record.value, dict) else None,
        inputs=_inputs(record.value, asked, configuration),
        reference=answer,
        mapped=("input_field", *(["golden_output_field"] if answer is not None else [])),
    )


def _inputs(value: Any, asked: Any, configuration: _Configuration) -> dict[str, Any]:
    """The one field, and those of the others that a record has by the names that the prompt has for them."""
    first, *others = configuration.names
    more = {name: value[name] for name in others if isinstance(value, dict) and value.get(name) is not None}
    return {first: asked, **more}


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
