import pytest

from brainswap.core.scoring.documents import documents, fenced_blocks, strict_json


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": "64"}',
        ' \n{"answer": "64"}\n',
        '```json\n{"answer": "64"}\n```',
        'Here you are:\n\n```\n{"answer": "64"}\n```\nI hope that this helps.',
        'Here you are: ```json\n{"answer": "64"}```',
        '```{"answer": "64"}```',
    ],
)
def test_json_is_valid_alone_or_in_the_single_fence(text: str) -> None:
    document = strict_json(text)

    assert document.problem is None
    assert document.value == {"answer": "64"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sixty-four",
        'The answer: {"answer": "64"}',
        '{"answer": "64"',
        '```json\n{"answer": "64"}',
        '```\n{"answer": "64"}\n```\nor\n```\n{"answer": "65"}\n```',
        '{"answer": "six\nty-four"}',
        '{"answer": "$\\64"}',
        "{'answer': '64'}",
        '{"answer": "64",}',
        '{"answer": NaN}',
        '{"answer": -Infinity}',
        "[" * 100_000 + "]" * 100_000,
    ],
)
def test_what_a_strict_parser_refuses_is_invalid(text: str) -> None:
    assert strict_json(text).problem


def test_raw_newlines_are_valid_only_where_they_are_allowed() -> None:
    text = '```json\n{"reasoning": "first\nsecond", "answer": "64"}\n```'

    assert strict_json(text).problem == "not valid JSON: Invalid control character in line 1, column 21"
    assert strict_json(text, raw_controls=True).value == {"reasoning": "first\nsecond", "answer": "64"}


def test_raw_newlines_do_not_bring_nan_with_them() -> None:
    assert strict_json("[NaN]", raw_controls=True).problem == "not valid JSON: NaN is not JSON"


def test_an_integer_longer_than_python_reads_is_still_json() -> None:
    document = strict_json('{"answer": ' + "9" * 5_000 + "}")

    assert document.problem is None
    assert document.value == {"answer": float("inf")}


def test_a_fence_inside_a_json_string_does_not_end_the_block() -> None:
    text = '```json\n{"code": "```py\\nprint()\\n```"}\n```'

    assert strict_json(text).value == {"code": "```py\nprint()\n```"}


def test_documents_come_whole_then_fenced_then_from_prose() -> None:
    text = 'First [1] and {"a": 1}, then:\n```json\n{"b": 2}\n```\n'

    assert list(documents('{"a": 1}')) == [{"a": 1}]
    assert list(documents(text)) == [{"b": 2}, [1], {"a": 1}, {"b": 2}]


def test_brackets_of_prose_and_formulas_are_passed_over() -> None:
    text = r'Let {x} be [see below] \frac{3}{4}, then {"answer": 5}'

    assert list(documents(text)) == [{"answer": 5}]


def test_fenced_blocks_know_their_language() -> None:
    blocks = fenced_blocks("```Python\nprint()\n```\ntext\n  ```\nplain\n  ```\n")

    assert [(block.language, block.content) for block in blocks] == [("python", "print()\n"), ("", "plain\n")]


def test_a_fence_on_one_line_knows_its_language_too() -> None:
    blocks = fenced_blocks('Here: ```JSON {"a": 1}``` or ```{"a": 2}```.')

    assert [(block.language, block.content) for block in blocks] == [("json", '{"a": 1}'), ("", '{"a": 2}')]


def test_an_unclosed_fence_is_no_block() -> None:
    assert list(fenced_blocks("```json\n{}\n")) == []
