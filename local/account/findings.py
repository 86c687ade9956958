"""What a look at a machine, an account or a deployed stack found, and what to do about it."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from brainswap.core.wording import printable

Weight = Literal["blocks", "warns", "unknown"]

_LONG = 600
_SIGNS: dict[Weight, str] = {"blocks": "✗", "warns": "!", "unknown": "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        weight: whether nothing can be deployed with it, whether something will be missing, or whether it could not be
            found out.
        about: what was looked at, in two or three words.
        remedy: what to do, as a sentence.
    """

    weight: Weight
    about: str
    wrong: str
    remedy: str


def lines_of(findings: Iterable[Finding]) -> Iterator[str]:
    """For people: what blocks first."""
    order = list(_SIGNS)
    for each in sorted(findings, key=lambda finding: order.index(finding.weight)):
        yield f"{_SIGNS[each.weight]} {each.about}: {printable(each.wrong, _LONG)}"
        yield f"  {printable(each.remedy, _LONG)}"


def documents_of(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """For machines."""
    return [dataclasses.asdict(each) for each in findings]
