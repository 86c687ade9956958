"""Rights that some function holds and the migration on the template does not use, and when they are needed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seldom:
    """A right that is needed for what seldom happens.

    Attributes:
        when: it is needed.
        by: the states, or the functions that events invoke, that may leave it unused; all where there is None.
    """

    when: str
    by: frozenset[str] | None = None

    def spares(self, state: str) -> bool:
        """Whether the function of a state may leave the right unused."""
        return self.by is None or state in self.by


def _by(*states: str) -> frozenset[str]:
    return frozenset(states)


_ASKING = _by("Rewrite", "Optimise", "Answer", "Judge", "JudgeSample")
_MOVING = _by("BeginRollout", "Step", "RollBack", "Retreat", "Recover")
_RETURNING = _by("BeginRollout", "RollBack", "Retreat", "Recover")

SELDOM: Mapping[str, Seldom] = {
    "appconfig:CreateConfigurationProfile": Seldom(
        when="an application is rolled out for the first time", by=_MOVING - {"BeginRollout"}
    ),
    "appconfig:CreateHostedConfigurationVersion": Seldom(
        when="traffic goes back to what it was", by=_RETURNING - {"BeginRollout"}
    ),
    "appconfig:StopDeployment": Seldom(when="a deployment of routes is under way when another begins", by=_MOVING),
    "bedrock:GetInferenceProfile": Seldom(
        when="a model is an application's own inference profile", by=_RETURNING | {"Prepare", "Watch"}
    ),
    "bedrock:ListFoundationModels": Seldom(when="traffic goes back to a model that may be gone", by=_RETURNING),
    "bedrock:ListInferenceProfiles": Seldom(when="traffic goes back to a model that may be gone", by=_RETURNING),
    "bedrock:StopAdvancedPromptOptimizationJob": Seldom(
        when="a run breaks off, or a job takes too long", by=_by("Rewrite", "Resume")
    ),
    "bedrock:StopModelInvocationJob": Seldom(
        when="a run breaks off, or there is no money for a job", by=_by("Submit", "Collect", "Resume")
    ),
    "dynamodb:BatchWriteItem": Seldom(when="many answers are kept at once", by=_ASKING),
    "dynamodb:DeleteItem": Seldom(
        when="a claim on a question is given back without an answer", by=_ASKING | {"Collect"}
    ),
    "dynamodb:GetItem": Seldom(when="a contender was stopped, or money runs short", by=_ASKING),
    "dynamodb:PutItem": Seldom(when="a question is claimed", by=_ASKING | {"Collect"}),
    "events:PutEvents": Seldom(
        when="traffic is held or goes back, or what models there are changes", by=_by("Analyse", "Watch")
    ),
    "s3:AbortMultipartUpload": Seldom(when="an upload in parts breaks off"),
    "s3:ListBucket": Seldom(when="a file is missing, which S3 would otherwise call forbidden"),
    "s3:PutObject": Seldom(when="a judgement is too long for the table of answers", by=_by("JudgeSample")),
    "secretsmanager:GetSecretValue": Seldom(when="a model of another provider has a key"),
    "servicequotas:ListAWSDefaultServiceQuotas": Seldom(when="the account has no quota of its own", by=_by("Prepare")),
    "states:SendTaskSuccess": Seldom(
        when="a task of the machine waits for a job or a person", by=_by("Submit", "Approve")
    ),
}


def rows(seldom: Mapping[str, Seldom] = SELDOM) -> Iterator[str]:
    """The lines of a table: right and occasion."""
    yield "| right | needed when |"
    yield "|---|---|"
    for right, each in seldom.items():
        yield f"| `{right}` | {each.when} |"


def unneeded(state: str, unused: Iterable[str]) -> set[str]:
    """Of the rights that a function has not used, those that nothing is said of."""
    return {right for right in unused if right not in SELDOM or not SELDOM[right].spares(state)}
