"""What the system needs from the world; adapters implement it, fakes stand in for it."""

from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, TypeVar

# Every function imports the ports, and few need what all of them speak of.
if TYPE_CHECKING:
    from brainswap.core.answers import Answer
    from brainswap.core.approving.record import ApprovalRecord
    from brainswap.core.calls import Settings
    from brainswap.core.cases import Case
    from brainswap.core.conversations import RecordedResult
    from brainswap.core.folder import Folder, Objects
    from brainswap.core.money.price_lines import CandidatePrice
    from brainswap.core.preflight import ModelFacts
    from brainswap.core.prompts.template import AttachedFile, Prompt
    from brainswap.core.watching.listing import Listing
    from brainswap.rollout.ports import OutcomeReports, RolloutRecords, Rollouts, Routes

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The money of a run, in US dollars.

    Attributes:
        spent: what answers cost, by purpose (``source``, ``targets``, ``judge``, ``improving``).
        reserved: set aside for calls under way, and for calls of workers that ended without a word.
        uncertain: of calls that broke off and may have to be paid.
        calls: that were answered, by purpose.
    """

    spent: Mapping[str, Decimal]
    reserved: Decimal
    uncertain: Decimal
    calls: Mapping[str, int]

    @property
    def committed(self) -> Decimal:
        """What a cap is held against."""
        return sum(self.spent.values(), Decimal(0)) + self.reserved + self.uncertain


class Purse(Protocol):
    """The money of runs, shared by all their workers; every change is atomic and exact."""

    def reserve(self, run_id: str, amount: Decimal, cap: Decimal) -> bool:
        """Set ``amount`` aside; False, and nothing changes, when the run would then be committed beyond ``cap``."""
        ...

    def settle(
        self, run_id: str, purpose: str, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int
    ) -> None:
        """Give back what was ``reserved`` and count what it turned into."""
        ...

    def balance(self, run_id: str) -> Balance: ...


class Artifacts(Protocol):
    """Files, by key."""

    def read(self, key: str) -> bytes:
        """Return a whole file.

        Raises:
            ArtifactMissingError: there is none.
        """
        ...

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        """Write a whole file.

        Args:
            key: of the file; one that is there is replaced.
            data: its content.
            content_type: with which it is given to a browser.
            final: people sign it, so that it is kept from being deleted where the deployment says for how long.
        """
        ...

    def lines(self, key: str) -> Iterator[bytes]:
        """The lines of a file without their ends, streamed.

        Raises:
            ArtifactMissingError: there is none.
        """
        ...

    def writing(self, key: str, content_type: str, *, final: bool = False) -> AbstractContextManager[BinaryIO]:
        """A file that appears under its key when the block ends well, and not at all when it does not; see `write`."""
        ...

    def exists(self, key: str) -> bool: ...

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with the prefix, in their order; whatever was written before is among them."""
        ...

    def folders(self, prefix: str) -> Iterator[str]:
        """The names of what lies below a prefix that ends in ``/`` and has files below it, in their order."""
        ...

    def folder(self, prefix: str) -> "Folder":
        """The files under a prefix, by name."""
        ...


class Catalogue(Protocol):
    """The models that the account may call."""

    def facts(self, model_id: str) -> "ModelFacts | None":
        """What is known of the id; None when the catalogue does not have it.

        Raises:
            TransientError: the catalogue does not answer.
            ModelAccessError: the caller may not ask it.
        """
        ...


class AccountTerms(Protocol):
    """What the account agreed to."""

    def data_retention(self) -> str:
        """Who keeps what models are sent, in Bedrock's word for it.

        Raises:
            TransientError: nobody answers.
            ModelAccessError: the caller may not ask.
            ModelRefusesRequestError: the service does not know the question.
        """
        ...


class Listings(Protocol):
    """The whole catalogue of a region."""

    def listing(self, region: str) -> "Listing":
        """Every model and every profile; nothing less.

        Raises:
            TransientError: the catalogue does not answer, or broke off.
            ModelAccessError: the caller may not ask it.
        """
        ...


class PriceSource(Protocol):
    """Who says what models cost, besides the workload and the project's own table."""

    def prices(self, model_ids: Collection[str], region: str) -> "Mapping[str, Sequence[CandidatePrice]]":
        """What is said of each model, by its id as given; who does not answer is a note, never an error."""
        ...


class Quotas(Protocol):
    """What the account may use of each model."""

    def tokens_per_minute(self, model_ids: Collection[str]) -> Mapping[str, int]:
        """By model id; models of which nothing could be found out are left out."""
        ...


MetricUnit = Literal["Count", "Percent", "None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of the operation; what is unknown is left out and not 0."""

    name: str
    value: float
    unit: MetricUnit


class Metrics(Protocol):
    """Figures for dashboards and alarms; none of them tells anything about a case."""

    def record(self, metrics: Sequence[Metric], *, by: Mapping[str, str], about: Mapping[str, str]) -> None:
        """Record figures of one moment.

        Args:
            metrics: with names of their own.
            by: dimensions, each of few values, because each value is a series that is paid for.
            about: what else is known, for whoever looks for the moment in the log.
        """
        ...


class Ledger(Protocol):
    """What is known of runs."""

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Note that a run has begun."""
        ...

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        """Add facts to a run's record."""
        ...

    def run(self, run_id: str) -> Mapping[str, Any] | None: ...

    def stop(self, run_id: str, contender: str, reason: str) -> None:
        """Note that a contender is asked no more, and why; the first reason stays."""
        ...

    def stopped(self, run_id: str) -> Mapping[str, str]:
        """The reasons by contender."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Facts that several functions change, possibly at once.

    Attributes:
        facts: as JSON's types; text for everything exact.
        revision: grows by one with each change.
    """

    key: str
    facts: Mapping[str, Any]
    revision: int


class Records(Protocol):
    """Records in groups; a change is made over the revision that it was decided on, or not at all."""

    def find(self, group: str, key: str) -> Record | None: ...

    def all(self, group: str) -> Sequence[Record]:
        """Every record of a group, by key."""
        ...

    def keep(self, group: str, key: str, facts: Mapping[str, Any], *, over: int | None) -> bool:
        """Put facts in the place of those of revision ``over``, or where nothing was for None; whether that was so."""
        ...

    def drop(self, group: str, key: str, *, over: int) -> bool:
        """Take away the record of revision ``over``; whether it was there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """How a batch job stands.

    Attributes:
        status: in the words of its service.
        message: why it failed; empty where it did not.
    """

    status: str
    message: str = ""

    @property
    def ended(self) -> bool:
        return self.answered or self.status in {"Failed", "Stopped", "Expired"}

    @property
    def answered(self) -> bool:
        """Whether it ended with answers, though not necessarily to all of its records."""
        return self.status in {"Completed", "PartiallyCompleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of a record: an answer without a latency, or the reason why there is none."""

    record: str
    answer: "Answer | None"
    reason: str = ""


class BatchJobs(Protocol):
    """Models that answer many questions later and cheaper.

    Methods that speak to the service raise the errors of `Models`.
    """

    def record(self, record_id: str, question: Question) -> bytes:
        """The question as a line of a job's records."""
        ...

    def outcome(self, line: bytes, question_of: Callable[[str], Question | None]) -> BatchOutcome | None:
        """What a line of a job's results says; None where it says nothing of a record that ``question_of`` knows."""
        ...

    def create(self, *, name: str, token: str, model: str, records: str, results: str) -> str:
        """Start a job, once for each ``token``; return its id.

        Args:
            name: for people.
            token: letters and digits.
            model: that answers.
            records: the key of the file of records.
            results: the prefix of keys below which the job writes.
        """
        ...

    def look(self, job: str) -> BatchJob: ...

    def stop(self, job: str) -> None:
        """Ask a job to end; one that has ended is left alone."""
        ...

    def written(self, job: str, *, records: str, results: str) -> str:
        """The key of the file of results."""
        ...


class PromptJobs(Protocol):
    """Jobs of Advanced Prompt Optimization.

    Methods that speak to the service raise the errors of `Models`.
    """

    def create(self, *, name: str, token: str, model: str, settings: "Settings", record: str, results: str) -> str:
        """Start a job, once for each ``token``; return its id.

        Args:
            name: for people.
            token: letters and digits.
            model: that the prompt is for.
            settings: that it is asked with.
            record: the key of the file with the prompt and its samples.
            results: the prefix of keys below which the job writes.
        """
        ...

    def look(self, job: str) -> BatchJob: ...

    def stop(self, job: str) -> None:
        """Ask a job to end; one that has ended is left alone."""
        ...

    def written(self, job: str, *, results: str) -> str:
        """The key of the file of results."""
        ...


class Executions(Protocol):
    """Executions of the machine, by the id of their run."""

    def start(self, run_id: str, request: Mapping[str, Any]) -> None:
        """Start the execution of a run; one that was started already is left alone."""
        ...

    def status(self, run_id: str) -> str | None:
        """``RUNNING``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT`` or ``ABORTED``; None where there is none."""
        ...


class TaskTokens(Protocol):
    """Who waits for a batch job."""

    def keep(self, job: str, token: str) -> None:
        """The task with this token waits, and nobody who waited before."""
        ...

    def find(self, job: str) -> str | None: ...


class Tasks(Protocol):
    """Tasks of an execution that wait for a word."""

    def succeed(self, token: str) -> None:
        """Let a task go on; one that no longer waits is left alone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApproval:
    """A record with the number of the write that it comes from."""

    record: "ApprovalRecord"
    revision: int


class Approvals(Protocol):
    """What people are asked to approve, and what they said."""

    def read(self, run_id: str) -> KeptApproval | None: ...

    def write(self, record: "ApprovalRecord", *, after: int) -> bool:
        """Keep a record if the last write was number ``after``, 0 for none; False, and nothing changes, otherwise."""
        ...

    def keep_token(self, run_id: str, token: str) -> None:
        """The task with this token waits for the approval, and none that waited before."""
        ...

    def token(self, run_id: str) -> str | None:
        """A secret, by which a task can be woken; it is no part of the record."""
        ...


class Events(Protocol):
    """Who wants to know."""

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None: ...


class Messages(Protocol):
    """People who want to read how a run ended, and programs that take it from there."""

    def send(self, subject: str, text: str, document: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Send one message.

        Args:
            subject: fewer than 100 characters of ASCII.
            text: for people.
            document: for programs.
            attributes: by which subscribers choose what they get.
        """
        ...


class Links(Protocol):
    """Where a browser finds a file."""

    def lasting(self, key: str) -> str:
        """For whoever has the right to read it."""
        ...

    def signed(self, key: str, name: str, seconds: int) -> str:
        """For anybody who has the link, for so long at the most; it is shown, or saved as ``name``."""
        ...


class Clock(Protocol):
    """The time, and how much of it is left."""

    def now(self) -> datetime: ...

    def monotonic_ms(self) -> float: ...


class Dependencies(Protocol):
    """Everything that handlers use.

    Attributes:
        realm: who answers live questions here; part of the key of every cached answer, so that what a simulator said
            is never taken for a model's.
        region: from which models are asked.
        recordings: answers from what the cases hold; nothing is asked.
        objects: files in S3 that cases name.
        watched_regions: whose catalogues are watched.
        migrations_at_once: that start without a person.
        batch_jobs: None where there can be none.
        prompt_jobs: None where there can be none.
        messages: None where nobody listens.
        rollouts: None where there are no applications whose traffic could move.
    """

    @property
    def realm(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def objects(self) -> "Objects": ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def records(self) -> Records: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def cache(self) -> AnswerCache: ...
    @property
    def models(self) -> Models: ...
    @property
    def recordings(self) -> Models: ...
    @property
    def paces(self) -> Paces: ...
    @property
    def purse(self) -> Purse: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def prices(self) -> PriceSource: ...
    @property
    def quotas(self) -> Quotas: ...
    @property
    def terms(self) -> AccountTerms: ...
    @property
    def listings(self) -> Listings: ...
    @property
    def watched_regions(self) -> Sequence[str]: ...
    @property
    def batch_jobs(self) -> BatchJobs | None: ...
    @property
    def prompt_jobs(self) -> PromptJobs | None: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def migrations_at_once(self) -> int: ...
    @property
    def task_tokens(self) -> TaskTokens: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def events(self) -> Events: ...
    @property
    def messages(self) -> Messages | None: ...
    @property
    def links(self) -> Links: ...
    @property
    def routes(self) -> "Routes": ...
    @property
    def outcome_reports(self) -> "OutcomeReports": ...
    @property
    def rollout_records(self) -> "RolloutRecords": ...
    @property
    def rollouts(self) -> "Rollouts | None": ...

    def complete(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to its end on the event loop that the clients of ``models`` live on; callable from any other thread."""
        ...
