import json

import pytest

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.retargeting import retargeted
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from tests.fakes.runs import case, declaration
from tests.fakes.stores import MemoryArtifacts, MemoryFolder

JUDGED = {"name": "kind", "type": "closed_qa", "criterion": "It is kind.", "judge": {"model": "amazon.nova-pro-v1:0"}}


def loaded(**changes: object) -> LoadedWorkload:
    targets = [{"model": "mistral.mistral-large-2407-v1:0", "answers": "recorded", "parameters": {"max_tokens": 5}}]
    files = {
        "w/workload.yaml": json.dumps(declaration(**{"targets": targets, **changes})).encode(),
        "w/cases.jsonl": json.dumps(case(1)).encode(),
    }
    return load_workload(MemoryFolder(MemoryArtifacts(files=files), "w"))


def test_the_models_of_a_request_take_the_place_of_the_targets_and_are_asked_live() -> None:
    workload = retargeted(loaded(), ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"]).workload

    assert [target.model for target in workload.targets] == ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"]
    assert {target.answers for target in workload.targets} == {"live"}
    assert workload.parameters_of(workload.targets[0]) == workload.source.parameters


def test_a_request_without_models_measures_the_declared_ones() -> None:
    declared = loaded()

    assert retargeted(declared, []) is declared


def test_a_model_that_is_kin_of_a_judge_is_refused_in_words() -> None:
    with pytest.raises(InvalidWorkloadError, match=r"targets of the request: scorers\[0\]"):
        retargeted(loaded(scorers=[JUDGED], gates=[]), ["amazon.nova-lite-v1:0"])


def test_more_models_than_a_run_takes_are_refused_in_words() -> None:
    with pytest.raises(InvalidWorkloadError, match=r"targets of the request: .*20"):
        retargeted(loaded(), [f"amazon.nova-{number}-v1:0" for number in range(21)])
