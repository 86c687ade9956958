"""How a workload declares its prompt: one call, or the steps of a chain, in place or in files."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from brainswap.core.calls import Thinking
from brainswap.core.declared_models import ChosenTool, Declared, DeclaredTool, Parameters
from brainswap.core.prompts.template import Take
from brainswap.core.scoring.specs import Extract

MOST_STEPS = 20  # of a chain


class InFile(Declared):
    """Text that lives in a file of the workload's folder."""

    file: str = Field(min_length=1)


Text = str | InFile


class DeclaredMessage(Declared):
    """One turn of a prompt."""

    role: Literal["user", "assistant", "system"]
    content: Text


class CaseTurns(Declared):
    """Where the earlier turns that a case brings come; without it, before the last turn of the user."""

    case: Literal["messages"]


def _kind_of_turn(turn: Any) -> str:
    return "case" if isinstance(turn, CaseTurns) or (isinstance(turn, dict) and "case" in turn) else "turn"


DeclaredTurn = Annotated[
    Annotated[DeclaredMessage, Tag("turn")] | Annotated[CaseTurns, Tag("case")], Discriminator(_kind_of_turn)
]


class DeclaredOutput(Declared):
    """The JSON that the application expects.

    Attributes:
        json_schema: ``schema`` in the file: JSON Schema in place, or the file that holds it.
    """

    json_schema: InFile | dict[str, Any] = Field(alias="schema")


class DeclaredCall(Declared):
    """What one call of a model is told: ``system`` and ``user``, or ``messages``; with tools and a form of answer."""

    system: Text | None = None
    user: Text | None = None
    messages: tuple[DeclaredTurn, ...] | None = Field(default=None, min_length=1)
    tools: InFile | tuple[DeclaredTool, ...] | None = None
    output: DeclaredOutput | None = None

    def _require_one_place_for_turns(self) -> None:
        if sum(isinstance(turn, CaseTurns) for turn in self.messages or ()) > 1:
            raise ValueError("the turns of a case can come in one place only; keep one of `{case: messages}`")


class StepParameters(Declared):
    """In what a step is asked otherwise than the model's parameters say; what is left out is as they say."""

    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    stop_sequences: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    thinking: Thinking = "off"
    tool_choice: Literal["auto", "any"] | ChosenTool | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if "max_tokens" in self.model_fields_set and self.max_tokens is None:
            raise ValueError("max_tokens is a number; leave it out for that of the model")
        return self

    def over(self, parameters: Parameters) -> Parameters:
        """The parameters with those of the step in their places."""
        return parameters.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class DeclaredStep(DeclaredCall):
    """One call of a chain.

    Attributes:
        name: by which later steps, scorers and reports call it: ``{{steps.NAME}}`` is its answer.
        parameters: in what it is asked otherwise than the model's own.
        fields: parts of its answer that later steps may use, as ``{{steps.NAME.FIELD}}``.
        takes: what else of a case goes with it beside the input: by default everything with the last step, and nothing
            with those before it.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    parameters: StepParameters | None = None
    fields: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")], Extract] = Field(default_factory=dict)
    takes: tuple[Take, ...] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.user is None) == (self.messages is None):
            raise ValueError("give either user or messages")
        self._require_one_place_for_turns()
        return self


class DeclaredPrompt(DeclaredCall):
    """A prompt as written: ``system`` and ``user``, or ``messages``; with tools and a form of the answer, if any.

    Attributes:
        steps: instead of all of these, of an application that asks several times in a row about each case: what it
            asks, in order; the answer to the last one is the application's answer.
    """

    steps: tuple[DeclaredStep, ...] | None = Field(default=None, min_length=2, max_length=MOST_STEPS)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.steps is not None:
            beside = [name for name in DeclaredCall.model_fields if getattr(self, name) is not None]
            if beside:
                raise ValueError(f"give either steps or {', '.join(beside)}: each step has its own")
            return self
        if self.user is None and self.messages is None:
            raise ValueError("give user or messages, or the steps of a chain")
        if self.user is not None and self.messages is not None:
            raise ValueError("give either user or messages")
        self._require_one_place_for_turns()
        return self

    def step(self, name: str) -> DeclaredStep | None:
        """The step of a name; None where there is none, as in a prompt that is one call."""
        return next((step for step in self.steps or () if step.name == name), None)
