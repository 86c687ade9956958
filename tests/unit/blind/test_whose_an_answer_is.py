"""What graders are shown does not let them try out whose an answer is, even if they know cases, rules and seed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brainswap.core.blind.documents import BlindKey
from local.blind.pairs import draw_pairs
from local.blind.places import FolderPlace
from tests.fakes.reports import report

CASES = 200


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    def said(answer: str) -> list[dict[str, str]]:
        return [{"answer": answer, "status": "answered"}]

    lines = [
        {
            "id": f"c-{number}",
            "input": {"question": f"{number}?"},
            "reference": None,
            "contenders": {"source": said(f"old {number}"), "target": said(f"new {number}")},
        }
        for number in range(CASES)
    ]
    (tmp_path / "cases.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return FolderPlace(tmp_path)


def drawn(place: FolderPlace, report_sha256: str) -> BlindKey:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    return draw_pairs(place, report(), report_sha256, target="target", count=CASES, seed=0, now=now)[0]


def test_the_order_needs_the_report_and_not_only_the_seed(place: FolderPlace) -> None:
    one, other = drawn(place, "a" * 64), drawn(place, "b" * 64)

    differs = sum(mine.target_first != theirs.target_first for mine, theirs in zip(one.rows, other.rows, strict=True))
    assert [row.case for row in one.rows] == [row.case for row in other.rows]
    assert abs(differs - len(one.rows) / 2) < 5 * (len(one.rows) / 4) ** 0.5


def test_the_same_report_and_seed_give_the_same_order(place: FolderPlace) -> None:
    assert drawn(place, "a" * 64).rows == drawn(place, "a" * 64).rows


def test_a_seal_cannot_be_made_without_the_report(place: FolderPlace) -> None:
    key = drawn(place, "a" * 64)

    class Guessed(BlindKey):
        """The sheet's name is on the sheet; the report's hash is not."""

        @property
        def sheet(self) -> str:
            return key.sheet

    guessed = Guessed.model_validate({**key.model_dump(), "report_sha256": "b" * 64})

    assert all(key.seal(number) != guessed.seal(number) for number in range(1, len(key.rows) + 1))
