"""What a report says of answers that were blocked for one model and not for the other."""

from collections.abc import Iterator, Mapping

from brainswap.contracts import Contender, FrozenRun
from brainswap.core.decision.blocking import Blocking
from brainswap.core.wording import listed
from brainswap.report.model import Blocked
from brainswap.report.rendering import count


def blocked_beside_the_source(frozen: FrozenRun, found: Blocking) -> Blocked | None:
    """None where nothing was blocked and no guardrail was there to block anything."""
    compared = found.comparison(frozen.workload.confidence)
    if compared is None or (frozen.workload.guardrail is None and not found.any):
        return None
    return Blocked(
        cases=found.cases,
        both=found.both,
        source_only=found.source_only,
        target_only=found.target_only,
        source_only_cases=list(found.source_only_cases),
        target_only_cases=list(found.target_only_cases),
        difference=compared.difference,
        low=compared.low,
        high=compared.high,
    )


def blocking_warnings(
    frozen: FrozenRun, contenders: Mapping[str, Contender], found: Mapping[str, Blocking]
) -> Iterator[str]:
    """Where the guardrail treats a target otherwise than the source, and what it does not reach."""
    if frozen.workload.guardrail is not None:
        yield "what the guardrail costs is in no figure here, and under no cap"
        recorded = [each.model for each in contenders.values() if each.answers == "recorded"]
        if recorded:
            yield f"recorded answers are as they were given, with or without the guardrail: {listed(recorded)}"
    for name, each in found.items():
        model = contenders[name].model
        if each.target_only:
            cases = listed(each.target_only_cases)
            yield f"{model}: {count(each.target_only, 'case')} blocked that the source answers: {cases}"
        if each.source_only:
            cases = listed(each.source_only_cases)
            yield f"{model}: {count(each.source_only, 'case')} answered that are blocked for the source: {cases}"
