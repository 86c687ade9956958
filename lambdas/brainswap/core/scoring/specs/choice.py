"""Scorers of one out of a closed set, and of several out of an open one."""

from typing import Literal

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec


class LabelSpec(BaseSpec):
    """The answer names exactly one of ``labels``, and it is the reference."""

    type: Literal["label"]
    labels: tuple[str, ...] = Field(min_length=2)


class ChoiceSpec(BaseSpec):
    """The answer to a multiple-choice question chooses the reference's letter.

    Attributes:
        choices: the letters that there are, as a range (``A-J``) or one by one (``ABCD``).
        options: the case's input that holds the options, as text with a letter before each, as a list, or by letter;
            with it, the reference and the answer may be the text of an option as well as its letter.
    """

    type: Literal["choice"]
    choices: str = Field(default="A-J", pattern=r"^([A-Z]-[A-Z]|[A-Z]{2,26})$")
    options: str | None = None


class ListSpec(BaseSpec):
    """The answer is a list, and its items are those of the reference.

    Attributes:
        ordered: compare position by position; where it is false, what is there once counts like what is there twice.
        measure: the share of the answer's items that are right (``precision``), the share of the reference's that are
            found (``recall``), or their harmonic mean (``f1``).
    """

    type: Literal["list"]
    ordered: bool = False
    ignore_case: bool = False
    measure: Literal["f1", "precision", "recall"] = "f1"
