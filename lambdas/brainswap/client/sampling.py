"""A sample of the answers to live requests, for the judge of a roll-out: bounded, and sent in the background."""

import hashlib
import json
import logging
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainswap.client.assignment import BUCKETS

if TYPE_CHECKING:
    from brainswap.client.resolved import Resolved
    from brainswap.client.versions import PublishedVersion

_log = logging.getLogger(__name__)
SCHEMA = "brainswap.sample/1"
PREFIX = "samples/"
MOST_GROUPS = 16  # workloads with their variants and steps at a time
MOST_BYTES = 8 << 20  # that wait in a process
LARGEST = 256 << 10  # bytes of one answer with its request; nobody judges longer ones
MINUTE_S = 60.0
_STEPS = "steps."  # before the names under which a chain's earlier answers are given

Put = Callable[[str, bytes], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request was made of, and whether its answer may be kept.

    Attributes:
        key: of whoever asked; of requests whose key nobody knows, anything that differs.
        share: of the answers of its variant that are kept, in hundredths of a per cent.
        most: that one process keeps of a variant in a minute.
        until: when the judge looks for the last time (seconds since 1970).
    """

    key: str
    variables: Mapping[str, Any]
    turns: tuple[tuple[str, str], ...]
    share: int
    most: int
    until: int


class Samples:
    """Answers that wait to be sent, the lowest ranks of each minute; from any thread.

    The *rank* of an answer is a hash of the step, the key, the request and the answer. Who keeps the lowest ranks keeps
    answers by chance alone, the same ones in whichever process they come, and none twice.

    Args:
        put: writes an object of the bucket.
        window_s: how long answers wait, and compete for the places of their minute.
        closing: ends the background.
        clock: for minutes, in seconds.
        now: for the end of sampling, in seconds since 1970.
    """

    def __init__(
        self,
        put: Put,
        *,
        window_s: float,
        closing: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._put = put
        self._window_s = window_s
        self._closing = closing
        self._clock = clock
        self._now = now
        self._lock = threading.Lock()
        self._waiting: dict[str, dict[str, bytes]] = {}
        self._sent: Counter[str] = Counter()
        self._minute_began = clock()
        self._bytes = 0
        self._started = False
        self.dropped = 0

    def offer(self, resolved: "Resolved", answer: str) -> None:
        """Keep an answer, if it is one of the sample; sends nothing itself."""
        asked = resolved.asked
        if asked is None or not asked.share or self._now() >= asked.until:
            return
        data = _document(resolved.version, asked, answer)
        if len(data) > LARGEST:
            self.dropped += 1
            return
        rank = hashlib.sha256(f"{resolved.step}:{asked.key}:".encode("utf-8", "surrogatepass") + data).digest()
        if int.from_bytes(rank[:8], "big") * BUCKETS >> 64 < asked.share:
            self._keep(f"{PREFIX}{resolved.workload}/{resolved.step}/{resolved.variant}/", rank.hex(), data, asked.most)

    def flush(self) -> None:
        """Send what waits; what cannot be sent is dropped, for it is a sample. Never raises."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
            self._bytes = 0
            self._sent.update({group: len(waiting) for group, waiting in taken.items()})
        left = sum(map(len, taken.values()))
        try:
            for group, waiting in taken.items():
                for rank, data in waiting.items():
                    self._put(f"{group}{rank}.json", data)
                    left -= 1
        except Exception as error:  # noqa: BLE001 - a sample is not worth an application's failure
            self.dropped += left
            _log.warning("Sampled answers could not be sent, and are dropped: %s", type(error).__name__)

    def _keep(self, group: str, rank: str, data: bytes, most: int) -> None:
        with self._lock:
            if self._clock() - self._minute_began >= MINUTE_S:
                self._minute_began = self._clock()
                self._sent.clear()
            waiting = self._waiting.get(group, {})
            if rank in waiting:
                return
            if len(waiting) >= most - self._sent[group]:
                last = max(waiting, default="")
                self.dropped += 1  # this one or that
                if rank > last:
                    return
                self._bytes -= len(waiting.pop(last))
            if self._bytes + len(data) > MOST_BYTES or (group not in self._waiting and self._is_full()):
                self.dropped += 1
                return
            waiting[rank] = data
            self._waiting[group] = waiting
            self._bytes += len(data)
            self._start()

    def _is_full(self) -> bool:
        return len(self._waiting) >= MOST_GROUPS

    def _start(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(
                target=_work,
                args=(weakref.ref(self), self._closing, self._window_s),
                name="brainswap-samples",
                daemon=True,
            ).start()


def _work(whose: "weakref.ref[Samples]", closing: threading.Event, window_s: float) -> None:
    """Send until the client is closed, or nobody has it any more."""
    while not closing.wait(window_s):
        samples = whose()
        if samples is None:
            return
        samples.flush()
        del samples


def _document(version: "PublishedVersion", asked: Asked, answer: str) -> bytes:
    """A sample as it is written: what the prompt asks for, earlier turns, and the answer."""
    named = _placeholders(version)
    told = {name: value for name, value in asked.variables.items() if name in named and not name.startswith(_STEPS)}
    document = {"schema": SCHEMA, "variables": told, "turns": [list(turn) for turn in asked.turns], "answer": answer}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")


def _placeholders(version: "PublishedVersion") -> set[str]:
    """The variables that a prompt names, in any of its steps."""
    named: set[str] = set()
    for each in (*version.earlier, version):
        texts = [text for _, text in each.messages]
        named.update(*(text.placeholders for text in (texts if each.system is None else [each.system, *texts])))
    return named
