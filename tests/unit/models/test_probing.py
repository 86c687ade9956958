import asyncio
from collections.abc import Callable

import pytest

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.errors import BrainswapError, ModelRefusesRequestError, ModelThrottledError
from brainswap.core.models.probing import PROBES, Outcome, probes_of, profile_from
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.models.registry import profiles
from brainswap.ports import Endpoint, Question
from brainswap.probing import Probed, probe

TODAY = "2026-11-23"
Objection = Callable[[Question], BrainswapError | None]


class Examinee:
    """A model that objects to some questions, and remembers all of them."""

    def __init__(self, objection: Objection) -> None:
        self._objection = objection
        self.asked: list[Question] = []

    async def warm_up(self, question: Question) -> None:
        assert question.model

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        error = self._objection(question)
        if error is not None:
            raise error
        return Answer(case_id=question.case.id, text="OK", status=AnswerStatus.ANSWERED, origin=Origin.LIVE)


def probed(model: str, objection: Objection) -> tuple[Probed, Examinee]:
    examinee = Examinee(objection)
    return asyncio.run(probe(examinee, model, checked_on=TODAY)), examinee


def refuses(unwanted: Callable[[Question], object]) -> Objection:
    return lambda question: ModelRefusesRequestError("no") if unwanted(question) else None


def test_a_model_that_takes_everything_gets_a_profile_that_says_so() -> None:
    found, examinee = probed("acme.model-1", lambda _question: None)

    profile = found.profile
    assert found.complete
    assert (profile.family, profile.sampling, profile.system, profile.tools) == ("probed", "both", "yes", "yes")
    assert (profile.native_output, profile.prefill, profile.stop_sequences) == ("yes", "yes", None)
    assert (profile.tool_choice, profile.checked_on) == (("auto", "tool"), TODAY)
    assert len(examinee.asked) == len(PROBES)


@pytest.mark.parametrize(
    ("unwanted", "fields"),
    [
        (lambda q: q.settings.temperature is not None, {"sampling": "none", "top_k": None}),
        (lambda q: q.settings.top_p is not None, {"sampling": "one"}),
        (lambda q: q.prompt.system, {"system": "no"}),
        (lambda q: q.prompt.tools, {"tools": "unknown", "tool_choice": ("auto",)}),
        (lambda q: q.settings.output == "native", {"native_output": "no"}),
        (lambda q: q.settings.stop_sequences, {"stop_sequences": 0}),
        (lambda q: q.prompt.messages[-1].role == "assistant", {"prefill": "no"}),
    ],
    ids=["sampling", "both", "system", "tool", "schema", "stops", "prefill"],
)
def test_what_is_refused_is_not_sent_again(unwanted: Callable[[Question], object], fields: dict[str, object]) -> None:
    found, _ = probed("acme.model-1", refuses(unwanted))

    assert found.complete
    assert {name: getattr(found.profile, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("model", "form"),
    [
        ("us.anthropic.claude-new", "claude-adaptive"),
        ("amazon.nova-9", "nova-effort"),
        ("openai.gpt-9", "gpt-effort"),
        ("acme.model-1", None),
    ],
)
def test_thinking_is_switched_off_in_the_words_of_the_vendor(model: str, form: str | None) -> None:
    found, examinee = probed(model, lambda _question: None)

    assert found.profile.thinking_form == form
    assert found.profile.thinking == ("none" if form is None else "default_on")
    assert len(examinee.asked) <= 9


def test_a_model_that_does_not_know_the_words_is_told_nothing_of_thinking() -> None:
    found, _ = probed("amazon.nova-9", refuses(lambda q: q.settings.fields))

    assert (found.profile.thinking, found.profile.thinking_form) == ("none", None)
    assert found.complete


def test_trouble_leaves_a_question_open_and_the_profile_is_not_worth_keeping() -> None:
    found, _ = probed("acme.model-1", lambda q: ModelThrottledError("slowly") if q.prompt.system else None)

    assert found.outcomes["system"] == "unknown"
    assert found.profile.system == "unknown"
    assert found.profile.prefill == "yes"
    assert not found.complete


@pytest.mark.parametrize("error", [ModelRefusesRequestError("no"), ModelThrottledError("slowly")])
def test_one_call_is_enough_where_not_even_a_plain_one_works(error: BrainswapError) -> None:
    found, examinee = probed("acme.model-1", lambda _question: error)

    assert (found.profile, found.complete, len(examinee.asked)) == (UNPROFILED, False, 1)


def test_probes_are_small_and_go_to_the_endpoint_of_the_model() -> None:
    examinee = Examinee(lambda _question: None)
    endpoint = Endpoint(base_url="http://localhost:1")

    asyncio.run(probe(examinee, "openai:x", checked_on=TODAY, endpoint=endpoint))

    assert {question.settings.max_tokens for question in examinee.asked} == {32}
    assert {question.endpoint for question in examinee.asked} == {endpoint}
    assert len({question.case.id for question in examinee.asked}) == len(examinee.asked)


def test_outcomes_decide_fields_of_profiles() -> None:
    fields = {name for one in probes_of("anthropic.claude-new") for name in one.decides}

    assert fields <= set(UNPROFILED.__slots__)


def test_a_refused_temperature_goes_before_a_refused_pair() -> None:
    outcomes: dict[str, Outcome] = {one.name: "refused" for one in PROBES}
    outcomes["plain"] = "taken"

    assert profile_from(outcomes, checked_on=TODAY).sampling == "none"


def test_what_is_left_open_is_as_in_the_base() -> None:
    base = profiles()["openai:gpt-4o"]

    profile = profile_from({"plain": "taken"}, checked_on=TODAY, base=base)

    assert (profile.endpoint, profile.max_temperature, profile.family) == ("openai", 2.0, "probed")
