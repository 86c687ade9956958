from typing import Any

import pytest

from brainswap.core.inference import chosen_inference, inference_of, way_of
from brainswap.core.workload import DeclaredModel, Workload
from tests.fakes.runs import declaration

SOURCE = "anthropic.claude-haiku-4-5-20251001-v1:0"
TARGET = "amazon.nova-lite-v1:0"
LATENCY = {"measure": "latency_p95", "rule": "at_most", "ratio": 1.2}
COST = {"measure": "cost", "rule": "at_most", "ratio": 1.2}


def workload(**changes: Any) -> Workload:
    return Workload.model_validate(
        declaration(**{"inference": "auto", "source": {"model": SOURCE}, "targets": [{"model": TARGET}], **changes})
    )


@pytest.mark.parametrize("gates", [[], [COST]])
def test_a_large_run_that_needs_no_latency_is_asked_in_batches(gates: list[Any]) -> None:
    assert chosen_inference(workload(gates=gates), test_cases=1_000) == "batch"


@pytest.mark.parametrize(
    ("changes", "cases"),
    [
        ({}, 999),
        ({"gates": [LATENCY]}, 1_000),
        ({"targets": [{"model": "openai:gpt-5-mini"}]}, 1_000),
        ({"targets": [{"model": "amazon.nobody-knows-v1:0"}]}, 1_000),
        ({"source": {"model": "anthropic.claude-3-haiku-20240307-v1:0"}}, 1_000),  # no batch price is known
        (
            {
                "source": {"model": SOURCE, "answers": "recorded"},
                "targets": [{"model": TARGET, "answers": "recorded"}],
            },
            1_000,
        ),
    ],
)
def test_anything_else_is_asked_on_demand(changes: dict[str, Any], cases: int) -> None:
    assert chosen_inference(workload(**changes), test_cases=cases) == "on_demand"


def test_a_price_of_the_workload_is_a_known_one() -> None:
    price = {"input": "1", "output": "2", "batch_input": "0.5", "batch_output": "1"}
    unknown = "amazon.nobody-knows-v1:0"

    chosen = chosen_inference(workload(targets=[{"model": unknown}], prices={unknown: price}), test_cases=1_000)

    assert chosen == "batch"


def test_what_a_workload_says_is_done_where_it_can_be() -> None:
    wanted = workload(inference="batch", gates=[LATENCY])

    assert chosen_inference(wanted, test_cases=100) == "batch"
    assert chosen_inference(wanted, test_cases=99) == "on_demand"
    assert chosen_inference(wanted, test_cases=100, available=False) == "on_demand"
    assert chosen_inference(workload(inference="batch", repeats=2), test_cases=50) == "batch"


@pytest.mark.parametrize(
    ("declared", "inference"),
    [
        ({"model": TARGET}, "batch"),
        ({"model": TARGET, "answers": "recorded"}, "on_demand"),
        ({"model": "openai:gpt-5-mini"}, "on_demand"),
    ],
)
def test_only_live_models_on_bedrock_are_asked_in_batches(declared: dict[str, Any], inference: str) -> None:
    assert inference_of(DeclaredModel.model_validate(declared), "batch") == inference
    assert inference_of(DeclaredModel.model_validate(declared), "on_demand") == "on_demand"


JUDGED = {
    "name": "good",
    "type": "rubric",
    "judge": {"model": TARGET},
    "judge_may_be_related": True,
    "criteria": [{"name": "kind", "question": "Is it kind?"}],
}


@pytest.mark.parametrize(
    ("changes", "source", "target"),
    [
        ({}, "batch", "batch"),
        ({"improve": {"methods": ["translate"]}}, "batch", "batch"),
        ({"improve": {"methods": ["optimise"]}}, "batch", "on_demand"),
        ({"scorers": [JUDGED], "gates": [COST]}, "batch", "on_demand"),
        ({"source": {"model": SOURCE, "answers": "recorded"}}, "on_demand", "batch"),
    ],
)
def test_a_model_that_somebody_asks_one_by_one_is_not_asked_in_batches_alone(
    changes: dict[str, Any], source: str, target: str
) -> None:
    wanted = workload(**changes)

    assert (way_of(SOURCE, wanted, "batch"), way_of(TARGET, wanted, "batch")) == (source, target)
    assert {way_of(model, wanted, "on_demand") for model in (SOURCE, TARGET)} == {"on_demand"}
