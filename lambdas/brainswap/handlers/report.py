"""State ``Report``: write what stakeholders read."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from brainswap.contenders import prompt_of
from brainswap.contracts import Contender, FrozenRun, NothingToTell, RunRequest, SentPrompt, ShardList, parse
from brainswap.core.answers import Answer
from brainswap.core.decision.criteria import gates_of, stopping_rule
from brainswap.core.decision.samples import Sample
from brainswap.core.prompts.changes import as_written, reasons
from brainswap.core.prompts.differences import told
from brainswap.listing import asked_blocks
from brainswap.ports import Dependencies
from brainswap.report.carrying import Carried, Carrying
from brainswap.report.document import from_json, to_json
from brainswap.report.html import to_html
from brainswap.report.junit import to_junit
from brainswap.report.markdown import to_markdown
from brainswap.report.model import Report
from brainswap.report.paper.pdf import to_pdf
from brainswap.report.rows import Row
from brainswap.report.sheets.book import writing_workbook
from brainswap.report.views import PromptView
from brainswap.run_files import JSON, JSON_LINES, RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

HTML = "text/html; charset=utf-8"
XML = "application/xml"
TEXT = "text/plain; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"
PDF = "application/pdf"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def run(request: RunRequest, using: Dependencies) -> NothingToTell:
    """Write every form of the report from the one model, in one pass over the cases."""
    files = RunFiles(using.artifacts, request.run_id)
    report = from_json(files.read_text("analysis.json"))
    listed = files.shard_list()
    carried = _write_cases(files, using, report, listed)
    for name in listed.contenders if listed else ():
        _write_prompt(files, files.contender(name), files.run())
    files.write_text("report.json", to_json(report), JSON, final=True)
    page = to_html(report, carried.cases, _sent(files, listed), of=carried.of)
    files.write_text("report.html", page, HTML, final=True)
    files.write_text("report.md", to_markdown(report), MARKDOWN, final=True)
    files.write_text("junit.xml", to_junit(report), XML)
    using.artifacts.write(files.key("report.pdf"), to_pdf(report), PDF, final=True)
    decision = json.dumps(_decision(report, files), indent=1, ensure_ascii=False)
    files.write_text("decision.json", decision, JSON, final=True)
    return NothingToTell()


def _write_cases(files: RunFiles, using: Dependencies, report: Report, listed: ShardList | None) -> Carried:
    """Write ``cases.jsonl`` and the workbook; return the cases that the page carries."""
    carrying = Carrying(report)
    with (
        using.artifacts.writing(files.key("cases.jsonl"), JSON_LINES) as lines,
        using.artifacts.writing(files.key("report.xlsx"), WORKBOOK, final=True) as workbook,
        writing_workbook(report, workbook) as sheet,
    ):
        for row in _rows(files, listed):
            text = json.dumps(row.document(), ensure_ascii=False)
            lines.write(text.encode("utf-8", "backslashreplace") + b"\n")
            sheet.add(row)
            carrying.add(row)
    return carrying.carried()


def _sent(files: RunFiles, listed: ShardList | None) -> list[PromptView]:
    """The targets' prompts, for the page."""
    contenders = [files.contender(name) for name in listed.contenders] if listed else []
    original = as_written(prompt_of(files.run().prompt))
    return [
        PromptView(
            contender=each.id,
            text=as_written(prompt_of(each.prompt)),
            original=original,
            reasons=[*reasons(each.changes)],
        )
        for each in contenders
        if each.role == "target"
    ]


def _rows(files: RunFiles, listed: ShardList | None) -> Iterator[Row]:
    if listed is None:
        return
    for block in asked_blocks(listed):
        said = [_by_case(files, name, block.number) for name in block.contenders]
        for case, *answers in zip(files.block(block.number), *said, strict=True):
            yield Row(case=case, answers=dict(zip(block.contenders, answers, strict=True)), uncounted=block.uncounted)


def _by_case(files: RunFiles, contender: str, block: int) -> Iterator[list[tuple[Answer, Sample]]]:
    pairs = zip(files.answers(contender, block), files.samples(contender, block), strict=True)
    return (list(group) for _, group in groupby(pairs, key=lambda pair: pair[0].case_id))


def _write_prompt(files: RunFiles, contender: Contender, frozen: FrozenRun) -> None:
    sent = SentPrompt(
        run_id=frozen.run_id,
        workload=frozen.workload.name,
        contender=contender.id,
        role=contender.role,
        model=contender.model,
        variant=contender.variant,
        prompt=contender.prompt,
        prompt_sha256=contender.prompt_sha256,
        parameters=contender.parameters,
        settings=contender.settings,
        earlier_settings=contender.earlier_settings,
    )
    files.write_text(f"prompts/{contender.id}.json", sent.model_dump_json(indent=1), JSON)
    prompt = prompt_of(contender.prompt)
    files.write_text(f"prompts/{contender.id}.txt", as_written(prompt), TEXT)
    difference = told(prompt_of(frozen.prompt), prompt, contender.variant, contender.changes)
    files.write_text(f"prompts/{contender.id}.diff", "".join(f"{line}\n" for line in difference), TEXT)


def _decision(report: Report, files: RunFiles) -> dict[str, Any]:
    """What a person signs: the criteria, the hashes that prove what they were applied to, and the verdict."""
    frozen = files.run()
    return {
        "schema": "brainswap.decision/1",
        "run_id": report.run_id,
        "workload": report.workload,
        "verdict": report.verdict,
        "recommended": report.recommended.model_dump() if report.recommended else None,
        "models": report.models,
        "criteria": {
            "confidence": frozen.workload.confidence,
            "gates": [gate.model_dump(mode="json") for gate in gates_of(frozen.workload)],
            **({"stopping": stopping_rule(frozen.workload.stopping)} if frozen.workload.stopping else {}),
        },
        "outcomes": {
            contender.id: [gate.model_dump(mode="json") for gate in contender.gates]
            for contender in report.contenders
            if contender.role == "target"
        },
        "hashes": {
            "workload_sha256": frozen.workload_sha256,
            "cases_sha256": frozen.cases_sha256,
            **({"attachments_sha256": frozen.attachments_sha256} if frozen.attachments_sha256 else {}),
            "gates_sha256": frozen.gates_sha256,
        },
    }


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RunRequest, event), dependencies()).model_dump(mode="json")
