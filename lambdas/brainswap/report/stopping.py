"""Looks at the scores on the way, in words."""

from collections.abc import Iterator

from brainswap.report.model import Stopping, TargetLooks
from brainswap.report.rendering import count, level, whole


def looks_in_words(stopping: Stopping) -> str:
    """What was planned and what came of it, for whoever wants to repeat the run."""
    planned = ", ".join(f"{share:.0%}" for share in stopping.planned)
    return (
        f"{stopping.looks} of {len(stopping.planned)}, planned after {planned} of the test cases; "
        f"of the error is spent the {stopping.rule}"
    )


def looks_of_target(target: TargetLooks) -> str:
    """How far a target was asked, and what its gates were held to."""
    ended = "settled" if target.settled else "last judged"
    return f"{ended} at look {target.look}, after {target.share:.0%} of the test cases, at {level(target.confidence)}"


def stopping_reasons(stopping: Stopping | None) -> Iterator[str]:
    """Why the run ended where it did, in a sentence."""
    if stopping is None:
        return
    looks = len(stopping.planned)
    taken = f"{whole(stopping.cases)} of {count(stopping.of, 'test case')} ({stopping.cases / max(1, stopping.of):.0%})"
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
            f"{count(stopping.asked_ahead, 'more critical case')} asked ahead of their turn "
            "count for the gates on critical cases and in no mean"
        )
