"""EventBridge for batch jobs: their ends reach the stack in this process as they would reach it in the account."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3

from infrastructure.event_patterns import JOB_ENDED


class JobEvents:
    """Delivers while a stack is there, and drops what comes before and afterwards.

    Args:
        function: that the stack's rule has as its target.
    """

    def __init__(self, function: str = "Resume") -> None:
        self._function = function
        self._lock = threading.Lock()
        self._delivers = False

    @contextmanager
    def delivered(self) -> Iterator[None]:
        """Deliver while the block runs, which is to end before the stack does: nothing may reach real functions."""
        with self._lock:
            self._delivers = True
        try:
            yield
        finally:
            with self._lock:
                self._delivers = False

    def tell(self, change: Mapping[str, str]) -> None:
        """Take the change of a job, from any thread; see `local.bedrock.batch_run.OnJobChange`."""
        with self._lock:
            if self._delivers and change["status"] in JOB_ENDED.pattern["detail"]["status"]:
                # A session of its own: boto3's default one must not be used by several threads at once.
                client = boto3.session.Session().client("lambda")
                client.invoke(FunctionName=self._function, Payload=json.dumps(_event(change)).encode())


def _event(change: Mapping[str, str]) -> Mapping[str, object]:
    source, kind = JOB_ENDED.pattern["source"], JOB_ENDED.pattern["detail-type"]
    return {"source": source[0], "detail-type": kind[0], "detail": dict(change)}
