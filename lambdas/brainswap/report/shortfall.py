"""What a run did not ask, and why, in sentences."""

from brainswap.report.model import ContenderReport, Report
from brainswap.report.rendering import count, dollars, whole
from brainswap.report.wording import COMPLETENESS, labels, targets_of


def unasked_lines(report: Report) -> list[str]:
    """For each contender that was not asked everything, how much is missing and why."""
    names = labels(report)
    return [
        f"{names[each.id]} was not asked {whole(each.answers.unasked)} of {count(each.answers.asked, 'question')}"
        f"{_why(report, each)}."
        for each in report.contenders
        if each.answers.unasked
    ]


def cap_line(report: Report) -> str | None:
    """How much of the run's cap was used; None where it has none."""
    spend = report.spend
    if spend.budget_usd is None:
        return None
    return f"Of the run's cap of {dollars(spend.budget_usd)}, {dollars(spend.usd)} was used."


def _why(report: Report, contender: ContenderReport) -> str:
    """The reason, from the outcome of completeness that speaks of the contender; empty where none does."""
    targets = [contender] if contender.role == "target" else targets_of(report)
    details = [gate.detail for target in targets for gate in target.gates if gate.gate == COMPLETENESS]
    reasons = [detail.partition(": ")[2] for detail in details if detail.startswith(f"the {contender.role} ")]
    return f": {reasons[0].rstrip('.')}" if reasons and reasons[0] else ""
