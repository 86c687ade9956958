"""A report in sentences: what the numbers mean, and how far they may be trusted."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from brainswap.report.model import Comparison, ContenderReport, GateOutcome, Ratio, Report
from brainswap.report.rendering import (
    Unit,
    against_bound,
    count,
    dollars,
    duration,
    ends,
    level,
    percentage_interval,
    points_interval,
    ratio,
    whole,
)
from brainswap.report.untrusted import one_line

COMPLETENESS: Final = "every question asked"  # with _ANSWERS, the gates that no workload declares
ASKED_IN_BATCHES: Final = "asked by batch jobs at the batch price; no latency"
NOTIONAL: Final = "Simulated answers at list prices; nobody was paid."

_PROVIDER = re.compile(r"^(?:[a-z]{2,6}(?:-[a-z]{3})?\.)?[a-z0-9]+\.(?=[a-z])")
_VERSION = re.compile(r"(?:-v\d+)?:\d+$")
_ANSWERS = "any question answered"
_MODEL_LENGTH = 64  # characters of a name inside a sentence
_AMOUNTS: Final[Mapping[str, Callable[[float | None], str]]] = {"usd": dollars, "ms": duration}
_NAMED = 3  # things that a sentence lists before it says how many more there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the whole report rests on; the first thing that a reader sees.

    Attributes:
        weight: how hard it has to be to overlook.
    """

    title: str
    detail: str
    weight: Literal["calm", "marked", "loud"]


_BANNERS: Final[dict[str, Banner]] = {
    "bedrock": Banner(
        title="Answers from Amazon Bedrock",
        detail="Every answer was given by the model itself, or comes from the cache of such answers.",
        weight="calm",
    ),
    "recorded": Banner(
        title="Recorded answers: nothing was asked live",
        detail="The models gave these answers earlier. What they say today may differ.",
        weight="marked",
    ),
    "simulated": Banner(
        title="SIMULATED answers: they say nothing about the real models",
        detail="A simulator stood in for every model. Use this report to try the process, never to decide.",
        weight="loud",
    ),
    "mixed": Banner(
        title="Mixed answers: not every contender was asked live",
        detail="Some answers are live, others recorded or simulated. Each contender says which are its own.",
        weight="marked",
    ),
}


_NOTHING_ASKED: Final = Banner(
    title="No answers: nothing was asked",
    detail="The run ended at the checks, before any model was called.",
    weight="marked",
)


def banner(report: Report) -> Banner:
    """Where the answers come from; of a refused run, that there are none."""
    return _NOTHING_ASKED if report.verdict == "refused" else _BANNERS[report.models]


def short_model(model: str) -> str:
    """A model's id without region, provider and version: ``us.meta.llama3-1-70b-instruct-v1:0`` loses both ends."""
    return one_line(_VERSION.sub("", _PROVIDER.sub("", model.rpartition("/")[2] or model)), _MODEL_LENGTH)


def labels(report: Report) -> dict[str, str]:
    """How each contender is called, by its id; no two alike."""
    alike = Counter(short_model(model) for model in {contender.model for contender in report.contenders})
    names = {}
    for contender in report.contenders:
        short = short_model(contender.model)
        names[contender.id] = f"{short if alike[short] == 1 else contender.model} · {contender.prompt}"
    taken = Counter(names.values())
    return {key: name if taken[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def headline(report: Report) -> str:
    """The verdict in one line."""
    if report.verdict == "refused":
        return "This run was refused"
    if report.verdict == "inconclusive":
        return "This run was cut short" if cut_short(report) else "These cases do not settle it"
    name = named_in_headline(report)
    if report.verdict == "hold":
        return f"Stay with {name or 'the model in use'}"
    if report.recommended is None:
        return "A contender is ready to take over"
    return f"Move to {name} {_with_prompt(report.recommended.prompt)}"


def named_in_headline(report: Report) -> str | None:
    """The model that the headline names, if any."""
    named = {"migrate": report.recommended, "hold": source_of(report)}.get(report.verdict)
    return None if named is None else short_model(named.model)


def for_manager(report: Report) -> str:
    """One sentence for who decides."""
    if report.verdict == "refused":
        reason = report.reasons[0] if report.reasons else "the checks made beforehand say why"
        return f"Nothing was measured: {reason.rstrip('.')}."
    said = _for_manager(report)
    return f"{said} The answers are simulated: do not act on this." if report.models == "simulated" else said


def for_engineer(report: Report) -> str:
    """One sentence with the numbers that carry the verdict."""
    if report.verdict == "refused":
        found = [f"{check.check}: {check.detail}" for check in report.provenance.checks if check.status == "refused"]
        return _listed(found) or "No check says why."
    if report.verdict == "migrate":
        chosen = recommended_of(report)
        return f"{_figures(chosen)}.{_basis(chosen)}" if chosen else "The recommended contender is not in this report."
    status, does = ("fail", "fails") if report.verdict == "hold" else ("inconclusive", "leaves open")
    names = labels(report)
    decisive = (
        (names[target.id], [gate_line(target, gate) for gate in decisive_gates(target, status)])
        for target in targets_of(report)
    )
    return _listed(f"{name} {does} {', '.join(gates)}" for name, gates in decisive if gates) or "No gate was applied."


def contender_line(contender: ContenderReport) -> str:
    """One sentence on a contender, without its name."""
    if contender.role == "source":
        return f"The model in use: {_own_figures(contender)}."
    for status, says in (("fail", "Fails"), ("inconclusive", "Leaves open")):
        decisive = [gate_line(contender, gate) for gate in decisive_gates(contender, status)]
        if decisive:
            return f"{says} {len(decisive)} of {count(len(contender.gates), 'gate')}: {_listed(decisive)}"
    if not contender.gates:
        return f"No gate was applied: {_own_figures(contender)}."
    return f"Meets {_all_gates(contender)}: {_figures(contender)}."


def gate_line(contender: ContenderReport, gate: GateOutcome) -> str:
    """A gate with what was measured; the status is said elsewhere."""
    if gate.value is None:
        return f"“{gate.gate}” (unknown: {gate.detail})"
    value, bound = gate_numbers(gate)
    around = gate_interval(contender, gate)
    return f"“{gate.gate}” ({value}{f', {around}' if around else ''}; bound {bound})"


def gate_interval(contender: ContenderReport, gate: GateOutcome) -> str | None:
    """The interval that was held against the gate's bound; None where the gate counts, or nothing is known."""
    unit = unit_of(gate)
    if gate.low is not None and gate.high is not None:
        amount = _AMOUNTS.get(gate.unit or "")
        if amount is not None:
            return f"{amount(gate.low)} to {amount(gate.high)}"
        return ends(gate.low, gate.high, unit, bound=gate.bound)
    found: Comparison | Ratio | None = None
    if unit == "points":
        found = _named_first(gate, contender.comparison)
    elif unit == "ratio":
        found = _named_first(gate, contender.ratios)
    return None if found is None else ends(found.low, found.high, unit, bound=gate.bound)


def gate_numbers(gate: GateOutcome) -> tuple[str, str]:
    """What was measured and what it is held against; equal in print only where they are equal."""
    amount = _AMOUNTS.get(gate.unit or "")
    if amount is not None:
        return amount(gate.value), amount(gate.bound)
    value, bound = against_bound(gate.value, gate.bound, unit_of(gate))
    if gate.gate == COMPLETENESS:
        return f"{value} unasked", "0"
    return (f"{value} answered", "any") if gate.gate == _ANSWERS else (value, bound)


def decisive_gates(contender: ContenderReport, status: str) -> list[GateOutcome]:
    """The gates of a status that the verdict rests on: all but advisory ones if they fail, critical ones if open."""
    deciding = ("critical", "supporting") if status == "fail" else ("critical",)
    return [gate for gate in contender.gates if gate.status == status and gate.tier in deciding]


def unit_of(gate: GateOutcome) -> Unit:
    """What a gate counts in; where a report does not say so, its bound tells.

    A margin is above 0 and held against as its negative, a largest ratio is above 0, and of lost cases none are
    allowed: the sign of the bound tells the three rules apart. Of questions, a share is given.
    """
    if gate.unit is not None:
        return "plain" if gate.unit == "usd" or gate.unit == "ms" else gate.unit  # noqa: PLR1714 - mypy narrows this
    if gate.bound is None:
        return "plain"
    if gate.gate in (COMPLETENESS, _ANSWERS):
        return "percent"
    if gate.bound == 0:
        return "count"
    return "points" if gate.bound < 0 else "ratio"


def margin_of(contender: ContenderReport, scorer: str) -> float | None:
    """The difference below which the scorer's gate fails, as a negative share; None without such a gate."""
    return _bound(contender, scorer, "points")


def largest_ratio(contender: ContenderReport, measure: str) -> float | None:
    """The most that the target may take of a measure, as a multiple of the source's; None without such a gate."""
    return _bound(contender, measure, "ratio")


def reason_unknown(contender: ContenderReport, key: str) -> str | None:
    """Why a figure is null: the reason of the key itself, or of the nearest part that holds it."""
    while key not in contender.unknown and "." in key:
        key = key.rpartition(".")[0]
    return contender.unknown.get(key)


def cut_short(report: Report) -> bool:
    """Whether a question was left unasked."""
    return any(each.answers.unasked for each in report.contenders)


def source_of(report: Report) -> ContenderReport | None:
    """The model in use; None where the run was refused before it was asked."""
    return next((contender for contender in report.contenders if contender.role == "source"), None)


def targets_of(report: Report) -> list[ContenderReport]:
    """Every contender but the source, as they stand in the report."""
    return [contender for contender in report.contenders if contender.role == "target"]


def recommended_of(report: Report) -> ContenderReport | None:
    """The figures of the recommended contender."""
    chosen = report.recommended
    return next((each for each in report.contenders if chosen is not None and each.id == chosen.contender), None)


def _bound(contender: ContenderReport, subject: str, unit: Unit) -> float | None:
    return next((gate.bound for gate in contender.gates if unit_of(gate) == unit and _about(gate, subject)), None)


def _about(gate: GateOutcome, subject: str) -> bool:
    """Whether a gate is about a scorer or measure: its sentence begins with the name, which holds no space."""
    return gate.gate.startswith(f"{subject} ")


T = TypeVar("T")


def _named_first(gate: GateOutcome, found: Mapping[str, T]) -> T | None:
    return next((value for subject, value in found.items() if _about(gate, subject)), None)


def _for_manager(report: Report) -> str:
    source, chosen, targets = source_of(report), recommended_of(report), targets_of(report)
    cases = count(report.provenance.splits.get("test", 0), "test case")
    if report.verdict == "migrate" and chosen is not None:
        clause = f"meets {_all_gates(chosen)} on {cases}" if chosen.gates else f"was measured on {cases}"
        return f"{short_model(chosen.model)} {clause}{_price_clause(source, chosen)}."
    if report.verdict == "migrate":
        return f"On {cases}, a contender meets every gate; the table of contenders says which."
    stays = short_model(source.model) if source else "the model in use"
    if report.verdict == "inconclusive" and cut_short(report):
        return f"The run ended before every question was asked; until it is complete, stay with {stays}."
    if report.verdict == "inconclusive":
        undecided = [target for target in targets if target.verdict not in ("migrate", "hold")]
        of = f"{len(undecided)} of {count(len(targets), 'contender')}"
        who = short_model(undecided[0].model) if len(targets) == len(undecided) == 1 else of
        return f"On {cases}, {who} may or may not be good enough; until that is known, stay with {stays}."
    if len(targets) == 1:
        return f"On {cases}, {short_model(targets[0].model)} does not meet every gate; stay with {stays}."
    return f"On {cases}, none of {count(len(targets), 'contender')} meets every gate; stay with {stays}."


def _price_clause(source: ContenderReport | None, chosen: ContenderReport) -> str:
    if source is None or source.cost is None or chosen.cost is None:
        return "; what it saves or costs is not known"
    if source.cost.monthly_usd is not None and chosen.cost.monthly_usd is not None:
        after, before = dollars(chosen.cost.monthly_usd), dollars(source.cost.monthly_usd)
        return f" and would cost {after} a month instead of {before}"
    after, before = dollars(chosen.cost.per_1000_requests_usd), dollars(source.cost.per_1000_requests_usd)
    return f"; 1,000 requests cost {after} instead of {before}"


def _figures(contender: ContenderReport) -> str:
    """Differences and ratios; the reader finds what they rest on elsewhere."""
    parts = [f"{scorer} {_difference(contender, scorer)}" for scorer in contender.comparison]
    parts += [
        f"{_MEASURES.get(measure, measure)} {ratio(found.ratio)}"
        for measure, found in contender.ratios.items()
        if found.ratio is not None
    ]
    return ", ".join(parts) or _own_figures(contender)


def _difference(contender: ContenderReport, scorer: str) -> str:
    found = contender.comparison[scorer]
    return points_interval(found.difference, found.low, found.high, bound=margin_of(contender, scorer))


def _basis(contender: ContenderReport) -> str:
    """On how many pairs, at what confidence and by which methods the differences rest."""
    compared = contender.comparison.values()
    if not compared:
        return ""
    pairs = sorted({found.pairs for found in compared})
    numbers = whole(pairs[0]) if len(pairs) == 1 else f"{whole(pairs[0])} to {whole(pairs[-1])}"
    levels = ", ".join(dict.fromkeys(level(found.confidence) for found in compared))
    methods = ", ".join(dict.fromkeys(found.method for found in compared))
    return f" Intervals at {levels}, by {methods}, over {numbers} pairs."


_MEASURES: Final = {"cost": "cost", "latency_p50": "median latency", "latency_p95": "p95 latency"}


def _own_figures(contender: ContenderReport) -> str:
    parts = [
        f"{name} {percentage_interval(score.mean, score.low, score.high)}" for name, score in contender.scores.items()
    ]
    if contender.latency_ms is not None and contender.latency_ms.p95 is not None:
        parts.append(f"p95 {duration(contender.latency_ms.p95)}")
    if contender.cost is not None:
        parts.append(f"{dollars(contender.cost.per_1000_requests_usd)} per 1,000 requests")
    return ", ".join(parts) or "nothing was measured"


def _with_prompt(prompt: str) -> str:
    return "with the prompt as it is" if prompt == "original" else f"with the {one_line(prompt, _MODEL_LENGTH)} prompt"


def _all_gates(contender: ContenderReport) -> str:
    number = len(contender.gates)
    if any(gate.status != "pass" for gate in contender.gates):
        return "every critical gate"
    return "its gate" if number == 1 else f"all {number} gates"


def _listed(parts: Iterable[str]) -> str:
    parts = [part.rstrip(".") for part in parts]
    if not parts:
        return ""
    more = f"; and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return f"{'; '.join(parts[:_NAMED])}{more}."
