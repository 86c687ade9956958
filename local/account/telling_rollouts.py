"""How roll-outs stand, in lines for people; what others wrote is made fit to print."""

from collections.abc import Iterator

from brainswap.core.wording import printable
from brainswap.report.rendering import count, dollars, percentage, points, points_interval
from brainswap.rollout.standing import WENT_ON, Guarding, LastLook, Share, Standing, Step
from local.account.told_routes import Told, contradiction

_LONG = 1000  # characters of what others wrote


def news_of(seen: Standing) -> Iterator[str]:
    """What is worth a line of its own when it is seen first."""
    if seen.last_look is not None:
        yield _look_line(seen.last_look)
        yield from (f"  {_guard_line(one)}" for one in seen.last_look.guards)
    if seen.step is not None:
        yield _step_line(seen.step)
    if seen.status != "running":
        yield f"{_status_words(seen)}"


def lines_of(one: Standing) -> Iterator[str]:
    """How a roll-out stands, for people; what others wrote is made fit to print."""
    yield f"{one.workload}  {_status_words(one)}  ({printable(one.run_id, _LONG)})"
    for role, side in (("source", one.source), ("target", one.target)):
        version = f"prompt {printable(side.prompt_sha256[:12])}, version {printable(side.version_sha256[:12])}"
        yield f"  {role}  {side.percent} % at {printable(side.model, _LONG)}, {version}"
    if one.step is not None:
        yield f"  {_step_line(one.step)}"
    if one.waits_for is not None:
        yield f"  waits for {printable(one.waits_for, _LONG)}"
    if one.last_look is not None:
        yield f"  {_look_line(one.last_look)}"
        yield from (f"    {_guard_line(guard)}" for guard in one.last_look.guards)
        if one.going_on and one.last_look.decision != WENT_ON:
            yield f"    because {_words(one.last_look.reason)}"
    elif "last_look" in one.unknown:
        yield f"  last look: {one.unknown['last_look']}"
    if one.reason is not None and not one.going_on:
        yield f"  because {_words(one.reason)}{f' (by {_words(one.by)})' if one.by else ''}"
    if one.shadow is not None:
        cost = "unknown, for no price is known" if one.shadow.usd is None else f"at most {dollars(one.shadow.usd)}"
        yield (
            f"  shadow  {one.shadow.asked:,} of {count(one.shadow.most, 'request')} set aside; cost {cost} of "
            f"{dollars(one.shadow.budget_usd)}"
        )
    if one.judged is not None:
        found = one.judged
        short = f"; {printable(found.because, _LONG)}" if found.because else ""
        yield (
            f"  judge  found bad {_share_words(found.target)} of the target's answers and {_share_words(found.source)} "
            f"of the source's; at most {dollars(found.usd)} so far{short}"
        )
    yield f"  way back  {printable(one.way_back.detail, _LONG)}"
    yield from (f"  warning  {printable(remark, _LONG)}" for remark in one.remarks)


def told_lines(told: Told | str, one: Standing) -> Iterator[str]:
    if isinstance(told, str):
        yield f"  what applications are told could not be read: {told}"
    wrong = contradiction(told, one)
    if wrong is not None:
        yield f"  WARNING  {wrong}"


def _status_words(one: Standing) -> str:
    at = one.ended_at or one.started_at
    since = "" if at is None else f" since {at:%Y-%m-%d %H:%M} UTC"
    return f"{printable(one.status).replace('_', ' ')}{since}"


def _step_line(step: Step) -> str:
    place = f"step {step.number} of {step.of} ({step.percent} %)" if step.number else "shadow, before the first step"
    since = "" if step.since is None else f" since {step.since:%H:%M}"
    bake = f"bake {step.bake} of {step.bakes} ends {step.bake_ends_at:%Y-%m-%d %H:%M} UTC"
    return f"{place}{since}, {bake}; then {step.then}"


def _look_line(look: LastLook) -> str:
    place = f"step {look.step}" if look.step else "the shadow"
    return f"last look  {look.at:%Y-%m-%d %H:%M} UTC at bake {look.bake} of {place}: {look.decision}"


def _guard_line(one: Guarding) -> str:
    name = f"{printable(one.measure)}  {one.finding}"
    if one.difference is None:
        return f"{name}  {printable(one.detail, _LONG)}"
    against = "" if one.source is None else f" against {_share_words(one.source)}"
    target = "nothing known" if one.target is None else _share_words(one.target)
    difference = points_interval(one.difference, one.low, one.high, bound=one.margin)
    return f"{name}  {target}{against}, difference {difference}, margin {points(one.margin)}"


def _share_words(share: Share) -> str:
    return f"{share.hits:,} of {share.of:,} ({percentage(share.hits / share.of) if share.of else 'none'})"


def _words(text: str | None) -> str:
    return printable(text or "", _LONG)
