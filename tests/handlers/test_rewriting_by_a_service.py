"""The optimisers of Amazon Bedrock rewrite the prompt of a target: OptimizePrompt, and jobs."""

import json
from typing import Any

import pytest

from brainswap.core.answers import Answer
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelRefusesRequestError,
    ModelUnavailableError,
)
from brainswap.core.rewriting.one_text import OPTIMIZE
from brainswap.handlers import resume, rewrite
from brainswap.ports import BatchJob, Question
from brainswap.rewriters import job
from tests.fakes.rewriters import optimising
from tests.fakes.runs import RUN, case
from tests.handlers.rewriting import ORIGINAL, PROMPT, SOURCE, SYSTEM, TARGET, USER, Run, better


def test_the_optimised_text_takes_the_place_of_the_prompt() -> None:
    run = Run(optimising(f"## Task\n{SYSTEM}\n\n{USER}"), "optimize_prompt")

    result = run.rewrite()

    (question,) = run.asked
    made = run.contender("target-1-rewritten-optimize-prompt")
    assert result.candidates == ["optimize-prompt"]
    assert (question.model, question.prompt.messages[0].content) == (f"{OPTIMIZE}{TARGET}", PROMPT["user"])
    assert (made.prompt.system, made.prompt.messages[0].content[:7]) == (None, "## Task")
    assert "It was short." in made.changes[0].why
    assert run.files.candidate(0, "optimize-prompt").usd is None


def test_a_target_that_the_service_does_not_know_is_a_note_and_is_not_asked_about() -> None:
    run = Run(better, "optimize_prompt", targets=[{"model": "anthropic.claude-sonnet-5"}])

    assert run.rewrite().finished
    assert run.asked == []
    assert "not known to rewrite for anthropic.claude-sonnet-5" in run.notes[0]


@pytest.mark.parametrize("error", [ModelAccessError("denied"), ModelRefusesRequestError("not supported")])
def test_a_refusal_of_the_service_is_a_note(error: BrainswapError) -> None:
    def reply(_question: Question) -> Answer:
        raise error

    run = Run(reply, "optimize_prompt")

    assert run.rewrite().contenders == [ORIGINAL]
    assert f"no prompt of OptimizePrompt: {error}" in run.notes[0]


def test_of_several_accepted_prompts_the_first_in_the_declared_order_is_measured_and_a_note_says_so() -> None:
    def reply(question: Question) -> Answer:
        if question.model.startswith(OPTIMIZE):
            return optimising(f"{SYSTEM}\n\n{USER} ")(question)
        return better(question)

    run = Run(reply, "optimize_prompt", "own")

    result = run.rewrite()

    made = run.contender("target-1-rewritten-optimize-prompt")
    assert result.contenders == [ORIGINAL, made.id]
    assert result.candidates == ["optimize-prompt", "own"]
    assert "that of a model by our own instructions passed the guards as well, and nobody measured it" in made.notes[1]


def job_run(**changes: Any) -> Run:
    return Run(better, "prompt_optimization_job", **changes)


def test_a_job_is_started_once_with_cases_for_training_alone_and_looked_at_ever_more_rarely() -> None:
    run = job_run(source={"model": SOURCE, "parameters": {"max_tokens": 77, "temperature": 0.5}})

    pauses = []
    for _ in range(12):
        result = run.rewrite()
        assert not result.finished
        pauses.append(result.pause_s)
        run.later(seconds=result.pause_s)
    run.later(hours=1)

    record, model, settings = run.jobs.created[run.jobs.only]
    train = {one.input["question"] for one in run.files.cases() if one.split == "train"}
    told = [each for sample in run.jobs.line["evaluationSamples"] for each in sample["inputVariables"]]
    assert record == f"runs/{RUN}/rewriting/target-1/in/prompt-optimization-job.jsonl"
    assert run.jobs.results == f"runs/{RUN}/rewriting/target-1/out/"
    assert (model, settings.max_tokens, settings.temperature) == (TARGET, 77, 0.5)
    assert {each["question"] for each in told} == train
    assert pauses == sorted(pauses)
    assert pauses[0] == 5
    assert run.rewrite().pause_s == 600


def test_a_job_that_ended_well_is_a_candidate_whose_cost_is_unknown() -> None:
    run = job_run()
    run.rewrite()
    run.jobs.end(f"{SYSTEM} Think of numbers only.\n\n{USER}", TARGET)

    result = run.rewrite()

    candidate = run.files.candidate(0, "prompt-optimization-job")
    assert result.contenders == [ORIGINAL, "target-1-rewritten-prompt-optimization-job"]
    assert (candidate.by, candidate.usd, candidate.refused_because) == ("prompt_optimization_job", None, [])


def test_a_jobs_prompt_may_be_longer_than_that_of_others_and_no_longer_than_all_bounds() -> None:
    long, endless = job_run(), job_run()
    for run, length in ((long, 5_000), (endless, 9_000)):
        run.rewrite()
        run.jobs.end(f"{SYSTEM}\n\n{'Think well. ' * (length // 12)}\n\n{USER}", TARGET)
        run.rewrite()

    assert long.files.rewriting(0, "prompt_optimization_job").because is None
    assert "length: " in str(endless.files.rewriting(0, "prompt_optimization_job").because)


def test_a_jobs_prompt_may_quote_cases_for_training_which_a_note_says_and_no_others() -> None:
    allowed, leaking = job_run(), job_run()
    for run, split in ((allowed, "train"), (leaking, "test")):
        run.rewrite()
        quoted = next(one.input["question"] for one in run.files.cases() if one.split == split)
        run.jobs.end(f"{SYSTEM} Such as: {quoted}\n\n{USER}", TARGET)
        run.rewrite()

    made = allowed.contender("target-1-rewritten-prompt-optimization-job")
    assert "texts of cases for training that it quotes: 1" in made.notes
    assert "leak: it repeats case" in str(leaking.files.rewriting(0, "prompt_optimization_job").because)


@pytest.mark.parametrize(
    ("standing", "because"),
    [
        (BatchJob(status="Failed", message="No inference API is accessible"), "Failed: No inference API"),
        (BatchJob(status="Stopped"), "it ended as Stopped"),
        (BatchJob(status="Completed"), "it ended as Completed"),
        (ModelAccessError("gone"), "gone"),
    ],
)
def test_a_job_without_a_prompt_is_a_note(standing: BatchJob | BrainswapError, because: str) -> None:
    run = job_run()
    run.rewrite()
    run.jobs.standing[run.jobs.only] = standing

    assert run.rewrite().contenders == [ORIGINAL]
    assert because in run.notes[0]


def test_a_job_that_a_service_refuses_is_a_note() -> None:
    run = job_run()
    run.jobs.refusal = ModelRefusesRequestError("ValidationException")

    assert run.rewrite().finished
    assert "ValidationException" in run.notes[0]


def test_a_service_in_trouble_is_tried_again_and_then_done_without() -> None:
    run = job_run()
    run.jobs.refusal = ModelUnavailableError("503")

    waiting, ended = run.rewrite(), run.rewrite(waited_s=rewrite.PATIENCE_S)

    assert (waiting.finished, waiting.waited_s) == (False, 60)
    assert ended.finished
    assert "503" in run.notes[0]


def test_a_job_that_takes_too_long_is_stopped() -> None:
    run = job_run()
    run.rewrite()
    run.later(seconds=job.LONGEST_S)

    assert run.rewrite().finished
    assert run.jobs.stopped == [run.jobs.only]
    assert "not ended after 6 hours" in run.notes[0]


def test_a_run_that_broke_off_stops_its_job_and_one_that_has_ended_is_left_alone() -> None:
    broken, ended = job_run(), job_run()
    broken.rewrite()
    ended.rewrite()
    ended.jobs.end(f"{SYSTEM} Be exact.\n\n{USER}", TARGET)
    ended.rewrite()

    for run in (broken, ended):
        resume.run({"source": "aws.states", "detail": {"input": json.dumps({"run_id": RUN})}}, run.using)

    assert broken.jobs.stopped == [broken.jobs.only]
    assert ended.jobs.stopped == []


def test_where_no_job_could_read_the_files_there_is_a_note() -> None:
    run = job_run()
    run.using.prompt_jobs = None

    assert run.rewrite().finished
    assert "could not read the run's files" in run.notes[0]


def test_a_region_without_such_jobs_is_a_note() -> None:
    run = job_run()
    run.using.region = "eu-north-1"

    assert run.rewrite().finished
    assert "there are none in eu-north-1" in run.notes[0]


def test_cases_that_no_job_can_be_told_are_a_note() -> None:
    run = job_run(rows=[case(number, messages=[{"role": "user", "content": "hello"}]) for number in range(30)])

    assert run.rewrite().finished
    assert "plain cases for training" in run.notes[0]
