"""Models that answer, and how fast they may be asked."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from brainswap.core.answers import Answer
    from brainswap.core.calls import Settings
    from brainswap.core.cases import Case
    from brainswap.core.conversations import RecordedResult
    from brainswap.core.prompts.template import AttachedFile, Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an OpenAI-compatible model is, and where the key to it; None for what the environment says.

    Attributes:
        key_secret: a secret of AWS Secrets Manager, by name or ARN.
        key_env: an environment variable.
    """

    base_url: str | None = None
    key_secret: str | None = None
    key_env: str | None = None


def no_files(file: "AttachedFile") -> bytes:
    """Read nothing: of questions without files."""
    raise FileNotFoundError(file.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call to make.

    Attributes:
        prompt: rendered for the case, with its tools and the form of its answer.
        settings: in the form that the model accepts.
        streams: whether the model can send its answer piece by piece.
        recording: the name under which recorded answers are found in the case.
        labels: written into the provider's invocation log, where it has one.
        endpoint: of models that are not on Bedrock.
        rounds: how often the model is asked at the most, because results of tools that the case holds are given back.
        read: the bytes of a file that goes with the prompt.
        step: of a chain, that is asked; empty for a prompt that is one call, and for the last step.
    """

    model: str
    streams: bool
    prompt: "Prompt"
    settings: "Settings"
    case: "Case"
    recording: str
    repeat: int
    labels: Mapping[str, str]
    endpoint: Endpoint = Endpoint()
    rounds: int = 1
    read: "Callable[[AttachedFile], bytes]" = no_files
    step: str = ""

    @property
    def results(self) -> "tuple[RecordedResult, ...]":
        """What the tools return that the model calls; of a question that is asked once, nothing."""
        return self.case.tool_results if self.rounds > 1 else ()


class Models(Protocol):
    """Somebody who answers."""

    async def warm_up(self, question: Question) -> None:
        """Do what the first of many calls would have to wait for: credentials, keys, certificates.

        Raises:
            ModelAccessError: there is nothing that the model could be asked with.
            ModelUnavailableError: who should give it does not answer.
        """
        ...

    async def ask(self, question: Question) -> "Answer":
        """Answer one question; an answer that is no good is an `Answer` with a reason.

        Raises:
            ModelThrottledError: asking more slowly will work.
            ModelUnavailableError: asking again later may work; nothing is paid.
            ModelBrokeOffError: asking again may work; this call may have to be paid.
            ModelRefusesRequestError: the model does not accept this request.
            ModelAccessError: the model accepts no request of this account.
        """
        ...


class AnswerCache(Protocol):
    """Answers by what was asked; errors are never kept."""

    def get_many(self, keys: Sequence[str]) -> "Mapping[str, Answer]":
        """What is known of these keys."""
        ...

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        """The keys that ``worker`` may now ask for, while others wait for its answers or for the time to be up.

        A key that is claimed by another worker, or that has an answer already, is not among them; claiming one's own
        key again renews the claim.
        """
        ...

    def put_many(self, answers: "Mapping[str, Answer]") -> None:
        """Keep answers, in place of claims and of older answers; returns when they are safe."""
        ...

    def release_many(self, keys: Sequence[str], worker: str) -> None:
        """Let others ask: this worker got no answer; keys that it does not hold are left alone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast all workers together may ask a model.

    Attributes:
        rate: quota tokens per second; None while nothing has limited it.
        period_s: the unit of time in which it grows again.
        version: grows by one with each change.
        changed_at: of this version (seconds since 1970).
        held_until: nobody asks before (seconds since 1970), except for one request at a time that tries.
        in_flight: calls that all workers of the moment may have in flight together.
    """

    rate: float | None
    period_s: float
    version: int
    changed_at: float
    held_until: float
    in_flight: int


class Paces(Protocol):
    """The pace of each model, shared by all workers of the account and region."""

    def beat(self, model: str, worker: str, in_flight: int, seconds: float) -> Pace:
        """Say that ``worker`` asks with ``in_flight`` calls for the next ``seconds``; return the pace as it stands."""
        ...

    def change(self, model: str, version: int, *, rate: float | None, period_s: float, held_until: float) -> Pace:
        """Set a new pace if ``version`` still stands; return the one that stands then, this or somebody else's."""
        ...

    def leave(self, model: str, worker: str) -> None:
        """Say that ``worker`` asks no more."""
        ...
