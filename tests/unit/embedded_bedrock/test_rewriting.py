"""The simulated rewriter sets parts apart, knows nothing else, and slips now and then."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.models.registry import profile_of
from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.rewriting.asking import rewriting_prompt
from brainswap.core.rewriting.reading import UnreadableRewritingError, read
from local.bedrock.question import Question
from local.bedrock.rewriting import optimised, reworded, rewriting

NOVA, CLAUDE = "amazon.nova-pro-v1:0", "anthropic.claude-sonnet-5"
SYSTEM = "You are a clerk who sorts the messages of customers.\n\nAnswer with only the label: car or home."
USER = "Look at the message below.\n\nMessage: {{message}}"
PROMPT = Prompt(system=SYSTEM, messages=(Message(role="user", content=USER),))


def question(prompt: Prompt, model: str = NOVA, complaints: tuple[str, ...] = ()) -> tuple[Question, str]:
    asked = rewriting_prompt(prompt, model, profile=profile_of(model), complaints=complaints, salt="s")
    text = f"{asked.prompt.system}\n{asked.prompt.messages[0].content}"
    return Question(asked=model, model_id=model, text=text, metadata={}), asked.code


def outcome(seed: int, complaints: tuple[str, ...] = ()) -> str:
    asked, code = question(PROMPT, complaints=complaints)
    answer = Answer(
        case_id="c", text=rewriting(asked, seed) or "", status=AnswerStatus.ANSWERED, origin=Origin.SIMULATED
    )
    try:
        made = read(answer, PROMPT, code)
    except UnreadableRewritingError:
        return "unreadable"
    return "refused" if refusals(made.prompt, PROMPT, labels=("car", "home")) else "accepted"


def test_each_family_gets_its_manner_and_every_word_stays() -> None:
    nova, claude, other = (reworded(SYSTEM, USER, family) for family in ("nova", "claude", None))

    assert "## Response format\nAnswer with only the label: car or home." in nova.system
    assert "MUST" in nova.system
    assert nova.user.endswith("Answer with only the label: car or home.")
    assert "<response_format>\nAnswer with only the label: car or home.\n</response_format>" in claude.system
    assert "## Task\nLook at the message below." in other.system
    for made in (nova, claude, other):
        assert made.user.startswith("Message: {{message}}")
        assert made.reasons


def test_a_prompt_in_another_language_gets_no_english_phrases() -> None:
    made = reworded("Du sortierst Nachrichten nach ihrem Thema.", "Nachricht: {{message}}", "nova")

    assert "Read the whole input" not in made.system


@pytest.mark.parametrize("text", ["<!-- keep -->\nNever pay.\n\nNever.\n<!-- /keep -->", "```\na\n\nb\n```"])
def test_what_is_solid_is_not_cut(text: str) -> None:
    assert text in reworded(f"{SYSTEM}\n\n{text}", USER, "nova").system
    assert text in optimised(f"{SYSTEM}\n\n{text}\n\n{USER}", "claude", "draw").user


def test_elements_stay_whole_and_what_leads_to_an_input_stays_before_it() -> None:
    made = reworded("You sort.\n\n<rules>\nOne.\n\nTwo.\n</rules>", "Be kind.\n\nThe message:\n\n{{message}}", "nova")

    assert "<rules>\nOne.\n\nTwo.\n</rules>" in made.system
    assert made.user == "The message:\n\n{{message}}"


def test_most_wordings_are_accepted_and_some_are_not_and_the_seed_decides() -> None:
    found = [outcome(seed) for seed in range(80)]

    counts = Counter(found)
    assert found[:10] == [outcome(seed) for seed in range(10)]
    assert counts["accepted"] > 55
    assert counts["refused"] > 2
    assert counts["unreadable"] > 0


def test_whoever_is_told_what_was_wrong_does_better() -> None:
    assert {outcome(seed, ("placeholders: {{message}} is gone",)) for seed in range(30)} == {"accepted"}


@pytest.mark.parametrize(
    "other",
    [
        lambda asked: replace(asked, text="Rewrite this prompt: Sort {{message}}."),
        lambda asked: replace(asked, text=asked.text.replace("<structure-", "<matter-")),
        lambda asked: replace(asked, text=asked.text.replace("<turn-1-", "<turn-")),
        lambda asked: replace(asked, text="The code of this request is 0123456789abcdef0123.\nHello."),
    ],
)
def test_what_asks_for_no_rewriting_gets_none(other: Callable[[Question], Question]) -> None:
    assert rewriting(other(question(PROMPT)[0]), 1) is None
    assert rewriting(question(PROMPT)[0], 1) is not None
