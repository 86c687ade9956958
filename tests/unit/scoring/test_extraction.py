import pytest

from brainswap.core.scoring.extraction import SEARCHED, extract, extract_problem, nothing_found
from brainswap.core.scoring.specs import Extract

ANSWER = Extract(json_path="answer")


def test_without_a_spec_the_whole_text_is_taken() -> None:
    assert extract(None, " as it is ") == " as it is "


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": "64"}',
        'Here:\n```json\n{"answer": "64"}\n```',
        'I think that {"answer": "64"} is right.',
        '{"reasoning": "one\ntwo", "answer": "64"}',
        'See [1].\n{"answer": "64"}',
        '{"reasoning": NaN, "answer": 64}',
    ],
)
def test_a_json_value_is_found_wherever_the_json_stands(text: str) -> None:
    assert extract(ANSWER, text) == "64"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"reasoning": "costs $\\64", "answer": "64"}', "64"),
        ('{"reasoning": "he said "no"", "answer": "64"}', "64"),
        ('{"answer": "the "best" one"}', 'the "best" one'),
        ('{"answer": "a \\"quoted\\" word", "x": \\}', 'a "quoted" word'),
        ('{"answer": "a \\"b\\", c", "x": \\}', 'a "b", c'),
        ('{"answer": "64", "reasoning": "then we', "64"),
        ('{"draft": {"answer": 63}, oops, "answer": 64}', "64"),
        ('{"answer": "64", oops ' + "[" * 5_000, "64"),
        ("{'answer': 'sixty', 'x': 1}", "sixty"),
        ('{"answer": 1,450,000\n}', "1,450,000"),
        ('{"answer": 24 * 12 = 288}', "24 * 12 = 288"),
        ('{"answer": 64, "reasoning": oops}', "64"),
        ('{"answer": [1, 2], "reasoning": oops}', "[1, 2]"),
        ('{"x": \\, "answer": "draft"} … {"x": \\, "answer": "final"}', "final"),
    ],
)
def test_a_value_is_read_out_of_broken_json(text: str, expected: str) -> None:
    assert extract(ANSWER, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The answer: 64",
        '{"reasoning": "then we',
        '{"x": \\, "answer": "sixty-f',
        '{"x": \\, "answer": 6',
        '{"x": \\, "answer": [1, 2',
        '{"answers": "64"}',
        "[1, 2, 3]",
    ],
)
def test_a_value_that_is_missing_or_cut_off_is_not_found(text: str) -> None:
    assert extract(ANSWER, text) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("items.1.price", "0.5"),
        ("items.0", '{"price": 64}'),
        ("done", "true"),
        ("none", "null"),
        ("items.2", None),
        ("items.first", None),
        ("done.more", None),
    ],
)
def test_a_path_leads_through_keys_and_indices(path: str, expected: str | None) -> None:
    text = '{"items": [{"price": 64}, {"price": 0.50}], "done": true, "none": null}'

    assert extract(Extract(json_path=path), text) == expected


def test_a_deep_path_into_broken_json_is_followed_only_where_the_key_is_unique() -> None:
    deep = Extract(json_path="result.answer")

    assert extract(deep, '{"x": \\, "result": {"answer": "64"}}') == "64"
    assert extract(deep, '{"x": \\, "draft": {"answer": "63"}, "result": {"answer": "64"}}') is None


def test_the_last_match_of_a_pattern_counts_and_its_first_group() -> None:
    text = "The answer is (A). No: the answer is (B)."

    assert extract(Extract(regex=r"answer is \((\w)\)"), text) == "B"
    assert extract(Extract(regex=r"answer is \(\w\)"), text) == "answer is (B)"
    assert extract(Extract(regex=r"is \[(\w)\]|is \((\w)\)"), text) == "B"
    assert extract(Extract(regex=r"is \{(\w)\}"), text) is None


def test_a_pattern_sees_the_end_of_an_endless_text() -> None:
    pattern = Extract(regex=r"answer: (\w)")
    late, early = "x" * SEARCHED + "answer: A", "answer: A" + "x" * SEARCHED

    assert extract(pattern, late) == "A"
    assert extract(pattern, early) is None
    assert "in the last 200,000 characters" in nothing_found(pattern, early)
    assert "200,000" not in nothing_found(pattern, "short")


def test_the_last_number_is_taken_as_written() -> None:
    assert extract(Extract(last_number=True), "First 3, then 4: \u20ac1,234.50.") == "\u20ac1,234.50"
    assert extract(Extract(last_number=True), "none") is None


def test_the_last_fenced_block_of_a_language_is_taken() -> None:
    text = "```sql\nSELECT 1\n```\n```sql\nSELECT 2\n```\n```\nother\n```\n"

    assert extract(Extract(fenced="SQL"), text) == "SELECT 2\n"
    assert extract(Extract(fenced=""), text) == "other\n"
    assert extract(Extract(fenced=""), "```sql\nSELECT 1\n```") == "SELECT 1\n"
    assert extract(Extract(fenced="python"), text) is None


def test_the_last_tag_is_taken_even_if_a_stop_sequence_ate_its_end() -> None:
    tag = Extract(tag="answer")

    assert extract(tag, "<answer>A</answer> no, <answer> B </answer> really") == "B"
    assert extract(tag, "I think.\n<answer>B") == "B"
    assert extract(tag, "answer: B") is None


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (Extract(json_path=""), "extract.json '' is not a dotted path"),
        (Extract(json_path="a..b"), "extract.json 'a..b' is not a dotted path"),
        (Extract(tag="<answer>"), "extract.tag '<answer>' is not a tag name; write it without brackets"),
        (Extract(regex="(a"), "extract.regex '(a' is not a regular expression: missing )"),
    ],
)
def test_a_way_that_can_never_work_is_a_problem(spec: Extract, problem: str) -> None:
    found = extract_problem(spec)

    assert found is not None
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "spec", [ANSWER, Extract(tag="answer"), Extract(regex="a|b"), Extract(fenced=""), Extract(last_number=True)]
)
def test_a_way_that_can_work_is_none(spec: Extract) -> None:
    assert extract_problem(spec) is None
    assert nothing_found(spec, "abc").endswith("in “abc”")
