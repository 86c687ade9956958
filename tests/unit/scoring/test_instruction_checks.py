from typing import Any

import pytest

from brainswap.core.scoring.instructions.catalogue import INSTRUCTIONS, asked
from brainswap.core.scoring.instructions.finding import Finding


def check(name: str, text: str, **arguments: Any) -> Finding:
    return asked(name, arguments).check(text)


@pytest.mark.parametrize(
    ("text", "followed"), [("A RIVER and lands", True), ("river", False), ("", False), ("The landriver", True)]
)
def test_every_keyword_occurs_even_inside_a_word(text: str, *, followed: bool) -> None:
    assert check("keywords:existence", text, keywords=["river", "land"]).followed is followed


def test_missing_keywords_are_named() -> None:
    keywords = ["river", "a", "b", "c", "d", "f", "g", "h"]

    assert check("keywords:existence", "river", keywords=keywords).found == "without “a”, “b”, “c”, “d”, “f” and 2 more"


@pytest.mark.parametrize(
    ("relation", "times", "followed"),
    [("less than", 2, False), ("less than", 3, True), ("at least", 2, True), ("at least", 3, False)],
)
def test_a_keyword_is_counted_in_any_case(relation: str, times: int, *, followed: bool) -> None:
    found = check("keywords:frequency", "The other one", keyword="the", frequency=times, relation=relation)

    assert found == Finding(followed=followed, found=f"2 occurrences of “the” where {relation} {times} are asked for")


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("Run!", False),
        ("I run", False),
        ("Running is not forbidden", True),
        ("overrun run_time", True),
        ("overrun, and then a run", False),
        ("run-time", False),
    ],
)
def test_a_forbidden_word_is_one_only_when_it_stands_alone(text: str, *, followed: bool) -> None:
    assert check("keywords:forbidden_words", text, forbidden_words=["run"]).followed is followed


def test_a_forbidden_word_may_begin_and_end_with_any_sign() -> None:
    assert not check("keywords:forbidden_words", "I write C++ here", forbidden_words=["c++"]).followed
    assert not check("keywords:forbidden_words", "(.*)", forbidden_words=[".*"]).followed
    assert check("keywords:forbidden_words", "abc", forbidden_words=[".*"]).followed


@pytest.mark.parametrize(("letter", "number"), [("e", 4), ("E", 4), ("!", 1), ("q", 0)])
def test_letters_are_counted_in_any_case(letter: str, number: int) -> None:
    found = check(
        "keywords:letter_frequency", "Every tree!", letter=letter, let_frequency=number, let_relation="at least"
    )

    assert found.followed
    assert found.found.startswith(f"{number} occurrences of")


@pytest.mark.parametrize(("text", "words"), [("don't", 2), ("a-b c_d 1.5", 5), ("...", 0)])
def test_words_are_runs_of_letters_and_digits(text: str, words: int) -> None:
    found = check("length_constraints:number_words", text, num_words=words, relation="at least")

    assert found == Finding(followed=True, found=f"{words} words where at least {words} are asked for")


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("one\n***\ntwo", True),
        ("***\none\n***\ntwo\n***", True),
        ("one", False),
        ("one *** *** two", False),
        ("one\n\ntwo", False),
    ],
)
def test_paragraphs_are_parted_by_dividers(text: str, *, followed: bool) -> None:
    assert check("length_constraints:number_paragraphs", text, num_paragraphs=2).followed is followed


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("a\n\nElm, and more", True),
        ("a\n\n'elm' b", True),
        ('a\n\n"elm\'s" b', True),
        ("a\n\nelms", False),
        ("elm\n\na", False),
        ("a\n\nelm\n\nb", False),
        ("a", False),
        ("\n\na\n\nelm", False),
    ],
)
def test_a_paragraph_starts_with_the_word_asked_for(text: str, *, followed: bool) -> None:
    arguments = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "elm"}

    assert check("length_constraints:nth_paragraph_first_word", text, **arguments).followed is followed


@pytest.mark.parametrize(
    ("text", "number"),
    [("[a] and [b]", 2), ("[a\n]", 0), ("[[a]]", 1), ("[", 0), ("]a[", 0), ("[]", 1), ("[a](b) [c]\n[d]", 3)],
)
def test_placeholders_stand_within_a_line(text: str, number: int) -> None:
    name = "detectable_content:number_placeholders"

    assert check(name, text, num_placeholders=number).followed
    assert not check(name, text, num_placeholders=number + 1).followed


@pytest.mark.parametrize(
    ("marker", "text", "followed"),
    [
        ("P.S.", "Bye.\n\np. s. I forgot", True),
        ("P.S.", "Bye. PS I forgot", False),
        ("P.P.S", "Bye.\nP.P.S. again", True),
        ("P.P.S", "Bye.\nP.S. again", False),
        ("NB", "Bye.\nnb: again", True),
        ("N(B", "Bye.", False),
    ],
)
def test_a_postscript_has_its_marker(marker: str, text: str, *, followed: bool) -> None:
    assert check("detectable_content:postscript", text, postscript_marker=marker).followed is followed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("* a\n* b", 2),
        ("  - a\n- b\n---", 3),
        ("**bold**\n*a*", 1),
        ("1. a\n+ b", 0),
        ("a\n*", 0),
        ("*\na", 1),
        ("• a", 0),
    ],
)
def test_bullets_are_lines_that_start_with_a_dash_or_one_asterisk(text: str, number: int) -> None:
    assert check("detectable_format:number_bullet_lists", text, num_bullets=number).followed
    assert not check("detectable_format:number_bullet_lists", text, num_bullets=number + 1).followed


@pytest.mark.parametrize(
    ("text", "followed"),
    [("Well. My answer is no. Sorry.", True), ("My answer is No.", False), ("My answer is yes", False)],
)
def test_one_of_three_answers_is_given_word_for_word(text: str, *, followed: bool) -> None:
    assert check("detectable_format:constrained_response", text).followed is followed


@pytest.mark.parametrize(
    ("text", "number"),
    [("*a*", 1), ("**a**", 1), ("*a* **b** c", 2), ("* a\n* b", 0), ("** **", 0), ("*a\nb*", 0), ("***a***", 2)],
)
def test_highlights_stand_between_asterisks_within_a_line(text: str, number: int) -> None:
    name = "detectable_format:number_highlighted_sections"

    assert check(name, text, num_highlights=number).followed
    assert not check(name, text, num_highlights=number + 1).followed


@pytest.mark.parametrize(
    ("text", "number"), [("SECTION 1\na\nSECTION 2\nb", 2), ("Section 1", 0), ("SECTION one", 0), ("SECTION1", 1)]
)
def test_sections_are_headed_by_the_word_and_a_number(text: str, number: int) -> None:
    name = "detectable_format:multiple_sections"

    assert check(name, text, section_spliter="SECTION", num_sections=number).followed
    assert not check(name, text, section_spliter="SECTION", num_sections=number + 1).followed


def test_the_word_that_heads_sections_is_taken_literally() -> None:
    assert check("detectable_format:multiple_sections", "(a+ 1", section_spliter="(a+", num_sections=1).followed


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ('{"a": 1}', True),
        ('```json\n{"a": 1}\n```', True),
        ("```\n[1]\n```", True),
        ('Here:\n```json\n{"a": 1}\n```', False),
        ('Here:\n```json\n{"a": 1}\n```\nDone.', False),
        ('{"a": 1', False),
        ('{"a": "x\ny"}', False),
        ("7", True),
    ],
)
def test_the_whole_answer_is_json(text: str, *, followed: bool) -> None:
    assert check("detectable_format:json_format", text).followed is followed


@pytest.mark.parametrize(
    ("text", "followed"),
    [
        ("<<A poem>>\nx", True),
        ("<< >>", False),
        ("<<>>", False),
        ("<<a\nb>>", False),
        (">>a<<", False),
        ("x <<<a>>>", True),
    ],
)
def test_a_title_stands_in_double_angular_brackets(text: str, *, followed: bool) -> None:
    assert check("detectable_format:title", text).followed is followed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\n******\nb", None),
        ("******a******b******", None),
        ("a ****** a", "the same response twice"),
        ("a", "1 responses parted by ****** where 2 are asked for"),
        ("a ****** b ****** c", "3 responses parted by ****** where 2 are asked for"),
        ("a ****** ****** b", "nothing between two dividers"),
    ],
)
def test_two_different_responses_are_parted_by_a_divider(text: str, found: str | None) -> None:
    finding = check("combination:two_responses", text)

    assert finding.followed is (found is None)
    assert found is None or finding.found == found


@pytest.mark.parametrize(
    ("text", "followed"), [(" write an ODE. Here it is.", True), ("Sure. Write an ode.", False), ("Write", False)]
)
def test_the_request_is_repeated_before_anything_else(text: str, *, followed: bool) -> None:
    assert check("combination:repeat_prompt", text, prompt_to_repeat="Write an ode.").followed is followed


@pytest.mark.parametrize(
    ("text", "followed"), [("So. ANY questions?\n", True), ('"Any questions?"', True), ("Any questions? No.", False)]
)
def test_an_answer_ends_with_the_phrase(text: str, *, followed: bool) -> None:
    assert check("startend:end_checker", text, end_phrase="Any questions?").followed is followed


@pytest.mark.parametrize(("text", "followed"), [(' "a" ', True), ('"', False), ("“a”", False), ('"a" b', False)])
def test_the_whole_answer_is_quoted(text: str, *, followed: bool) -> None:
    assert check("startend:quotation", text).followed is followed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A NATO summit, in the USA.", 3),
        ("HIGH-TECH and/OR", 1),
        ("DON'T, I'M, WE'LL", 6),
        ("I\u2019M", 2),
        ('"STOP!"(NOW)', 2),
        ("B2B 42 iPhone", 1),
        ("CANNOT", 2),
        ("ONE--TWO...THREE", 3),
        ("**BOLD**", 1),
    ],
)
def test_words_in_capitals_are_counted_as_the_penn_treebank_parts_them(text: str, number: int) -> None:
    name = "change_case:capital_word_frequency"

    assert check(name, text, capital_frequency=number, capital_relation="at least").followed
    assert check(name, text, capital_frequency=number + 1, capital_relation="less than").followed


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("change_case:english_capital", "THIS IS LOUD, AND IT IS ENGLISH.", None),
        ("change_case:english_capital", "THIS IS LOUd", "the letter “d”"),
        ("change_case:english_capital", "DAS IST NICHT DIE SPRACHE", "in German where English is asked for"),
        ("change_case:english_capital", "123", "no letters"),
        ("change_case:english_lowercase", "this is quiet, and it is english.", None),
        ("change_case:english_lowercase", "this is Quiet", "the letter “Q”"),
    ],
)
def test_an_english_answer_is_in_one_case(name: str, text: str, found: str | None) -> None:
    finding = check(name, text)

    assert finding.followed is (found is None)
    assert found is None or finding.found == found


def test_an_answer_is_in_the_language_asked_for() -> None:
    assert check("language:response_language", "Dies ist eine Antwort.", language="de").followed
    assert not check("language:response_language", "This is an answer.", language="de").followed
    assert check("language:response_language", "42", language="de").followed


@pytest.mark.parametrize(("text", "found"), [("none", "0 commas"), ("a, b", "1 comma"), ("a, b, c", "2 commas")])
def test_commas_are_counted(text: str, found: str) -> None:
    assert check("punctuation:no_comma", text) == Finding(followed=found == "0 commas", found=found)


ARGUMENTS: dict[str, Any] = {
    "capital_frequency": 1,
    "capital_relation": "at least",
    "end_phrase": "a",
    "first_word": "a",
    "forbidden_words": ["a", "a a", "*"],
    "frequency": 1,
    "keyword": "aa",
    "keywords": ["aab"],
    "language": "fr",
    "let_frequency": 1,
    "let_relation": "at least",
    "letter": "a",
    "nth_paragraph": 1,
    "num_bullets": 1,
    "num_highlights": 1,
    "num_paragraphs": 1,
    "num_placeholders": 1,
    "num_sections": 1,
    "num_sentences": 1,
    "num_words": 1,
    "postscript_marker": "P.S.",
    "prompt_to_repeat": "a",
    "relation": "at least",
    "section_spliter": "a",
}
UNITS = [
    "*",
    "**",
    "* ",
    "[",
    "<<",
    ">>",
    "a",
    "a ",
    "a.",
    ".",
    "p.",
    "-",
    "1.",
    "1,",
    "'",
    "\n",
    " ",
    "```",
    "******",
    "A'",
    "д",
    "\ud800",
    "İ",
]


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_endless_repetition_is_checked_whatever_it_repeats(name: str) -> None:
    arguments = {key: ARGUMENTS[key] for key in INSTRUCTIONS[name].arguments}

    for unit in UNITS:
        assert isinstance(check(name, unit * (200_000 // len(unit)), **arguments), Finding)
