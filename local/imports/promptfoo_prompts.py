"""The prompts of a promptfoo configuration: texts and chats, in place and in files."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.prompt_data import json_of
from brainswap.core.prompts.template import PLACEHOLDER
from brainswap.core.wording import printable
from local.imports.notebook import Notebook
from local.imports.nunjucks import others, plain, quoted
from local.imports.promptfoo_files import CODE, LINES, SCHEME, WORDS, YAML, Surroundings, UnreadableError, is_code

_ROLES = {"system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant"}
_SEPARATOR = "\n---\n"
_KNOWN = (*WORDS, *YAML, *LINES, ".json", ".csv", *CODE)
_MOST = 100
_LONGEST_PATH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPrompt:
    """One prompt as it stands in the configuration or in a file."""

    place: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPrompt:
    """What a workload says of its prompt.

    Attributes:
        declaration: of the key ``prompt``.
        files: texts by path.
        names: of the placeholders.
    """

    declaration: Mapping[str, Any]
    files: Mapping[str, str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands before and after every prompt."""

    prefix: str = ""
    suffix: str = ""


@dataclass(slots=True)
class _Turns:
    system: str | None = None
    turns: list[tuple[str, str]] = field(default_factory=list)


def raw_prompts(declared: Any, files: Surroundings, notes: Notebook) -> list[RawPrompt]:
    """Every prompt that can be read, in order; the others are named."""
    items = declared if isinstance(declared, list) else [] if declared is None else [declared]
    if isinstance(declared, Mapping) and not declared.keys() & {"raw", "id", "file", "label"}:
        items = list(declared)  # the old form: file to label
    found: list[RawPrompt] = []
    for index, item in enumerate(items):
        place = f"prompts[{index}]"
        try:
            found.extend(_read(item, place, files, notes))
        except UnreadableError as error:
            notes.name(place, error.what, error.remedy)
    return [prompt for prompt in found if prompt.text.strip()][:_MOST]


def imported(raw: Sequence[RawPrompt], frame: Frame, variables: Iterable[str], notes: Notebook) -> ImportedPrompt:
    """The first prompt for the workload, and the texts of the others beside it.

    Args:
        raw: the prompts; where there are none, one is made of the variables.
        frame: what stands around each.
        variables: of the tests.
        notes: for what has no counterpart.
    """
    if raw:
        first = raw[0]
    else:
        lines = "\n".join(f"{name}: {{{{{name}}}}}" for name in variables if PLACEHOLDER.fullmatch(f"{{{{{name}}}}}"))
        first = RawPrompt(place="prompts", text=lines or "Write the prompt here.")
        remedy = "Write your prompt into prompts/user.md; now it only lists the variables of the tests."
        notes.name("prompts", "no prompt that could be read", remedy)
    declaration, texts = _declared(_framed(_turns(first, notes), frame), first.place, notes)
    names = frozenset(name for text in texts.values() for name in PLACEHOLDER.findall(text))
    if raw:
        notes.map(first.place, "prompt")
    for number, other in enumerate(raw[1:], start=2):
        texts[f"prompts/other-{number}.txt"] = other.text
        remedy = (
            f"Its text is in prompts/other-{number}.txt; a workload has one prompt, so give it a workload of its own."
        )
        notes.name(other.place, "a further prompt", remedy)
    return ImportedPrompt(declaration=declaration, files=texts, names=names)


def _read(item: Any, place: str, files: Surroundings, notes: Notebook) -> Iterator[RawPrompt]:
    if isinstance(item, str):
        yield from _read_text(item, place, files)
        return
    if not isinstance(item, Mapping):
        raise UnreadableError("a prompt that is neither text nor an object", "Write its text.")
    for key in sorted(item.keys() - {"raw", "id", "label", "file", "display"}):
        notes.name(f"{place}.{printable(key)}", f"prompt option {printable(key)}", "Set it for the models by hand.")
    raw = item.get("raw")
    if isinstance(raw, str):
        yield from _read_text(raw, place, files)
    elif isinstance(raw, list | Mapping):
        yield RawPrompt(place=place, text=json.dumps(raw, ensure_ascii=False))
    elif isinstance(reference := item.get("file", item.get("id")), str):
        yield from _read_text(reference, place, files)
    else:
        raise UnreadableError("a prompt without a text", "Write its text as `raw`.")


def _read_text(text: str, place: str, files: Surroundings) -> Iterator[RawPrompt]:
    if not _is_reference(text, files):
        yield RawPrompt(place=place, text=text)
        return
    if is_code(text) or text.startswith("exec:"):
        what = f"{printable(text)}: a prompt that a program makes"
        raise UnreadableError(what, "Run the program yourself, and put the prompt that it makes into prompts/.")
    for path in files.paths(text):
        name = f"{place} {files.named(path)}"
        if path.suffix in LINES:
            yield from _in_lines(name, path, files)
        elif path.suffix == ".csv":
            for number, row in files.rows(path):
                yield RawPrompt(place=f"{name}:{number}", text=row.get("prompt") or next(iter(row.values()), ""))
        elif path.suffix in YAML:
            value = files.value(path)
            yield RawPrompt(place=name, text=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        elif path.suffix == ".txt":
            for part in files.text(path).replace("\r\n", "\n").split(_SEPARATOR):
                yield RawPrompt(place=name, text=part)
        else:
            yield RawPrompt(place=name, text=files.text(path))


def _in_lines(name: str, path: Path, files: Surroundings) -> Iterator[RawPrompt]:
    for number, value in files.values(path):
        if isinstance(value, UnreadableError):
            raise value
        yield RawPrompt(place=f"{name}:{number}", text=json.dumps(value, ensure_ascii=False))


def _is_reference(text: str, files: Surroundings) -> bool:
    """Whether a text names a file: by its scheme, or because it looks like a path and such a file is there."""
    if text.startswith((SCHEME, "exec:")):
        return True
    if len(text) > _LONGEST_PATH or "\n" in text or "{" in text or not text.strip().lower().endswith(_KNOWN):
        return False
    try:
        return bool(files.paths(text))
    except UnreadableError:
        return is_code(text) and " " not in text.strip()


def _turns(prompt: RawPrompt, notes: Notebook) -> _Turns:
    chat = _chat(prompt.text)
    if chat is None:
        return _Turns(turns=[("user", plain(prompt.text))])
    found = _Turns()
    for index, message in enumerate(chat):
        place = f"{prompt.place}[{index}]"
        role, text = _ROLES.get(str(message.get("role"))), _content(message.get("content"), place, notes)
        if role is None or text is None:
            what = f"a message with the role {printable(str(message.get('role')))}"
            remedy = "Keep what matters of it in the system text or in a message of the user or the assistant."
            notes.name(place, what, remedy)
        elif role == "system" and not found.turns:
            found.system = text if found.system is None else f"{found.system}\n\n{text}"
        elif text.strip():
            found.turns.append((role, text))
    if not found.turns:
        remedy = "Write what the application asks into prompts/user.md."
        notes.name(prompt.place, "a chat without a message of the user", remedy)
        found.turns.append(("user", "Write the prompt here."))
    return found


def _chat(text: str) -> list[Mapping[str, Any]] | None:
    """The messages of a chat that is written as JSON; None for any other text."""
    if not text.lstrip().startswith(("[", "{")):
        return None
    for form in (text, quoted(text)):
        try:
            value = json_of("prompt", form)
        except InvalidWorkloadError:
            continue
        messages = value.get("messages") if isinstance(value, Mapping) else value
        if isinstance(messages, list) and messages and all(_is_message(message) for message in messages):
            return messages
    return None


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and "role" in value and "content" in value


def _content(value: Any, place: str, notes: Notebook) -> str | None:
    if isinstance(value, str):
        return plain(value)
    if not isinstance(value, list):
        return None
    texts = [part.get("text") if isinstance(part, Mapping) else part for part in value]
    known = [text for text in texts if isinstance(text, str)]
    if len(known) < len(texts):
        notes.name(place, "a part of a message that is not text", "Only text is asked; describe it in words.")
    return plain("\n".join(known))


def _framed(found: _Turns, frame: Frame) -> _Turns:
    last = max((index for index, (role, _) in enumerate(found.turns) if role == "user"), default=0)
    role, text = found.turns[last]
    turns = [*found.turns]
    turns[last] = (role, f"{frame.prefix}{text}{frame.suffix}")
    return _Turns(system=found.system, turns=turns)


def _declared(found: _Turns, place: str, notes: Notebook) -> tuple[dict[str, Any], dict[str, str]]:
    declaration: dict[str, Any] = {}
    texts: dict[str, str] = {}
    if found.system is not None and found.system.strip():
        declaration["system"] = {"file": "prompts/system.md"}
        texts["prompts/system.md"] = found.system
    if [role for role, _ in found.turns] == ["user"]:
        declaration["user"] = {"file": "prompts/user.md"}
        texts["prompts/user.md"] = found.turns[0][1]
    else:
        declaration["messages"] = []
        for number, (role, text) in enumerate(found.turns, start=1):
            path = f"prompts/{number:02}-{role}.md"
            declaration["messages"].append({"role": role, "content": {"file": path}})
            texts[path] = text
    for path, text in texts.items():
        for piece in others(text):
            remedy = f"Rewrite it in {path}: a prompt knows {{{{name}}}} alone. The text is kept as it was."
            notes.name(f"{place} ({path})", f"Nunjucks {printable(piece)}", remedy)
    return declaration, texts
