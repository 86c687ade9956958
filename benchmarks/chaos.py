"""Whether a run survives chaos: functions that die, calls that fail or whose answers get lost, events in any order.

    .venv/bin/python -m benchmarks.chaos [--seeds N] [--first SEED] [--rate RATE] [--json FILE]

Every seed begins with an upload and with a look at a catalogue in which a model is new, and is a whole run of the real
machine and handlers, whose people decide, do not, or say contrary things at once. Events come late, in any order, and
some more than once. The run has to be started once, and its place among those that run to be free in the end; to end in
a report or in a recorded failure; to decide what it decides in peace; to move traffic once at the most
and only where people have approved; and to spend no more than it may, by its own books and by those of the models. Of
moved traffic an application tells nothing, that it fails, or that all is well, and some roll-outs are stopped by hand:
all of it has to be at the target in the end or none, as the record says, and none where the application is not content.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Literal
from unittest import mock

import boto3

from benchmarks.aftermath import After
from benchmarks.mischief import KINDS, MODEL, PERSON, Kind, Mischief, living, mischief
from benchmarks.releases import (
    RELEASES,
    NothingCameError,
    delivery_of,
    disordered,
    known_before,
    runs,
    settle,
    start_by_release,
    tell_of_end,
)
from benchmarks.traffic import Tells, application, moved
from benchmarks.whole_runs import RECORDINGS, RUN, SOURCE, TARGET, USD_PER_MILLION, declaration, rows
from brainswap.approving import approve, reject
from brainswap.contracts import Waiting
from brainswap.core.cases import Case
from brainswap.core.errors import BrainswapError
from brainswap.core.inference import FEWEST_RECORDS
from brainswap.handlers import prepare
from brainswap.report.document import from_json
from brainswap.run_files import RunFiles
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, Outcome, local_cloud
from local.embedded import endpoints
from local.functions import Observer, environment
from local.job_events import JobEvents

People = Literal["approve", "reject", "nobody", "both", "two"]
DECISIONS: tuple[People, ...] = ("approve", "reject", "nobody", "both", "two")
ANNA, BERT = "anna@example.com", "bert@example.com"
CASES = 40
PATIENCE_S = 180.0
WAIT_S = 600  # for people who decide …
NOBODY_S = 4  # … and for people who do not
LOOK_S = 0.05
JOB_LOOK_S = 5
LATE_S = 0.5
ROLLOUT = {"steps": [50, 100], "bake_minutes": 0, "bakes": 1, "min_requests": 5}
TELLS: tuple[Tells, ...] = ("nothing", "good", "good", "errors")
BATCHES = 0.2  # of the runs
STOPS = 0.3  # of the roll-outs, by somebody who has the rights
TIGHT_USD = Decimal("0.03")  # about half of what a run takes
USD_PER_TOKEN = USD_PER_MILLION / 1_000_000
RATE = 0.005
RATES: Mapping[Kind, float] = dict.fromkeys(KINDS, RATE)
TRIGGERS = ("register", "watch", "trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one seed tells.

    Attributes:
        inference: by batch jobs, whose events come twice and in any order, or on demand.
        tells: the application, of moved traffic.
        stops: somebody stops the roll-out's machine once traffic has moved.
        wrong: what may not be; None where all is well.
        ended: the last state of the execution.
        error: that the record of a run names that failed.
        moves: how the roll-outs ended.
        moved: users whose requests go to the target in the end.
        struck: how much went wrong.
        struck_models: how much of that was calls of models.
        struck_triggers: how much of it before the run had begun, or in what closes its request.
    """

    seed: int
    people: People
    inference: str
    tells: Tells
    stops: bool
    budget_usd: str | None
    wrong: str | None
    status: str
    ended: str
    verdict: str | None
    error: str | None
    moves: list[str]
    moved: int
    struck: int
    struck_models: int
    struck_triggers: int
    seconds: float


def tell(seed: int, rates: Mapping[Kind, float] = RATES, *, cases: int = CASES) -> Story:
    """One run in chaos."""
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    people = chance.choice(DECISIONS)
    budget = chance.choice((None, None, TIGHT_USD))
    batch = chance.random() < BATCHES
    tells = chance.choice(TELLS)
    stops = chance.random() < STOPS
    plan = Mischief(seed=seed, rates=rates)
    began = time.monotonic()
    changes: dict[str, Any] = {"approval": {"required": True}, "critical": people == "two", "rollout": ROLLOUT}
    if batch:
        changes["inference"], cases = "batch", max(cases, FEWEST_RECORDS)
        budget = None if budget is None else budget * cases / CASES / 2
        half = {name: float(USD_PER_MILLION / 2) for name in ("batch_input", "batch_output")}
        whole = {name: float(USD_PER_MILLION) for name in ("input", "output")}
        changes["prices"] = {model: {**whole, **half} for model in RECORDINGS}
    wait_s = NOBODY_S if people == "nobody" else WAIT_S
    asked = rows(cases)
    files, price = _files(asked, budget, changes), USD_PER_TOKEN / 2 if batch else USD_PER_TOKEN
    with (
        disordered(seed),
        known_before([Case.model_validate(one) for one in asked]) as before,
        application(RUN, tells) as users,
        whole_stack(asked, wait_s=wait_s, disorder=Disorder(chance), observer=users.observe) as (cloud, server),
    ):
        after: After | None = None
        try:
            with mischief(plan):
                run = _live(cloud, files, before, people, stops=stops)
            after = _after(cloud, server, run, budget=budget, price=price, tells=tells)
            wrong = after.wrong()
        except NothingCameError as error:
            wrong = str(error)
    ended = None if after is None else after.ended
    return Story(
        seed=seed,
        people=people,
        inference="batch" if batch else "on_demand",
        tells=tells,
        stops=stops,
        budget_usd=None if budget is None else str(budget),
        wrong=wrong,
        status="LOST" if ended is None else ended.status,
        ended="-" if after is None else after.states[-1],
        verdict=None if after is None or after.report is None else after.report.verdict,
        error=_error(after.record) if after is not None and ended is not None and ended.status == "FAILED" else None,
        moves=[] if after is None else ["LOST" if each is None else each.status for each in after.moves],
        moved=0 if after is None else after.moved,
        struck=plan.struck.total(),
        struck_models=plan.calls_struck[MODEL],
        struck_triggers=sum(plan.victims[each] for each in TRIGGERS),
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A run that was begun by a release, and what became of it while everything could go wrong.

    Attributes:
        ended: None where it goes on.
        moves: how the roll-outs ended.
        still_open: see `benchmarks.releases.settle`.
    """

    run_id: str
    arn: str
    ended: Outcome | None
    moves: list[Outcome | None]
    still_open: str | None


def _live(cloud: Cloud, files: Mapping[str, str], before: str, people: People, *, stops: bool) -> Lived:
    """From the upload to the end of everything that it led to."""
    run_id = start_by_release(cloud, files, before)
    arn = f"{cloud.machine_arn.replace(':stateMachine:', ':execution:')}:{run_id}"
    with ThreadPoolExecutor(2) as pool:
        stop = threading.Event()
        said = [pool.submit(_decide, cloud, run_id, stop, who, approves=yes) for who, yes in _words(people)]
        outcome = _ended(cloud, arn)
        stop.set()
        for each in said:
            each.result()
    moves = [_end_of_move(cloud, move, stops=stops) for move in _moves(cloud)]
    still_open = settle(cloud, arn, outcome)
    return Lived(run_id=run_id, arn=arn, ended=outcome, moves=moves, still_open=still_open)


class Disorder:
    """Events come twice, late, and in any order."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.events = JobEvents()

    def tell(self, change: Mapping[str, str]) -> None:
        for _ in range(2):
            threading.Timer(self._chance.random() * LATE_S, self.events.tell, [change]).start()


@contextmanager
def whole_stack(
    asked: Sequence[Mapping[str, Any]], *, wait_s: int, disorder: Disorder, observer: Observer
) -> Iterator[tuple[Cloud, EmbeddedBedrock]]:
    """A cloud of its own and the models that its runs may ask; its people are waited for so long."""
    real = prepare.run

    def impatient(*arguments: Any) -> Any:
        result = real(*arguments)
        return result.model_copy(update={"approval": Waiting(required=result.approval.required, seconds=wait_s)})

    with ExitStack() as stack:
        parsed = [Case.model_validate(one) for one in asked]
        models = Models(recordings={model: RECORDINGS[model] for model in (SOURCE, TARGET)})
        server = stack.enter_context(
            EmbeddedBedrock(cases=parsed, models=models, pace=0, account=Account(), on_job_change=disorder.tell)
        )
        stack.enter_context(environment(endpoints(server.url)))
        appconfig = stack.enter_context(EmbeddedAppConfig(clock=JumpingClock()))
        routes = appconfig.found()
        stack.enter_context(environment(appconfig.endpoints))
        cloud = stack.enter_context(
            local_cloud(realm="embedded:chaos", observer=observer, routes=routes, events=True, change=_look_soon)
        )
        stack.enter_context(mock.patch.object(prepare, "run", impatient))
        stack.enter_context(disorder.events.delivered())
        yield cloud, server


def _files(asked: Sequence[Mapping[str, Any]], budget: Decimal | None, changes: Mapping[str, Any]) -> dict[str, str]:
    """Of the workload, as they are uploaded."""
    limits = {} if budget is None else {"budget_usd": str(budget)}
    gates = [{"scorer": "right", "rule": "not_worse", "margin": 0.4}]
    declared = {**declaration(**limits), "gates": gates, **RELEASES, **changes}
    return {"cases.jsonl": "".join(json.dumps(one) + "\n" for one in asked), "workload.yaml": json.dumps(declared)}


def _look_soon(machine: dict[str, Any]) -> None:
    """Let the machine look after its batch jobs every few seconds where no event comes."""
    if "AskInBatches" in machine["States"]:
        machine["States"]["AskInBatches"]["ItemProcessor"]["States"]["Submit"]["TimeoutSeconds"] = JOB_LOOK_S


def _words(people: People) -> list[tuple[str, bool]]:
    """Who says yes or no."""
    spoken: Mapping[People, list[tuple[str, bool]]] = {
        "approve": [(ANNA, True)],
        "reject": [(ANNA, False)],
        "nobody": [],
        "both": [(ANNA, True), (BERT, False)],
        "two": [(ANNA, True), (BERT, True)],
    }
    return spoken[people]


def _decide(cloud: Cloud, run_id: str, stop: threading.Event, person: str, *, approves: bool) -> None:
    """Say one's word as soon as it is wanted, and again when that failed, as people do."""
    with living(PERSON):
        while not stop.is_set():
            with suppress(BrainswapError):
                kept = cloud.using.approvals.read(run_id)
                if kept is not None:
                    if approves:
                        approve(run_id, person, kept.record.report_sha256, "", cloud.using)
                    else:
                        reject(run_id, person, "no", cloud.using)
                    return
            stop.wait(LOOK_S)


def _ended(cloud: Cloud, arn: str) -> Outcome | None:
    """How the execution ended; None where it did not."""
    states, until = boto3.client("stepfunctions"), time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if states.describe_execution(executionArn=arn)["status"] != "RUNNING":
            return cloud.wait(arn)
        time.sleep(LOOK_S)
    states.stop_execution(executionArn=arn)
    return None


def _end_of_move(cloud: Cloud, arn: str, *, stops: bool) -> Outcome | None:
    """How a roll-out ended, which somebody may stop as soon as traffic has moved; told as Step Functions tells it."""
    while stops and boto3.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING":
        if (cloud.using.rollout_records.current(RUN) or {}).get("percent", 0):
            boto3.client("stepfunctions").stop_execution(executionArn=arn)
        time.sleep(LOOK_S)
    outcome = _ended(cloud, arn)
    tell_of_end(cloud, arn, outcome)
    delivery_of(cloud).wait()
    return outcome


def _moves(cloud: Cloud) -> list[str]:
    """The executions that move traffic."""
    machine = str(cloud.rollout_machine_arn)
    found = boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return [each["executionArn"] for each in found]


def _states(arn: str) -> list[str]:
    events = boto3.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def _after(
    cloud: Cloud, server: EmbeddedBedrock, run: Lived, *, budget: Decimal | None, price: Decimal, tells: Tells
) -> After:
    files, kept = RunFiles(cloud.using.artifacts, run.run_id), cloud.using.approvals.read(run.run_id)
    paid = server.paid()
    return After(
        ended=run.ended,
        states=_states(run.arn),
        budget=budget,
        record=cloud.using.ledger.run(run.run_id) or {},
        approval=None if kept is None else kept.record.status,
        report=from_json(files.read_text("report.json")) if files.has("report.json") else None,
        committed=cloud.using.purse.balance(run.run_id).committed,
        paid=(paid.input_tokens + paid.output_tokens) * price,
        moves=run.moves,
        tells=tells,
        moved=moved(RUN) if run.moves else 0,
        runs=runs(cloud),
        still_open=run.still_open,
    )


def _error(record: Mapping[str, Any]) -> str:
    named = [str(record[name]) for name in ("error", "shard_error") if name in record]
    return " after ".join(named)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="how many runs")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--rate", type=float, default=RATE, help="of calls, for each kind of fault")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the stories there too")
    chosen = parser.parse_args()
    stories = []
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        story = tell(seed, dict.fromkeys(KINDS, chosen.rate))
        stories.append(story)
        mark = "ok" if story.wrong is None else f"WRONG: {story.wrong}"
        how = f"{story.people:<8}{story.inference:<10}{story.tells:<8}{story.budget_usd or '-':>8}"
        moves = f"{story.moved} by {','.join(story.moves)}" if story.moves else ""
        print(f"{seed:>5} {how} {story.status:<10}{story.ended:<11}{moves:<17}", end="")
        struck = f"{story.struck:>4} struck, {story.struck_models} of models, {story.struck_triggers} in triggers"
        print(f"{struck} {story.seconds:6.1f} s  {mark}  {story.error or ''}", flush=True)
    ends = Counter(f"{story.status} in {story.ended}" for story in stories)
    print("\n".join(f"{times:>5} {end}" for end, times in ends.most_common()))
    wrong, there = [story.seed for story in stories if story.wrong], sum(each.moved > 0 for each in stories)
    print(f"{len(stories)} runs, {there} of them with their traffic at the target in the end, ", end="")
    print(
        f"{sum(each.struck for each in stories)} faults, {sum(each.struck_models for each in stories)} of models and ",
        end="",
    )
    print(f"{sum(each.struck_triggers for each in stories)} in triggers, {len(wrong)} wrong: {wrong}")
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(story) for story in stories], indent=1) + "\n", "utf-8")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
