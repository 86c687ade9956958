"""The table of functions: it drives CDK, the local cloud and the tests, and imports no CDK."""

from dataclasses import dataclass
from enum import StrEnum


class Grant(StrEnum):
    """A right that a function may hold; the constructs turn each into one ``grant_*`` call."""

    READ_WORKLOADS = "read objects under workloads/"
    READ_RUNS = "read objects under runs/"
    WRITE_RUNS = "write objects under runs/"
    WRITE_LEDGER = "write the ledger table"
    READ_ANSWERS = "read the answer table"
    WRITE_ANSWERS = "write the answer table"
    INVOKE_MODELS = "invoke Bedrock models and inference profiles"
    READ_CATALOGUE = "list Bedrock models and inference profiles, and read their availability"
    ANNOUNCE = "put events on the stack's bus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One Lambda function.

    Attributes:
        state: the state of the machine that invokes it; ``${<state>FunctionArn}`` in the ASL.
        timeout_s: of the function; the state waits a little longer.
        layers: sections of ``lambdas/requirements.txt``.
        scratch_mb: of temporary files; Lambda gives 512 without being asked.
    """

    state: str
    memory_mb: int
    timeout_s: int
    layers: tuple[str, ...]
    grants: frozenset[Grant]
    scratch_mb: int = 512

    @property
    def module(self) -> str:
        return f"brainswap.handlers.{self.state.lower()}"

    @property
    def handler(self) -> str:
        return f"{self.module}.lambda_handler"


FUNCTIONS: tuple[Function, ...] = (
    Function(
        state="Prepare",
        memory_mb=1769,
        timeout_s=900,
        layers=("base", "tables"),
        scratch_mb=4096,  # a Parquet file has to be a local one
        grants=frozenset({Grant.READ_WORKLOADS, Grant.WRITE_RUNS, Grant.WRITE_LEDGER, Grant.READ_CATALOGUE}),
    ),
    Function(
        state="Translate",
        memory_mb=512,
        timeout_s=300,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Shard",
        memory_mb=1024,
        timeout_s=900,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS, Grant.WRITE_LEDGER}),
    ),
    Function(
        state="Answer",
        memory_mb=1024,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {Grant.READ_RUNS, Grant.WRITE_RUNS, Grant.READ_ANSWERS, Grant.WRITE_ANSWERS, Grant.INVOKE_MODELS}
        ),
    ),
    Function(
        state="Score",
        memory_mb=1024,
        timeout_s=300,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Decide",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Report",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Announce",
        memory_mb=512,
        timeout_s=60,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_LEDGER, Grant.ANNOUNCE}),
    ),
)
