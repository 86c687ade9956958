"""How a job of Advanced Prompt Optimization is told to score answers: as the workload says, or as its scorers do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brainswap.core.declared_rewriting import OptimizationJob
from brainswap.core.scoring.specs import ClosedQaSpec, FactualitySpec, PairwiseSpec, RubricSpec, ScorerSpec

LABEL = "workload"
MOST_CRITERIA = 5
LONGEST_CRITERION = 500

_IN_FORM = "The response gives exactly what the reference response gives, in exactly the form that the prompt asks for."
_FACTS = "The facts of the response are those of the reference response."
_WORDING = "The response says what the reference response says."
_BY_REFERENCE = frozenset(
    {
        "exact",
        "label",
        "choice",
        "number",
        "json",
        "list",
        "contains",
        "contains_any",
        "contains_all",
        "starts_with",
        "regex",
    }
)
_BY_WORDING = frozenset({"levenshtein", "rouge", "bleu", "similarity"})


def scoring_fields(job: OptimizationJob, scorers: Sequence[ScorerSpec]) -> Mapping[str, Any]:
    """The fields of a job's record; none of them where the service's own judge is as good as any.

    A job takes exactly one way of scoring, and refuses two.
    """
    if job.function is not None:
        return {"evaluationMetricLambdaArn": job.function, "customEvaluationMetricLabel": LABEL}
    if job.judge is not None:
        judge = {"customLLMJPrompt": job.judge.instructions, "customLLMJModelId": job.judge.model}
        return {"customLLMJConfig": judge, "customEvaluationMetricLabel": LABEL}
    criteria = list(job.steering or dict.fromkeys(_criteria(scorers)))
    return {"steeringCriteria": criteria[:MOST_CRITERIA]} if criteria else {}


def _criteria(scorers: Sequence[ScorerSpec]) -> Iterator[str]:
    for spec in scorers:
        match spec:
            case RubricSpec():
                yield from (criterion.wording[:LONGEST_CRITERION] for criterion in spec.criteria)
            case ClosedQaSpec() | PairwiseSpec():
                yield spec.criterion[:LONGEST_CRITERION]
            case FactualitySpec():
                yield _FACTS
            case _ if spec.type in _BY_REFERENCE:
                yield _IN_FORM
            case _ if spec.type in _BY_WORDING:
                yield _WORDING
