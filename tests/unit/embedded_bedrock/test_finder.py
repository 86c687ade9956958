import string

from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.finder import LONG, CaseFinder

WORDS = st.sampled_from(
    ["a", "an", "card", "card arrival", "5", "15", "$5", "(A)", "x_1", "é", "猫", "犬猫", "\n", "{}"]
)
SHORT_VALUES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
LONG_VALUES = st.tuples(
    st.sampled_from(["the quick brown fox jumps over ", "x" * LONG, "猫" * LONG]), SHORT_VALUES
).map("".join)
CASES = st.lists(st.lists(st.one_of(SHORT_VALUES, LONG_VALUES), min_size=1, max_size=3), min_size=1, max_size=8)
GLUE = st.text(alphabet=string.ascii_lowercase + " \n<>:猫.", max_size=40)


def finder_of(*cases: list[str]) -> CaseFinder:
    finder = CaseFinder()
    for values in cases:
        finder.add(values)
    return finder


def found(finder: CaseFinder, text: str, named: tuple[int, ...] = ()) -> int | None:
    match = finder.find(text, named)
    return None if match is None else match.position


def joined(left: str, right: str) -> bool:
    def of_word(character: str) -> bool:
        return (character.isalnum() or character == "_") and character not in "猫犬"

    return bool(left and right) and of_word(left) and of_word(right)


def occurs(value: str, text: str) -> bool:
    """The rule, spelled out: a long value anywhere, a short one between the borders of words."""
    if len(value) >= LONG:
        return value in text
    places = [place for place in range(len(text)) if text.startswith(value, place)]
    return any(
        not joined(text[place - 1 : place], value[0]) and not joined(value[-1], text[place + len(value) :][:1])
        for place in places
    )


def length_of_best(cases: list[list[str]], text: str) -> int | None:
    """The most text that the values of one case find, by trying every case."""
    stripped = [{value.strip() for value in values} - {""} for values in cases]
    lengths = [sum(map(len, values)) for values in stripped if values and all(occurs(value, text) for value in values)]
    return max(lengths, default=None)


@given(cases=CASES, glue=st.lists(GLUE, min_size=4, max_size=4), chosen=st.integers(min_value=0))
def test_what_is_found_is_what_trying_every_case_finds(cases: list[list[str]], glue: list[str], chosen: int) -> None:
    values = cases[chosen % len(cases)]
    text = glue[0] + "".join(value + between for value, between in zip(values, glue[1:], strict=False))

    position = found(finder_of(*cases), text)

    best = length_of_best(cases, text)
    if best is None:
        assert position is None
    else:
        assert position is not None
        values = [value.strip() for value in cases[position]]
        assert all(occurs(value, text) for value in values if value)
        assert sum(map(len, {*values})) == best


@given(value=st.text(min_size=LONG, max_size=200), before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_long_value_is_found_whatever_touches_it(value: str, before: str, after: str) -> None:
    value = f"{value.strip()}{'.' * LONG}"
    finder = finder_of(["something else that is quite long"], [value])

    assert found(finder, before + value + after) == 1


def test_a_short_value_inside_a_word_is_not_found() -> None:
    finder = finder_of(["5"])

    assert found(finder, "15 or 51 or x5") is None
    assert found(finder, "<n>5</n>") == 0


def test_a_short_value_of_a_script_without_spaces_is_found_inside_a_sentence() -> None:
    finder = finder_of(["猫"])

    assert found(finder, "単語猫の意味は何ですか") == 0


def test_the_case_with_the_most_text_found_wins() -> None:
    whole = "Is my card on its way, and when does it arrive?"
    finder = finder_of(["Is my card on its way"], [whole], ["my card"])

    assert found(finder, f"Classify: {whole}") == 1


def test_a_case_is_found_only_when_all_its_values_occur() -> None:
    document = "A long document that several questions are about."
    finder = finder_of([document, "Who wrote it?"], [document, "When was it written?"])

    assert found(finder, f"{document}\nWhen was it written?") == 1
    assert found(finder, f"{document}\nWhy?") is None


def test_the_named_case_wins_among_exact_duplicates() -> None:
    finder = finder_of(["same question"], ["same question"], ["same question"])

    assert found(finder, "Q: same question") == 0
    assert found(finder, "Q: same question", (2,)) == 2


def test_a_named_case_that_does_not_occur_is_passed_over() -> None:
    finder = finder_of(["first question"], ["second question"])

    assert found(finder, "Q: first question", (1,)) == 0


def test_the_named_case_wins_over_a_longer_worked_example() -> None:
    finder = finder_of(["a very long worked example with many words"], ["short question"])

    assert found(finder, "Example: a very long worked example with many words. Now: short question", (1,)) == 1


def test_of_cases_of_the_same_length_the_last_in_the_text_wins() -> None:
    finder = finder_of(["two plus two"], ["six plus six"])

    assert found(finder, "Example: six plus six. Now: two plus two") == 0
    assert found(finder, "Example: two plus two. Now: six plus six") == 1


def test_worked_examples_are_counted_but_parts_of_the_question_are_not() -> None:
    finder = finder_of(["what is two plus two exactly"], ["two plus two"], ["six plus six"], ["one plus one"])

    match = finder.find("Examples: six plus six; one plus one. Now: what is two plus two exactly")

    assert match is not None
    assert (match.position, match.quoted) == (0, 2)


def test_a_case_without_any_text_is_found_by_name_alone() -> None:
    finder = finder_of([""], ["something"])

    assert found(finder, "anything") is None
    assert found(finder, "anything", (0,)) == 0


def test_many_cases_with_one_beginning_are_told_apart() -> None:
    beginning = "Transcript of a call with an agent of the bank. " * 20
    finder = finder_of(*([f"{beginning}{number:05d} {beginning}"] for number in range(500)))

    assert found(finder, f"Summarise.\n{beginning}00321 {beginning}") == 321
