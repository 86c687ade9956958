"""From the looks that were taken to the report model."""

from brainswap.contracts import FrozenRun
from brainswap.core.cases import Split
from brainswap.core.decision.criteria import stopping_rule
from brainswap.core.decision.looking import Looking
from brainswap.report.model import Stopping, TargetLooks


def stopping_part(frozen: FrozenRun, looking: Looking, asked_ahead: int) -> Stopping | None:
    """None where the workload asks for no looks."""
    if frozen.workload.stopping is None:
        return None
    of = frozen.splits[Split.TEST]
    return Stopping(
        planned=list(looking.shares),
        looks=looking.look,
        cases=round(of * looking.shares[looking.look - 1]),
        of=of,
        early=looking.look < len(looking.shares),
        asked_ahead=asked_ahead,
        targets={
            name: TargetLooks(
                look=found.look,
                share=looking.shares[found.look - 1],
                settled=found.is_settled,
                confidence=found.confidence,
            )
            for name, found in looking.found.items()
        },
        rule=str(stopping_rule(frozen.workload.stopping)["spending"]),
    )
