"""State Prepare with files, turns and results of tools: what is frozen, and what a later change does not touch."""

import hashlib
import json
from typing import Any

import pytest

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.models.needs import Needs
from brainswap.handlers.prepare import run
from brainswap.lineup import source_contender
from brainswap.questions import key_of, questions_of
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.conversations import PDF, TOOL, TURNS, png
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN, case, declaration, upload

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
PROMPT = {"user": "Answer yes or no: {{question}}", "tools": [TOOL]}


def made(*cases: dict[str, Any], **changes: Any) -> tuple[MemoryDependencies, Any]:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts(TARGET)))
    request = upload(using, declaration(**{"prompt": PROMPT, **changes}), cases)
    prefix = "workloads/yes-or-no/v1"
    using.artifacts.files |= {f"{prefix}/docs/a.pdf": PDF, f"{prefix}/b.png": png(), f"{prefix}/same.pdf": PDF}
    using.objects.files["s3://bucket/notes/c.txt"] = b"Notes."
    return using, request


def frozen_cases(using: MemoryDependencies) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in using.artifacts.lines(RunFiles(using.artifacts, RUN).key("workload/cases.jsonl"))
    ]


def test_files_are_kept_in_the_run_once_for_their_bytes() -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    files = [{"file": "docs/a.pdf"}, {"file": "same.pdf", "name": "Report"}, {"s3": "s3://bucket/notes/c.txt"}]
    turns = [{**TURNS[0], "attachments": [{"file": "b.png"}]}, *TURNS[1:]]
    using, request = made(case(1, attachments=files, messages=turns))

    run(request, using)

    (one,) = frozen_cases(using)
    kept = [name for name in using.artifacts.files if "/workload/attachments/" in name]
    assert [(each["file"], each["name"]) for each in one["attachments"]] == [
        (f"attachments/{digest}.pdf", "a.pdf"),
        (f"attachments/{digest}.pdf", "Report"),
        (f"attachments/{hashlib.sha256(b'Notes.').hexdigest()}.txt", "c.txt"),
    ]
    assert one["messages"][0]["attachments"][0]["name"] == "b.png"
    assert len(kept) == 3
    frozen = RunFiles(using.artifacts, RUN).run()
    assert frozen.needs == Needs(turns=1, tools=1, images=1, documents=1, attached=1, formats=("pdf", "txt"))
    assert frozen.attachments_sha256 is not None


def test_a_frozen_run_asks_the_same_whatever_becomes_of_the_files() -> None:
    using, request = made(case(1, attachments=[{"file": "docs/a.pdf"}]))
    run(request, using)
    using.artifacts.files["workloads/yes-or-no/v1/docs/a.pdf"] = b"%PDF-changed"
    files = RunFiles(using.artifacts, RUN)
    contender = source_contender(files.run())

    (question,) = questions_of(files.run(), contender, files.cases(), files.attachment)

    assert question.read(question.prompt.messages[-1].attachments[0]) == PDF


def keys(*cases: dict[str, Any], data: bytes = PDF, **limits: Any) -> list[str]:
    using, request = made(*cases, limits=limits)
    using.artifacts.files["workloads/yes-or-no/v1/docs/a.pdf"] = data
    run(request, using)
    files = RunFiles(using.artifacts, RUN)
    contender = source_contender(files.run())
    return [key_of("r", each) for each in questions_of(files.run(), contender, files.cases(), files.attachment)]


def test_the_key_of_an_answer_is_that_of_the_bytes_and_of_the_results() -> None:
    attached = case(1, attachments=[{"file": "docs/a.pdf"}])
    results = case(1, tool_results=[{"name": "weather", "result": 1}])
    others = case(1, tool_results=[{"name": "weather", "result": 2}])

    assert keys(attached) == keys(attached) != keys(attached, data=PDF + b"\n")
    assert keys(results) == keys(results) != keys(others)
    assert keys(results) != keys(results, tool_rounds=2)
    assert keys(results, tool_rounds=1) == keys(case(1), tool_rounds=1) == keys(case(1))


def test_a_file_that_is_not_there_is_told_before_anything_is_asked() -> None:
    using, request = made(case(1, attachments=[{"file": "none.pdf"}, {"s3": "s3://bucket/none.txt"}]))

    with pytest.raises(InvalidWorkloadError) as caught:
        run(request, using)

    assert [problem.place for problem in caught.value.problems] == [
        "cases.jsonl:1 attachments[0]",
        "cases.jsonl:1 attachments[1]",
    ]


def test_a_model_that_takes_no_tools_is_refused_with_the_reason() -> None:
    old = "mistral.mistral-7b-instruct-v0:2"
    using, request = made(case(1, tools=[TOOL]), prompt={"user": "{{question}}"}, targets=[{"model": old}])
    using.catalogue = catalogue(facts(SOURCE), facts(old))

    result = run(request, using)

    checks = {check.check: check for check in RunFiles(using.artifacts, RUN).run().checks}
    assert result.refused
    assert checks[f"capabilities of {SOURCE}"].status == "passed"
    assert checks[f"capabilities of {old}"].status == "refused"
    assert "there is 1 case with tools" in checks[f"capabilities of {old}"].detail


def test_recorded_answers_need_no_capabilities() -> None:
    recorded = {"old": {"output": "yes"}}
    micro = {"model": "amazon.nova-micro-v1:0", "answers": "recorded", "recorded": "old"}
    using, request = made(case(1, recorded=recorded, attachments=[{"file": "b.png"}]), targets=[micro])

    assert not run(request, using).refused


def test_rounds_are_not_asked_in_batches_and_the_run_says_so() -> None:
    cases = [case(number, tool_results=[{"name": "weather", "result": 1}]) for number in range(120)]
    using, request = made(*cases, inference="batch")
    using.batch_jobs = object()  # type: ignore[assignment]  # never asked for anything

    run(request, using)

    frozen = RunFiles(using.artifacts, RUN).run()
    assert frozen.inference == "on_demand"
    assert any("a record of a batch is one request" in warning for warning in frozen.warnings)


def test_cases_without_results_are_still_asked_in_batches() -> None:
    cases = [case(number, attachments=[{"file": "b.png"}]) for number in range(120)]
    using, request = made(*cases, inference="batch")
    using.batch_jobs = object()  # type: ignore[assignment]  # never asked for anything

    run(request, using)

    assert RunFiles(using.artifacts, RUN).run().inference == "batch"


def test_personal_data_of_a_conversation_is_refused() -> None:
    turns = [{"role": "user", "content": "I am jane.doe@mail.org."}, {"role": "assistant", "content": "Hello."}]
    using, request = made(case(1, messages=turns), limits={"personal_data": "refuse"})

    assert run(request, using).refused


def test_what_stands_before_and_behind_the_turns_of_a_case_stays_apart() -> None:
    """Claude wants roles to alternate, and the words on both sides are one turn only where nothing comes between."""
    prompt = {"messages": [{"role": "user", "content": "First."}, {"role": "user", "content": "{{question}}"}]}
    turns = [{"role": "assistant", "content": "Said."}]

    def sent(*cases: dict[str, Any]) -> list[str]:
        using, request = made(*cases, prompt=prompt)
        run(request, using)
        files = RunFiles(using.artifacts, RUN)
        (question, *_) = questions_of(files.run(), source_contender(files.run()), files.cases(), files.attachment)
        return [turn.content for turn in question.prompt.messages]

    asked = case(1)["input"]["question"]
    assert sent(case(1, messages=turns)) == ["First.", "Said.", asked]
    assert sent(case(1)) == [f"First.\n\n{asked}"]


def test_tools_of_cases_are_left_free_where_json_is_asked_for() -> None:
    prompt = {"user": "{{question}}", "output": {"schema": {"type": "object"}}}

    def way(*cases: dict[str, Any]) -> str:
        using, request = made(*cases, prompt=prompt)
        run(request, using)
        return source_contender(RunFiles(using.artifacts, RUN).run()).settings.output

    assert way(case(1)) == "tool"
    assert way(case(1, tools=[TOOL])) == "text"
