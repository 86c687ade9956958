"""What crosses a state boundary."""

from datetime import datetime

from brainswap.contracts.base import Contract, Verdict
from brainswap.core.approving.record import Status as ApprovalStatus


class RunRequest(Contract):
    """The run that a state works on; everything else is in the run's files."""

    run_id: str


class PrepareRequest(Contract):
    """What starts an execution: a version of a workload.

    Attributes:
        targets: ids of models that are measured, live, in the place of the declared targets; none for the declared.
        because: what asked for the run, in words; empty where a person did.
        attended: there is an application that the verdict may be acted on; without it, the run ends at the verdict.
    """

    run_id: str
    workload: str
    version: str
    targets: tuple[str, ...] = ()
    because: str = ""
    seed: int = 0
    fresh: bool = False
    attended: bool = True
    started_at: datetime


class TranslateRequest(Contract):
    """One target, by its place in the workload."""

    run_id: str
    target: int


class OptimiseRequest(Contract):
    """One target, with what it has so far.

    Attributes:
        contenders: of the target.
        candidates: that others propose, by name.
        waited_s: pauses so far between invocations that got no answer.
    """

    run_id: str
    target: int
    contenders: list[str]
    candidates: list[str] = []
    waited_s: int = 0


class OptimiseResult(Contract):
    """The request again, whether the search has ended, and if not, how long to wait before going on.

    Attributes:
        contenders: of the target, with the optimised one if there is any.
    """

    request: OptimiseRequest
    finished: bool
    contenders: list[str]
    pause_s: int = 0


class Waiting(Contract):
    """Whether people have to approve, and how long they are waited for."""

    required: bool
    seconds: int


class PrepareResult(Contract):
    """What the machine needs to know of the frozen run."""

    run_id: str
    refused: bool
    attended: bool
    approval: Waiting
    targets: list[TranslateRequest]


class ImprovedTarget(Contract):
    """The contenders that a target got in the end."""

    contenders: list[str]


class TranslateResult(ImprovedTarget):
    """The contenders that the target got, and whether its prompt is to be rewritten, and a better one looked for."""

    rewrite: bool = False
    optimise: bool = False


class RewriteRequest(TranslateRequest):
    """A target with the contenders that it has; ``waited_s`` in pauses for somebody who did not answer."""

    contenders: list[str]
    waited_s: int = 0


class RewriteResult(ImprovedTarget):
    """The contenders and candidates of the target, and if somebody is still at work, when to look again.

    Attributes:
        optimise: whether a better prompt is to be looked for when everybody has ended.
    """

    candidates: list[str]
    finished: bool
    optimise: bool = False
    pause_s: int = 0
    waited_s: int = 0


class ShardRequest(Contract):
    """The contenders of all targets."""

    run_id: str
    improved: list[ImprovedTarget]


class BatchRef(Contract):
    """A contender that is asked by batch jobs."""

    run_id: str
    contender: str


class SubmitRequest(BatchRef):
    """``token`` is that of the task which waits for the contender's jobs."""

    token: str


class CollectResult(Contract):
    """Whether all jobs of the contender have ended and their answers are there."""

    finished: bool


class ShardResult(Contract):
    """Where the list of shards is, how many may run side by side, who is asked by batch jobs, and whether to judge.

    Attributes:
        shards: in the list; none where nobody is asked any more.
        look: that these shards are for; 1 where there is but one.
        more: a state looks at the scores afterwards, because there may be another look.
    """

    key: str
    shards: int
    side_by_side: int
    batches: list[BatchRef] = []
    judged: bool = False
    look: int = 1
    more: bool = False


class LookRequest(Contract):
    """The look whose cases are all answered, scored and judged."""

    run_id: str
    look: int


class ShardRef(Contract):
    """Some cases of one contender: the cases of block ``block``; ``in_flight`` calls at once.

    Attributes:
        waited_s: pauses so far between invocations that got no answer.
    """

    run_id: str
    contender: str
    block: int
    in_flight: int
    waited_s: int = 0


class AnswerResult(Contract):
    """The shard again, whether every case of it has an answer, and if not, how long to wait before going on."""

    shard: ShardRef
    finished: bool
    pause_s: int = 0


class DecideResult(Contract):
    """The verdict on the whole migration."""

    verdict: Verdict


class ApproveRequest(Contract):
    """A verdict to act on, once people have approved it.

    Attributes:
        token: of the task that waits for them.
        seconds: that it waits.
    """

    run_id: str
    token: str
    seconds: int


class SettleRequest(Contract):
    """A run that people were waited for; ``time_is_up``: longer than they are."""

    run_id: str
    time_is_up: bool


class SettleResult(Contract):
    """What became of the approval; ``seconds`` to wait on where it is still wanted."""

    status: ApprovalStatus
    seconds: int


class NothingToTell(Contract):
    """A state that only left files."""
