"""The life of a batch job, from its submission to its end."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.bedrock.account import Account
from local.bedrock.aws import Handle
from local.bedrock.faults import ServiceError
from local.bedrock.jobs import Counts, Job, Status
from local.bedrock.objects import Objects, ObjectsError
from local.bedrock.pace import Pace
from local.bedrock.records import Records
from local.bedrock.sheets import Sheet, give, take, write_json

# Told of every change of a job, in order, in a thread of its own: the detail of EventBridge's event.
OnJobChange = Callable[[Mapping[str, str]], None]

_VALIDATES, _IS_SCHEDULED, _BEGINS = 0.02, 0.05, 0.2  # shares of a job's time
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_LOG = logging.getLogger(__name__)


class _StoppedError(Exception):
    """Somebody stopped the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """A job's own time, in milliseconds since its submission, which passes at the server's pace."""

    pace: Pace
    since: float
    stop: asyncio.Event

    async def reach(self, due_ms: float) -> None:
        """Wait until then; others get their turn even where there is no waiting.

        Raises:
            _StoppedError: the job is stopped, before or meanwhile.
        """
        await asyncio.sleep(0)
        if self.pace.factor > 0 and not self.stop.is_set():
            both = [
                asyncio.ensure_future(self.pace.wait(self.since, due_ms)),
                asyncio.ensure_future(self.stop.wait()),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in both:
                    each.cancel()
        if self.stop.is_set():
            raise _StoppedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Leads jobs through their life.

    Attributes:
        converse: answers the records, without waiting.
        objects: opens the objects of a region; blocks.
        seed: of the order in which records are answered.
    """

    converse: Handle
    pace: Pace
    account: Account
    objects: Callable[[str], Objects]
    seed: int
    on_change: OnJobChange | None = None

    async def run(self, job: Job) -> None:
        """Return once the job has ended, whichever way."""
        clock = _Clock(pace=self.pace, since=asyncio.get_running_loop().time(), stop=job.stop)
        await self._tell(job)
        try:
            status = await self._live(job, clock)
        except _StoppedError:
            await self.change(job, "Stopped")
        except (ObjectsError, ServiceError) as error:
            await self.change(job, "Failed", str(error))
        except Exception:  # noqa: BLE001 - the edge of a task that nobody awaits: the job says it, the log says where
            _LOG.exception("A batch job failed")
            await self.change(job, "Failed", "The embedded Bedrock has a fault.")
        else:
            await self.change(job, status)

    async def change(self, job: Job, status: Status, message: str = "") -> None:
        job.become(status, message)
        await self._tell(job)

    async def _tell(self, job: Job) -> None:
        if self.on_change is None:
            return
        event = job.event()
        async with job.telling:
            try:
                await asyncio.to_thread(self.on_change, event)
            except Exception:  # noqa: BLE001 - the listener's own; AWS too delivers these events as well as it can
                _LOG.exception("A listener could not take the change of a batch job")

    async def _live(self, job: Job, clock: _Clock) -> Status:
        whole_ms = self.account.batch_minutes * _MINUTE_MS
        timeout_ms = job.timeout_hours * _HOUR_MS
        with TemporaryDirectory(prefix="brainswap-batch-", ignore_cleanup_errors=True) as folder:
            await clock.reach(whole_ms * _VALIDATES)
            await self.change(job, "Validating")
            objects = await asyncio.to_thread(self.objects, job.region)
            sheets = await asyncio.to_thread(take, objects, _input_uri(job), Path(folder), seed=self.seed)
            self._count(job, sheets)
            await clock.reach(whole_ms * _IS_SCHEDULED)
            await self.change(job, "Scheduled")
            await clock.reach(min(whole_ms * _BEGINS, timeout_ms))
            if whole_ms * _BEGINS > timeout_ms:
                return "Expired"
            await self.change(job, "InProgress")
            status = await self._process(job, clock, sheets, objects)
            summary = Path(folder, "manifest.json")
            await asyncio.to_thread(write_json, summary, _counts(job).manifest())
            await asyncio.to_thread(give, objects, _output_uri(job), job.job_id, summary.name, summary)
            return "Stopped" if job.stop.is_set() else status

    def _count(self, job: Job, sheets: Sequence[Sheet]) -> None:
        total = sum(len(sheet.order) for sheet in sheets)
        least, most = self.account.least_batch_records, self.account.most_batch_records
        job.counts = Counts(total=total)
        if total < least:
            raise ServiceError(
                "ValidationException",
                f"Batch job {job.arn} contains less records ({total}) than the required minimum of: {least}",
            )
        if total > most:
            raise ServiceError(
                "ValidationException",
                f"Batch job {job.arn} contains more records ({total}) than the allowed maximum of: {most}",
            )

    async def _process(self, job: Job, clock: _Clock, sheets: Sequence[Sheet], objects: Objects) -> Status:
        """Answer the records, evenly over the rest of the job's time, and store what was answered."""
        records = Records(converse=self.converse, model_id=job.model_id, region=job.region)
        for sheet in sheets:
            with sheet:
                status = await self._answer(job, clock, sheet, records)
            await asyncio.to_thread(give, objects, _output_uri(job), job.job_id, sheet.name, sheet.target)
            if status != "Completed":
                return status
        return "Completed"

    async def _answer(self, job: Job, clock: _Clock, sheet: Sheet, records: Records) -> Status:
        counts = _counts(job)
        whole_ms = self.account.batch_minutes * _MINUTE_MS
        for line in sheet.records():
            due_ms = whole_ms * (_BEGINS + (1 - _BEGINS) * (counts.processed + 1) / counts.total)
            if due_ms > job.timeout_hours * _HOUR_MS:
                return "PartiallyCompleted"
            try:
                await clock.reach(due_ms)
            except _StoppedError:
                return "Stopped"
            outcome = await records.answer(line)
            sheet.write(outcome.line)
            counts.succeeded += outcome.succeeded
            counts.failed += not outcome.succeeded
            counts.input_tokens += outcome.input_tokens
            counts.output_tokens += outcome.output_tokens
        return "Completed"


def _counts(job: Job) -> Counts:
    if job.counts is None:
        raise TypeError("The records of this job have not been counted.")
    return job.counts


def _input_uri(job: Job) -> str:
    return str(job.asked["inputDataConfig"]["s3InputDataConfig"]["s3Uri"])


def _output_uri(job: Job) -> str:
    return str(job.asked["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])
