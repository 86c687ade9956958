"""What moving traffic needs from the world."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from brainswap.core.rollout.analysis import Outcomes

Variant = Literal["source", "target"]
VARIANTS: tuple[Variant, ...] = ("source", "target")


class Routes(Protocol):
    """What the applications of the account are told about where their requests go.

    The methods raise the errors of storage.
    """

    def publish(self, workload: str, document: bytes, about: str) -> int:
        """Keep a document as a new version, which nobody is told yet; return its number.

        Args:
            workload: whose applications will read it.
            document: see `brainswap.core.rollout.routes.document_of`.
            about: for people who look at the versions.
        """
        ...

    def deploy(self, workload: str, version: int, about: str) -> None:
        """Tell all applications at once; a deployment that is still under way is broken off for it.

        Raises:
            RouteTakenBackError: it was undone within some seconds.
        """
        ...

    def deployed(self, workload: str) -> int | None:
        """The version that applications were told last, by whomever; None where nobody was told anything."""
        ...


class OutcomeReports(Protocol):
    """What applications report of the requests that they sent."""

    def outcomes(self, workload: str, step: str, *, since: datetime, until: datetime) -> "Mapping[Variant, Outcomes]":
        """What is known of each variant; see `brainswap.core.rollout.reporting`.

        Args:
            workload: whose requests.
            step: the roll-out and its step, as clients report them.
            since: before the step began.
            until: now.
        """
        ...


class Samples(Protocol):
    """Answers to live requests that applications kept for a judge."""

    def lowest(self, workload: str, step: str, variant: Variant, most: int) -> Mapping[str, bytes]:
        """The samples of a variant with the lowest ranks, by rank and in its order; those that are too large are none.

        Args:
            workload: whose requests.
            step: the roll-out and its step, as clients report them.
            variant: of the answers.
            most: samples.
        """
        ...


class RolloutRecords(Protocol):
    """The one roll-out that a workload can have at a time, or had last."""

    def claim(self, workload: str, run_id: str, facts: Mapping[str, Any]) -> bool:
        """Begin a record in the place of one that ended; going on with one's own is no harm.

        False, and nothing changes, when the roll-out of another run goes on, or when one's own has ended.
        """
        ...

    def current(self, workload: str) -> Mapping[str, Any] | None: ...

    def note(self, workload: str, run_id: str, facts: Mapping[str, Any], *, expecting: frozenset[str]) -> bool:
        """Add facts, if the record is that of the run and its status one of those expected; whether they were."""
        ...

    def shadow_asked(self, run_id: str) -> int:
        """How many requests all processes together have set aside to ask the target as well."""
        ...


class Rollouts(Protocol):
    """The machine that moves traffic."""

    def start(self, run_id: str, workload: str) -> None:
        """Start it, once for each run."""
        ...
