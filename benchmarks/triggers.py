"""Whether triggers survive chaos: more workloads than may run at once, a release, and new versions in the same moment.

    .venv/bin/python -m benchmarks.triggers [--seeds N] [--first SEED] [--rate RATE]

As `benchmarks.chaos`, with a machine that measures nothing, so that a seed takes seconds: it succeeds for most, and
fails for one. Whatever dies, fails, is lost, late or told twice, each workload has to be measured in the version in
force, none twice in the same, never more side by side than may, and nothing may keep its place in the end.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import boto3

from benchmarks.chaos import RATE, TRIGGERS
from benchmarks.mischief import KINDS, Mischief, mischief
from benchmarks.releases import RELEASES, NothingCameError, delivery_of, disordered, known_before, still_open, tick
from benchmarks.whole_runs import RECORDINGS, SOURCE, TARGET, declaration, rows
from brainswap.core.cases import Case
from brainswap.registry import Registry
from brainswap.requests import SLOTS
from brainswap.snapshots import Snapshots
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import REGION, Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment

NAMES = tuple(f"waits-{number}" for number in range(7))  # two more than may run at once
RENEWED = NAMES[:2] + NAMES[-1:]
BROKEN = NAMES[1]
MACHINE: Mapping[str, Any] = {
    "StartAt": "Measure",
    "States": {
        "Measure": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.workload", "StringEquals": BROKEN, "Next": "Break"}],
            "Default": "Decide",
        },
        "Break": {"Type": "Fail", "Error": "Broken", "Cause": "it is the one that breaks"},
        "Decide": {"Type": "Succeed"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is left of a seed.

    Attributes:
        started: the workload, version and targets of each execution.
        in_force: the version of each workload.
        side_by_side: most places that were held at any time.
        at_once: how many may be.
        still_open: see `benchmarks.releases.still_open`.
    """

    started: tuple[tuple[str, str, tuple[str, ...]], ...]
    in_force: Mapping[str, str]
    side_by_side: int
    at_once: int
    still_open: str | None

    def wrong(self) -> Iterator[str]:
        """What may not be, whatever happens."""
        for what, times in Counter(self.started).items():
            if times > 1:
                yield f"{what} was started {times} times"
        for name in NAMES:
            if (name, self.in_force.get(name), (TARGET,)) not in self.started:
                yield f"{name} was not measured in {self.in_force.get(name)}, which is in force"
        if self.side_by_side > self.at_once:
            yield f"{self.side_by_side} held a place, of {self.at_once}"
        if self.still_open is not None:
            yield f"everything has ended, and {self.still_open}"


def tell(seed: int, rate: float = RATE) -> tuple[str | None, Mischief]:
    """One release in chaos: what is wrong, and what was done to it."""
    plan = Mischief(seed=seed, rates=dict.fromkeys(KINDS, rate))
    held: list[int] = []
    with _stack(seed, held) as (cloud, before):
        try:
            with mischief(plan):
                _live(cloud, before)
            seen = _seen(cloud, max(held, default=0))
        except NothingCameError as error:
            return str(error), plan
    return "; ".join(seen.wrong()) or None, plan


@contextmanager
def _stack(seed: int, held: list[int]) -> Iterator[tuple[Cloud, str]]:
    """A cloud after the release, and the URL of the catalogue before it; ``held`` takes the places that are held."""
    cases = [Case.model_validate(one) for one in rows(4)]
    clouds: list[Cloud] = []

    def observer(told: Invocation) -> None:
        if told.function == "trigger" and (told.result or told.error):
            slots = clouds[0].using.records.find(SLOTS, SLOTS)
            held.append(len(slots.facts["holders"]) if slots else 0)

    with ExitStack() as stack:
        stack.enter_context(disordered(seed))
        before = stack.enter_context(known_before(cases))
        models = Models(recordings={model: RECORDINGS[model] for model in (SOURCE, TARGET)})
        after = stack.enter_context(EmbeddedBedrock(cases=cases, models=models, pace=0))
        stack.enter_context(environment(endpoints(after.url)))
        made = local_cloud(realm="embedded:chaos", observer=observer, events=True, change=_measures_nothing)
        clouds.append(stack.enter_context(made))
        yield clouds[0], before


def _measures_nothing(machine: dict[str, Any]) -> None:
    machine.clear()
    machine.update(MACHINE)


def _upload(cloud: Cloud, name: str, version: str) -> None:
    lines = "".join(json.dumps(one) + "\n" for one in rows(4))
    declared = {**declaration(), **RELEASES, "name": name}
    for file, text in {"cases.jsonl": lines, "workload.yaml": json.dumps(declared)}.items():
        cloud.using.artifacts.write(f"workloads/{name}/{version}/{file}", text.encode(), "text/plain")


def _live(cloud: Cloud, before: str) -> None:
    delivery, registry = delivery_of(cloud), Registry(cloud.using.records)
    for name in NAMES:
        _upload(cloud, name, "v1")
    delivery.wait()
    missing = [name for name in NAMES if registry.current(name) is None]
    if missing:
        raise NothingCameError(f"never registered: {missing}")
    with environment(endpoints(before)):
        tick(cloud, ["Watch"], lambda: Snapshots(cloud.using.records).looked_at(REGION), "no look at the catalogue")
    delivery.invoke("Watch")
    for name in RENEWED:
        _upload(cloud, name, "v2")
    with suppress(NothingCameError):  # what did not come to pass is seen afterwards
        tick(cloud, ["Watch", "Trigger"], lambda: not any(_seen(cloud, 0).wrong()), "")


def _seen(cloud: Cloud, side_by_side: int) -> Seen:
    states, registry = boto3.client("stepfunctions"), Registry(cloud.using.records)
    found = states.list_executions(stateMachineArn=cloud.machine_arn)["executions"]
    asked = [json.loads(states.describe_execution(executionArn=one["executionArn"])["input"]) for one in found]
    return Seen(
        started=tuple((one["workload"], one["version"], tuple(one["targets"])) for one in asked),
        in_force={one.workload: one.version for one in registry.in_force()},
        side_by_side=side_by_side,
        at_once=cloud.using.migrations_at_once,
        still_open=still_open(cloud.using),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=100, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--rate", type=float, default=RATE, help="of calls, for each kind of fault")
    chosen = parser.parse_args()
    found, faults = [], 0
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        began = time.monotonic()
        wrong, plan = tell(seed, chosen.rate)
        faults += plan.struck.total()
        by_function = ", ".join(f"{plan.victims[each]} in {each}" for each in TRIGGERS)
        print(f"{seed:>5} struck {by_function}  {time.monotonic() - began:5.1f} s  {wrong or 'ok'}", flush=True)
        found += [seed] if wrong else []
    print(f"{chosen.seeds} releases, {faults} faults, {len(found)} wrong: {found}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
