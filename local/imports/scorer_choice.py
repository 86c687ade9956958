"""Which scorer fits what a data set says is right."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.choice import label_problem
from brainswap.core.scoring.scorers import reference_problem
from brainswap.core.scoring.specs import ContainsSpec, LabelSpec, NumberSpec, ScorerSpec
from local.imports.account import Unmapped

_SPEC: TypeAdapter[ScorerSpec] = TypeAdapter(ScorerSpec)
_NUMBER = NumberSpec(name="correct", type="number")
_NUMERIC = re.compile(r"\W{0,3}\d[\d.,'\u00a0/ eE+-]{0,60}\W{0,3}")
_TEXT = ContainsSpec(name="correct", type="contains")
_MOST_LABELS = 40
_LONGEST_LABEL = 60
_CASES_PER_LABEL = 3
_SHORT = 120  # characters; an answer can be expected to repeat them
_TELLING = 4  # characters; fewer stand in nearly every answer
_ENOUGH = 0.9
OVERLAP: Mapping[str, Any] = {"name": "overlap", "type": "rouge"}
ANYTHING: Mapping[str, Any] = {"name": "answered", "type": "regex", "pattern": r"\S"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Scorers as a workload declares them.

    Attributes:
        specs: those that compare with a reference, which every case then needs.
        unmapped: what the scorers leave open.
    """

    scorers: tuple[Mapping[str, Any], ...]
    specs: tuple[ScorerSpec, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()

    def problem(self, reference: Any) -> str | None:
        """Why a case cannot be scored, in a clause that counts its like."""
        if not self.specs:
            return None
        if reference is None:
            return "no reference"
        unusable = any(reference_problem(spec, reference) for spec in self.specs)
        return "a reference that the scorer cannot use" if unusable else None


class References:
    """Looks at references one by one; its memory is bounded."""

    def __init__(self) -> None:
        self._cases = 0
        self._given = 0
        self._objects = 0
        self._numbers = 0
        self._short = 0
        self._terse = 0
        self._labels: Counter[str] = Counter()
        self._spelling: dict[str, str] = {}
        self._label_like = True

    def add(self, reference: Any) -> None:
        self._cases += 1
        if isinstance(reference, dict) and reference:
            self._given += 1
            self._objects += 1
            return
        if reference_problem(_TEXT, reference) is not None:
            return
        self._given += 1
        members = reference if isinstance(reference, list) else [reference]
        texts = [as_text(member).strip() for member in members]
        self._numbers += _is_number(reference)
        self._short += all(0 < len(text) <= _SHORT and "\n" not in text for text in texts)
        self._terse += any(len(text) < _TELLING for text in texts)
        self._note_label(texts)

    def choice(self, place: str, *, verbatim: bool) -> Choice:
        """The scorers for these references.

        Args:
            place: for the account.
            verbatim: whether references are answers word by word, such as a model was trained to give.
        """
        if self._given * 2 <= self._cases:
            return _no_references(place, some=self._given > 0)
        enough = _ENOUGH * self._given
        if self._objects >= enough:
            return _choice({"name": "fields", "type": "json", "strict": False})
        if self._numbers >= enough:
            return _choice({"name": "correct", "type": "number", "extract": {"last_number": True}})
        labels = self._usable_labels()
        if labels is not None:
            return _choice({"name": "label", "type": "label", "labels": list(labels)})
        if self._short >= enough:
            exact = verbatim or self._terse > 0
            return _choice({"name": "correct", "type": "exact" if exact else "contains", "ignore_case": True})
        return _prose(place)

    def _note_label(self, texts: list[str]) -> None:
        if len(texts) != 1 or len(self._labels) > _MOST_LABELS or not 0 < len(texts[0]) <= _LONGEST_LABEL:
            self._label_like = False
        elif self._label_like:
            self._labels[texts[0].casefold()] += 1
            self._spelling.setdefault(texts[0].casefold(), texts[0])

    def _usable_labels(self) -> tuple[str, ...] | None:
        labels = tuple(self._spelling[label] for label in sorted(self._labels))
        if not self._label_like or not 2 <= len(labels) <= _MOST_LABELS:  # noqa: PLR2004 - something to choose from
            return None
        if self._labels.total() < _CASES_PER_LABEL * len(labels):
            return None
        spec = LabelSpec(name="label", type="label", labels=labels)
        unusable = label_problem(spec) is not None or any(reference_problem(spec, label) for label in labels)
        return None if unusable else labels


def _choice(scorer: Mapping[str, Any]) -> Choice:
    return Choice(scorers=(scorer,), specs=(_SPEC.validate_python(dict(scorer)),))


def _no_references(place: str, *, some: bool) -> Choice:
    what = "right answers: most cases say none" if some else "right answers: nobody said what right is"
    remedy = "Add a `reference` to the cases and a scorer that compares with it, or a judge with a rubric."
    return Choice(scorers=(ANYTHING,), unmapped=(Unmapped(place=place, what=what, remedy=remedy),))


def _prose(place: str) -> Choice:
    what = "whether an answer means what its reference means: the references are prose, and `overlap` compares words"
    remedy = "Declare a scorer of type `factuality` or `rubric`, with a model that judges."
    return replace(_choice(OVERLAP), unmapped=(Unmapped(place=place, what=what, remedy=remedy),))


def _is_number(reference: Any) -> bool:
    """Whether a reference is nothing but a number; a text that merely holds one is not."""
    return bool(_NUMERIC.fullmatch(as_text(reference).strip()[:_SHORT])) and (
        reference_problem(_NUMBER, reference) is None
    )
