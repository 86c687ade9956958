import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import Origin
from local.bedrock.converse import marks
from local.bedrock.pace import Moment, Pace, pieces
from local.bedrock.question import Reply


def reply(text: str, output_tokens: int = 10) -> Reply:
    return Reply(
        text=text,
        stop_reason="end_turn",
        input_tokens=1,
        output_tokens=output_tokens,
        latency_ms=1000,
        first_token_ms=250,
        origin=Origin.SIMULATED,
    )


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for; none of them takes place."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    return asked


async def play(factor: float, moments: list[Moment]) -> list[bytes]:
    since = asyncio.get_running_loop().time()
    return [piece async for piece in Pace(factor=factor).play(since, moments)]


MOMENTS = [Moment(due_ms=2000, data=b"a"), Moment(due_ms=4000, data=b"b")]


def test_at_real_time_each_piece_comes_when_it_is_due(slept: list[float]) -> None:
    assert asyncio.run(play(1.0, MOMENTS)) == [b"a", b"b"]
    assert slept == pytest.approx([2, 4], abs=0.5)


def test_a_compressed_clock_shortens_every_wait_alike(slept: list[float]) -> None:
    asyncio.run(play(0.05, MOMENTS))

    assert slept == pytest.approx([0.1, 0.2], abs=0.05)


def test_without_waiting_everything_comes_at_once(slept: list[float]) -> None:
    assert asyncio.run(play(0, MOMENTS)) == [b"ab"]
    assert slept == []


@given(text=st.text(max_size=200), output_tokens=st.integers(0, 100))
def test_pieces_are_the_text_spread_from_the_first_token_to_the_end(text: str, output_tokens: int) -> None:
    parts = list(pieces(reply(text, output_tokens)))

    assert "".join(part for _, part in parts) == text
    assert all(part for _, part in parts)
    assert [due for due, _ in parts] == sorted(due for due, _ in parts)
    if len(text) > 1:
        assert len(parts) > 1
        assert [parts[0][0], parts[-1][0]] == pytest.approx([250, 1000])


@pytest.mark.parametrize(("factor", "clock"), [(1.0, None), (0.05, "compressed"), (0.0, "compressed")])
def test_a_clock_that_is_not_real_time_is_marked_and_the_figures_are_not_scaled(factor: float, clock: Any) -> None:
    said = marks(reply("x"), Pace(factor=factor))

    assert said.get("x-brainswap-clock") == clock
    assert (said["x-brainswap-latency-ms"], said["x-brainswap-first-token-ms"]) == ("1000.000", "250.000")
