"""A job of Advanced Prompt Optimization rewrites the prompt by cases for training; it takes minutes to hours."""

from datetime import datetime

from brainswap.contracts import Candidate, Rewriting
from brainswap.core.cases import Split
from brainswap.core.declared_rewriting import Rewriter
from brainswap.core.errors import ModelAccessError, ModelRefusesRequestError, TransientError
from brainswap.core.fingerprints import fingerprint
from brainswap.core.prompts.guards import Bounds
from brainswap.core.rewriting.job_records import cannot_be_sent, chosen, received, record, result, sent
from brainswap.core.rewriting.job_scoring import scoring_fields
from brainswap.core.rewriting.one_text import with_one_text
from brainswap.core.rewriting.support import job_lacks
from brainswap.core.wording import printable
from brainswap.lineup import target_contender
from brainswap.ports import BatchJob, PromptJobs
from brainswap.rewriters.task import PAUSE_S, Step, Task, candidate, rewritten
from brainswap.run_files import JSON_LINES

REWRITER: Rewriter = "prompt_optimization_job"
NAME = "prompt-optimization-job"
LONGEST_S = 6 * 3600  # after which a job is stopped
FIRST_PAUSE_S = 5  # between two looks; it grows with the time that the job has taken …
LONGEST_PAUSE_S = 600  # … up to this, so that the history of an execution stays short
SHARE_OF_THE_TIME = 3
# Its prompts are two to seven times as long as what they were made from, in AWS's own samples; what that costs is for
# the evaluation to tell.
BOUNDS = Bounds(length_ratio=5.0, spare_characters=6_000)
_NOTHING = "it takes plain cases for training with all inputs of the prompt, and there are none"


def go_on(task: Task) -> Step:
    """Start the job, or look how it stands; what the service refuses is a reason, and no failure."""
    jobs = task.using.prompt_jobs
    if jobs is None:
        return _ended(task, Rewriting(), "there can be no such jobs here, because they could not read the run's files")
    rewriting = task.rewriting(REWRITER)
    try:
        if rewriting.job is None:
            return _started(task, jobs)
        standing = jobs.look(rewriting.job)
    except TransientError as error:
        return Step(rewriting=rewriting, pause_s=PAUSE_S, waiting_because=str(error))
    except (ModelAccessError, ModelRefusesRequestError) as error:
        return _ended(task, rewriting, str(error))
    return _looked(task, jobs, rewriting, standing)


def _started(task: Task, jobs: PromptJobs) -> Step:
    because = job_lacks(task.using.region) or cannot_be_sent(task.prompt)
    if because is not None:
        return _ended(task, Rewriting(), because)
    was, frozen = sent(task.prompt), task.frozen
    line = record(
        was,
        chosen(task.files.cases(), was, seed=frozen.seed),
        scoring_fields(frozen.workload.improve.job, frozen.workload.scorers),
    )
    contender = target_contender(frozen, task.target)
    if line is None or contender.refused_because:
        return _ended(task, Rewriting(), contender.refused_because or _NOTHING)
    key = task.files.key(f"rewriting/{task.slot}/in/{NAME}.jsonl")
    task.using.artifacts.write(key, line, JSON_LINES)
    token = fingerprint([frozen.run_id, task.slot, REWRITER])
    job = jobs.create(
        name=f"brainswap-{token[:12]}",
        token=token,
        model=contender.model,
        settings=contender.settings,
        record=key,
        results=_results(task),
    )
    now = task.using.clock.now()
    rewriting = task.write(REWRITER, Rewriting(job=job, since=now, usd=None, calls=1))
    return Step(rewriting=rewriting, pause_s=FIRST_PAUSE_S)


def _looked(task: Task, jobs: PromptJobs, rewriting: Rewriting, standing: BatchJob) -> Step:
    now = task.using.clock.now()
    took_s = (now - (rewriting.since or now)).total_seconds()
    if not standing.ended and took_s >= LONGEST_S:
        jobs.stop(str(rewriting.job))
        return _ended(task, rewriting, f"it had not ended after {LONGEST_S // 3600} hours and was stopped")
    if not standing.ended:
        pause_s = min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, int(took_s / SHARE_OF_THE_TIME)))
        return Step(rewriting=rewriting, pause_s=pause_s)
    key = jobs.written(str(rewriting.job), results=_results(task))
    if not standing.answered or not task.using.artifacts.exists(key):
        said = f": {printable(standing.message, 300)}" if standing.message else ""
        return _ended(task, rewriting, f"it ended as {standing.status}{said}")
    found = result(task.using.artifacts.lines(key), task.declared.model)
    rewriting = rewriting.model_copy(update={"origins": [found.origin]})
    if found.text is None:
        return _ended(task, rewriting, found.because)
    return _candidate(task, rewriting, found.text, now)


def _candidate(task: Task, rewriting: Rewriting, text: str, now: datetime) -> Step:
    prompt = with_one_text(task.prompt, received(text, sent(task.prompt)))
    change = rewritten(
        NAME,
        task.prompt,
        prompt,
        what="A job of Advanced Prompt Optimization wrote the prompt anew, as one text, by cases for training.",
        why="The job scores prompts on those cases and keeps the best one that it finds.",
        source="Amazon Bedrock, Advanced Prompt Optimization",
        date=now.date().isoformat(),
    )
    made, remarks = candidate(
        task,
        Candidate(
            name=NAME, by="prompt_optimization_job", prompt=task.frozen.prompt, changes=[change], usd=rewriting.usd
        ),
        prompt,
        bounds=BOUNDS,
        quotable=frozenset({Split.TRAIN}),  # such jobs put samples into prompts as examples
    )
    if made.refused_because:
        return _ended(task, rewriting, "; ".join(made.refused_because))
    done = rewriting.model_copy(update={"ended": True, "candidate": NAME, "remarks": remarks})
    return Step(rewriting=task.write(REWRITER, done))


def _results(task: Task) -> str:
    return task.files.key(f"rewriting/{task.slot}/out/")


def _ended(task: Task, rewriting: Rewriting, because: str) -> Step:
    return Step(rewriting=task.write(REWRITER, rewriting.model_copy(update={"ended": True, "because": because})))
