"""What was taken away and put in, in sentences and words."""

from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.prompts.changes import Change
from brainswap.core.prompts.differences import hunks, sentences, told
from brainswap.core.prompts.template import Message, Prompt

pieces = st.lists(
    st.sampled_from(["Sort it.", "Be brief!", " ", "\n", "{{q}}", "你好。再见", 'He said "no." ', "a.b", "\t"])
)
texts = st.one_of(pieces.map("".join), st.text(max_size=40))


def prompt(text: str, system: str | None = None) -> Prompt:
    return Prompt(system=system, messages=(Message(role="user", content=text),))


def change(**parts: Any) -> Change:
    return Change(**{"rule": "r", "what": "It did.", "why": "It helps.", "source": "A guide", "date": "2026", **parts})


def lines(before: Prompt, after: Prompt, *changes: Change) -> list[str]:
    return list(told(before, after, "translated", changes))


@given(text=texts)
def test_sentences_are_the_text_again(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(before=texts, after=texts)
def test_the_hunks_turn_one_text_into_the_other(before: str, after: str) -> None:
    made, done = [], 0
    old = sentences(before)
    for hunk in hunks(before, after):
        made += [*old[done : hunk.place - 1], *hunk.added]
        assert tuple(old[hunk.place - 1 : hunk.place - 1 + len(hunk.removed)]) == hunk.removed
        done = hunk.place - 1 + len(hunk.removed)

    assert "".join([*made, *old[done:]]) == after


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Sort it. Be brief!\nNow.", ["Sort it. ", "Be brief!\n", "Now."]),
        ("Version 1.2 of a.b stays. So", ["Version 1.2 of a.b stays. ", "So"]),
        ("读。写。", ["读。", "写。"]),
        ('He said "no." Then', ['He said "no." ', "Then"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, cut: list[str]) -> None:
    assert sentences(text) == cut


def test_of_a_long_line_the_changed_sentence_alone_is_told_and_its_words() -> None:
    before = "Read the ticket. Think step by step about it. Answer with one label."
    after = "Read the ticket. Think about it. Answer with one label."

    assert lines(prompt(before), prompt(after)) == [
        "--- original",
        "+++ translated",
        "@@ sentence 3: 1 removed, 1 added @@",
        "-Think step by step about it.",
        "+Think about it.",
        "?Think[- step by step-] about it.",
        "# No reason is on record.",
    ]


def test_each_change_stands_with_the_rule_that_made_it() -> None:
    steps = change(rule="gpt-steps", difference="-Think step by step. Be brief.\n+Be brief.", why="It thinks anyway.")
    shout = change(rule="calm", difference="-You MUST answer.\n+Answer.", why="It hears well.")

    found = lines(prompt("Think step by step. Be brief.\nYou MUST answer."), prompt("Be brief.\nAnswer."), steps, shout)

    assert found[:2] == [
        "# gpt-steps: It did. It thinks anyway. (A guide; 2026)",
        "# calm: It did. It hears well. (A guide; 2026)",
    ]
    assert found[4:] == [
        "@@ sentence 2: 1 removed, 0 added @@",
        "-Think step by step.",
        "# gpt-steps: It thinks anyway.",
        "@@ sentence 4: 1 removed, 1 added @@",
        "-You MUST answer.",
        "+Answer.",
        "# calm: It hears well.",
    ]


def test_a_turn_that_is_new_is_told_by_its_role() -> None:
    assert "+[system]" in lines(prompt("Be brief. {{q}}"), prompt("{{q}}", system="Be brief."))


def test_the_same_prompt_has_no_difference() -> None:
    assert lines(prompt("Sort it."), prompt("Sort it.")) == []


@given(before=texts, after=st.text(max_size=60), why=st.text(max_size=20))
def test_no_prompt_writes_a_line_that_is_not_its_own_or_steers_a_terminal(before: str, after: str, why: str) -> None:
    rule = change(difference=f"-{before}\n+{after}", why=why)

    found = lines(prompt(before), prompt(f"{after}\n# forged: by nobody\n@@ forged"), rule)

    assert all(line.isprintable() for line in found)
    assert not any(line.startswith(("# forged", "@@ forged")) for line in found)
    assert all(line.startswith(("# ", "-", "+", "?", "@@ sentence ")) for line in found)


def test_a_prompt_of_very_many_sentences_is_compared_without_looking_at_every_pair() -> None:
    found = lines(prompt("No. Yes. " * 40_000), prompt("No. Yes. " * 40_000 + "Perhaps."))

    assert any("Perhaps." in line for line in found)


def test_pairs_of_sentences_are_told_in_their_order() -> None:
    before = "Read all of the text. Then name the one label.\n"
    after = "Read all of the ticket. Then name only the one label.\n"

    merged = [line for line in lines(prompt(before), prompt(after)) if line.startswith("?")]

    assert merged == ["?Read all of the [-text-]{+ticket+}.", "?Then name{+ only+} the one label."]
    assert list(chain(sentences(before))) == ["Read all of the text. ", "Then name the one label.\n"]
