"""What clients are told to do."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.asking.peers.assignment import Assignment, assignment, prompt

ASSIGNMENTS = st.builds(
    Assignment,
    url=st.just("http://127.0.0.1:1"),
    first=st.integers(0, 1000),
    cases=st.integers(0, 500),
    in_flight=st.integers(1, 200),
    variant=st.sampled_from(["default", "retry30"]),
    streams=st.booleans(),
    workers=st.integers(1, 8),
)


@given(ASSIGNMENTS)
def test_a_client_reads_from_its_command_line_what_it_was_told(told: Assignment) -> None:
    assert assignment(told.arguments()) == told


@given(ASSIGNMENTS, st.integers(1, 8))
def test_workers_share_every_case_once_and_all_calls_in_flight(told: Assignment, workers: int) -> None:
    parts = told.shared_out(workers)

    assert [text for part in parts for text in part.prompts()] == told.prompts()
    assert sum(part.in_flight for part in parts) == told.in_flight
    assert max(part.cases for part in parts) - min(part.cases for part in parts) <= 1


def test_every_case_asks_something_else() -> None:
    assert len({prompt(number) for number in range(200)}) == 200
