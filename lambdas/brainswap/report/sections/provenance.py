"""What the numbers rest on: the checks, the contenders' settings, hashes, seed and prices."""

import json
from collections.abc import Iterator, Sequence

from brainswap.report import wording
from brainswap.report.markup import Element, el
from brainswap.report.model import ContenderReport, NearDuplicateCases, PersonalData, Provenance, Report
from brainswap.report.rendering import count, level, moment, whole
from brainswap.report.sections.marks import missing, status_mark
from brainswap.report.sections.tables import Cell, definitions, section, table
from brainswap.report.stopping import looks_in_words, looks_of_target
from brainswap.report.untrusted import one_line


def checks(report: Report) -> Element:
    """What was looked at before any money was spent, and what could not be."""
    made = report.provenance.checks
    if not made:
        return section("checks", "Checks beforehand", None, el("p", None, "No check is on record."))
    not_made = sum(check.status == "not_made" for check in made)
    lede = f"{count(len(made), 'check')} before any money was spent"
    return section(
        "checks",
        "Checks beforehand",
        f"{lede}; {whole(not_made)} of them could not be made." if not_made else f"{lede}.",
        table(
            "Checks made before spending",
            ["Check", "Status", "Detail"],
            ([one_line(each.check), status_mark(each.status), each.detail] for each in made),
            kind="words",
        ),
    )


def settings(report: Report) -> Element:
    """How each contender was asked."""
    names = wording.labels(report)
    return section(
        "settings",
        "Settings",
        "How each contender was asked; the prompts themselves are in the folder prompts.",
        *(_settings(each, names[each.id]) for each in report.contenders),
    )


def provenance(report: Report) -> Element:
    """What it takes to repeat the run."""
    facts = report.provenance
    pairs: list[tuple[str, Cell]] = [
        ("Run", el("code", None, report.run_id)),
        ("Began", moment(report.created_at)),
        ("Workload", el("code", None, facts.workload_sha256)),
        ("Cases", el("code", None, facts.cases_sha256)),
        ("Gates", _gates(facts)),
        *_looks(report),
        ("Labels", el("code", None, facts.labels_sha256) if facts.labels_sha256 else "none"),
        ("Splits", ", ".join(f"{name} {whole(number)}" for name, number in facts.splits.items())),
        ("Near-duplicates", _near_duplicates(facts.near_duplicates)),
        ("Personal data", _personal_data(facts.personal_data)),
        ("Seed", str(facts.seed)),
        ("Confidence", level(facts.confidence)),
        ("Code", facts.code_version),
        ("Judge", facts.judge or "none"),
        ("Called by scorers", facts.called or "nobody"),
    ]
    prices: list[tuple[str, Cell]] = [
        (one_line(model), price if price is not None else missing("no price is known"))
        for model, price in facts.prices.items()
    ]
    return section(
        "provenance",
        "Provenance",
        "Enough to repeat the run and to tell whether anything was changed since.",
        definitions(pairs),
        el("h3", None, "Prices") if prices else None,
        definitions(prices) if prices else None,
        el("h3", None, "Warnings") if facts.warnings else None,
        el("ul", None, *(el("li", None, warning) for warning in facts.warnings)) if facts.warnings else None,
    )


def _gates(facts: Provenance) -> Cell:
    """The hash, that it is older than the first answer, and how many decisions share the error."""
    parts = []
    if facts.gates_frozen_at is not None:
        asked = facts.first_answer_at
        parts.append(f" frozen {moment(facts.gates_frozen_at)}")
        parts.append(
            f", before the first question, {moment(asked)}" if asked and asked >= facts.gates_frozen_at else ""
        )
    if facts.gate_family and facts.gate_confidence is not None:
        parts.append(f"; {count(facts.gate_family, 'decision')}, judged at {level(facts.gate_confidence)} each (Holm)")
    return (el("code", None, facts.gates_sha256), "".join(parts))


def _near_duplicates(found: NearDuplicateCases | None) -> Cell:
    """How many there are, and whether a split knows what another asks."""
    if found is None:
        return missing("all cases are in the test split, and nobody looked")
    if not found.cases:
        return "none were found"
    where = f"{count(found.apart, 'case')} with one in another split" if found.apart else "each group in one split"
    largest = f"the largest of {whole(found.largest)}"
    return f"{count(found.cases, 'case')} in {count(found.groups, 'group')}, {largest}; {where}"


def _looks(report: Report) -> Iterator[tuple[str, Cell]]:
    if report.stopping is None:
        return
    names = wording.labels(report)
    yield "Looks", looks_in_words(report.stopping)
    for contender, target in report.stopping.targets.items():
        yield f"Looks at {one_line(names[contender])}", looks_of_target(target)


def _personal_data(found: Sequence[PersonalData]) -> str:
    """What the cases held by its form, and what of it the models saw."""
    if not found:
        return "none was found"
    return ", ".join(
        f"{one.kind}: {count(one.found, 'value')} in {count(one.cases, 'input')}, {whole(one.redacted)} redacted in all"
        for one in found
    )


def _settings(contender: ContenderReport, name: str) -> Element:
    parameters: list[tuple[str, Cell]] = [
        (one_line(key), el("code", None, json.dumps(value, ensure_ascii=False, default=str)))
        for key, value in contender.parameters.items()
    ]
    return el(
        "details",
        None,
        el("summary", None, el("b", None, one_line(name))),
        definitions(
            [
                ("Model", el("code", None, contender.model)),
                ("Prompt", (contender.prompt, " ", el("code", None, contender.prompt_sha256))),
                *parameters,
                *_price(contender),
            ]
        ),
        el("ul", None, *(el("li", None, note) for note in contender.notes)) if contender.notes else None,
    )


def _price(contender: ContenderReport) -> list[tuple[str, Cell]]:
    if contender.cost is None:
        return [("Price", missing(wording.reason_unknown(contender, "cost")))]
    return [("Price", f"{contender.cost.price_source}, {contender.cost.price_date}")]
