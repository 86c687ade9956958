"""The sample of live answers that a process keeps for a judge: by chance, the same everywhere, and bounded."""

import json
import logging
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.client import sampling
from brainswap.client.resolved import Resolved
from brainswap.client.sampling import LARGEST, MOST_GROUPS, Asked, Samples
from brainswap.client.versions import PublishedVersion, Template

UNTIL = 2_000_000_000


@dataclass
class World:
    """Where samples are written, and what time it is."""

    put: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0
    now: float = 1_800_000_000.0

    def write(self, key: str, data: bytes) -> None:
        self.put[key] = data

    def samples(self) -> Samples:
        return Samples(
            self.write, window_s=1e6, closing=threading.Event(), clock=lambda: self.seconds, now=lambda: self.now
        )

    def names(self) -> set[str]:
        return {key.rpartition("/")[2] for key in self.put}


def version(user: str = "{{ticket}}", **changes: Any) -> PublishedVersion:
    plain: dict[str, Any] = {"system": Template.of("Sort for {{team}}."), "tools": (), "output": None}
    settings: dict[str, Any] = {"parameters": {}, "settings": {}, "sha256": "0" * 64}
    messages = (("user", Template.of(user)),)
    return PublishedVersion(**{"model": "m", "messages": messages, **plain, **settings, **changes})


def resolved(
    key: str = "ada",
    *,
    share: int = 10_000,
    most: int = 1000,
    variant: str = "target",
    step: str = "run-1/1",
    **more: Any,
) -> Resolved:
    variables = {"ticket": "It is broken.", "team": "Sales"}
    asked = Asked(
        **{"key": key, "variables": variables, "turns": (), "share": share, "most": most, "until": UNTIL, **more}
    )
    return Resolved(
        workload="w",
        variant=variant,
        step=step,
        model="m",
        system=None,
        messages=(),
        slow_ms=0,
        version=version(),
        asked=asked,
    )


def test_a_sample_holds_what_the_prompt_asks_for_and_the_answer_and_nothing_else() -> None:
    world = World()
    samples = world.samples()
    given = {"ticket": "Hé", "team": "Sales", "password": "secret", "steps.sort": "earlier"}

    samples.offer(resolved(variables=given, turns=(("user", "before"),)), "It is fine.")
    samples.flush()

    ((key, data),) = world.put.items()
    assert key.startswith("samples/w/run-1/1/target/")
    assert json.loads(data) == {
        "schema": "brainswap.sample/1",
        "variables": {"ticket": "Hé", "team": "Sales"},
        "turns": [["user", "before"]],
        "answer": "It is fine.",
    }


def test_of_a_chain_the_variables_of_all_steps_are_shown_and_no_earlier_answer() -> None:
    last = version("{{steps.sort}} {{tone}}", earlier=(version("{{ticket}}", name="sort"),), system=None)
    asked = Asked(
        key="k", variables={"ticket": "a", "tone": "b", "steps.sort": "c"}, turns=(), share=1, most=1, until=UNTIL
    )

    told = json.loads(sampling._document(last, asked, "answer"))

    assert told["variables"] == {"ticket": "a", "tone": "b"}


@settings(max_examples=10)
@given(share=st.integers(1, 9999))
def test_the_share_of_answers_that_is_kept_is_the_one_that_the_route_says(share: int) -> None:
    world = World()
    samples = world.samples()

    for number in range(1000):
        samples.offer(resolved(f"user-{number}", share=share), "yes")
    samples.flush()

    p = share / 10_000
    assert abs(len(world.put) - 1000 * p) <= 5.5 * (1000 * p * (1 - p)) ** 0.5 + 1


@settings(max_examples=15)
@given(first=st.integers(0, 10_000), second=st.integers(0, 10_000))
def test_what_is_kept_of_a_smaller_share_is_kept_of_a_larger_one(first: int, second: int) -> None:
    kept = []
    for share in sorted((first, second)):
        world = World()
        samples = world.samples()
        for number in range(50):
            samples.offer(resolved(f"user-{number}", share=share), "yes")
        samples.flush()
        kept.append(set(world.put))

    assert kept[0] <= kept[1]


def test_the_same_answer_is_the_same_sample_in_every_process_and_other_answers_are_others() -> None:
    world = World()
    for _ in range(2):
        samples = world.samples()
        for key in ("ada", "bob"):
            for answer in ("yes", "no"):
                samples.offer(resolved(key), answer)
        samples.flush()

    assert len(world.put) == 4


def test_a_process_keeps_the_lowest_ranks_of_a_minute_whenever_they_come() -> None:
    everything, bounded = World(), World()
    all_of_them, few = everything.samples(), bounded.samples()

    for number in range(300):
        all_of_them.offer(resolved(f"user-{number}"), "yes")
        few.offer(resolved(f"user-{number}", most=7), "yes")
    all_of_them.flush()
    few.flush()

    assert bounded.names() == set(sorted(everything.names())[:7])
    assert few.dropped == 293


@settings(max_examples=20)
@given(processes=st.lists(st.integers(0, 3), min_size=1, max_size=60), most=st.integers(1, 8))
def test_the_lowest_ranks_of_all_processes_are_those_of_one_that_had_seen_everything(
    processes: list[int], most: int
) -> None:
    """So that whoever takes as many as a process keeps has a sample by chance of all requests, wherever they came."""
    together, apart = World(), World()
    one, several = together.samples(), [apart.samples() for _ in range(4)]

    for number, process in enumerate(processes):
        for samples in (one, several[process]):
            samples.offer(resolved(f"user-{number}", most=most), "yes")
    for samples in (one, *several):
        samples.flush()

    assert set(sorted(apart.names())[:most]) == together.names()


def test_each_variant_and_step_has_places_of_its_own() -> None:
    world = World()
    samples = world.samples()

    for number in range(50):
        for variant in ("source", "target"):
            for step in ("run-1/1", "run-1/2"):
                samples.offer(resolved(f"user-{number}", most=3, variant=variant, step=step), "yes")
    samples.flush()

    groups = [key.rpartition("/")[0] for key in world.put]
    assert {group: groups.count(group) for group in groups} == {
        f"samples/w/run-1/{step}/{variant}": 3 for variant in ("source", "target") for step in (1, 2)
    }


def test_a_minute_has_its_places_however_often_samples_are_sent() -> None:
    world = World()
    samples = world.samples()

    for number in range(100):
        samples.offer(resolved(f"user-{number}", most=4), "yes")
        samples.flush()
    in_the_first_minute = len(world.put)
    world.seconds = 61.0
    for number in range(100, 200):
        samples.offer(resolved(f"user-{number}", most=4), "yes")
        samples.flush()

    assert (in_the_first_minute, len(world.put)) == (4, 8)


@pytest.mark.parametrize("asked", [{"share": 0}, {"until": 1_800_000_000}, {"most": 0}])
def test_nothing_is_kept_where_the_route_says_so_or_not_any_more(asked: dict[str, Any]) -> None:
    world = World()
    samples = world.samples()

    samples.offer(resolved(**asked), "yes")
    samples.flush()

    assert world.put == {}


def test_memory_is_bounded_by_bytes_by_groups_and_by_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST_BYTES", 2000)
    world = World()
    samples = world.samples()

    samples.offer(resolved(), "x" * LARGEST)
    for number in range(100):
        samples.offer(resolved(f"user-{number}", step=f"run-1/{number}"), "yes")
    samples.flush()
    for number in range(100):
        samples.offer(resolved(f"user-{number}"), "x" * 500)

    assert len(world.put) <= MOST_GROUPS
    assert sum(map(len, world.put.values())) <= 2000
    assert samples._bytes <= 2000
    assert samples.dropped >= 1 + 100 - MOST_GROUPS


def test_what_cannot_be_sent_is_dropped_and_no_word_of_it_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[str] = []

    def broken(key: str, data: bytes) -> None:
        asked.append(key)
        raise RuntimeError(data.decode())

    samples = Samples(broken, window_s=1e6, closing=threading.Event())
    for number in range(5):
        samples.offer(resolved(f"user-{number}", until=1 << 40), "a secret")
    with caplog.at_level(logging.DEBUG):
        samples.flush()
        samples.flush()

    assert len(asked) == 1  # the others are not tried on a bucket that does not answer
    assert samples.dropped == 5
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_samples_are_sent_in_the_background_until_the_client_is_closed() -> None:
    closing, sent = threading.Event(), threading.Event()
    samples = Samples(lambda _key, _data: sent.set(), window_s=0.01, closing=closing)

    samples.offer(resolved(until=1 << 40), "yes")

    assert sent.wait(10)
    closing.set()


def test_many_threads_lose_nothing() -> None:
    world = World()
    samples = world.samples()

    def offer(first: int) -> None:
        for number in range(first, first + 100):
            samples.offer(resolved(f"user-{number}"), "yes")

    threads = [threading.Thread(target=offer, args=(100 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples.flush()

    assert len(world.put) == 400
