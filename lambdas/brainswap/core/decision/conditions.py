"""What is asked of every target, whatever a workload's gates are."""

from brainswap.core.answers import AnswerStatus
from brainswap.core.decision.evidence import Evidence
from brainswap.core.decision.gates import Outcome
from brainswap.core.lifecycle import LASTING_DAYS, Leaving


def completeness(evidence: Evidence) -> Outcome | None:
    """Whether source and target were asked everything and answered anything; None when they did."""
    for who, tally in (("source", evidence.source), ("target", evidence.target)):
        if tally.unasked:
            return Outcome(
                gate="every question asked",
                status="inconclusive",
                value=tally.unasked / tally.asked,
                bound=0.0,
                unit="percent",
                detail=f"the {who} was not asked {tally.unasked} of {tally.asked} questions: {tally.unasked_because}",
            )
        if tally.asked and tally.statuses[AnswerStatus.FAILED] == tally.asked:
            return Outcome(
                gate="any question answered",
                status="inconclusive",
                value=0.0,
                bound=1.0,
                unit="percent",
                detail=f"every call to the {who} failed: {tally.failed_because}",
            )
    return None


def lasting(leaving: Leaving | None) -> Outcome | None:
    """Whether a target stays long enough to be moved to; None where it does, or where nobody knows."""
    if leaving is None:
        return None
    return Outcome(
        gate=f"the model stays for {LASTING_DAYS} days",
        status="fail",
        value=float(leaving.days),
        bound=float(LASTING_DAYS),
        unit="count",
        detail=leaving.because,
    )
