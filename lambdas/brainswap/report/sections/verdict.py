"""The top of the page: where the answers come from, the verdict, and what it recommends."""

from brainswap.report import payback, wording
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import ContenderReport, Report
from brainswap.report.rendering import count, dollars, ends, moment, points, ratio
from brainswap.report.sections.marks import kind_of, mark, missing, status_mark, tag
from brainswap.report.shortfall import cap_line, unasked_lines
from brainswap.report.stopping import stopping_reasons
from brainswap.report.untrusted import one_line


def origin(report: Report) -> Element:
    """The strip that says what everything below it rests on."""
    said = wording.banner(report)
    return el(
        "aside",
        {"class": f"origin {said.weight}", "aria-label": "Where the answers come from"},
        el("p", None, el("strong", None, said.title), " ", el("span", None, said.detail)),
    )


def masthead(report: Report) -> Element:
    """What was migrated, and when."""
    return el(
        "header",
        {"class": "masthead"},
        el(
            "p",
            {"class": "wordmark"},
            "Brainswap ",
            el("span", None, "migration report"),
        ),
        el(
            "p",
            {"class": "about"},
            el("b", None, one_line(report.workload)),
            " ",
            el("time", {"datetime": report.created_at.isoformat()}, moment(report.created_at)),
        ),
    )


def verdict(report: Report) -> Element:
    """The answer to the question that started the run."""
    return el(
        "section",
        {"class": f"verdict {kind_of(report.verdict)}", "id": "verdict", "aria-labelledby": "headline"},
        el(
            "div",
            {"class": "judgement"},
            el("p", {"class": "eyebrow"}, "Verdict ", status_mark(report.verdict)),
            el("h1", {"id": "headline"}, *_headline(report)),
            el("p", {"class": "manager"}, _for_manager(report)),
            _for_budget(report),
            _cut_short(report),
            _stopped_early(report),
            _why_refused(report) if report.verdict == "refused" else _for_engineer(report),
            el("p", {"class": "description"}, report.description) if report.description else None,
        ),
        _recommended(report),
    )


def _for_manager(report: Report) -> str:
    """One sentence; of a refused run without the reasons, which stand right below it."""
    refused = sum(check.status == "refused" for check in report.provenance.checks)
    if report.verdict == "refused" and refused:
        return f"Nothing was measured: {count(refused, 'check')} refused the run."
    return wording.for_manager(report)


def _for_budget(report: Report) -> Element | None:
    said = payback.for_budget(report)
    return None if said is None else el("p", {"class": "budget"}, said)


def _headline(report: Report) -> tuple[Child, ...]:
    """The headline, in which a model's name does not break where it could stand in one line."""
    text, name = wording.headline(report), wording.named_in_headline(report)
    before, _, after = text.partition(name) if name else (text, "", "")
    return before, el("span", {"class": "unbroken"}, name) if name else None, after


def _cut_short(report: Report) -> Element | None:
    """What was not asked; None where everything was."""
    unasked = unasked_lines(report)
    if not unasked:
        return None
    cap = cap_line(report)
    return el(
        "div",
        {"class": "cut-short"},
        el("p", None, mark("open", "cut short"), " Not every question was asked.", f" {cap}" if cap else None),
        el("ul", None, *(el("li", None, line) for line in unasked)),
    )


def _stopped_early(report: Report) -> Element | None:
    """That not all test cases were asked, because the others could change nothing."""
    if report.stopping is None or not report.stopping.early:
        return None
    said = " ".join(f"{line[0].upper()}{line[1:]}." for line in stopping_reasons(report.stopping))
    return el("p", {"class": "budget"}, said)


def _why_refused(report: Report) -> Element:
    refused = [check for check in report.provenance.checks if check.status == "refused"]
    reasons = [f"{check.check}: {check.detail}" for check in refused] or report.reasons
    return el(
        "div",
        {"class": "engineer"},
        el("h2", None, "Why it was refused"),
        el("ul", None, *(el("li", None, reason) for reason in reasons)),
    )


def _for_engineer(report: Report) -> Element:
    return el(
        "div",
        {"class": "engineer"},
        el("h2", None, "In numbers"),
        el("p", None, wording.for_engineer(report)),
        _reasons(report),
    )


def _reasons(report: Report) -> Element | None:
    if not report.reasons:
        return None
    return el(
        "details",
        None,
        el("summary", None, "The reasons, target by target"),
        el("ul", None, *(el("li", None, reason) for reason in report.reasons)),
    )


def _recommended(report: Report) -> Element | None:
    chosen = report.recommended
    if chosen is None:
        return None
    contender = wording.recommended_of(report)
    return el(
        "aside",
        {"class": "recommended", "aria-label": "Recommended contender"},
        el("p", {"class": "eyebrow"}, "Recommended"),
        el("p", {"class": "model"}, one_line(chosen.model)),
        el("p", {"class": "with"}, tag(f"{one_line(chosen.prompt)} prompt"), *_origin_tag(contender)),
        _key_figures(contender) if contender else None,
    )


def _origin_tag(contender: ContenderReport | None) -> tuple[Child, ...]:
    return () if contender is None or contender.origin is None else (" ", tag(f"{contender.origin} answers"))


def _key_figures(contender: ContenderReport) -> Element:
    figures: list[Child] = []
    for scorer, found in list(contender.comparison.items())[:1]:
        around = ends(found.low, found.high, "points", bound=wording.margin_of(contender, scorer))
        figures.append(_figure(one_line(scorer), *_value(points(found.difference), around)))
    for measure, name in (("cost", "Cost"), ("latency_p95", "p95 latency")):
        multiple = contender.ratios.get(measure)
        if multiple is None or multiple.ratio is None:
            reason = multiple.detail if multiple else wording.reason_unknown(contender, f"ratios.{measure}")
            figures.append(_figure(name, missing(reason)))
        else:
            around = ends(multiple.low, multiple.high, "ratio", bound=wording.largest_ratio(contender, measure))
            note = f"of the source's; {around}" if around else "of the source's"
            figures.append(_figure(name, *_value(ratio(multiple.ratio), note)))
    if contender.cost is not None and contender.cost.monthly_usd is not None:
        figures.append(_figure("A month", *_value(dollars(contender.cost.monthly_usd), "at the workload's traffic")))
    return el("dl", {"class": "key-figures"}, *figures)


def _figure(name: str, *content: Child) -> Element:
    return el("div", None, el("dt", None, name), el("dd", None, *content))


def _value(value: str, note: str | None) -> tuple[Child, ...]:
    return el("b", None, value), el("small", None, note) if note else None
