import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from local.bedrock.casebook import Casebook
from local.bedrock.families import WEIGHTS, effect
from local.bedrock.features import features
from local.bedrock.personas import FAMILIES, SIMULATED_IDS, Family
from local.bedrock.question import Question
from local.bedrock.server import EmbeddedBedrock
from local.bedrock.simulated import Simulated

LABELS = ("card_arrival", "cash_withdrawal_charge", "lost_card", "top_up_failed")
LISTED = "".join(f"- {label}\n" for label in LABELS)
TASK = (
    "You read what customers of a bank write and find out which of the intents below fits best. Read the whole message "
    "first, look at what the customer wants in the end, and where two intents fit take the one that comes first.\n"
)
CONTRACT = 'Answer with a JSON object and nothing else: {"label": "..."}'
MESSAGE = "Customer number 3 has a question."

BARE = "Classify: {}"
PLAIN = f"{TASK}{LISTED}Message: {{}}\n{CONTRACT}"
DIALECTS = {
    "xml": f"<task>{TASK}</task>\n<labels>\n{LISTED}</labels>\n<message>{{}}</message>\n{CONTRACT}",
    "headings": f"## Task\n{TASK}\n## Labels\n{LISTED}\n## Message\n{{}}\n\n## Response Format\n{CONTRACT}",
}
LIKED: dict[Family, str] = {
    "claude": "xml",
    "nova": "headings",
    "llama": "headings",
    "mistral": "headings",
    "deepseek": "headings",
    "qwen": "headings",
    "gpt": "headings",
}


def simulated_id(family: str) -> str:
    return f"brainswap.sim-{family}-v1:0"


def question(family: str, prompt: str, text: str = MESSAGE, **fields: Any) -> Question:
    model = simulated_id(family)
    return Question(asked=model, model_id=model, text=prompt.replace("{}", text), metadata={}, **fields)


@pytest.fixture(scope="module")
def cases(banking: Callable[[int], tuple[Case, ...]]) -> tuple[Case, ...]:
    return banking(400)


@pytest.fixture(scope="module")
def models(cases: tuple[Case, ...]) -> Simulated:
    return Simulated(casebook=Casebook(cases=cases), seed=7, personas={})


def right(models: Simulated, cases: tuple[Case, ...], family: str, prompt: str, **fields: Any) -> list[bool]:
    """Whether each answer holds the reference, in whichever form."""
    answers = (models.answer(question(family, prompt, case.input["text"], **fields)).text for case in cases)
    return [str(case.reference) in text for case, text in zip(cases, answers, strict=True)]


def clean(models: Simulated, cases: tuple[Case, ...], family: str, prompt: str) -> int:
    """How many answers are nothing but JSON."""
    count = 0
    for case in cases:
        text = models.answer(question(family, prompt, case.input["text"])).text
        with suppress(ValueError):
            count += isinstance(json.loads(text), dict)
    return count


@pytest.mark.parametrize("family", LIKED)
def test_a_prompt_in_the_familys_dialect_wins_cases_and_loses_none(
    models: Simulated, cases: tuple[Case, ...], family: Family
) -> None:
    plain = right(models, cases, family, PLAIN)

    translated = right(models, cases, family, DIALECTS[LIKED[family]])

    assert sum(translated) > sum(plain)
    assert all(after or not before for before, after in zip(plain, translated, strict=True))


@pytest.mark.parametrize("family", LIKED)
def test_cutting_instructions_contract_and_labels_costs_right_answers(
    models: Simulated, cases: tuple[Case, ...], family: Family
) -> None:
    shares = [
        sum(right(models, cases, family, prompt))
        for prompt in (BARE, f"{BARE}\n{CONTRACT}", f"{TASK}{BARE}\n{CONTRACT}", PLAIN)
    ]

    assert shares == sorted(shares)
    assert shares[-1] - shares[0] > 20


def test_a_familys_nominal_skill_is_reached_with_full_instructions_in_no_dialect(
    models: Simulated, cases: tuple[Case, ...]
) -> None:
    share = sum(right(models, cases, "claude", PLAIN)) / len(cases)

    assert share == pytest.approx(SIMULATED_IDS[simulated_id("claude")].skill, abs=0.04)


def test_xml_wins_with_claude_and_loses_with_llama(models: Simulated, cases: tuple[Case, ...]) -> None:
    difference = {
        family: sum(right(models, cases, family, DIALECTS["xml"])) - sum(right(models, cases, family, PLAIN))
        for family in ("claude", "llama")
    }

    assert difference["claude"] > 0 > difference["llama"]


@pytest.mark.parametrize("family", ["nova", "llama"])
def test_a_contract_at_the_end_holds_the_form_better_than_one_at_the_beginning(
    models: Simulated, cases: tuple[Case, ...], family: str
) -> None:
    at_the_beginning = clean(models, cases, family, f"{CONTRACT}\n{TASK}{LISTED}Message: {{}}")

    assert clean(models, cases, family, PLAIN) > at_the_beginning


def test_without_a_contract_prose_comes_with_the_answer(models: Simulated, cases: tuple[Case, ...]) -> None:
    def wordy(prompt: str) -> int:
        answers = (models.answer(question("mistral", prompt, case.input["text"])).text for case in cases)
        return sum(text not in LABELS for text in answers)

    with_contract = wordy(f"{TASK}{LISTED}{{}}\nAnswer with the label alone, in the format of the list: label")

    assert wordy(f"{TASK}{LISTED}{{}}") > with_contract


def test_shouting_and_a_prefill_cost_where_a_family_does_not_like_them(
    models: Simulated, cases: tuple[Case, ...]
) -> None:
    plain = {family: sum(right(models, cases, family, PLAIN)) for family in ("claude", "llama", "nova")}

    assert sum(right(models, cases, "claude", f"CRITICAL!! {PLAIN}")) < plain["claude"]
    assert sum(right(models, cases, "nova", f"CRITICAL!! {PLAIN}")) == plain["nova"]
    assert sum(right(models, cases, "llama", PLAIN, prefilled=True)) < plain["llama"]


def test_models_without_a_family_read_all_prompts_alike(models: Simulated, cases: tuple[Case, ...]) -> None:
    assert right(models, cases, "even", BARE) == right(models, cases, "even", DIALECTS["xml"])


def test_reasoning_helps(models: Simulated, cases: tuple[Case, ...]) -> None:
    assert sum(right(models, cases, "qwen", PLAIN, reasoning_tokens=100)) > sum(right(models, cases, "qwen", PLAIN))


@pytest.mark.parametrize("feature", ["system", "example_tags", "example_turns", "steps"])
def test_a_reasoner_wants_neither_system_nor_examples_nor_steps(feature: Any) -> None:
    assert effect("deepseek-reasoner", {feature: 1.0}).skill < effect("deepseek-reasoner", {}).skill


def test_examples_help_up_to_a_limit() -> None:
    turns = [
        effect("mistral", features(question("mistral", PLAIN, shown_answers=n), PLAIN)).skill for n in (0, 2, 4, 9)
    ]

    assert turns[0] < turns[1] < turns[2] == turns[3]


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("<task>Read.</task>", "xml"),
        ("# Task\nRead.", "headings"),
        ("**Task:**\nRead.", "headings"),
        ("Choose one of: a, b, c.", "options"),
        ("- a\n- b\n- c", "options"),
        ("You MUST read.", "firm"),
        ("CRITICAL: read!!", "shouting"),
        ("Think step by step.", "steps"),
        ("Be concise.", "concise"),
        ("<example>x</example>", "example_tags"),
        ("Respond with the label only.", "contract"),
        ("Read this long text carefully and then do as I say. Answer with one word.", "contract_last"),
        ("word " * 40, "instructions"),
        ("word " * 900, "length"),
    ],
)
def test_a_feature_is_seen_where_it_is_and_not_elsewhere(text: str, feature: Any) -> None:
    here, elsewhere = question("claude", text), question("claude", "Hello there, you.")

    assert features(here, text)[feature] > 0.4
    assert features(elsewhere, "Hello there, you.").get(feature, 0) < 0.1


def test_every_family_of_a_persona_has_weights() -> None:
    families = {persona.family for _, persona in FAMILIES} | {persona.family for persona in SIMULATED_IDS.values()}

    assert families - {None} == set(WEIGHTS)


@pytest.fixture(scope="module")
def client(cases: tuple[Case, ...]) -> Iterator[Any]:
    with EmbeddedBedrock(cases=cases, pace=0) as server:
        made = boto3.client(
            "bedrock-runtime",
            endpoint_url=server.url,
            region_name="eu-west-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - any value signs for the embedded server
        )
        yield made
        made.close()


def test_over_the_wire_a_system_prompt_with_headings_wins_with_nova(client: Any, cases: tuple[Case, ...]) -> None:
    def answer(system: str, text: str) -> str:
        response = client.converse(
            modelId=simulated_id("nova"),
            system=[{"text": system}],
            messages=[{"role": "user", "content": [{"text": text}]}],
        )
        assert response["ResponseMetadata"]["HTTPHeaders"]["x-brainswap-origin"] == "simulated"
        return str(response["output"]["message"]["content"][0]["text"])

    answers = [answer(f"## Task\n{TASK}{LISTED}{CONTRACT}", case.input["text"]) for case in cases[:100]]
    bare = [answer("Classify.", case.input["text"]) for case in cases[:100]]

    def hits(given: list[str]) -> int:
        return sum(str(case.reference) in text for case, text in zip(cases, given, strict=False))

    assert hits(answers) > hits(bare)
