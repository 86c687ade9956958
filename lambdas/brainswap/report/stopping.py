"""What a report says of looks at the scores on the way."""

from collections.abc import Iterator

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


def stopping_reasons(stopping: Stopping | None) -> Iterator[str]:
    """Why the run ended where it did, in a sentence."""
    if stopping is None:
        return
    looks = len(stopping.planned)
    taken = f"{stopping.cases:,} of {stopping.of:,} test cases ({stopping.cases / max(1, stopping.of):.0%})"
    if not stopping.early:
        dropped = sum(one.look < looks for one in stopping.targets.values())
        some = (
            f"; {dropped} of {len(stopping.targets)} targets were settled before and asked no more" if dropped else ""
        )
        yield f"the run went through all {looks} looks, to {taken}{some}"
        return
    why = "the verdict on every target stood" if len(stopping.targets) > 1 else "the verdict stood"
    yield (
        f"the run stopped early, at look {stopping.looks} of {looks}, after {taken}: {why}. "
        "Intervals of gates are those of the look; what was not asked counts for nothing"
    )
    if stopping.asked_ahead:
        yield (
            f"{stopping.asked_ahead:,} more critical cases were asked ahead of their turn; "
            "they count for the gates on critical cases and in no mean"
        )
