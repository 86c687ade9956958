"""300 prompts out of public applications in nine families' dialects: nothing is lost, and no guard cries wolf."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.moves.turns import unmarked
from brainswap.core.prompts.structure.parsing import parse
from brainswap.core.prompts.structure.parts import render
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.prompts.translation import translate
from tests.real.assembling import ABSENT, DATA
from tests.real.prompt_corpus import TARGETS, Collected, corpus, kept_by, with_kept_paragraph

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]


def test_every_prompt_is_rendered_as_it_was() -> None:
    assert len(corpus()) == 300
    for one in corpus():
        assert render(parse(one.prompt)) == one.prompt, one.id
        assert render(parse(with_kept_paragraph(one.prompt))) == with_kept_paragraph(one.prompt), one.id


@pytest.mark.parametrize("family", TARGETS)
def test_nothing_is_lost_in_any_dialect(family: str) -> None:
    kept = kept_by(TARGETS[family])

    assert kept.lost == []
    assert min(kept.found.values()) > 0


def last_words(prompt: Prompt, words: str) -> Prompt:
    places = [place for place, turn in enumerate(prompt.messages) if turn.role == "user"]
    if not places:
        return replace(prompt, messages=(*prompt.messages, Message(role="user", content=words)))
    messages = list(prompt.messages)
    messages[places[-1]] = replace(messages[places[-1]], content=f"{messages[places[-1]].content}\n\n{words}")
    return replace(prompt, messages=tuple(messages))


def trimmed(prompt: Prompt) -> Prompt:
    def trim(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.split("\n")).strip()

    messages = tuple(replace(turn, content=trim(turn.content)) for turn in prompt.messages)
    return replace(prompt, system=None if prompt.system is None else trim(prompt.system), messages=messages)


EDITS: dict[str, Callable[[Prompt], Prompt]] = {
    "brief": lambda prompt: last_words(prompt, "Be brief."),
    "check": lambda prompt: last_words(
        prompt, "Before you answer, check that nothing of the instructions was left out."
    ),
    "role": lambda prompt: replace(prompt, system=f"You are a careful assistant.\n\n{prompt.system or ''}".rstrip()),
}


def honest(one: Collected) -> dict[str, Prompt]:
    """Candidates that nobody has to fear, each once."""
    made = {family: translate(one.prompt, model).prompt for family, model in TARGETS.items()}
    made["trimmed"] = trimmed(unmarked(one.prompt))
    if one.language == "en":
        made |= {name: edit(unmarked(one.prompt)) for name, edit in EDITS.items()}
    return {name: prompt for name, prompt in made.items() if prompt not in (one.prompt, unmarked(one.prompt))}


def test_no_guard_refuses_an_honest_candidate() -> None:
    seen = 0
    for one in corpus()[:60]:
        judged: set[Prompt] = set()
        for name, candidate in honest(one).items():
            if candidate in judged:
                continue
            judged.add(candidate)
            seen += 1
            assert refusals(candidate, one.prompt, labels=one.labels) == (), (one.id, name)

    assert seen >= 200
