"""What must hold between the parts of a case's conversation, its tools and its passages."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from functools import lru_cache

from brainswap.core.attachments.kinds import MOST_DOCUMENTS, MOST_IMAGES, format_of
from brainswap.core.cases import Case
from brainswap.core.conversations import AssistantTurn, Attachment, ToolTurn, UserTurn
from brainswap.core.loading.faults import Fault, fault
from brainswap.core.loading.findings import dotted
from brainswap.core.loading.prompt_data import schema_problem
from brainswap.core.prompts.rendering import CONTEXT
from brainswap.core.prompts.template import Prompt
from brainswap.core.wording import listed, printable, suggestion

_KIND = "conversation"


def conversation_faults(place: str, case: Case, prompt: Prompt) -> Iterator[Fault]:
    """What is wrong with a case beside its input.

    Args:
        place: of the case.
        case: one that has the form of a case.
        prompt: with its placeholders open.
    """
    yield from _context_faults(place, case, prompt.placeholders)
    if case.tools:
        yield from _tool_faults(place, case)
    tools = {tool.name for step in prompt.steps for tool in step.tools} | {tool.name for tool in case.tools}
    yield from _result_faults(place, case, tools)
    yield from _turn_faults(place, case, tools)
    for step in prompt.steps:
        if "messages" in step.takes:
            yield from _order_faults(place, case, step)
    yield from _untaken(place, case, prompt)
    yield from _count_faults(place, case)


def attachments_of(case: Case) -> Iterator[tuple[str, Attachment]]:
    """Every file of a case, with the key under which it stands."""
    for index, attachment in enumerate(case.attachments):
        yield dotted(("attachments", index)), attachment
    for number, turn in enumerate(case.messages):
        for index, attachment in enumerate(turn.attachments if isinstance(turn, UserTurn) else ()):
            yield dotted(("messages", number, "attachments", index)), attachment


def _context_faults(place: str, case: Case, placeholders: Collection[str]) -> Iterator[Fault]:
    if case.context is None:
        return
    where = f"{place} {CONTEXT}"
    if CONTEXT in case.input:
        wrong = f"the input has a value of the name `{CONTEXT}` as well"
        yield fault(where, _KIND, wrong, "Keep one of them.")
    if CONTEXT not in placeholders:
        wrong = "the prompt does not show the passages"
        yield fault(where, _KIND, wrong, f"Write {{{{{CONTEXT}}}}} into the prompt where they belong.")


def _tool_faults(place: str, case: Case) -> Iterator[Fault]:
    names = Counter(tool.name for tool in case.tools)
    for index, tool in enumerate(case.tools):
        where = f"{place} {dotted(('tools', index))}"
        if names[tool.name] > 1:
            wrong = f"two tools are called `{printable(tool.name)}`"
            yield fault(where, "tool", wrong, "Give each tool a name of its own.")
        wrong_schema = _schema_problem(json.dumps(tool.input_schema, sort_keys=True))
        if wrong_schema is not None:
            remedy = "Write a JSON Schema (2020-12) that describes an object."
            yield fault(f"{where}.input_schema", "tool", wrong_schema, remedy)


@lru_cache(maxsize=1024)
def _schema_problem(schema: str) -> str | None:
    """The cases of a workload mostly have the same few tools."""
    return schema_problem(json.loads(schema), of_object=True)


def _result_faults(place: str, case: Case, tools: Collection[str]) -> Iterator[Fault]:
    for index, result in enumerate(case.tool_results):
        if result.name not in tools:
            where = f"{place} {dotted(('tool_results', index, 'name'))}"
            wrong = f"no tool is called `{printable(result.name)}`"
            yield fault(where, "tool", wrong, suggestion(result.name, tools, "Tools of the prompt and the case"))


def _turn_faults(place: str, case: Case, tools: Collection[str]) -> Iterator[Fault]:
    """Calls without a tool or a result, and results without a call."""
    waiting: dict[str, int] = {}
    seen: set[str] = set()
    for number, turn in enumerate(case.messages):
        where = f"{place} {dotted(('messages', number))}"
        if isinstance(turn, ToolTurn):
            if waiting.pop(turn.tool_call_id, None) is None:
                wrong = f"no call before it that waits for a result has the id `{printable(turn.tool_call_id)}`"
                remedy = "Put it behind the assistant's turn with the call, and give it the id of the call."
                yield fault(where, _KIND, wrong, remedy)
            continue
        yield from _unanswered(place, waiting)
        waiting = {}
        if isinstance(turn, UserTurn) and not turn.content.strip():
            yield fault(where, _KIND, "the user says nothing", "Write its `content`.")
        if isinstance(turn, AssistantTurn):
            if not turn.content.strip() and not turn.tool_calls:
                yield fault(where, _KIND, "the assistant neither says nor calls anything", "Write its `content`.")
            for index, call in enumerate(turn.tool_calls):
                at = f"{where}.{dotted(('tool_calls', index))}"
                if call.id in seen:
                    wrong = f"the id `{printable(call.id)}` is that of another call"
                    yield fault(at, _KIND, wrong, "Give each call an id of its own.")
                if call.name not in tools:
                    wrong = f"no tool is called `{printable(call.name)}`"
                    yield fault(at, "tool", wrong, suggestion(call.name, tools, "Tools of the prompt and the case"))
                seen.add(call.id)
                waiting[call.id] = number
    yield from _unanswered(place, waiting)


def _unanswered(place: str, waiting: dict[str, int]) -> Iterator[Fault]:
    if waiting:
        number = next(iter(waiting.values()))
        wrong = f"these calls have no result: {listed(waiting)}"
        remedy = 'Write a turn {"role": "tool", "tool_call_id": …, "content": …} for each behind it.'
        yield fault(f"{place} {dotted(('messages', number))}", _KIND, wrong, remedy)


def _order_faults(place: str, case: Case, prompt: Prompt) -> Iterator[Fault]:
    """The user begins, and it is the model's turn at the end."""
    turns = [turn for turn in prompt.with_turns([]).messages if turn.role != "system"]
    by_place = [turn for turn in prompt.messages if turn.role == "case"]
    if not case.messages:
        if by_place and not any(turn.role == "user" for turn in turns):
            wrong = "the case has no `messages`, and the prompt says nothing without them"
            yield fault(place, _KIND, wrong, "Give the case `messages` that end with the user's turn.")
        return
    where = f"{place} messages"
    before, after = _around(prompt)
    if isinstance(case.messages[0], AssistantTurn) and "user" not in before:
        remedy = "Begin with a turn of the user, or put one into the prompt before them."
        yield fault(where, _KIND, "the conversation begins with the assistant", remedy)
    if isinstance(case.messages[-1], AssistantTurn) and "user" not in after:
        remedy = "End with a turn of the user or of a tool, which the model is to answer."
        yield fault(where, _KIND, "the conversation ends with the assistant", remedy)


def _untaken(place: str, case: Case, prompt: Prompt) -> Iterator[Fault]:
    """What a case holds and no step of a chain takes."""
    held = {
        "messages": case.messages,
        "attachments": case.attachments,
        "tools": (*case.tools, *case.tool_results),
    }
    for name, parts in held.items():
        if parts and not any(name in step.takes for step in prompt.steps):
            key = "tool_results" if name == "tools" and not case.tools else name
            wrong = f"no step takes the `{key}` of a case"
            yield fault(f"{place} {key}", _KIND, wrong, f"Write `takes: [{name}]` into the step that they go with.")


def _around(prompt: Prompt) -> tuple[list[str], list[str]]:
    """The roles of the prompt's turns before and behind those of a case."""
    marked = [turn.role for turn in prompt.messages]
    if "case" in marked:
        place = marked.index("case")
        return list(marked[:place]), list(marked[place + 1 :])
    last = max((place for place, role in enumerate(marked) if role == "user"), default=0)
    return list(marked[:last]), list(marked[last:])


def _count_faults(place: str, case: Case) -> Iterator[Fault]:
    kinds: Counter[str] = Counter(
        found.kind for _, each in attachments_of(case) if (found := format_of(each.source, each.media_type))
    )
    for kind, most in (("image", MOST_IMAGES), ("document", MOST_DOCUMENTS)):
        if kinds[kind] > most:
            wrong = f"the case has {kinds[kind]} {kind}s, and models take {most} at most"
            yield fault(f"{place} attachments", "attachment", wrong, "Leave some of them out.")
