"""What a job of Advanced Prompt Optimization reads and writes: a line for the prompt with its samples, and its result.

The form is that of the Amazon Bedrock User Guide, "Prepare your input dataset" and "View and interpret results", and of
results in AWS's own samples, November 2026. Three traps are kept away from here: an object with several variables fails
without a word, so that each has one; names are sent in letters and digits alone, and come back as they were; and braces
that are meant as such may come back doubled.
"""

import hashlib
import heapq
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.answers import Origin
from brainswap.core.cases import Case, Split
from brainswap.core.judging.material import sendable
from brainswap.core.prompts.rendering import values_of
from brainswap.core.prompts.structure.spans import PROTECTED
from brainswap.core.prompts.template import PLACEHOLDER, Prompt, as_text
from brainswap.core.rewriting.one_text import as_one_text, cannot_be_one_text
from brainswap.core.wording import printable

VERSION = "bedrock-2026-05-14"
RESULTS = "advanced_prompt_optimization_results.jsonl"
TEMPLATE = "prompt"
MOST_SAMPLES = 100
MOST_VARIABLES = 20
MOST_BYTES = 50_000_000
DONE = "SUCCESS"
ORIGIN = "brainswapOrigin"

_KEEP = re.compile(r"<!--\s*keep\s*-->(.*?)<!--\s*/keep\s*-->", re.DOTALL | re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+(\w?)")
_DOUBLED = re.compile(r"\{\{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A prompt as a job takes it.

    Attributes:
        text: the template.
        names: by the name that is sent, the placeholder as the prompt writes it.
        variables: by the name that is sent, the one that cases know.
        kept: regions that the job must not touch, with our marks, by their text without them; in order.
        doubled: how often two opening braces that open no placeholder stand in the prompt.
    """

    text: str
    names: Mapping[str, str]
    variables: Mapping[str, str]
    kept: tuple[tuple[str, str], ...]
    doubled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What came of a prompt: a text, or the reason why there is none; and who is behind it."""

    text: str | None
    because: str = ""
    origin: Origin = Origin.LIVE


def cannot_be_sent(prompt: Prompt) -> str | None:
    """Why a prompt is no matter for a job; None where it is."""
    because = cannot_be_one_text(prompt)
    if because is not None:
        return because
    if prompt.earlier:
        return f"a job takes one prompt, and this is a chain of {len(prompt.steps)}"
    names = len(prompt.placeholders)
    if not names:
        return "it takes a prompt with placeholders, and this one has none"
    return f"it takes {MOST_VARIABLES} variables, and the prompt has {names}" if names > MOST_VARIABLES else None


def sent(prompt: Prompt) -> Sent:
    """The prompt with names that a job takes, and with the job's own tags round what has to stay."""
    text = sendable(as_one_text(prompt))
    spellings: dict[str, str] = {}
    for match in PLACEHOLDER.finditer(text):
        spellings.setdefault(match.group(1), match.group())
    by_name = dict(zip(spellings, _distinct(spellings), strict=True))
    regions = tuple((match.group(1), match.group()) for match in _KEEP.finditer(text))
    tagged = _KEEP.sub(r"<advpo:exclude>\1</advpo:exclude>", text)
    return Sent(
        text=PLACEHOLDER.sub(lambda match: f"{{{{{by_name[match.group(1)]}}}}}", tagged),
        names={by_name[name]: spelling for name, spelling in spellings.items()},
        variables={taken: name for name, taken in by_name.items()},
        kept=regions,
        doubled=len(_DOUBLED.findall(PLACEHOLDER.sub("", text))),
    )


def received(text: str, was: Sent) -> str:
    """A text that a job wrote, in the prompt's own spelling."""
    opened = {f"{{{{{name}}}}}": f"\0{place}\0" for place, name in enumerate(was.names)}
    for written, mark in opened.items():
        text = text.replace(written, mark)
    if not was.doubled and "{{" in text:
        text = text.replace("{{", "{").replace("}}", "}")
    for mark, spelling in zip(opened.values(), was.names.values(), strict=True):
        text = text.replace(mark, spelling)
    return _with_marks(text, was)


def record(was: Sent, samples: Iterable[Case], scoring: Mapping[str, Any]) -> bytes | None:
    """The only line of a job's input; None where no sample fits.

    Args:
        was: the prompt.
        samples: cases for training, and no others.
        scoring: the fields that say how answers are scored; see `brainswap.core.rewriting.job_scoring`.
    """
    head = {"version": VERSION, "templateId": TEMPLATE, "promptTemplate": was.text, **scoring}
    room = MOST_BYTES - len(json.dumps(head))
    told: list[str] = []
    for case in samples:
        if case.split is not Split.TRAIN:
            raise ValueError(f"case {printable(case.id)} is not for training")
        sample = json.dumps(_sample(case, was))
        room -= len(sample) + 2
        if room < 0 or len(told) == MOST_SAMPLES:
            break
        told.append(sample)
    if not told:
        return None
    return f'{json.dumps(head)[:-1]}, "evaluationSamples": [{", ".join(told)}]}}\n'.encode()


def chosen(cases: Iterable[Case], was: Sent, *, seed: int) -> list[Case]:
    """At most `MOST_SAMPLES` cases for training that a job can be told, drawn by the seed, in one pass."""
    fitting = (case for case in cases if case.split is Split.TRAIN and _can_be_told(case, was))
    return heapq.nsmallest(MOST_SAMPLES, fitting, key=lambda case: _draw(case.id, seed))


def result(lines: Iterable[bytes], model: str) -> JobResult:
    """What a job made of the prompt for a model; whatever cannot be read is no text, with the reason."""
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return JobResult(text=None, because="a line of its results is no JSON")
        if isinstance(row, dict) and row.get("promptTemplateId") == TEMPLATE:
            # The embedded Bedrock says so; Amazon's never does.
            origin = Origin.SIMULATED if row.get(ORIGIN) == Origin.SIMULATED else Origin.LIVE
            return replace(_of_model(row.get("promptOptimizationResults"), model), origin=origin)
    return JobResult(text=None, because="its results do not name the prompt")


def _of_model(found: Any, model: str) -> JobResult:
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict) or one.get("modelId") != model:
            continue
        text = one.get("optimizedPromptTemplate")
        if one.get("status") == DONE and isinstance(text, str) and text.strip():
            return JobResult(text=text)
        reason = one.get("failureReason")
        said = f": {printable(reason, 200)}" if isinstance(reason, str) and reason else ""
        return JobResult(text=None, because=f"it says {printable(str(one.get('status')))}{said}")
    return JobResult(text=None, because="its results do not name the model")


def _distinct(names: Iterable[str]) -> Iterator[str]:
    """Names in letters and digits, each once: ``user_question`` as ``userQuestion``."""
    taken: set[str] = set()
    for name in names:
        plain = _NOT_A_NAME.sub(lambda match: match.group(1).upper(), name).replace("_", "") or "value"
        candidate, number = plain, 1
        while candidate in taken:
            number += 1
            candidate = f"{plain}{number}"
        taken.add(candidate)
        yield candidate


def _sample(case: Case, was: Sent) -> dict[str, Any]:
    values = values_of(case)
    reference = {} if case.reference is None else {"referenceResponse": sendable(as_text(case.reference))}
    return {
        "inputVariables": [{sent_as: sendable(as_text(values[name]))} for sent_as, name in was.variables.items()],
        **reference,
    }


def _can_be_told(case: Case, was: Sent) -> bool:
    beside = case.messages or case.tools or case.tool_results or case.attachments
    return not beside and set(was.variables.values()) <= values_of(case).keys()


def _draw(case_id: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}\n{case_id}".encode("utf-8", "surrogatepass")).hexdigest()


def _with_marks(text: str, was: Sent) -> str:
    """Put our marks back round the regions that had them; one that is not there any more is for the guards to see."""
    at, pieces = 0, list[str]()
    for inner, region in was.kept:
        place = text.find(inner, at)
        if place < 0 or PROTECTED.search(text[place : place + len(inner)]):
            continue
        pieces += [text[at:place], region]
        at = place + len(inner)
    return "".join([*pieces, text[at:]])
