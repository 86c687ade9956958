"""What a scorer expects of an answer, taken out of a case's reference."""

from collections.abc import Mapping, Sequence
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.quoting import quote


class UnusableReferenceError(ValueError):
    """A scorer cannot work with a case's reference; the message says why, in a clause."""


def follow(value: Any, path: Sequence[str]) -> Any:
    """Go down into mappings by key and into lists by index.

    Raises:
        LookupError: there is nothing at ``path``.
    """
    for step in path:
        if isinstance(value, Mapping):
            value = value[step]
        elif isinstance(value, list | tuple) and step.isdecimal():
            value = value[int(step)]
        else:
            raise LookupError(step)
    return value


def at_path(reference: Any, path: str | None) -> Any:
    """The part of a reference that a scorer looks at; the whole where ``path`` is None.

    Raises:
        UnusableReferenceError: there is nothing at ``path``.
    """
    if path is None:
        return reference
    try:
        return follow(reference, path.split("."))
    except LookupError:
        raise UnusableReferenceError(f"the reference has nothing at {quote(path)}") from None


def is_missing(reference: Any, path: str | None) -> bool:
    """Whether a reference has nothing, or null, at ``path``."""
    try:
        return at_path(reference, path) is None
    except UnusableReferenceError:
        return True


def texts(reference: Any) -> tuple[str, ...]:
    """The texts any of which is right: the reference, or each member of a list.

    Raises:
        UnusableReferenceError: there are none, or one of them is structured.
    """
    members = reference if isinstance(reference, list | tuple) else (reference,)
    if not members or any(member is None for member in members):
        raise UnusableReferenceError("the reference is missing")
    if any(isinstance(member, Mapping | list | tuple) for member in members):
        raise UnusableReferenceError("the reference is structured; name the part to compare with 'reference'")
    return tuple(as_text(member).strip() for member in members)
