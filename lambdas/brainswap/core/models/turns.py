"""The turns of a prompt, in an order and in roles that a model accepts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from brainswap.core.models.notes import Notes
from brainswap.core.models.profiles import Profile
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.wording import shown

_MESSAGES = "prompt.messages"
_SYSTEM = "prompt.system"
_OPENING = Message(role="user", content="Begin.")
_GAP = "\n\n"


def normalised(prompt: Prompt, profile: Profile, notes: Notes) -> Prompt:
    """Put system texts and turns where the model takes them; a last turn of the assistant stays."""
    if profile.endpoint == "runtime":
        prompt = _system_apart(prompt, notes)
    if profile.system == "no":
        prompt = _without_system(prompt, notes)
    if profile.strict_roles:
        prompt = _alternating(prompt, notes)
    return prompt


def prefill_of(prompt: Prompt) -> str | None:
    """What the answer is begun with: the turns of the assistant that nothing follows."""
    turns = prompt.messages[_end_of_conversation(prompt) :]
    return _joined(turns).content if turns else None


def without_prefill(prompt: Prompt, *, reason: str, structured: bool, notes: Notes) -> Prompt:
    """Take the beginning of the answer away and ask for it in words, unless a schema takes its place."""
    prefill = prefill_of(prompt)
    if prefill is None:
        return prompt
    kept = replace(prompt, messages=prompt.messages[: _end_of_conversation(prompt)])
    if structured:
        notes.add(_MESSAGES, declared=f"an answer that begins with {shown(prefill)}", sent=None, reason=reason)
        return _not_empty(kept)
    notes.add(
        _MESSAGES,
        declared=f"an answer that begins with {shown(prefill)}",
        sent="an instruction to begin the answer with it",
        reason=reason,
        loses="an answer that goes on from its given beginning: it repeats it",
    )
    return with_instruction(kept, f"Begin your answer with exactly this text:\n{prefill}")


def _end_of_conversation(prompt: Prompt) -> int:
    turns = enumerate(prompt.messages, start=1)
    return max((place for place, turn in turns if turn.role != "assistant"), default=0)


def with_instruction(prompt: Prompt, instruction: str) -> Prompt:
    """Put an instruction after the last words of the user, which those of a case may be."""
    places = [place for place, turn in enumerate(prompt.messages) if turn.role in ("user", "case")]
    added = Message(role="user", content=instruction)
    if not places or prompt.messages[places[-1]].role == "case":
        end = places[-1] + 1 if places else len(prompt.messages)
        return replace(prompt, messages=(*prompt.messages[:end], added, *prompt.messages[end:]))
    before, turn, after = prompt.messages[: places[-1]], prompt.messages[places[-1]], prompt.messages[places[-1] + 1 :]
    return replace(prompt, messages=(*before, _joined([turn, added]), *after))


def _system_apart(prompt: Prompt, notes: Notes) -> Prompt:
    """Converse keeps system texts apart from the turns."""
    found = [turn for turn in prompt.messages if turn.role == "system"]
    if not found:
        return prompt
    reason = "Converse keeps system texts apart from the turns"
    turns = tuple(turn for turn in prompt.messages if turn.role != "system")
    in_front = prompt.messages[: len(found)] == tuple(found)
    notes.add(
        _MESSAGES,
        declared=f"{len(found)} system turns",
        sent="their texts at the end of prompt.system",
        reason=reason,
        loses=None if in_front else "the places of system texts among the turns",
    )
    texts = ([] if prompt.system is None else [prompt.system]) + [turn.content for turn in found]
    return _not_empty(replace(prompt, system=_GAP.join(texts), messages=turns))


def _without_system(prompt: Prompt, notes: Notes) -> Prompt:
    """The words stay, at the beginning of the first turn of the user."""
    if prompt.system is not None:
        notes.add(
            _SYSTEM,
            declared="a system text",
            sent="the same text before the first words of the user",
            reason="the model takes no system text",
            loses="the weight of a system text",
        )
    texts = ([] if prompt.system is None else [prompt.system]) + [
        turn.content for turn in prompt.messages if turn.role == "system"
    ]
    turns = tuple(turn for turn in prompt.messages if turn.role != "system")
    if len(turns) != len(prompt.messages):
        notes.add(
            _MESSAGES,
            declared="system turns",
            sent="their texts before the first words of the user",
            reason="the model takes no system text",
            loses="the weight and the places of system texts",
        )
    if not texts:
        return prompt
    system = Message(role="user", content=_GAP.join(texts))
    first = next((place for place, turn in enumerate(turns) if turn.role == "user"), None)
    if first is None or any(turn.role in ("assistant", "case") for turn in turns[:first]):
        return Prompt(system=None, messages=(system, *turns), tools=prompt.tools, output=prompt.output)
    return replace(prompt, system=None, messages=(*turns[:first], _joined([system, turns[first]]), *turns[first + 1 :]))


def _alternating(prompt: Prompt, notes: Notes) -> Prompt:
    merged = tuple(_merged(prompt.messages))
    if merged != prompt.messages:
        notes.add(
            _MESSAGES,
            declared=f"{len(prompt.messages)} turns",
            sent=f"{len(merged)} turns: neighbours of one role as one",
            reason="turns of user and assistant have to alternate",
        )
    if merged and merged[0].role == "assistant":
        notes.add(
            _MESSAGES,
            declared="a conversation that the assistant begins",
            sent=f"a turn of the user before it: {shown(_OPENING.content)}",
            reason="a conversation has to begin with the user",
        )
        merged = (_OPENING, *merged)
    return replace(prompt, messages=merged)


def _not_empty(prompt: Prompt) -> Prompt:
    """Every call needs words of the user."""
    return prompt if prompt.messages else replace(prompt, messages=(_OPENING,))


def _merged(turns: Sequence[Message]) -> Iterable[Message]:
    """Neighbours of one role as one; the turns of a case, which stand for several, part what is beside them."""
    waiting: list[Message] = []
    for turn in turns:
        if waiting and waiting[0].role != turn.role:
            yield _joined(waiting)
            waiting = []
        waiting.append(turn)
    if waiting:
        yield _joined(waiting)


def _joined(turns: Sequence[Message]) -> Message:
    return Message(role=turns[0].role, content=_GAP.join(turn.content for turn in turns))
