"""The scorer of instructions whose following a program can verify."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from brainswap.core.scoring.specs.base import BaseSpec


class Instruction(BaseModel):
    """One instruction: its ``id`` as in IFEval, and beside it the arguments of that id."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    id: str = Field(min_length=1)


class InstructionsSpec(BaseSpec):
    """The answer follows every verifiable instruction, as IFEval defines them (Zhou et al. 2023, arXiv:2311.07911).

    Attributes:
        instructions: the same for every case; where left out, the reference names those of its case:
            ``{instruction_id_list: […], kwargs: […]}`` as in IFEval's data.
        partial: the score is the share of the instructions that are followed, instead of 1 for all and 0 otherwise.
        loose: an instruction also counts as followed where the answer follows it without its first line, without its
            last, without both, or any of these without asterisks.
    """

    type: Literal["instructions"]
    instructions: tuple[Instruction, ...] | None = Field(default=None, min_length=1)
    partial: bool = False
    loose: bool = False
