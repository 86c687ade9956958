"""A scenario at work: who is denied, throttled, failed, delayed or cut off, drawn so that every run meets the same."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate
from hashlib import blake2b
from typing import Literal
from urllib.parse import unquote

from local.bedrock.buckets import Bucket
from local.bedrock.draws import uniform
from local.bedrock.faults import BrokenOffError, ServiceError
from local.bedrock.pace import Moment
from local.bedrock.question import Reply
from local.bedrock.scenario import Faults, Rule, Scenario, Slow, Throttle
from local.bedrock.service import Call

# These meet trouble where their questions are known; all others as soon as they come.
ANSWERING = frozenset({"Converse", "ConverseStream", "ChatCompletions"})

_MODEL_LABELS = ("modelId", "modelIdentifier", "inferenceProfileIdentifier")
_MESSAGES = {
    "AccessDeniedException": "You don't have access to the model with the specified model ID.",
    "InternalServerException": "The server encountered an internal error while processing the request.",
    "ModelErrorException": "The request failed due to an error while processing the model.",
    "ModelNotReadyException": "The model specified in the request is not ready to serve inference requests.",
    "ModelTimeoutException": "The request took too long to process. Processing time exceeded the model timeout length.",
    "ResourceNotFoundException": "Could not resolve the model from the provided model identifier.",
    "ServiceUnavailableException": "Bedrock is unable to process your request. Too many connections, please wait.",
    "ValidationException": "The provided request is not valid.",
}
_MOST_BODIES = 1 << 17
_MOST_MATCHES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A request as rules see it.

    Attributes:
        model: the id as the client wrote it; empty where the operation names none.
        model_id: the same model without prefix or ARN.
        input_tokens: as estimated before the answer.
        most_output: what is reserved for the answer from a quota of tokens.
        burndown: how many tokens of the quota one output token takes, where a rule does not say.
    """

    operation: str
    model: str = ""
    model_id: str = ""
    body: bytes = b""
    streams: bool = False
    input_tokens: int = 0
    most_output: int = 0
    burndown: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """How an answer that was admitted ends badly.

    Attributes:
        exception: the one that ends a stream, where that is the kind.
        place: where a stream ends, as a share of it.
        cut_short: of a malformed answer: whether its end is missing, or one byte is wrong.
    """

    kind: Literal["reset", "malformed", "exception"]
    exception: str = ""
    place: float = 0.5
    cut_short: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reserved:
    bucket: Bucket
    amount: float
    burndown: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What awaits a request that was admitted."""

    slows: tuple[Slow, ...] = ()
    stall_s: float = 0.0
    breaks: Break | None = None
    reserved: tuple[_Reserved, ...] = ()

    def slowed(self, reply: Reply) -> Reply:
        """The reply with the latencies that the rules give it; a fixed one stands for the answer's own."""
        if not self.slows:
            return reply
        first, latency = reply.first_token_ms, reply.latency_ms
        for slow in self.slows:
            latency = (latency if slow.latency_ms is None else slow.latency_ms) * slow.factor
            first = (first if slow.first_token_ms is None else slow.first_token_ms) * slow.factor
            if slow.latency_ms is None:
                latency = max(latency, first)
        stall_ms = self.stall_s * 1000
        return replace(reply, first_token_ms=min(first, latency), latency_ms=latency + stall_ms, stall_ms=stall_ms)

    def settle(self, input_tokens: int, output_tokens: int) -> None:
        """Correct what was reserved to what the answer took."""
        for reserved in self.reserved:
            reserved.bucket.take(input_tokens + output_tokens * reserved.burndown - reserved.amount)


class Trouble:
    """Applies the rules of a scenario to requests, as they come.

    Which fault strikes is a draw from the seed, the model, the body of the request and the number of the attempt with
    this body, so that it depends on nothing else that goes on, and a retry is drawn anew. Throttled requests are no
    attempts. The numbers of the 131,072 bodies that came last are known.

    Args:
        scenario: the rules.
        seed: where the scenario names none.
        clock: in seconds; only differences count.
    """

    def __init__(self, scenario: Scenario, *, seed: int, clock: Callable[[], float]) -> None:
        self._rules = tuple(_Matched(rule=rule, number=number) for number, rule in enumerate(scenario.rules))
        self._seed = seed if scenario.seed is None else scenario.seed
        self._clock = clock
        self._factor = scenario.time_factor
        self._started = clock()
        self._fitting: dict[tuple[str, str], tuple[_Matched, ...]] = {}
        self._attempts: dict[bytes, int] = {}

    def greet(self, call: Call) -> None:
        """Let in a request that asks for no answer of a model; a stall and a slow answer are none of its troubles.

        Raises:
            ServiceError: it is denied or throttled, or fails.
            BrokenOffError: its connection is reset.
        """
        if call.operation not in ANSWERING:
            model = unquote(next((call.labels[name] for name in _MODEL_LABELS if name in call.labels), ""))
            body = f"{call.request.path}?{call.request.query}".encode() + call.request.body
            self.meet(Subject(operation=call.operation, model=model, model_id=model, body=body))

    def meet(self, subject: Subject) -> Visit:
        """Let a request in, with what awaits it.

        Raises:
            ServiceError: it is denied or throttled, or meets an error in place of an answer.
            BrokenOffError: its connection is reset before the answer.
        """
        now = (self._clock() - self._started) * self._factor
        rules = [each for each in self._matching(subject) if each.rule.holds_at(now)]
        for each in rules:
            each.deny(subject)
        reserved = _reserve(rules, subject, now)
        if not any(each.draws for each in rules):
            return Visit(slows=_slows(rules), reserved=reserved)
        draw = (self._seed, *self._attempt(subject))
        try:
            breaks = next(filter(None, (_strike(each, subject, draw) for each in rules)), None)
        except (ServiceError, BrokenOffError):
            Visit(reserved=reserved).settle(0, 0)
            raise
        return Visit(slows=_slows(rules), stall_s=_stall_s(rules, draw), breaks=breaks, reserved=reserved)

    def _matching(self, subject: Subject) -> tuple["_Matched", ...]:
        key = (subject.operation, subject.model)
        found = self._fitting.get(key)
        if found is None:
            if len(self._fitting) >= _MOST_MATCHES:
                self._fitting.clear()
            found = self._fitting[key] = tuple(each for each in self._rules if each.fits(subject))
        return found

    def _attempt(self, subject: Subject) -> tuple[str, int]:
        """The digest of model and body, and how often both came together, this time included."""
        hashed = blake2b(subject.model_id.encode(), digest_size=8)
        hashed.update(subject.body)
        digest = hashed.digest()
        number = self._attempts.pop(digest, 0) + 1
        self._attempts[digest] = number
        if len(self._attempts) > _MOST_BODIES:
            del self._attempts[next(iter(self._attempts))]
        return digest.hex(), number


@dataclass(slots=True, kw_only=True)
class _Matched:
    """A rule with what it keeps count of."""

    rule: Rule
    number: int
    met: Counter[str] = field(default_factory=Counter)
    buckets: dict[tuple[str, int], Bucket] = field(default_factory=dict)

    @property
    def draws(self) -> bool:
        return self.rule.faults is not None or (self.rule.slow is not None and self.rule.slow.stall_share > 0)

    def fits(self, subject: Subject) -> bool:
        return _fits(self.rule.operations, (subject.operation,)) and _fits(
            self.rule.models, (subject.model, subject.model_id)
        )

    def deny(self, subject: Subject) -> None:
        denied = self.rule.deny
        if denied is None:
            return
        self.met[subject.model] += 1
        if self.met[subject.model] > denied.after_requests:
            raise ServiceError(denied.error, _MESSAGES[denied.error])

    def bucket(self, place: int, throttle: Throttle, model: str, now: float) -> Bucket:
        found = self.buckets.get((model, place))
        if found is None:
            capacity = throttle.capacity
            found = Bucket(capacity=capacity, per_second=throttle.per_second, level=capacity, at_s=now)
            self.buckets[model, place] = found
        return found


def break_off(moments: Iterable[Moment], breaks: Break, exception: Callable[[str, str], bytes]) -> Iterator[Moment]:
    """A stream up to where it ends badly; its first moment is always whole, its last one never comes.

    Args:
        moments: of the whole stream.
        breaks: where and how it ends.
        exception: makes the piece of the stream that says it, from name and message.
    """
    whole: Sequence[Moment] = tuple(moments)
    place = 1 + int(breaks.place * max(0, len(whole) - 2))
    yield from whole[:place]
    before, broken = whole[place - 1], whole[min(place, len(whole) - 1)]
    if breaks.kind == "reset":
        yield replace(before, due_ms=broken.due_ms, data=b"", resets=True)
    elif breaks.kind == "exception":
        message = "The stream was ended by an error."
        yield replace(before, due_ms=broken.due_ms, data=exception(breaks.exception, message))
    else:
        yield replace(before, due_ms=broken.due_ms, data=damaged(broken.data, breaks))


def damaged(data: bytes, breaks: Break) -> bytes:
    """The first half of something, or all of it with a byte in the middle that is wrong."""
    middle = len(data) // 2
    if breaks.cut_short:
        return data[:middle]
    return data[:middle] + bytes((data[middle] ^ 0x80,)) + data[middle + 1 :]


def _fits(globs: Sequence[str], names: Sequence[str]) -> bool:
    return any(re.match(translate(glob), name) for glob in globs for name in names)


def _reserve(rules: Sequence[_Matched], subject: Subject, now: float) -> tuple[_Reserved, ...]:
    """Take from all buckets, or from none and say which one is empty."""
    wanted: list[_Reserved] = []
    for each in rules:
        for place, throttle in enumerate(each.rule.throttles):
            tokens = throttle.unit == "tokens"
            if tokens and subject.operation not in ANSWERING:
                continue
            amount = float(subject.input_tokens + subject.most_output) if tokens else 1.0
            bucket = each.bucket(place, throttle, subject.model, now)
            if not bucket.holds(amount, now):
                raise ServiceError(
                    "ThrottlingException",
                    f"Too many {throttle.unit}, please wait before trying again.",
                    retry_after_s=throttle.retry_after_s,
                )
            burndown = subject.burndown if throttle.burndown is None else throttle.burndown
            wanted.append(_Reserved(bucket=bucket, amount=amount, burndown=burndown if tokens else 0.0))
    for each_wanted in wanted:
        each_wanted.bucket.take(each_wanted.amount)
    return tuple(each for each in wanted if each.burndown)


def _slows(rules: Sequence[_Matched]) -> tuple[Slow, ...]:
    return tuple(each.rule.slow for each in rules if each.rule.slow is not None)


def _stall_s(rules: Sequence[_Matched], draw: tuple[object, ...]) -> float:
    return sum(
        each.rule.slow.stall_s
        for each in rules
        if each.rule.slow is not None and uniform(*draw, each.number, "stall") < each.rule.slow.stall_share
    )


def _strike(each: _Matched, subject: Subject, draw: tuple[object, ...]) -> Break | None:
    """The fault of a rule that a request meets, if any; errors are raised at once."""
    faults = each.rule.faults
    if faults is None:
        return None
    here = (*draw, each.number)
    left = uniform(*here, "fault")
    for error, share in faults.errors.items():
        left -= share
        if left < 0:
            raise _error(error, faults, subject)
    left -= faults.reset
    if left < 0:
        if not subject.streams or uniform(*here, "when") < 1 / 2:
            raise BrokenOffError
        return Break(kind="reset", place=uniform(*here, "place"))
    left -= faults.malformed
    if left < 0:
        cut_short = not subject.streams or uniform(*here, "how") < 1 / 2
        return Break(kind="malformed", place=uniform(*here, "place"), cut_short=cut_short)
    for name, share in faults.stream_exceptions.items():
        left -= share
        if left < 0:
            return Break(kind="exception", exception=name, place=uniform(*here, "place")) if subject.streams else None
    return None


def _error(name: str, faults: Faults, subject: Subject) -> ServiceError:
    members = {}
    if name == "ModelErrorException":
        members = {"originalStatusCode": faults.original_status, "resourceName": subject.model_id}
    return ServiceError(name, _MESSAGES[name], members=members)
