"""The route of a workload while nobody answers: how long requests wait, and who looks where no background does."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from brainswap.client import Client, NoRouteError, Settings
from brainswap.client import application as applications
from brainswap.client import following as followings
from brainswap.client.following import MOST_PATIENCE_S, PATIENCE_S, Followed
from brainswap.client.keeping import Kept
from brainswap.client.outcomes import Group, Sums
from brainswap.core.rollout.routes import document_of
from local.appconfig.flags import delivered_flags
from tests.fakes.routed import SOURCE_MODEL, TARGET_MODEL, named, route_of, version

SETTINGS = Settings(application="a", environment="e", bucket="b", poll_s=45)
SOURCE, TARGET = version(SOURCE_MODEL), version(TARGET_MODEL)
WORKLOAD = SOURCE.workload


@dataclass
class Time:
    """What the clients of a test go by.

    Attributes:
        now: seconds.
        reading_s: that nobody answers takes.
    """

    now: float = 1000.0
    reading_s: float = 12.0
    readings: int = 0

    def monotonic(self) -> float:
        return self.now

    def news(self) -> bytes | None:
        self.readings += 1
        self.now += self.reading_s
        raise ConnectionError("nobody answers")


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(followings, "time", made)
    monkeypatch.setattr(applications, "time", made)
    return made


def ask(followed: Followed) -> None:
    with pytest.raises(NoRouteError, match="nobody answers"):
        followed.first()


def test_those_who_waited_for_a_reading_that_failed_do_not_each_wait_for_one_of_their_own(time: Time) -> None:
    followed = Followed("w", lambda: time, _no_file, None)

    for _ in range(100):
        ask(followed)

    assert time.readings == 1


def test_those_who_waited_for_the_background_do_not_wait_for_a_reading_of_their_own(time: Time) -> None:
    followed = Followed("w", lambda: time, _no_file, None)

    followed.refresh()
    ask(followed)

    assert time.readings == 1


def test_what_an_earlier_process_kept_is_there_whoever_reads_first(time: Time, tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    versions = {made.sha256: data for made, data in map(named, (SOURCE, TARGET))}
    kept.keep(WORKLOAD, delivered(10_000), versions)
    followed = Followed(WORKLOAD, lambda: time, _no_file, kept)

    followed.refresh()

    assert followed.first().route.share == 10_000


def test_a_route_that_is_not_there_is_asked_for_ever_more_seldom_by_requests(time: Time) -> None:
    time.reading_s = 0.0
    followed = Followed("w", lambda: time, _no_file, None)

    asked_at = []
    for _ in range(600):
        before = time.readings
        ask(followed)
        if time.readings > before:
            asked_at.append(time.now)
        time.now += 1

    pauses = [later - earlier for earlier, later in itertools.pairwise(asked_at)]
    assert pauses[:4] == [PATIENCE_S, 2 * PATIENCE_S, 4 * PATIENCE_S, 8 * PATIENCE_S]
    assert set(pauses[4:]) == {MOST_PATIENCE_S}


def test_the_same_trouble_is_told_once(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    followed = Followed("w", lambda: time, _no_file, None)

    for _ in range(10):
        followed.refresh()

    assert len([one for one in caplog.records if one.levelname == "WARNING"]) == 1


@dataclass
class Fake:
    """AppConfig and the bucket, as boto3's clients.

    Attributes:
        share: of the target, in the document that is new at each reading.
    """

    share: int = 0
    sent: list[Any] = field(default_factory=list)

    def client(self, *_: Any, **__: Any) -> "Fake":
        return self

    def start_configuration_session(self, **_: Any) -> dict[str, Any]:
        return {"InitialConfigurationToken": "token"}

    def get_latest_configuration(self, **_: Any) -> dict[str, Any]:
        return {"NextPollConfigurationToken": "next", "Configuration": _Body(delivered(self.share))}

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        (data,) = (data for made, data in map(named, (SOURCE, TARGET)) if made.key(WORKLOAD) == Key)
        return {"Body": _Body(data)}


@dataclass
class _Body:
    data: bytes

    def read(self) -> bytes:
        return self.data


def delivered(share: int) -> bytes:
    """The document as AppConfig gives it to readers."""
    return delivered_flags(document_of(route_of(SOURCE, TARGET, share=share)))


def no_thread(*_: Any, **__: Any) -> Any:
    raise RuntimeError("can't start new thread")


def test_without_a_thread_for_the_background_requests_look_themselves(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    appconfig, sent = Fake(share=10_000), list[Group]()

    def send(taken: Mapping[Group, Sums]) -> None:
        sent.extend(taken)

    client = Client(SETTINGS, session=appconfig, send=send)

    before = client.resolve(WORKLOAD, "user-1", {"ticket": "x"})
    client.record(before)
    appconfig.share = 0  # the traffic is sent back
    soon = client.resolve(WORKLOAD, "user-1", {"ticket": "x"})
    time.now += 4 * SETTINGS.poll_s + 1
    later = client.resolve(WORKLOAD, "user-1", {"ticket": "x"})

    assert [one.variant for one in (before, soon, later)] == ["target", "target", "source"]
    assert [one.variant for one in sent] == ["target"]


@pytest.mark.parametrize("key", ["", None])
def test_requests_without_a_key_move_when_all_others_have(key: Any) -> None:
    appconfig = Fake(share=9_999)
    client = Client(SETTINGS, session=appconfig, send=lambda _: None)

    before = client.resolve(WORKLOAD, key, {"ticket": "x"}).variant
    appconfig.share = 10_000
    client.refresh()

    assert (before, client.resolve(WORKLOAD, key, {"ticket": "x"}).variant) == ("source", "target")


def _no_file(key: str) -> bytes:
    raise FileNotFoundError(key)
