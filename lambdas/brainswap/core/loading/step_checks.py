"""What must hold between the steps of a chain: names, the answers that they use of each other, parts of answers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from brainswap.core.loading.findings import Finding, KeyPath
from brainswap.core.prompts.template import PLACEHOLDER, STEPS
from brainswap.core.scoring.extraction import extract_problem
from brainswap.core.scoring.specs import Extract
from brainswap.core.wording import listed, printable, suggestion

_KIND = "step"


def calls_of(data: Any) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The calls that a declared prompt makes about a case, each with its key: the prompt itself, or its steps.

    Args:
        data: the whole declaration, as JSON's types, which may be wrong in any way.
    """
    prompt = data.get("prompt") if isinstance(data, Mapping) else None
    if not isinstance(prompt, Mapping):
        return
    steps = prompt.get("steps")
    if not isinstance(steps, list):
        yield ("prompt",), prompt
        return
    for index, step in enumerate(steps):
        if isinstance(step, Mapping):
            yield ("prompt", "steps", index), step


def step_findings(data: Any, texts: Mapping[KeyPath, str]) -> Iterator[Finding]:
    """What is wrong between the steps of a chain; nothing of a prompt that is one call.

    Args:
        data: the whole declaration, as JSON's types, which may be wrong in any way.
        texts: of the prompt, by the path of the key that declares each.
    """
    calls = [(path, step) for path, step in calls_of(data) if len(path) > 1]
    names = [step.get("name") if isinstance(step.get("name"), str) else None for _, step in calls]
    yield from _repeated_names(calls, names)
    for place, (path, step) in enumerate(calls):
        yield from _unusable_fields(path, step)
        yield from _places_for_turns(path, step, is_last=place == len(calls) - 1)
        yield from _choices_without_tool(path, step)
        for key, text in texts.items():
            if key[: len(path)] == path and key[len(path)] in {"system", "user", "messages"}:
                yield from _unknown_answers(key, text, calls, names, place)


def scorers_of_no_step(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Scorers that look at a step which the prompt does not have."""
    names = [step.get("name") for path, step in calls_of(data) if len(path) > 1]
    known = {name for name in names if isinstance(name, str)}
    scorers = data.get("scorers")
    for index, scorer in enumerate(scorers if isinstance(scorers, list) else ()):
        step = scorer.get("step") if isinstance(scorer, Mapping) else None
        if isinstance(step, str) and step not in known:
            remedy = suggestion(step, known, "Steps") if known else "Leave the key out: the prompt has no steps."
            wrong = f"no step is called `{printable(step)}`"
            yield Finding(kind=_KIND, path=("scorers", index, "step"), wrong=wrong, remedy=remedy)


def aims_that_no_source_gives(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Scorers of a step, where a search aims at what the source answers: that is the application's answer alone."""
    improve, scorers = data.get("improve"), data.get("scorers")
    if not isinstance(improve, Mapping) or improve.get("reference") != "source_answers":
        return
    for index, scorer in enumerate(scorers if isinstance(scorers, list) else ()):
        if isinstance(scorer, Mapping) and scorer.get("step") is not None:
            wrong = "optimising aims at the source's answers (`improve.reference`), which tell nothing of a step"
            remedy = "Leave `step` out, or aim at the references of the cases."
            yield Finding(kind=_KIND, path=("scorers", index, "step"), wrong=wrong, remedy=remedy)


def _repeated_names(
    calls: Sequence[tuple[KeyPath, Mapping[str, Any]]], names: Sequence[str | None]
) -> Iterator[Finding]:
    counts = Counter(name for name in names if name is not None)
    for place, name in enumerate(names):
        if name is not None and counts[name] > 1 and name in names[:place]:
            wrong = f"steps[{names.index(name)}] is called `{printable(name)}` as well"
            yield Finding(
                kind=_KIND, path=(*calls[place][0], "name"), wrong=wrong, remedy="Give each step a name of its own."
            )


def _unusable_fields(path: KeyPath, step: Mapping[str, Any]) -> Iterator[Finding]:
    fields = step.get("fields")
    for name, declared in fields.items() if isinstance(fields, Mapping) else ():
        try:
            wrong = extract_problem(Extract.model_validate(declared))
        except ValidationError:
            continue
        if wrong is not None:
            remedy = "Correct how the part is taken out of the answer."
            where = (*path, "fields", str(name))
            yield Finding(kind=_KIND, path=where, wrong=printable(wrong, limit=300), remedy=remedy)


def _places_for_turns(path: KeyPath, step: Mapping[str, Any], *, is_last: bool) -> Iterator[Finding]:
    """A place for the turns of a case in a step that does not take them."""
    takes, turns = step.get("takes"), step.get("messages")
    taken = "messages" in takes if isinstance(takes, list) else is_last
    for index, turn in enumerate(turns if isinstance(turns, list) else ()):
        if isinstance(turn, Mapping) and "case" in turn and not taken:
            wrong = "the step has a place for the turns of a case, and does not take them"
            remedy = "Write `takes: [messages]` into the step, or remove the place."
            yield Finding(kind=_KIND, path=(*path, "messages", index), wrong=wrong, remedy=remedy)


def _choices_without_tool(path: KeyPath, step: Mapping[str, Any]) -> Iterator[Finding]:
    parameters = step.get("parameters")
    choice = parameters.get("tool_choice") if isinstance(parameters, Mapping) else None
    if choice is not None and step.get("tools") is None:
        wrong, remedy = "the step has no tools to choose from", "Give the step `tools`, or leave the key out."
        yield Finding(kind="tool", path=(*path, "parameters", "tool_choice"), wrong=wrong, remedy=remedy)
    elif isinstance(choice, Mapping) and isinstance(choice.get("tool"), str) and isinstance(step["tools"], list):
        known = {
            tool["name"] for tool in step["tools"] if isinstance(tool, Mapping) and isinstance(tool.get("name"), str)
        }
        if choice["tool"] not in known:
            wrong = f"no tool of the step is called `{printable(choice['tool'])}`"
            remedy = suggestion(choice["tool"], known, "Tools of the step")
            yield Finding(kind="tool", path=(*path, "parameters", "tool_choice", "tool"), wrong=wrong, remedy=remedy)


def _unknown_answers(
    key: KeyPath,
    text: str,
    calls: Sequence[tuple[KeyPath, Mapping[str, Any]]],
    names: Sequence[str | None],
    place: int,
) -> Iterator[Finding]:
    """Placeholders for answers that are not there when the step is asked."""
    told: set[str] = set()
    for match in PLACEHOLDER.finditer(text):
        shown, asked = f"{{{{{match.group(1)}}}}}", match.group(1).removeprefix(STEPS)
        if not match.group(1).startswith(STEPS) or asked in told:
            continue
        told.add(asked)
        found = _answer_problem(asked, calls, names, place)
        if found is not None:
            yield Finding(
                kind=_KIND,
                path=key,
                wrong=f"{printable(shown)} stands for no answer: {found[0]}",
                remedy=found[1],
                text_line=text.count("\n", 0, match.start()),
            )


def _answer_problem(
    asked: str, calls: Sequence[tuple[KeyPath, Mapping[str, Any]]], names: Sequence[str | None], place: int
) -> tuple[str, str] | None:
    """Why ``NAME`` or ``NAME.FIELD`` is nothing that the step at ``place`` could use, and what would be right."""
    name, dot, field = asked.partition(".")
    earlier = [each for each in names[:place] if each is not None]
    known = f"Steps before it: {listed(earlier)}." if earlier else "It is the first step; use the inputs of the case."
    if name not in names:
        remedy = suggestion(name, set(earlier), "Steps before it") if earlier else known
        return f"no step is called `{printable(name)}`", remedy
    if name not in earlier:
        is_own = name == names[place]
        return ("it is the step's own" if is_own else f"the step `{printable(name)}` comes later"), known
    declared = calls[names.index(name)][1].get("fields")
    fields = {str(each) for each in declared} if isinstance(declared, Mapping) else set()
    if dot and field not in fields:
        remedy = (
            suggestion(field, fields, f"Fields of `{name}`")
            if fields
            else (f"Declare it below the step: fields: {{{printable(field)}: {{json: …}}}}.")
        )
        return f"the step `{printable(name)}` has no field `{printable(field)}`", remedy
    return None
