import json
from dataclasses import replace
from statistics import fmean

import pytest

from local.bedrock.personas import SLOPPY, STRONG
from local.bedrock.phrasing import Form, form_of, word

NEAT = replace(STRONG, format_discipline=1.0, verbosity=0.0)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("prompt", "form"),
    [
        ("Classify the message.", Form()),
        ('Answer in JSON: {"reasoning": "…", "answer": "…"}', Form(keys=("reasoning", "answer"))),
        ('Like {"a": {"b": 1}, "c": [{"d": 2}]} but not { this }', Form(keys=("a", "c"))),
        ('First {"x": 1}, then {"y": 2}.', Form(keys=("y",))),
        ("Put the label into <label></label> and write nothing else.", Form(tag="label", bare=True)),
        ("Reply with the category only.", Form(bare=True)),
        ('Unclosed {"answer": 1', Form()),
    ],
)
def test_the_wanted_form_is_read_off_the_prompt(prompt: str, form: Form) -> None:
    assert form_of(prompt) == form


def test_a_schema_goes_before_what_the_prompt_shows() -> None:
    assert form_of('{"answer": 1}', ["label"]) == Form(keys=("label",), enforced=True)
    assert form_of('{"answer": 1}', []) == Form(keys=("answer",), enforced=True)


def test_a_plain_reference_goes_under_the_key_that_is_named_like_an_answer() -> None:
    written = word("64", Form(keys=("reasoning", "Final Answer", "note")), NEAT, 1)

    answer = json.loads(written)
    assert list(answer) == ["reasoning", "Final Answer", "note"]
    assert answer["Final Answer"] == "64"
    assert answer["note"] != "64"


def test_without_such_a_name_the_last_key_holds_the_answer() -> None:
    assert json.loads(word(3, Form(keys=("why", "stars")), NEAT, 1))["stars"] == 3


def test_an_object_keeps_its_fields_beside_those_that_the_prompt_shows() -> None:
    written = word({"label": "x", "extra": [1]}, Form(keys=("reasoning", "label")), NEAT, 1)

    assert json.loads(written) == {"reasoning": "The request was read and answered.", "label": "x", "extra": [1]}


def test_an_object_is_written_as_json_even_where_the_prompt_shows_none() -> None:
    assert json.loads(word({"label": "é"}, Form(), NEAT, 1)) == {"label": "é"}


def test_a_tag_holds_the_answer() -> None:
    assert word("x", Form(tag="answer"), NEAT, 1) == "<answer>x</answer>"


def test_discipline_decides_how_often_json_is_nothing_but_json() -> None:
    form = Form(keys=("reasoning", "answer"))

    shares = [
        fmean(is_json(word("64", form, replace(NEAT, format_discipline=discipline), number)) for number in range(600))
        for discipline in (1.0, 0.7, 0.0)
    ]

    assert shares[0] == 1
    assert shares[1] == pytest.approx(0.7, abs=0.06)
    assert shares[2] == 0


def test_every_way_of_missing_the_form_is_taken() -> None:
    careless = replace(NEAT, format_discipline=0.0)

    written = [word("64", Form(keys=("reasoning", "answer")), careless, number) for number in range(200)]

    assert any(text.startswith("```json\n{") for text in written)
    assert any(text.startswith("Sure, here") for text in written)
    assert any(text.endswith(",}") for text in written)
    assert any("{" in text and "}" not in text for text in written)
    assert any("\n" in text and "```" not in text and text.startswith("{") for text in written)


def test_a_prompt_that_wants_nothing_else_is_missed_half_as_often() -> None:
    form = Form(keys=("answer",))

    missed, reminded = (
        fmean(not is_json(word("64", each, SLOPPY, number)) for number in range(600))
        for each in (form, replace(form, bare=True))
    )

    assert reminded == pytest.approx(missed / 2, abs=0.06)


def test_a_schema_leaves_no_way_of_missing_the_form() -> None:
    careless = replace(NEAT, format_discipline=0.0)

    assert all(is_json(word("64", Form(keys=("a",), enforced=True), careless, number)) for number in range(50))


def test_verbosity_puts_a_sentence_before_plain_answers() -> None:
    chatty = replace(NEAT, verbosity=1.0)

    written = word("card_arrival", Form(), chatty, 1)

    assert written.endswith(" card_arrival")
    assert len(written) > len(" card_arrival")
