"""What a scenario of trouble says: rules by model and operation, each with limits, faults, slowness or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["requests", "tokens"]

# By the key of a scenario file: the error that a request gets in place of an answer.
ERRORS: Mapping[str, str] = {
    "internal_error": "InternalServerException",
    "model_error": "ModelErrorException",
    "service_unavailable": "ServiceUnavailableException",
    "model_timeout": "ModelTimeoutException",
    "model_not_ready": "ModelNotReadyException",
}
STREAM_EXCEPTIONS = (
    "internalServerException",
    "modelStreamErrorException",
    "validationException",
    "throttlingException",
    "serviceUnavailableException",
)
DENIALS = ("AccessDeniedException", "ResourceNotFoundException", "ValidationException")


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """A token bucket for each model that a rule meets; whoever finds it empty gets ThrottlingException at once.

    Attributes:
        rate: per second for requests, per minute for tokens.
        burst: what a full bucket holds; None for one second of requests (at least 1), one minute of tokens.
        burndown: how many tokens of the quota one output token takes; None for what is known of the model's family.
        retry_after_s: told on the OpenAI-compatible wire; None for nothing.
    """

    unit: Unit
    rate: float
    burst: float | None = None
    burndown: float | None = None
    retry_after_s: int | None = None

    @property
    def per_second(self) -> float:
        return self.rate if self.unit == "requests" else self.rate / 60

    @property
    def capacity(self) -> float:
        if self.burst is not None:
            return self.burst
        return max(1.0, self.rate) if self.unit == "requests" else self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares of the requests that meet a fault; they exclude each other, so that their sum is at most 1.

    Attributes:
        errors: by the name of the error that comes in place of an answer.
        reset: the connection is reset: before the answer, or, of every other stream, in the middle of it.
        malformed: the answer is broken: JSON without its end; a frame with a wrong checksum, or cut short.
        stream_exceptions: by the name of the exception that ends a stream in the middle; other answers are spared.
        original_status: what ModelErrorException says that the model answered.
    """

    errors: Mapping[str, float] = field(default_factory=dict)
    reset: float = 0.0
    malformed: float = 0.0
    stream_exceptions: Mapping[str, float] = field(default_factory=dict)
    original_status: int = 500

    @property
    def total(self) -> float:
        return sum(self.errors.values()) + self.reset + self.malformed + sum(self.stream_exceptions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """How an answer is delayed; durations are those of a model, so that the server's pace scales them.

    Attributes:
        factor: multiplies both latencies.
        latency_ms: in place of the answer's own.
        first_token_ms: in place of the answer's own.
        stall_share: share of the answers that stand still for ``stall_s`` in the middle; those that do not stream
            come so much later.
    """

    factor: float = 1.0
    latency_ms: float | None = None
    first_token_ms: float | None = None
    stall_share: float = 0.0
    stall_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """A permanent error, from the request on that follows ``after_requests`` others of the same model."""

    error: str
    after_requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to some requests.

    Attributes:
        models: globs of the model's id, with or without the prefix of a profile; operations that name no model fit
            ``*`` alone.
        operations: globs such as ``Converse*``; all operations for ``*``.
        from_s: seconds since the server started from which the rule holds.
        until_s: and up to which; None for ever.
    """

    models: tuple[str, ...] = ("*",)
    operations: tuple[str, ...] = ("*",)
    from_s: float = 0.0
    until_s: float | None = None
    throttles: tuple[Throttle, ...] = ()
    faults: Faults | None = None
    slow: Slow | None = None
    deny: Deny | None = None

    def holds_at(self, elapsed_s: float) -> bool:
        return self.from_s <= elapsed_s and (self.until_s is None or elapsed_s < self.until_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Rules, all of which apply to a request that they fit; of their faults the first one strikes.

    Attributes:
        seed: of all draws; None for the server's.
        time_factor: seconds of the scenario for each second of the clock: with 600 an hour of it passes in six
            seconds. Windows and rates are in the scenario's seconds.
    """

    rules: tuple[Rule, ...] = ()
    seed: int | None = None
    time_factor: float = 1.0
