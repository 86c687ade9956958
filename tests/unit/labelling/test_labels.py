"""``labels.jsonl``."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.labelling.labels import (
    LABELS_FILE,
    Label,
    decode_labels,
    encode_labels,
    labels_sha256,
    merged,
)
from brainswap.core.labelling.loading import load_labels
from brainswap.core.scoring.specs import ScorerSpec
from tests.fakes.judges import CLOSED_QA, RUBRIC
from tests.fakes.stores import MemoryArtifacts

SPECS: list[ScorerSpec] = [RUBRIC, CLOSED_QA]


def line(**changes: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "scorer": "polite",
        "case": "c",
        "shown_sha256": "a" * 64,
        "marks": {"meets": "yes"},
        "labeller": "ann",
        "labelled_at": "2026-11-28T10:00:00Z",
        "seed": 0,
        **changes,
    }


def label(**changes: Any) -> Label:
    return Label.model_validate(line(**changes))


def load(*lines: Any) -> tuple[Label, ...]:
    text = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)
    return load_labels(MemoryArtifacts({f"w/{LABELS_FILE}": text}).folder("w"), SPECS)


def problems(*lines: Any) -> list[str]:
    with pytest.raises(InvalidWorkloadError) as raised:
        load(*lines)
    return [str(problem) for problem in raised.value.problems]


def test_a_folder_without_the_file_has_no_labels() -> None:
    assert load_labels(MemoryArtifacts().folder("w"), SPECS) == ()


def test_labels_come_back_as_they_were_written() -> None:
    labels = [label(), label(labeller="bob", seed=None), label(scorer="good", marks={"right": "1", "kind": "5"})]

    written = encode_labels(labels)

    assert list(decode_labels(written.splitlines())) == labels
    assert list(load(*written.splitlines())) == labels
    assert labels_sha256(labels) != labels_sha256(labels[:2])


def test_of_two_labels_of_one_person_on_the_same_the_later_one_counts_wherever_it_stands() -> None:
    late = line(marks={"meets": "no"}, labelled_at="2026-11-28T12:00:00+01:00")
    later = line(labelled_at="2026-11-28T11:30:00Z")

    found = load(later, late, line(labeller="bob"))

    assert [(one.labeller, one.marks["meets"]) for one in found] == [("ann", "yes"), ("bob", "yes")]


def test_every_problem_is_told_with_its_line_and_key() -> None:
    told = problems(
        line(),
        b"{",
        line(version=2),
        line(shown_sha256="A" * 64),
        line(surprise=1),
        line(labelled_at="2026-11-28T10:00:00"),
        line(labeller="=cmd()"),
        line(marks={}),
        line(marks={"meets": "perhaps"}),
        b"[1]",
        b"\xff",
        {key: value for key, value in line().items() if key != "scorer"},
    )

    assert [one.partition(":")[2].split(" ")[0].rstrip(":") for one in told] == [str(n) for n in range(2, 13)]
    assert "version" in told[1]
    assert "surprise" in told[3]
    assert "`yes`, `no`" in told[7]


def test_labels_of_a_question_that_was_changed_or_taken_out_are_no_mistakes() -> None:
    assert len(load(line(scorer="gone"), line(scorer="good", marks={"old": "5"}))) == 2


def test_hundreds_of_problems_are_counted_and_not_all_told() -> None:
    told = problems(*[line(version=9)] * 300)

    assert len(told) == 51
    assert "250 more problems" in told[-1]


def test_a_line_longer_than_any_label_is_refused() -> None:
    assert "longer than" in problems(line(case="x" * 5_000_001))[0]


@given(text=st.binary(max_size=200))
def test_no_bytes_bring_it_down(text: bytes) -> None:
    with suppress(InvalidWorkloadError):
        load(text)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["a" * 64, "b" * 64]), st.integers(0, 3)), max_size=12)
)
def test_merging_again_changes_nothing(drawn: list[tuple[str, str, int]]) -> None:
    labels = [
        label(labeller=who, shown_sha256=sha256, labelled_at=datetime(2026, 11, 28, hour, tzinfo=UTC))
        for who, sha256, hour in drawn
    ]

    once = merged(labels)

    assert merged(once) == once
    assert {one.subject for one in once} == {one.subject for one in labels}
    assert merged([*once, *labels]) == [max((x for x in labels if x.subject == y.subject), key=_when) for y in once]


def _when(one: Label) -> datetime:
    return one.labelled_at
