import json
from typing import Any

import pytest

from brainswap.handlers import resume
from tests.fakes.batch_runs import Run
from tests.fakes.runs import RUN


def ended(job: str) -> dict[str, Any]:
    return {"source": "aws.bedrock", "detail": {"batchJobArn": job, "status": "Completed"}}


def test_the_end_of_a_job_wakes_the_task_that_waits_for_it() -> None:
    run = Run()
    run.submit()

    resume.run(ended(run.job), run.using)

    assert run.using.tasks.told == ["token"]


@pytest.mark.parametrize(
    "event",
    [
        ended("arn:job/somebody-elses"),
        {"source": "aws.bedrock", "detail": {}},
        {"source": "aws.states", "detail": {"input": json.dumps({"run_id": "unknown"})}},
        {"source": "aws.states", "detail": {"input": "[]"}},
        {"source": "aws.health"},
        {},
    ],
)
def test_an_event_that_concerns_nobody_changes_nothing(event: dict[str, Any]) -> None:
    run = Run()
    run.submit()

    resume.run(event, run.using)

    assert (run.using.tasks.told, run.jobs.stopped) == ([], [])


def test_a_run_that_broke_off_stops_its_jobs() -> None:
    run = Run()
    run.submit()

    resume.run({"source": "aws.states", "detail": {"input": json.dumps({"run_id": RUN})}}, run.using)

    assert run.jobs.stopped == [run.job]
