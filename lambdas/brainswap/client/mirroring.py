"""Asking the target beside the source: in the background, bounded, and within what the roll-out may spend."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from brainswap.client.resolved import Resolved

_log = logging.getLogger(__name__)
WORKERS = 2
WAITING = 8  # requests; more are dropped, for the application goes first
BLOCK = 10  # requests that a process sets aside at a time

Ask = Callable[[Resolved], Mapping[str, Any] | None]


class Allowance:
    """How many requests may still be asked twice, counted by all processes together in one item of a table.

    Args:
        client: makes boto3's for ``dynamodb`` when it is first needed.
        table: the stack's ledger.
    """

    def __init__(self, client: Callable[[], Any], table: str) -> None:
        self._client = client
        self._table = table
        self._left: dict[str, int] = {}
        self._spent: set[str] = set()
        self._lock = threading.Lock()

    def take(self, rollout: str, most: int) -> bool:
        """Set one request aside, if there are any left of ``most``."""
        with self._lock:
            if self._left.get(rollout, 0) <= 0 and (rollout in self._spent or not self._reserve(rollout, most)):
                self._spent.add(rollout)
                return False
            self._left[rollout] -= 1
            return True

    def _reserve(self, rollout: str, most: int) -> bool:
        block = min(BLOCK, most)
        if block <= 0:
            return False
        try:
            self._client().update_item(
                TableName=self._table,
                Key={"pk": {"S": f"SHADOW#{rollout}"}, "sk": {"S": "ASKED"}},
                UpdateExpression="ADD #asked :block",
                ConditionExpression="attribute_not_exists(#asked) OR #asked <= :most",
                ExpressionAttributeNames={"#asked": "asked"},
                ExpressionAttributeValues={":block": {"N": str(block)}, ":most": {"N": str(most - block)}},
            )
        except Exception as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code")
            if code == "ConditionalCheckFailedException":
                return False
            raise
        self._left[rollout] = block
        return True


class Mirror:
    """A few threads that ask again; what does not fit into their queue is dropped.

    Args:
        allowance: how many requests may be asked.
        record: takes the request and what became of it.
    """

    def __init__(self, allowance: Allowance, record: Callable[..., None]) -> None:
        self._allowance = allowance
        self._record = record
        self._waiting: queue.Queue[tuple[Resolved, str, int, Ask]] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._started = False
        self.dropped = 0

    def ask(self, resolved: Resolved, rollout: str, most: int, ask: Ask) -> None:
        """Have a request asked soon; returns at once."""
        with self._lock:
            if not self._started:
                self._started = True
                for number in range(WORKERS):
                    threading.Thread(target=self._work, name=f"brainswap-mirror-{number}", daemon=True).start()
        try:
            self._waiting.put_nowait((resolved, rollout, most, ask))
        except queue.Full:
            self.dropped += 1

    def wait(self) -> None:
        """Until everything that was taken is asked."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            resolved, rollout, most, ask = self._waiting.get()
            try:
                if self._allowance.take(rollout, most):
                    self._ask(resolved, ask)
            except Exception as error:  # noqa: BLE001 - nobody waits for it, and the application must not notice
                _log.warning("A mirrored request could not be counted: %s", error)
            finally:
                self._waiting.task_done()

    def _ask(self, resolved: Resolved, ask: Ask) -> None:
        began = time.monotonic()
        try:
            told = dict(ask(resolved) or {})
        except Exception as error:  # noqa: BLE001 - an error of the target is what the shadow is there to find
            _log.info("A mirrored request failed: %s", error)
            told = {"ok": False}
        told.setdefault("latency_ms", 1000 * (time.monotonic() - began))
        self._record(resolved, **told)
