"""Whether a run asks on demand or by batch jobs."""

from brainswap.core.calls import Inference
from brainswap.core.declared_gates import AtMost
from brainswap.core.money.costs import rates_of
from brainswap.core.money.resolution import base_model, find_prices
from brainswap.core.workload import DeclaredModel, Workload

FEWEST_CASES = 1_000  # below which waiting for a batch job saves hardly any money
FEWEST_RECORDS = 100  # Bedrock's minimum of a batch job, for most models


def chosen_inference(workload: Workload, *, test_cases: int, available: bool = True, rounds: bool = False) -> Inference:
    """What the workload says; with ``auto``, batch jobs where they measure all that the gates need, at half the price.

    Args:
        workload: as declared.
        test_cases: that every contender answers.
        available: whether there can be batch jobs at all where the run is; none goes through a guardrail.
        rounds: whether a case may take several requests, each of which depends on the answer to the one before, as it
            always does where the prompt is a chain.
    """
    one_by_one = rounds or bool(workload.step_names)
    if not available or one_by_one or workload.guardrail is not None or test_cases * workload.repeats < FEWEST_RECORDS:
        return "on_demand"
    if workload.inference != "auto":
        return workload.inference
    needs_latency = any(isinstance(gate, AtMost) and gate.measure != "cost" for gate in workload.gates)
    live = {slot: declared for slot, declared in workload.slots.items() if declared.answers == "live"}
    if needs_latency or test_cases < FEWEST_CASES or not live:
        return "on_demand"
    if any(base_model(declared.model) is None for declared in live.values()):
        return "on_demand"
    found = find_prices(workload, inference=dict.fromkeys(live, "batch"), region=None)
    priced = all(
        finding.price is not None and not isinstance(rates_of(finding.price, inference="batch", tier=None), str)
        for slot, finding in found.items()
        if slot in live
    )
    return "batch" if priced else "on_demand"


def inference_of(declared: DeclaredModel, chosen: Inference) -> Inference:
    """How one model is asked in a run: only live models on Bedrock can be asked by batch jobs."""
    return chosen if declared.answers == "live" and base_model(declared.model) is not None else "on_demand"


def way_of(model: str, workload: Workload, chosen: Inference) -> Inference:
    """How a model is asked by all that ask it: ``batch`` only where nobody asks it anything outside of batches.

    A search asks its target one by one, whoever makes the proposals.
    """
    answering = [declared for declared in workload.slots.values() if declared.model == model]
    improving = bool({"rewrite", "optimise"} & set(workload.improve.methods))
    if improving and any(target.model == model for target in workload.targets):
        return "on_demand"
    others = [judge.model for judge in workload.judges.values()] + list(workload.embedding_models)
    if workload.improver is not None:
        others.append(workload.improver.model)
    in_batches = [inference_of(declared, chosen) == "batch" for declared in answering]
    return "batch" if in_batches and all(in_batches) and model not in others else "on_demand"
