"""Which tools a simulated model calls, and with what: those that a case knows something of, and never any other.

A model calls the tools that the case has recorded results for, in their order: the first alone, and once it has that
result all others together. Where the case has no results, it calls what the case's reference names, all at once. A
model that does not know the case gives arguments that differ from the recorded ones. When it has got its results, or
there is nothing of the kind, it answers in words.
"""

import json
from collections.abc import Sequence
from typing import Any

from brainswap.core.cases import Case
from local.bedrock.casebook import References
from local.bedrock.mistakes import wrong
from local.bedrock.question import Called, Question, Tool
from local.bedrock.structured import fit


def calls_of(question: Question, case: Case, references: References, *draw: object, knows: bool) -> tuple[Called, ...]:
    """The calls of one answer; none where it is to be words.

    Args:
        question: with the tools that may be called.
        case: that it is about.
        references: what other cases expect, for mistakes.
        draw: the parts of the seed.
        knows: whether the model does it right.
    """
    offered = {tool.name: tool for tool in question.offered}
    wanted = [each for each in _wanted(case) if each[0] in offered]
    if case.tool_results:
        due = wanted[question.returned :] if question.returned else wanted[:1]
    else:
        due = [] if question.returned else wanted
    return tuple(
        Called(name=name, arguments=json.dumps(_given(arguments, offered[name], references, *draw, knows=knows)))
        for name, arguments in due
    )


def recorded_arguments(case: Case, tool: Tool) -> Any:
    """What a tool that has to be called is given in a case; None where the case says nothing of it."""
    return next((arguments for name, arguments in _wanted(case) if name == tool.name), None)


def _wanted(case: Case) -> Sequence[tuple[str, Any]]:
    if case.tool_results:
        return [
            (result.name, None if result.arguments is None else dict(result.arguments)) for result in case.tool_results
        ]
    reference = case.reference if isinstance(case.reference, list) else [case.reference]
    return [
        (each["name"], each.get("arguments") if isinstance(each.get("arguments"), dict) else None)
        for each in reference
        if isinstance(each, dict) and isinstance(each.get("name"), str)
    ]


def _given(arguments: Any, tool: Tool, references: References, *draw: object, knows: bool) -> Any:
    if arguments is None:
        made = fit({}, tool.schema, tool.schema)
        return made if isinstance(made, dict) else {}
    return arguments if knows or not arguments else wrong(arguments, references, *draw, "arguments")
