"""A rewriting is taken apart into ideas, and ideas are put together again."""

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.optimising.ideas import MOST_PARTS, Idea, taken_apart, together

TEXT = "You sort messages. Take one label.\n\n- billing\n- delivery\n\nAnswer in JSON.\n"


def idea(after: str, before: str = TEXT) -> Idea:
    return Idea(name=after[:20], by="reflection", what="", before={"system": before}, after={"system": after})


def apart(after: str) -> list[str]:
    return [part["system"] for part in taken_apart({"system": TEXT}, {"system": after})]


def test_changes_at_two_places_are_two_ideas() -> None:
    heading, ending = f"## Task\n\n{TEXT}", f"{TEXT.rstrip()}\n\nBe concise."

    assert apart(f"## Task\n\n{ending}") == [heading, ending]


def test_paragraphs_put_in_at_one_place_are_ideas_of_their_own() -> None:
    assert apart(f"{TEXT.rstrip()}\n\nBe concise.\n\nBe firm.") == [
        f"{TEXT.rstrip()}\n\nBe concise.",
        f"{TEXT.rstrip()}\n\nBe firm.",
    ]


def test_what_opens_an_element_and_what_closes_it_are_one_idea() -> None:
    wrapped = f"<rules>\n{TEXT.rstrip()}\n</rules>"

    assert apart(wrapped) == [wrapped]


def test_an_element_with_a_blank_line_is_not_torn() -> None:
    shown = f"{TEXT.rstrip()}\n\n<example>\nOne.\n\nTwo.\n</example>"

    assert apart(shown) == [shown]


def test_a_rewriting_that_changes_more_than_a_few_places_is_a_whole() -> None:
    places = MOST_PARTS + 1
    before = {"system": "\n".join(f"Rule {number} holds." for number in range(2 * places))}
    after = {"system": "\n".join(f"Rule {n} {'matters' if n % 2 else 'holds'}." for n in range(2 * places))}

    assert taken_apart(before, after) == [after]


def test_components_are_changed_apart() -> None:
    before = {"system": TEXT, "user": "{{message}}"}
    after = {"system": f"## Task\n\n{TEXT}", "user": "{{message}}\n\nBe brief."}

    assert taken_apart(before, after) == [{**before, "system": after["system"]}, {**before, "user": after["user"]}]


def test_ideas_of_several_rewritings_stand_in_one_text() -> None:
    made = together({"system": TEXT}, [idea(f"## Task\n\n{TEXT}"), idea(f"{TEXT.rstrip()}\n\nBe firm.")])

    assert made == {"system": f"## Task\n\n{TEXT.rstrip()}\n\nBe firm."}


def test_an_idea_can_be_had_for_what_its_text_has_become() -> None:
    now = f"## Task\n\n{TEXT.replace('Take one label.', 'Take exactly one label.')}"

    made = together({"system": now}, [idea(f"{TEXT.rstrip()}\n\nBe firm.")])

    assert made == {"system": f"{now.rstrip()}\n\nBe firm."}


def test_where_ideas_contradict_each_other_the_first_one_holds() -> None:
    made = together(
        {"system": TEXT}, [idea(TEXT.replace("JSON", "YAML")), idea(TEXT.replace("Answer in JSON.", "Say a word."))]
    )

    assert made == {"system": TEXT.replace("JSON", "YAML")}


def test_the_same_change_of_two_texts_is_the_same_idea() -> None:
    other = f"{TEXT}\nBe kind.\n"

    assert idea(f"{TEXT.rstrip()}\n\nBe firm.").key == idea(f"{other.rstrip()}\n\nBe firm.", other).key
    assert idea(f"{TEXT.rstrip()}\n\nBe firm.").key != idea(f"{TEXT.rstrip()}\n\nBe brief.").key
    assert not idea(f"{TEXT}\n").key


@given(st.sets(st.integers(0, 8), min_size=1, max_size=MOST_PARTS), st.sampled_from(["", "\n"]))
def test_a_rewriting_taken_apart_and_put_together_is_itself(places: set[int], end: str) -> None:
    lines = [f"Sentence {number} says this." for number in range(8)]
    before = {"system": "\n\n".join(lines) + end}
    written = [
        line
        for number in range(9)
        for line in (*([f"New {number}."] * (number in places)), *lines[number : number + 1])
    ]
    after = {"system": "\n\n".join(written)}

    parts = taken_apart(before, after)
    ideas = [Idea(name=str(number), by="", what="", before=before, after=part) for number, part in enumerate(parts)]

    assert together(before, ideas)["system"].rstrip() == after["system"]
