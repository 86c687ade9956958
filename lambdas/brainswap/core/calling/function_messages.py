"""What a customer's function is sent and what it has to answer; both closed, and versioned by ``schema``."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from brainswap.core.wording import printable

REQUEST = "brainswap.score-request/1"
ANSWER = "brainswap.score-answer/1"
LONGEST_REASON = 2_000  # characters

_NAMED = 3


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True, defer_build=True)


class CalledTool(_Message):
    """A tool that the model wanted called; ``arguments`` is the JSON text that it gave."""

    name: str
    arguments: str


class ScoreCase(_Message):
    """An answer to score. Who gave it is not told.

    Attributes:
        id: of the case; each once in a request.
        input: the values of the prompt's placeholders.
        reference: what is expected, or the part of it that the scorer names; null where there is nothing.
        answer: the text, or what the scorer takes out of it.
        tool_calls: in the order in which the model made them.
        stop_reason: why the model stopped, in its service's words.
        segment: the part of the traffic that the case belongs to.
        meta: whatever the owner keeps with the case.
    """

    id: str
    input: dict[str, Any]
    reference: Any = None
    answer: str
    tool_calls: list[CalledTool] = []
    stop_reason: str | None = None
    segment: str | None = None
    meta: Any = None


class ScoreRequest(_Message):
    """The event that the function is invoked with.

    Attributes:
        scorer: its name in the workload.
    """

    schema_: Literal["brainswap.score-request/1"] = Field(default="brainswap.score-request/1", alias="schema")
    scorer: str
    cases: list[ScoreCase]


class ScoredCase(_Message):
    """What the function says of an answer.

    Attributes:
        id: of the case.
        score: from 0 to 1; null where it cannot be said.
        reason: why, in a sentence for a person; a null score needs one.
    """

    id: str
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None
    reason: str | None = Field(default=None, max_length=LONGEST_REASON)

    @model_validator(mode="after")
    def _unscored_for_a_reason(self) -> Self:
        if self.score is None and not (self.reason or "").strip():
            raise ValueError("a null score needs a reason")
        return self


class ScoreAnswer(_Message):
    """What the function returns: one entry for each case that it can say something of, in any order."""

    schema_: Literal["brainswap.score-answer/1"] = Field(alias="schema")
    scores: list[ScoredCase]


class MisshapenAnswerError(ValueError):
    """A function's answer is none; the message says why, without what it holds."""


def request_text(scorer: str, cases: Sequence[ScoreCase]) -> str:
    """A request as JSON in ASCII."""
    request = ScoreRequest(scorer=scorer, cases=list(cases)).model_dump(mode="python", by_alias=True)
    return json.dumps(request, separators=(",", ":"))


def asked_ids(request: str) -> list[str]:
    """The cases that a request is about."""
    return [case["id"] for case in json.loads(request)["cases"]]


def read_scores(text: str | bytes, asked: Sequence[str]) -> Mapping[str, ScoredCase]:
    """By case; cases of which nothing is said are left out.

    Raises:
        MisshapenAnswerError: it does not fit `ScoreAnswer`, or speaks of other cases, or of one of them twice.
    """
    try:
        answer = ScoreAnswer.model_validate_json(text)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) or "(root)" for item in error.errors()})
        raise MisshapenAnswerError(f"it does not fit {ANSWER} at {_some(places)}") from None
    said = [scored.id for scored in answer.scores]
    if strange := sorted(set(said) - set(asked)):
        raise MisshapenAnswerError(f"it scores cases that were not asked about: {_some(strange)}")
    if len(set(said)) < len(said):
        twice = sorted({each for each in said if said.count(each) > 1})
        raise MisshapenAnswerError(f"it scores a case twice: {_some(twice)}")
    return {scored.id: scored for scored in answer.scores}


def message_schemas() -> Mapping[str, dict[str, Any]]:
    """JSON Schema of request and answer, by the name of the file that it is published in."""
    return {
        "score-request.schema.json": ScoreRequest.model_json_schema(by_alias=True, mode="serialization"),
        "score-answer.schema.json": ScoreAnswer.model_json_schema(by_alias=True),
    }


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(printable(name) for name in names[:_NAMED])}{more}"
