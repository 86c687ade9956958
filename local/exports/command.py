"""What ``brainswap export`` does, and what it says."""

import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainswap.core.exports.chains import step_by_step
from brainswap.core.exports.dspy_program import program_state, signature
from brainswap.core.exports.langchain import chat_prompt_template
from brainswap.core.exports.prompt_management import create_prompt
from brainswap.core.exports.shipped import Exported, NotExportableError, Shipped
from brainswap.core.exports.texts import openai_messages, plain_text
from brainswap.core.wording import listed, printable
from local.exports.promptfoo import configuration
from local.exports.publishing import Published, publish
from local.exports.runs import CannotExportError, FoundRun, find_run, sent_document, shipped_prompt

PUBLISHED = "bedrock-prompt"
_TEXTS: Mapping[str, Callable[[Shipped], Exported]] = {
    "text": plain_text,
    "openai": openai_messages,
    PUBLISHED: create_prompt,
    "langchain": chat_prompt_template,
    "dspy": program_state,
}
_OF_ONE_CALL = frozenset({"openai", PUBLISHED, "langchain", "dspy"})
FORMATS = ("text", "json", PUBLISHED, "promptfoo", "openai", "langchain", "dspy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was written.

    Attributes:
        files: in the order in which they were written.
        note: how to go on with them; empty where nothing needs to be said.
    """

    format: str
    shipped: Shipped
    exported: Exported
    files: tuple[Path, ...]
    published: Published | None
    note: str

    @property
    def document(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "contender": self.shipped.contender,
            "model": self.shipped.model,
            "prompt": self.shipped.variant,
            "files": [str(file) for file in self.files],
            "left_out": list(self.exported.left_out),
            "renamed": dict(self.exported.renamed),
            "published": None if self.published is None else dataclasses.asdict(self.published),
        }

    def lines(self) -> Iterator[str]:
        """The result for people."""
        files = listed([str(file) for file in self.files])
        yield f"Wrote {files}: the {self.shipped.variant} prompt of {self.shipped.contender} for {self.shipped.model}."
        if self.published is not None:
            yield f"Published as version {self.published.version}: {self.published.arn}"
        if self.exported.left_out:
            yield f"Left out: {len(self.exported.left_out)}, see above."
        if self.note:
            yield self.note

    def remarks(self) -> Iterator[str]:
        """What the form has no place for, and what is called otherwise there."""
        for what in self.exported.left_out:
            yield f"Left out, for {self.format} has no place for it: {printable(what, 400)}"
        for name, other in self.exported.renamed.items():
            yield f"The placeholder {name} is called {other} in {self.format}."


def export(form: str, named: str, file: Path, *, contender: str | None, publishing: bool) -> Done:
    """Write the prompt of a run in another form, whole or not at all.

    Args:
        form: one of `FORMATS`.
        named: a folder that a run left, or its id.
        file: to write; one that is there is replaced.
        contender: by its id; None for the one that the run recommends.
        publishing: also put it into Bedrock Prompt Management.

    Raises:
        CannotExportError: there is no such run or contender, the form cannot hold the prompt, or it cannot be written.
    """
    if publishing and form != PUBLISHED:
        raise CannotExportError(f"Only the format {PUBLISHED} is published: leave --publish out, or export that one.")
    if form == "dspy" and file.suffix != ".json":
        raise CannotExportError("DSPy loads a file only if its name ends in .json: choose such a name.")
    run = find_run(named)
    shipped = shipped_prompt(run, contender)
    if publishing and shipped.prompt.earlier:
        raise CannotExportError(
            "--publish puts one prompt into Prompt Management, and this is a chain: leave it out, and create a prompt "
            "of each file that is written."
        )
    try:
        exported = _exported(form, run, shipped, file)
    except NotExportableError as error:
        raise CannotExportError(f"{form}: {error}") from error
    files = tuple(
        _write(file.with_name(f"{file.stem}{ending}") if ending else file, text)
        for ending, text in {**exported.beside, "": exported.text}.items()
    )
    note = f"Load it with dspy.Predict({signature(exported)!r}).load(…)." if form == "dspy" else ""
    return Done(
        format=form,
        shipped=shipped,
        exported=exported,
        files=files[::-1],
        published=publish(exported.text) if publishing else None,
        note=note,
    )


def _exported(form: str, run: FoundRun, shipped: Shipped, file: Path) -> Exported:
    if form == "json":
        return Exported(text=sent_document(run, shipped.contender))
    if form == "promptfoo":
        return configuration(shipped, run.scorers(), run.cases(), description=run.description, name=file.stem)
    if form in _OF_ONE_CALL:
        return step_by_step(shipped, _TEXTS[form], ending=file.suffix)
    return _TEXTS[form](shipped)


def _write(file: Path, text: str) -> Path:
    """Beside the file first, so that nobody sees half of it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(prefix=".export-", dir=file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            Path(fresh).chmod(0o644)
            Path(fresh).replace(file)
        finally:
            Path(fresh).unlink(missing_ok=True)
    except OSError as error:
        raise CannotExportError(f"{printable(str(file), 300)} cannot be written: {error.strerror}.") from error
    return file
