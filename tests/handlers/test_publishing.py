"""The index of a workload's runs, whoever writes it and how many at once."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.publishing import index_key, index_page_key, publish
from brainswap.report.model import Report
from tests.fakes.reports import report
from tests.fakes.stores import MemoryArtifacts

WORKLOAD = report().workload


def run(name: str) -> Report:
    return report(run_id=name)


def listed(artifacts: MemoryArtifacts) -> set[str]:
    index = json.loads(artifacts.read(index_key(WORKLOAD)))
    return {each["entry"]["run_id"] for each in index["runs"]}


@dataclass
class OneAtATime(MemoryArtifacts):
    """Files on which several threads work, each step of each when it is told to."""

    steps: dict[str, threading.Semaphore] = field(default_factory=dict)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def _turn(self) -> None:
        mine = self.steps.get(threading.current_thread().name)
        if mine is not None:
            self.waiting.release()
            assert mine.acquire(timeout=10)

    def read(self, key: str) -> bytes:
        self._turn()
        return super().read(key)

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        self._turn()
        super().write(key, data, content_type, final=final)

    def exists(self, key: str) -> bool:
        self._turn()
        return super().exists(key)

    def keys(self, prefix: str) -> Iterator[str]:
        self._turn()
        return super().keys(prefix)


def side_by_side(artifacts: OneAtATime, runs: Sequence[Report], order: Iterator[int]) -> None:
    """Publish all runs at once."""
    stepping(artifacts, {each.run_id: partial(publish, each, artifacts) for each in runs}, order)


def stepping(artifacts: OneAtATime, tasks: Mapping[str, Callable[[], object]], order: Iterator[int]) -> None:
    """Do all at once; of those that are not done, the order says whose step is next."""
    threads = {name: threading.Thread(name=name, target=task) for name, task in tasks.items()}
    for name, thread in threads.items():
        artifacts.steps[name] = threading.Semaphore(0)
        thread.start()
        assert artifacts.waiting.acquire(timeout=10)
    going = dict(threads)
    while going:
        name = list(going)[next(order, 0) % len(going)]
        artifacts.steps[name].release()
        while going[name].is_alive() and not artifacts.waiting.acquire(timeout=0.002):
            pass
        if not going[name].is_alive():
            del going[name]


@given(order=st.lists(st.integers(0, 5), max_size=60), count=st.integers(2, 4))
def test_runs_that_end_at_the_same_time_lose_no_entry(order: list[int], count: int) -> None:
    artifacts = OneAtATime()
    runs = [run(f"run-{number}") for number in range(count)]

    side_by_side(artifacts, runs, iter(order))

    assert listed(artifacts) == {each.run_id for each in runs}
    page = artifacts.files[index_page_key(WORKLOAD)].decode()
    assert all(f"../../runs/{each.run_id}/report.html" in page for each in runs)


def test_a_run_that_is_published_again_is_in_the_index_once() -> None:
    artifacts = MemoryArtifacts()

    for name in ("a", "b", "a"):
        publish(run(name), artifacts)

    assert listed(artifacts) == {"a", "b"}


@dataclass
class Counting(MemoryArtifacts):
    """Files that count how often one is read."""

    reads: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes:
        self.reads.append(key)
        return super().read(key)


def test_entries_that_the_index_holds_are_not_read_again() -> None:
    artifacts = Counting()
    for name in ("a", "b", "c"):
        publish(run(name), artifacts)
    artifacts.reads.clear()

    publish(run("d"), artifacts)

    assert artifacts.reads == [index_key(WORKLOAD)]
    assert listed(artifacts) == {"a", "b", "c", "d"}


@pytest.mark.parametrize("broken", [b"", b"{}", b"\xff", b'{"schema": "brainswap.index/9"}'])
def test_an_index_that_was_broken_is_made_anew_from_the_entries(broken: bytes) -> None:
    artifacts = MemoryArtifacts()
    publish(run("a"), artifacts)
    artifacts.files[index_key(WORKLOAD)] = broken

    publish(run("b"), artifacts)

    assert listed(artifacts) == {"a", "b"}


def test_an_entry_that_cannot_be_read_is_named_and_costs_no_other_its_place() -> None:
    artifacts = MemoryArtifacts()
    publish(run("a"), artifacts)
    key = f"history/{WORKLOAD}/runs/z.json"
    artifacts.files[key] = b"not JSON"

    publish(run("b"), artifacts)

    assert listed(artifacts) == {"a", "b"}
    assert json.loads(artifacts.read(index_key(WORKLOAD)))["unreadable"] == [key]
    assert key in artifacts.files[index_page_key(WORKLOAD)].decode()


def test_an_entry_that_was_deleted_leaves_the_index() -> None:
    artifacts = MemoryArtifacts()
    publish(run("a"), artifacts)
    publish(run("b"), artifacts)
    del artifacts.files[f"history/{WORKLOAD}/runs/a.json"]

    publish(run("c"), artifacts)

    assert listed(artifacts) == {"b", "c"}


@pytest.mark.parametrize("name", ["../../workloads/x", "a/b", ".", "..", "", "<script>", "ü\u202e", "\ud800"])
def test_no_id_leads_out_of_the_place_for_entries(name: str) -> None:
    artifacts = MemoryArtifacts()

    publish(run(name), artifacts)

    outside = [key for key in artifacts.files if not key.startswith(f"history/{WORKLOAD}/")]
    assert outside == []
    (entry,) = [key for key in artifacts.files if "/runs/" in key]
    assert entry.count("/") == 3
