"""The workloads of an account, kept as records."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from brainswap.core.errors import InvalidRequestError
from brainswap.core.registering.registration import InForce, Registration, put_in_force
from brainswap.core.wording import printable
from brainswap.ports import Record, Records

LIST = "WORKLOADS"
CURRENT = "CURRENT"
VERSION = "VERSION#"

T = TypeVar("T")

_log = logging.getLogger(__name__)


@cache
def form(type_: type[T]) -> "TypeAdapter[T]":
    """How a type is kept as the facts of a record; made when it is first needed, for it takes some milliseconds."""
    return TypeAdapter(type_)


def facts_of(value: Any) -> dict[str, Any]:
    """A dataclass as the facts of a record."""
    kind: Any = type(value)
    facts: dict[str, Any] = form(kind).dump_python(value, mode="json")
    return facts


def group_of(workload: str) -> str:
    """The records of one workload."""
    return f"WORKLOAD#{workload}"


class Registry:
    """Versions of workloads, and which are in force."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def in_force(self) -> list[InForce]:
        """Every workload with its version in force, by name.

        One whose record another version of the code wrote, and this one does not understand, is left out and logged:
        the others do not wait for it.
        """
        found = []
        for record in self._records.all(LIST):
            try:
                found.append(_in_force(record))
            except InvalidRequestError as error:
                _log.error("left out: %s", error)
        return found

    def current(self, workload: str) -> InForce | None:
        """The version in force; None where there is none.

        Raises:
            InvalidRequestError: the record is not understood.
        """
        record = self._records.find(group_of(workload), CURRENT)
        return None if record is None else _in_force(record)

    def version(self, workload: str, version: str) -> Registration | None:
        """None where it was never uploaded, and where another version of the code wrote what is not understood."""
        record = self._records.find(group_of(workload), VERSION + version)
        return None if record is None else _registration(record)

    def versions(self, workload: str) -> Iterator[Registration]:
        """Every version that was uploaded, the last one first."""
        found = [
            one
            for record in self._records.all(group_of(workload))
            if record.key.startswith(VERSION) and (one := _registration(record)) is not None
        ]
        yield from sorted(found, key=lambda one: (one.whole_at, one.version), reverse=True)

    def register(self, candidate: Registration) -> InForce | None:
        """Keep a version, and put it in force unless a later one is; what is in force then, None where nothing is.

        Whatever runs at the same time, and however often it is called with the same, the outcome is the same.
        """
        self._keep_version(candidate)
        for group, key in ((group_of(candidate.workload), CURRENT), (LIST, candidate.workload)):
            self._put_in_force(group, key, candidate)
        return self.current(candidate.workload)

    def told(self, registration: Registration) -> None:
        """Note that those who want to know of this upload have been told."""
        group, key = group_of(registration.workload), VERSION + registration.version
        while True:
            record = self._records.find(group, key)
            if record is None or record.facts["upload"] != registration.upload:
                return  # another upload came, of which others tell
            facts = facts_of(replace(registration, told=True))
            if self._records.keep(group, key, facts, over=record.revision):
                return

    def _keep_version(self, candidate: Registration) -> None:
        group, key = group_of(candidate.workload), VERSION + candidate.version
        while True:
            record = self._records.find(group, key)
            known = None if record is None else _registration(record)
            if known is not None and (known.upload == candidate.upload or known.whole_at > candidate.whole_at):
                return
            if self._records.keep(group, key, facts_of(candidate), over=record.revision if record else None):
                return

    def _put_in_force(self, group: str, key: str, candidate: Registration) -> None:
        while True:
            record = self._records.find(group, key)
            then = put_in_force(None if record is None else _readable(record), candidate)
            if then is None:
                return
            if self._records.keep(group, key, facts_of(then), over=record.revision if record else None):
                return


def _in_force(record: Record) -> InForce:
    try:
        understood: InForce = form(InForce).validate_python(record.facts)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        name = printable(str(record.facts.get("workload")))
        raise InvalidRequestError(
            f"what is in force of the workload {name} is not understood ({printable(wrong, limit=300)}); push it again"
        ) from None
    return understood


def _readable(record: Record) -> InForce | None:
    """What is in force; None where that is not understood, so that whatever comes next takes its place."""
    try:
        return _in_force(record)
    except InvalidRequestError as error:
        _log.error("replaced: %s", error)
        return None


def _registration(record: Record) -> Registration | None:
    """A version; None where that is not understood, so that whatever comes next takes its place."""
    try:
        registration: Registration = form(Registration).validate_python(record.facts)
    except ValidationError:
        _log.error("left out: the record of %s", printable(record.key))
        return None
    return registration
