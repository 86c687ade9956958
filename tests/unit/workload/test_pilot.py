"""What recorded answers tell before a run."""

import json
from collections.abc import Callable
from typing import Any

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.loading.outlook import outlook
from brainswap.core.loading.pilot import CASES, Pilot, pilot_of
from brainswap.core.loading.validation import validate_cases
from brainswap.core.loading.workloads import load_workload

MakeFolder = Callable[..., DirectoryFolder]

SOURCE, TARGET = "anthropic.claude-3-haiku-20240307-v1:0", "us.meta.llama3-1-70b-instruct-v1:0"


def recorded_case(number: int, source: int | None, target: int | None, **changes: Any) -> str:
    answers = {
        name: {"output": str(value)} for name, value in ((SOURCE, source), (TARGET, target)) if value is not None
    }
    return json.dumps(
        {"id": f"case-{number}", "input": {"question": "1 + 1?"}, "reference": 2, "recorded": answers, **changes}
    )


def looked_at(folder: DirectoryFolder) -> Pilot:
    loaded = load_workload(folder)
    return pilot_of(folder, loaded, validate_cases(folder, loaded))


def test_recorded_answers_of_source_and_target_are_scored_and_paired(make_folder: MakeFolder) -> None:
    lines = [recorded_case(number, 2, 3 if number < 10 else 2) for number in range(100)]
    lines += [recorded_case(100, 2, None), recorded_case(101, None, 2)]

    pilot = looked_at(make_folder({"cases.jsonl": "\n".join(lines)}))

    found = pilot.differences["target-1"]["correct"]
    assert (found.draws.cases, found.worse, found.better) == (100, 10, 0)
    assert pilot.scores["target-1"]["correct"].summary(0.95).mean == 0.9


def test_answers_of_the_source_alone_tell_nothing(make_folder: MakeFolder) -> None:
    assert looked_at(make_folder({"cases.jsonl": recorded_case(1, 2, None)})) == Pilot()
    assert looked_at(make_folder()) == Pilot()


def test_clusters_and_weights_are_those_of_the_cases(make_folder: MakeFolder) -> None:
    lines = [recorded_case(number, 2, 2, cluster=f"c{number % 5}") for number in range(40)]
    lines.append(recorded_case(40, 2, 3, weight=4.0))

    found = looked_at(make_folder({"cases.jsonl": "\n".join(lines)})).differences["target-1"]["correct"]

    assert (found.draws.cases, found.draws.units) == (41, 6)


def test_of_many_cases_some_are_looked_at_whatever_their_order(make_folder: MakeFolder) -> None:
    lines = [recorded_case(number, 2, 2) for number in range(3 * CASES)]

    found = looked_at(make_folder({"cases.jsonl": "\n".join(lines)})).differences["target-1"]["correct"]
    turned = looked_at(make_folder({"cases.jsonl": "\n".join(reversed(lines))})).differences["target-1"]["correct"]

    assert 0.9 * CASES < found.draws.cases < 1.1 * CASES
    assert turned.draws.cases == found.draws.cases


def test_the_forecast_takes_its_discordance_from_them(make_folder: MakeFolder) -> None:
    lines = [recorded_case(number, 2, 3 if number % 50 == 0 else 2) for number in range(200)]
    folder = make_folder({"cases.jsonl": "\n".join(lines)})
    loaded = load_workload(folder)
    summary = validate_cases(folder, loaded)

    (found,) = outlook(loaded.workload, summary, {}, pilot=pilot_of(folder, loaded, summary)).prospects
    (assumed,) = outlook(loaded.workload, summary, {}).prospects

    assert "differs on 2.0% of the cases, as on 200 recorded" in found.because
    assert "which is assumed" in assumed.because
    assert found.smallest is not None
    assert assumed.smallest is not None
    assert found.smallest < assumed.smallest
