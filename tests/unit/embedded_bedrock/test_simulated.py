import math
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import pytest

from brainswap.core.answers import Origin
from brainswap.core.cases import Case
from local.bedrock.casebook import Casebook
from local.bedrock.personas import EVEN, SIMULATED_IDS, Persona, persona_of
from local.bedrock.question import REPEAT_KEY, STEP_KEY, Question
from local.bedrock.simulated import Simulated

STRONG, EVEN_ID, WEAK, SLOPPY = (f"brainswap.sim-{name}-v1:0" for name in ("strong", "even", "weak", "sloppy"))
Cases = tuple[Case, ...]


def simulated(cases: Sequence[Case], seed: int = 7, **personas: Persona) -> Simulated:
    return Simulated(casebook=Casebook(cases=cases), seed=seed, personas=personas)


def asked(model: str, case: Case, prompt: str = "Classify: {}", **fields: Any) -> Question:
    usual: dict[str, Any] = {"asked": model, "model_id": model, "metadata": {}}
    return Question(text=prompt.format(case.input["text"]), **(usual | fields))


def right(models: Simulated, model: str, cases: Cases, prompt: str = "Classify: {}", **fields: Any) -> list[bool]:
    return [str(case.reference) in models.answer(asked(model, case, prompt, **fields)).text for case in cases]


def phi(first: list[bool], second: list[bool]) -> float:
    """Pearson's correlation of two yes-or-no variables."""
    p, q = fmean(first), fmean(second)
    both = fmean(a and b for a, b in zip(first, second, strict=True))
    return (both - p * q) / math.sqrt(p * (1 - p) * q * (1 - q))


def test_the_same_seed_gives_the_same_answers_and_another_seed_others(banking: Callable[[int], Cases]) -> None:
    cases = banking(50)

    once, again, otherwise = (
        [simulated(cases, seed).answer(asked(WEAK, case)) for case in cases] for seed in (7, 7, 8)
    )

    assert once == again
    assert [reply.text for reply in once] != [reply.text for reply in otherwise]


@pytest.fixture(scope="module")
def outcomes(banking: Callable[[int], Cases]) -> dict[str, list[bool]]:
    """Whether each of the explicit models is right, case by case."""
    cases = banking(1200)
    models = simulated(cases)
    return {model: right(models, model, cases) for model in SIMULATED_IDS}


def test_a_more_skilled_model_is_right_more_often_and_about_as_often_as_its_skill(
    outcomes: dict[str, list[bool]],
) -> None:
    shares = [fmean(outcomes[model]) for model in (WEAK, EVEN_ID, STRONG)]

    assert shares == sorted(shares)
    assert shares == pytest.approx([SIMULATED_IDS[model].skill for model in (WEAK, EVEN_ID, STRONG)], abs=0.03)


@pytest.mark.parametrize(("one", "other"), [(WEAK, EVEN_ID), (EVEN_ID, STRONG), (WEAK, STRONG), (EVEN_ID, SLOPPY)])
def test_models_err_on_the_same_cases_as_real_ones_do(outcomes: dict[str, list[bool]], one: str, other: str) -> None:
    assert 0.3 < phi(outcomes[one], outcomes[other]) < 0.7


def test_the_wording_of_the_prompt_is_all_the_same_to_a_model_without_a_family(banking: Callable[[int], Cases]) -> None:
    cases = banking(200)
    models = simulated(cases)

    plain = right(models, WEAK, cases)

    assert right(models, WEAK, cases, "Which intent has this message?\n<message>{}</message>") == plain


def test_worked_examples_never_cost_an_answer_and_win_some(banking: Callable[[int], Cases]) -> None:
    cases = banking(600)
    models = simulated(cases)
    examples = " ".join(case.input["text"] for case in cases[:4])

    without = right(models, WEAK, cases[4:])
    with_examples = right(models, WEAK, cases[4:], f"Examples: {examples}\nNow classify: {{}}")

    assert all(after or not before for before, after in zip(without, with_examples, strict=True))
    assert sum(with_examples) > sum(without)


def test_a_wrong_label_is_the_label_of_another_case(banking: Callable[[int], Cases]) -> None:
    cases = banking(300)
    quiet = Persona(name="quiet", skill=0.2, format_discipline=1, verbosity=0, refusal_rate=0, speed=EVEN.speed)
    models = simulated(cases, quiet=quiet)

    answers = {models.answer(asked("quiet", case)).text for case in cases}

    assert answers == {"card_arrival", "cash_withdrawal_charge", "lost_card", "top_up_failed"}


def test_repetitions_differ_with_a_temperature_alone(banking: Callable[[int], Cases]) -> None:
    cases = banking(300)
    models = simulated(cases)

    def repetition(number: str, temperature: float) -> list[bool]:
        return right(models, WEAK, cases, temperature=temperature, metadata={REPEAT_KEY: number})

    assert repetition("0", 0.0) == repetition("1", 0.0)
    assert repetition("0", 1.0) != repetition("1", 1.0)
    assert repetition("1", 1.0) == repetition("1", 1.0)


def test_the_same_model_behind_two_profiles_gives_the_same_answers(banking: Callable[[int], Cases]) -> None:
    cases = banking(50)
    models = simulated(cases)

    assert right(models, WEAK, cases, asked=f"us.{WEAK}") == right(models, WEAK, cases, asked=f"eu.{WEAK}")


def test_a_request_about_no_case_gets_a_harmless_answer_that_says_what_it_is(ask: Callable[..., Question]) -> None:
    reply = simulated([]).answer(ask("Hello", asked=STRONG, model_id=STRONG))

    assert "simulated answer" in reply.text
    assert (reply.origin, reply.estimated) == (Origin.SIMULATED, ("tokens", "latency"))


def test_an_answer_ends_at_the_token_limit_and_says_so() -> None:
    case = Case(id="one", input={"text": "Tell me all about it."}, reference="word " * 100)
    sure = Persona(name="sure", skill=1, format_discipline=1, verbosity=0, refusal_rate=0, speed=EVEN.speed)

    reply = simulated([case], sure=sure).answer(asked("sure", case, max_tokens=5))

    assert (reply.text, reply.stop_reason, reply.output_tokens) == ("word word word word ", "max_tokens", 5)


def test_an_answer_ends_before_the_first_stop_sequence() -> None:
    case = Case(id="one", input={"text": "Tell me all about it."}, reference="first. second; third")
    sure = Persona(name="sure", skill=1, format_discipline=1, verbosity=0, refusal_rate=0, speed=EVEN.speed)

    reply = simulated([case], sure=sure).answer(asked("sure", case, stop_sequences=(";", ". ", "fourth")))

    assert (reply.text, reply.stop_reason) == ("first", "stop_sequence")


def test_refusals_come_about_as_often_as_the_persona_refuses(banking: Callable[[int], Cases]) -> None:
    cases = banking(1000)
    shy = Persona(name="shy", skill=1, format_discipline=1, verbosity=0, refusal_rate=0.2, speed=EVEN.speed)
    models = simulated(cases, shy=shy)

    refused = fmean("can't help" in models.answer(asked("shy", case)).text for case in cases)

    assert refused == pytest.approx(0.2, abs=0.04)


def test_longer_requests_take_longer_until_the_first_token(ask: Callable[..., Question]) -> None:
    models = simulated([])

    short, long_ = (
        fmean(models.answer(ask(f"{n} {'x' * size}")).first_token_ms for n in range(40)) for size in (10, 80_000)
    )

    assert long_ > 1.5 * short


@pytest.mark.parametrize(
    ("model", "persona"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-haiku-3"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku"),
        ("anthropic.claude-sonnet-5-5", "claude-sonnet"),
        ("amazon.nova-2-lite-v1:0", "nova-lite"),
        ("meta.llama3-1-8b-instruct-v1:0", "llama-small"),
        ("meta.llama3-3-70b-instruct-v1:0", "llama-large"),
        ("meta.llama4-scout-17b-instruct-v1:0", "llama-large"),
        ("mistral.mistral-large-3-675b-instruct", "mistral-large"),
        ("openai.gpt-oss-20b-1:0", "gpt-oss-20b"),
        ("openai:gpt-4o-mini", "gpt-small"),
        ("qwen.qwen3-32b-v1:0", "qwen-small"),
        ("brainswap.sim-sloppy-v1:0", "sloppy"),
        ("acme.unheard-of-v1", "stranger"),
    ],
)
def test_a_persona_is_chosen_by_the_models_family(model: str, persona: str) -> None:
    assert persona_of(model, seed=7).name == persona


def test_strangers_differ_from_each_other_and_stay_themselves() -> None:
    assert persona_of("acme.one", seed=7) == persona_of("acme.one", seed=7)
    assert persona_of("acme.one", seed=7) != persona_of("acme.two", seed=7)


def test_a_step_of_a_chain_aims_at_the_part_of_the_reference_of_its_name() -> None:
    cases = tuple(
        Case(
            id=str(number), input={"text": f"ticket {number}"}, reference={"sort": f"kind {number % 3}", "reply": "yes"}
        )
        for number in range(60)
    )
    models = simulated(cases)

    said = {
        step: [models.answer(asked(WEAK, case, metadata={STEP_KEY: step})).text for case in cases]
        for step in ("sort", "reply")
    }

    kinds = {text for text in said["sort"] if "kind" in text}
    assert {kind for kind in ("kind 0", "kind 1", "kind 2") if any(kind in text for text in kinds)} == {
        "kind 0",
        "kind 1",
        "kind 2",
    }
    assert not any("yes" in text for text in said["sort"])
    assert any("yes" in text for text in said["reply"])
