"""The scorer that reads one of a closed set of labels out of an answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.extraction import SEARCHED
from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import UnusableReferenceError
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import LabelSpec

_AROUND = " \t\r\n\f\v\u00a0\"'`\u00b4“”„\u2018\u2019«»*_~.,;:!?()[]{}<>|\\"
_NAMED = 5  # labels that a reason lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The labels, ready to be found.

    Attributes:
        whole: label by folded spelling, with and without the punctuation around it.
        anywhere: matches a label as a whole word or phrase, the longest first.
    """

    whole: dict[str, str]
    anywhere: re.Pattern[str]

    def label_of(self, text: str) -> str | None:
        """The label that a text is, apart from case and from quotes, punctuation and markup around it."""
        folded = text.strip().casefold()
        return self.whole.get(folded) or self.whole.get(_bare(folded))

    def labels_in(self, folded: str) -> list[str]:
        """The different labels that a case-folded text names, in order; one inside a longer one is not counted."""
        found = (self.whole[match] for match in self.anywhere.findall(folded))
        return list(dict.fromkeys(found))


@cache
def vocabulary(labels: tuple[str, ...]) -> Vocabulary:
    exact = {label.strip().casefold(): label for label in labels}
    bare = {_bare(folded): label for folded, label in exact.items() if _bare(folded)}
    longest_first = sorted(exact, key=len, reverse=True)
    # A hyphen joins words: "non-spam" does not name "spam".
    anywhere = rf"(?<!\w)(?<!\w-)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)(?!-\w)"
    return Vocabulary(whole=bare | exact, anywhere=re.compile(anywhere))


def label_problem(spec: LabelSpec) -> str | None:
    if any(not label.strip() for label in spec.labels):
        return "labels holds a blank one"
    folded = [label.strip().casefold() for label in spec.labels]
    twice = sorted({label for label in folded if folded.count(label) > 1})
    if twice:
        return f"labels holds {', '.join(map(quote, twice))} more than once, apart from case"
    return None


def label_expected(spec: LabelSpec, reference: Any) -> str:
    if reference is None:
        raise UnusableReferenceError("the reference is missing")
    label = vocabulary(spec.labels).whole.get(as_text(reference).strip().casefold())
    if label is None:
        raise UnusableReferenceError(f"the reference {quote(as_text(reference))} is not one of the labels")
    return label


def compile_label(spec: LabelSpec) -> Callable[[str, str], Score]:
    known = vocabulary(spec.labels)

    def compare(text: str, expected: str) -> Score:
        said = text.replace("\\_", "_")  # as Markdown writes an underscore
        label = known.label_of(said)
        labels = [label] if label else known.labels_in(said[:SEARCHED].casefold())
        if not labels:
            part = f" in its first {SEARCHED:,} characters" if len(said) > SEARCHED else ""
            return Score(value=0.0, reason=f"{quote(text)} names none of the labels{part}")
        if len(labels) > 1:
            named = ", ".join(map(quote, labels[:_NAMED]))
            return Score(value=0.0, reason=f"the answer names {len(labels)} different labels: {named}")
        verb = "is" if labels[0] == expected else "is not"
        return Score(
            value=float(labels[0] == expected),
            reason=f"{quote(labels[0])} {verb} {quote(expected)}",
            extracted=labels[0],
        )

    return compare


def _bare(folded: str) -> str:
    return folded.strip(_AROUND)


FAMILIES: Mapping[str, Family] = {
    "label": TextFamily(problem=label_problem, expected=label_expected, compile=compile_label),
}
