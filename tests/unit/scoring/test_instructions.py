from typing import Any

import pytest

from brainswap.core.scoring.instructions.catalogue import INSTRUCTIONS
from brainswap.core.scoring.scorers import reference_problem, score, spec_problem
from brainswap.core.scoring.specs import InstructionsSpec

NO_COMMA = {"id": "punctuation:no_comma"}
THREE_WORDS = {"id": "length_constraints:number_words", "relation": "at least", "num_words": 3}
TITLE = {"id": "detectable_format:title"}


def spec(*instructions: dict[str, Any], **options: Any) -> InstructionsSpec:
    declared = {"name": "follows", "type": "instructions", **options}
    return InstructionsSpec.model_validate(declared | ({"instructions": instructions} if instructions else {}))


def asking(*ids: Any, kwargs: Any) -> dict[str, Any]:
    return {"instruction_id_list": list(ids), "kwargs": kwargs}


def test_all_of_ifevals_instructions_are_known() -> None:
    assert len(INSTRUCTIONS) == 25


def test_an_answer_that_follows_every_instruction_scores_one() -> None:
    found = score(spec(NO_COMMA, THREE_WORDS), "three words here", None)

    assert found.value == 1.0
    assert found.reason == "all 2 instructions are followed"


def test_one_broken_instruction_is_enough_for_nothing_and_every_broken_one_is_named() -> None:
    found = score(spec(NO_COMMA, THREE_WORDS, TITLE), "two, words", None)

    assert found.value == 0.0
    assert found.reason == (
        "3 of 3 instructions broken: punctuation:no_comma (1 comma); length_constraints:number_words (2 words where "
        "at least 3 are asked for); detectable_format:title (no title in double angular brackets)"
    )


def test_partial_credit_is_the_share_of_the_instructions_that_are_followed() -> None:
    found = score(spec(NO_COMMA, THREE_WORDS, TITLE, partial=True), "three words here", None)

    assert found.value == pytest.approx(2 / 3)
    assert found.reason.startswith("1 of 3 instructions broken: detectable_format:title")


def test_the_instructions_of_a_case_stand_in_its_reference_as_in_the_data_of_ifeval() -> None:
    asked = asking("punctuation:no_comma", "keywords:existence", kwargs=[{}, {"keywords": ["river"]}])

    assert score(spec(), "The River runs", asked).value == 1.0
    assert score(spec(), "The brook runs", asked).value == 0.0


def test_a_reference_that_was_a_table_has_empty_cells_and_floats() -> None:
    asked = asking("en:detectable_format:number_bullet_lists", kwargs=[{"num_bullets": 1.0, "keywords": None}])

    assert score(spec(), "* one", asked).value == 1.0


def test_a_part_of_a_reference_can_name_the_instructions() -> None:
    asked = {"wanted": asking("punctuation:no_comma", kwargs=[None])}

    assert score(spec(reference="wanted"), "no comma", asked).value == 1.0


def test_the_instructions_of_the_scorer_need_no_reference() -> None:
    assert reference_problem(spec(NO_COMMA), None) is None
    assert reference_problem(spec(), None) == "the reference is missing"


@pytest.mark.parametrize(
    ("text", "what_is_left_off"),
    [
        ("Sure, here you are:\nno comma", "the first line"),
        ("no comma\nWell, was that it?", "the last line"),
        ("Sure, here you are:\nno comma\nWell, was that it?", "both"),
    ],
)
def test_loosely_what_models_put_around_an_answer_may_be_left_off(text: str, what_is_left_off: str) -> None:
    assert score(spec(NO_COMMA), text, None).value == 0.0, what_is_left_off
    assert score(spec(NO_COMMA, loose=True), text, None).value == 1.0, what_is_left_off


def test_loosely_asterisks_may_be_left_off() -> None:
    ends = {"id": "startend:end_checker", "end_phrase": "Goodbye."}

    assert score(spec(ends), "So long. **Goodbye.**", None).value == 0.0
    assert score(spec(ends, loose=True), "So long. **Goodbye.**", None).value == 1.0


def test_loosely_each_instruction_may_leave_something_else_off() -> None:
    ends = {"id": "startend:end_checker", "end_phrase": "bye"}

    assert score(spec(NO_COMMA, ends, loose=True), "no comma\nwell, bye", None).value == 1.0


@pytest.mark.parametrize("loose", [False, True])
def test_an_answer_of_white_space_follows_nothing_even_inverted(*, loose: bool) -> None:
    assert score(spec(NO_COMMA, loose=loose), " \n ", None).value == 0.0
    assert score(spec(NO_COMMA, loose=loose, inverted=True), " \n ", None).value == 0.0


def test_a_reason_stays_short_however_much_is_broken() -> None:
    asked = asking(*["detectable_format:title"] * 100, kwargs=[{}] * 100)

    found = score(spec(), "no title", asked)

    assert found.reason.startswith("100 of 100 instructions broken: ")
    assert found.reason.endswith("; and 90 more")


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("no commas", "the reference is not a mapping with instruction_id_list and kwargs"),
        ({}, "the reference's instruction_id_list is not a list of 1 to 100 ids"),
        (asking(kwargs=[]), "the reference's instruction_id_list is not a list of 1 to 100 ids"),
        (
            asking(*["punctuation:no_comma"] * 101, kwargs=[{}] * 101),
            "the reference's instruction_id_list is not a list of 1 to 100 ids",
        ),
        (
            asking("punctuation:no_comma", kwargs=[]),
            "the reference's kwargs is not a list as long as its instruction_id_list",
        ),
        (asking("punctuation:no_comma", kwargs=["x"]), "the arguments of punctuation:no_comma are not a mapping"),
        (asking("punctuation:none", kwargs=[{}]), "the instruction “punctuation:none” is unknown"),
        (asking(7, kwargs=[{}]), "the instruction “7” is unknown"),
        (asking("en:", kwargs=[{}]), "the instruction “en:” is unknown"),
        (asking("punctuation:no_comma", kwargs=[{"n": 1}]), "punctuation:no_comma takes no arguments, and not “n”"),
        (
            asking("keywords:existence", kwargs=[{"keyword": "a"}]),
            "keywords:existence takes keywords, and not “keyword”",
        ),
        (asking("keywords:existence", kwargs=[{}]), "keywords:existence needs keywords"),
        (
            asking("keywords:existence", kwargs=[{"keywords": "river"}]),
            "keywords of keywords:existence is “river” and not a list of 1 to 100 texts",
        ),
        (
            asking("keywords:existence", kwargs=[{"keywords": ["river", " "]}]),
            "keywords of keywords:existence is “ ” and not a text",
        ),
        (
            asking("keywords:existence", kwargs=[{"keywords": ["a" * 1_001]}]),
            "keywords of keywords:existence is longer than 1,000 characters",
        ),
        (
            asking("language:response_language", kwargs=[{"language": ["en"]}]),
            "language of language:response_language is a list of 1 and not one of ",
        ),
        (
            asking(
                "keywords:letter_frequency",
                kwargs=[{"letter": "ab", "let_frequency": 1, "let_relation": "at least"}],
            ),
            "letter of keywords:letter_frequency is “ab” and not one letter",
        ),
        (
            asking("length_constraints:number_words", kwargs=[{"num_words": 3, "relation": "at most"}]),
            "relation of length_constraints:number_words is “at most” and not one of “less than”, “at least”",
        ),
        (
            asking(
                "length_constraints:nth_paragraph_first_word",
                kwargs=[{"num_paragraphs": 1, "nth_paragraph": 0, "first_word": "a"}],
            ),
            "nth_paragraph of length_constraints:nth_paragraph_first_word is 0, and positions are counted from 1",
        ),
    ],
)
def test_a_reference_that_cannot_be_worked_with_says_why(reference: Any, problem: str) -> None:
    found = score(spec(), "any answer", reference)

    assert found.value is None
    assert found.reason.startswith(problem)


@pytest.mark.parametrize("number", [-1, 2.5, True, "3", None, [3], {"a": 3}, float("nan"), float("inf"), 10**30])
def test_only_a_reasonable_whole_number_counts_things(number: Any) -> None:
    asked = asking("detectable_format:number_bullet_lists", kwargs=[{"num_bullets": number}])

    assert reference_problem(spec(), asked) is not None


def test_a_scorer_that_declares_a_broken_instruction_can_never_work() -> None:
    assert spec_problem(spec(NO_COMMA)) is None
    assert spec_problem(spec()) is None
    assert spec_problem(spec({"id": "punctuation:none"})) == (
        "instructions: the instruction “punctuation:none” is unknown"
    )
    assert spec_problem(spec(THREE_WORDS | {"num_words": "three"})) == (
        "instructions: num_words of length_constraints:number_words is “three” and not a whole number from 0 to "
        "1,000,000"
    )
