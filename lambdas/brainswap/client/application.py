"""The client: resolves requests, follows routes in the background, and reports what became of requests."""

import atexit
import logging
import os
import random
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from brainswap.client.assignment import BUCKETS
from brainswap.client.following import Followed, Loaded
from brainswap.client.keeping import Kept
from brainswap.client.mirroring import Allowance, Ask, Mirror
from brainswap.client.outcomes import Group, Outcome, Outcomes
from brainswap.client.reading import TIMEOUT_S, AgentReader, AppConfigReader, Bucket, Reader
from brainswap.client.rendering import Turn, rendered, resolved_for
from brainswap.client.resolved import Resolved
from brainswap.client.sampling import Samples
from brainswap.client.sending import Send, send_in_parts, to_cloudwatch, to_log
from brainswap.client.settings import Settings

_log = logging.getLogger(__name__)
_NO_VARIABLES: Mapping[str, Any] = {}
_STALE_POLLS, _LATE_POLLS = 2, 4  # after which a request looks itself: on Lambda, and where the background is dead
_NAP_S = 1.0


class Client:
    """One for a process; safe to use from all of its threads, and in processes that are forked from it.

    Args:
        settings: where routes are read, and where outcomes go.
        session: of boto3; one of its own where None.
        send: where outcomes go instead; for those who have metrics of their own.
    """

    def __init__(self, settings: Settings, *, session: Any = None, send: Send | None = None) -> None:
        self._settings = settings
        self._session = session
        self._clients: dict[str, Any] = {}
        self._followed: dict[str, Followed] = {}
        self._lock, self._making = threading.Lock(), threading.RLock()
        self._kept = None if settings.cache_dir is None else Kept(settings.cache_dir)
        self._outcomes = Outcomes()
        self._dropped = 0
        self._send = send or (to_log() if settings.on_lambda else to_cloudwatch(lambda: self._aws("cloudwatch")))
        self._sent_at = time.monotonic() - settings.flush_s
        self._running = False
        self._mirror: Mirror | None = None
        self._samples: Samples | None = None
        self._closing = threading.Event()
        _forget_in_forks(self)
        self._stale_s = (_STALE_POLLS if settings.on_lambda else _LATE_POLLS) * settings.poll_s

    def resolve(
        self,
        workload: str,
        sticky_key: str,
        variables: Mapping[str, Any] = _NO_VARIABLES,
        turns: Sequence[Turn] = (),
        *,
        step: str | None = None,
    ) -> Resolved:
        """Which model and prompt answer a request.

        Args:
            workload: its name.
            sticky_key: of whoever must not change sides from request to request, such as a user or a conversation; byte
                by byte, so that two spellings are two keys. A request without one moves when all others have.
            variables: for the placeholders of the prompt.
            turns: role and text of the earlier turns of a conversation, where there are any.
            step: of a prompt that is a chain; the last one where it is left out.

        Raises:
            NoRouteError: nothing is known of where the workload's requests go.
            MissingVariableError: the prompt names a variable that is not given.
            BadVariableError: a variable is neither text nor JSON.
            NoSuchStepError: the prompt has no such step.
        """
        followed = self._followed.get(workload)
        loaded = None if followed is None else followed.loaded
        if followed is None or loaded is None or not self._running:
            loaded = self._follow(workload)
        elif self._stale_s < time.monotonic() - followed.looked_at:
            followed.refresh()
            loaded = followed.loaded or loaded
            self._flush_when_due()
        return resolved_for(loaded, sticky_key, variables, turns, step)

    def mirror(
        self,
        workload: str,
        ask: Ask,
        variables: Mapping[str, Any] = _NO_VARIABLES,
        turns: Sequence[Turn] = (),
        *,
        step: str | None = None,
    ) -> None:
        """Ask the target the same as well, in the background, where a roll-out is in its shadow; never raises.

        Call it beside a request that the source answers. Only the share of the requests that the roll-out asks for is
        asked, no more in all than its budget pays for, and none while too many are still waiting.

        Args:
            workload: its name.
            ask: asks with what it is given, and returns what `record` takes, such as ``{"good": same}``, or
                ``{"answer": text}`` for a judge of the roll-out; what it raises is an error of the target. Nobody else
                sees its answer.
            variables: for the placeholders of the prompt.
            turns: see `resolve`.
            step: see `resolve`.
        """
        try:
            followed = self._followed.get(workload)
            loaded = None if followed is None else followed.loaded
            if loaded is None or not loaded.route.shadow or self._settings.ledger_table is None:
                return
            route = loaded.route
            if random.random() * BUCKETS < route.shadow:  # noqa: S311 - which requests, and no secret
                resolved = rendered(loaded, loaded.target.at(step), "target", variables, turns, key=None)
                self._shadows(self._settings.ledger_table).ask(resolved, route.rollout, route.shadow_most, ask)
        except Exception:  # noqa: BLE001 - the application goes on
            _log.exception("A request could not be mirrored")

    def record(
        self,
        resolved: Resolved,
        *,
        ok: bool = True,
        throttled: bool = False,
        latency_ms: float | None = None,
        format_ok: bool | None = None,
        thumb: bool | None = None,
        good: bool | None = None,
        answer: str | None = None,
    ) -> None:
        """Say what became of a request; never raises, and sends nothing itself unless on Lambda.

        Args:
            resolved: the request.
            ok: it was answered; an answer of no use is for ``format_ok`` and ``good``.
            throttled: it was not, because of a quota.
            latency_ms: until the answer was there.
            format_ok: the answer had the form that the application reads; None where it has none.
            thumb: up or down, of whoever read the answer.
            good: what a judge of the application's own says of a sample.
            answer: its text, for a roll-out with a judge: some of the answers are kept for it, with the variables and
                turns of their requests, and sent in the background.
        """
        try:
            outcome = Outcome(
                ok=ok, throttled=throttled, latency_ms=latency_ms, format_ok=format_ok, thumb=thumb, good=good
            )
            self._outcomes.record(_group(resolved), outcome, resolved.slow_ms)
            if self._settings.on_lambda:
                self._flush_when_due()
        except Exception:  # noqa: BLE001 - the application goes on, whatever its figures do
            _log.exception("An outcome could not be recorded")
        if answer is not None and ok:
            self._sample(resolved, answer)

    def record_later(self, resolved: Resolved, *, thumb: bool | None = None, good: bool | None = None) -> None:
        """Say what is heard of a request that was recorded before; never raises."""
        try:
            self._outcomes.late(_group(resolved), thumb=thumb, good=good)
            if self._settings.on_lambda:
                self._flush_when_due()
        except Exception:  # noqa: BLE001 - as above
            _log.exception("An outcome could not be recorded")

    def refresh(self) -> None:
        """Look at all routes now, as the background does every so often; never raises."""
        for followed in list(self._followed.values()):
            followed.refresh()

    def flush(self) -> None:
        """Send what was recorded so far, and the sampled answers; never raises.

        Outcomes that cannot be sent are kept for the next time, and answers are not.
        """
        self._send_outcomes()
        if self._samples is not None:
            self._samples.flush()

    def _send_outcomes(self) -> None:
        self._sent_at = time.monotonic()
        if self._outcomes.dropped > self._dropped:
            self._dropped = self._outcomes.dropped
            _log.warning("%d outcomes were dropped: too many workloads at a time", self._dropped)
        unsent, error = send_in_parts(self._outcomes.take(), self._send)
        if error is not None:
            self._outcomes.give_back(unsent)
            _log.warning("Outcomes could not be sent: %s", error)

    def close(self) -> None:
        """End the background, and send what is left."""
        self._closing.set()
        self.flush()

    def _follow(self, workload: str) -> Loaded:
        with self._lock:
            self._start_background()
            followed = self._followed.get(workload)
            if followed is None:
                followed = self._followed[workload] = self._following(workload)
        return followed.loaded or followed.first()

    def _start_background(self) -> None:
        if self._running:
            return
        self._running = True
        try:
            threading.Thread(
                target=_work, args=(weakref.ref(self), self._closing), name="brainswap-client", daemon=True
            ).start()
            atexit.register(_flush_at_exit, weakref.ref(self))
        except RuntimeError as error:  # no more threads, or the interpreter ends; requests look themselves, if seldom
            _log.warning("The client has no background: %s", error)

    def _begin_again(self) -> None:
        """In a fork, which has none of its parent's threads and may use neither its locks nor its connections."""
        self._lock, self._making = threading.Lock(), threading.RLock()
        self._running = False
        self._mirror = None
        self._samples = None
        self._clients = {}
        self._outcomes = Outcomes()
        self._dropped = 0
        closed, self._closing = self._closing.is_set(), threading.Event()
        if closed:
            self._closing.set()
        for name, followed in list(self._followed.items()):
            again = self._following(name)
            again.loaded, again.looked_at = followed.loaded, followed.looked_at
            self._followed[name] = again

    def _following(self, workload: str) -> Followed:
        return Followed(workload, lambda: self._reader(workload), self._fetch, self._kept)

    def _look_and_send(self) -> None:
        now = time.monotonic()
        for followed in list(self._followed.values()):
            if now - followed.looked_at >= self._settings.poll_s:
                followed.refresh()
        self._flush_when_due()

    def _flush_when_due(self) -> None:
        if time.monotonic() - self._sent_at >= self._settings.flush_s:
            self._send_outcomes()

    def _shadows(self, table: str) -> Mirror:
        with self._making:
            if self._mirror is None:
                self._mirror = Mirror(Allowance(lambda: self._aws("dynamodb"), table), self.record)
            return self._mirror

    def _sample(self, resolved: Resolved, answer: str) -> None:
        try:
            if resolved.asked is not None:
                self._sampled().offer(resolved, answer)
        except Exception as error:  # noqa: BLE001 - as above; what went wrong may quote the answer
            _log.warning("An answer could not be sampled: %s", type(error).__name__)

    def _sampled(self) -> Samples:
        with self._making:
            if self._samples is None:
                self._samples = Samples(self._put, window_s=self._settings.flush_s, closing=self._closing)
            return self._samples

    def _put(self, key: str, data: bytes) -> None:
        Bucket(self._aws("s3"), self._settings.bucket).write(key, data)

    def _reader(self, workload: str) -> Reader:
        if self._settings.agent_url is not None:
            return AgentReader(self._settings.agent_url, self._settings, workload)
        return AppConfigReader(self._aws("appconfigdata"), self._settings, workload)

    def _fetch(self, key: str) -> bytes:
        return Bucket(self._aws("s3"), self._settings.bucket).read(key)

    def _aws(self, service: str) -> Any:
        with self._making:  # sessions of boto3 may make one client at a time
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: Any) -> Any:
        import boto3
        from botocore.config import Config

        if self._session is None:
            self._session = boto3.session.Session()
        attempts = 1 if self._settings.on_lambda else 2  # there, a request waits for them
        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        config = Config(connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries=retries)
        return self._session.client(service, region_name=self._settings.region, config=config)


def _group(resolved: Resolved) -> Group:
    return Group(resolved.workload, resolved.variant, resolved.step)


def _work(whose: "weakref.ref[Client]", closing: threading.Event) -> None:
    """Look and send until the client is closed, or nobody has it any more."""
    while not closing.wait(_NAP_S):
        client = whose()
        if client is None:
            return
        client._look_and_send()  # noqa: SLF001 - of this module
        del client


def _forget_in_forks(client: Client) -> None:
    whose = weakref.ref(client)

    def in_child() -> None:
        forked = whose()
        if forked is not None:
            forked._begin_again()  # noqa: SLF001 - of this module

    os.register_at_fork(after_in_child=in_child)


def _flush_at_exit(whose: "weakref.ref[Client]") -> None:
    client = whose()
    if client is not None:
        client.flush()


@cache
def default_client() -> Client:
    """The client of this process, with the settings of its environment.

    Raises:
        ValueError: they are not there.
    """
    return Client(Settings.from_environment())


def resolve(
    workload: str,
    sticky_key: str,
    variables: Mapping[str, Any] = _NO_VARIABLES,
    turns: Sequence[Turn] = (),
    *,
    step: str | None = None,
) -> Resolved:
    """See `Client.resolve`."""
    return default_client().resolve(workload, sticky_key, variables, turns, step=step)


def record(
    resolved: Resolved,
    *,
    ok: bool = True,
    throttled: bool = False,
    latency_ms: float | None = None,
    format_ok: bool | None = None,
    thumb: bool | None = None,
    good: bool | None = None,
    answer: str | None = None,
) -> None:
    """See `Client.record`; without settings, nothing is recorded, and nothing raised."""
    try:
        client = default_client()
    except ValueError:
        _log.exception("Outcomes are not recorded")
        return
    client.record(
        resolved,
        ok=ok,
        throttled=throttled,
        latency_ms=latency_ms,
        format_ok=format_ok,
        thumb=thumb,
        good=good,
        answer=answer,
    )
