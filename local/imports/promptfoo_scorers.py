"""Scorers out of the assertions of tests: equal ones are one scorer, whose expectations are in the references."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from brainswap.core.scoring.scorers import reference_problem, spec_problem
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.wording import printable
from local.imports.notebook import Notebook
from local.imports.nunjucks import NotPlainError, filled_within
from local.imports.promptfoo_assertions import (
    REMEDIES,
    Read,
    Row,
    UnusableValueError,
    arrow,
    remedy_of,
    row_of,
)
from local.imports.promptfoo_files import JSON, SCHEME, YAML, Surroundings, UnreadableError, is_code
from local.imports.promptfoo_tests import Assertion, Test

MOST_SCORERS = 60
_SPEC: TypeAdapter[ScorerSpec] = TypeAdapter(ScorerSpec)
_KNOWN = frozenset({"value", "metric", "weight", "description"})
_TO_DO = "Each scorer is reported by itself; say in `gates` which of them decide."
_NAME = 50


class _UnmappedError(ValueError):
    """An assertion has no counterpart; the message says what a person can do."""


@dataclass(slots=True, kw_only=True)
class _Slot:
    """A scorer in the making.

    Attributes:
        spec: its settings, without what is expected.
        probe: the scorer with the expectation in the reference, to try references with.
        first: what the first case expects.
        same: whether all cases so far expect the same.
        cases: to which it applies.
        referred: whether references hold something for it, once that is settled.
    """

    name: str
    row: Row
    spec: Mapping[str, Any]
    probe: ScorerSpec
    first: Any
    same: bool = True
    cases: int = 0
    referred: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What an assertion wants of one case: the scorer's key and what is expected."""

    slot: _Slot
    expected: Any


class Scorers:
    """Goes over the tests twice: `survey` each, `settle`, then ask for the `reference` of each."""

    def __init__(self, files: Surroundings, notes: Notebook, judge: Mapping[str, Any]) -> None:
        self._files = files
        self._notes = notes
        self._judge = judge
        self._slots: dict[str, _Slot] = {}
        self._refused: dict[str, str] = {}
        self._names: set[str] = set()
        self._sets: dict[str, dict[str, Any]] = {}
        self._met: dict[str, str] = {}
        self._settled: set[str] = set()
        self._mapped: set[str] = set()
        self._tests = 0

    @property
    def judged(self) -> bool:
        """Whether a judge is needed."""
        return any(slot.row.judged for slot in self._slots.values())

    def survey(self, test: Test) -> None:
        """Take notice of a test's assertions."""
        self._tests += 1
        for wanted in self._wanted(test):
            slot = wanted.slot
            slot.same = slot.same and wanted.expected == slot.first
            slot.cases += 1

    def settle(self) -> list[dict[str, Any]]:
        """The scorers as a workload declares them, each of which is valid."""
        scorers = [self._final(slot) for slot in self._slots.values() if slot.cases]
        scorers.extend(self._sets.values())
        for place, word in self._met.items():
            if place not in self._settled:
                self._notes.name(place, f"assertion {word}", "No test that it belongs to could be taken along.")
        return scorers

    def reference(self, test: Test) -> dict[str, Any]:
        """What a case's reference holds, by scorer."""
        return {wanted.slot.name: wanted.expected for wanted in self._wanted(test) if wanted.slot.referred}

    def meet(self, assertion: Assertion) -> None:
        """An assertion is written somewhere, whether or not a test comes of it."""
        self._met.setdefault(assertion.place, printable(_word(assertion)))
        for member in assertion.members:
            self.meet(member)

    def _wanted(self, test: Test) -> Iterator[_Wanted]:
        seen: Counter[str] = Counter()
        for assertion in test.assertions:
            if assertion.word == "assert-set":
                found = [(member, self._one(member, test, seen)) for member in assertion.members]
                self._take_set(assertion, {each.slot.name: member for member, each in found if each is not None})
                yield from (each for _, each in found if each is not None)
            else:
                self._weigh(assertion)
                wanted = self._one(assertion, test, seen)
                if wanted is not None:
                    yield wanted

    def _one(self, assertion: Assertion, test: Test, seen: Counter[str]) -> _Wanted | None:
        word = _word(assertion)
        inherited = not assertion.place.startswith(test.place)
        in_part = inherited and assertion.place in self._mapped
        place = f"{assertion.place} for {test.place}" if in_part else assertion.place
        try:
            wanted = self._read(assertion, test, seen)
        except (NotPlainError, UnreadableError, UnusableValueError, _UnmappedError) as error:
            remedy = error.remedy if isinstance(error, UnreadableError) else str(error)
            if isinstance(error, NotPlainError):
                remedy = f"Write it without {printable(str(error))}."
            self._notes.name(place, f"assertion {printable(word)}", remedy)
            self._settled.add(assertion.place)
            return None
        self._settled.add(assertion.place)
        return wanted

    def _read(self, assertion: Assertion, test: Test, seen: Counter[str]) -> _Wanted | None:
        if "transform" in assertion.settings:
            raise _UnmappedError("Its answer is transformed by code; say with `extract` what is compared.")
        if assertion.word == "assert-set" or assertion.word in REMEDIES:
            raise _UnmappedError(remedy_of(assertion.word))
        value = self._value(assertion, test)
        row = row_of(assertion.word, value)
        if row is None:
            raise _UnmappedError(remedy_of(assertion.word))
        read = row.read(value, assertion.settings)
        spec = {"type": row.type, **row.fixed, **read.settings, **({"not": True} if assertion.inverted else {})}
        if row.judged:
            spec["judge"] = dict(self._judge)
        metric = assertion.settings.get("metric")
        key = json.dumps([_word(assertion), spec, str(metric)], sort_keys=True, default=str)
        seen[key] += 1
        if seen[key] > 1 and read.expected is None:
            self._note(assertion, row)
            return None  # the same twice
        slot = self._slot(f"{key} {seen[key]}", metric or _word(assertion), row, spec, read)
        expected = True if read.expected is None else read.expected
        problem = reference_problem(slot.probe, {slot.name: expected})
        if problem is not None:
            raise UnusableValueError(f"{problem[:1].upper()}{problem[1:]}.")
        self._note(assertion, row)
        return _Wanted(slot=slot, expected=expected)

    def _value(self, assertion: Assertion, test: Test) -> Any:
        value = filled_within(assertion.settings.get("value"), test.variables)
        if not isinstance(value, str) or not value.startswith(SCHEME):
            return value
        if is_code(value):
            raise _UnmappedError(REMEDIES["javascript"])
        path = self._files.path(value)
        return self._files.value(path) if path.suffix in (*YAML, *JSON) else self._files.text(path).strip()

    def _slot(self, key: str, called: Any, row: Row, spec: Mapping[str, Any], read: Read) -> _Slot:
        if key in self._refused:
            raise _UnmappedError(self._refused[key])
        if key not in self._slots:
            try:
                name = self._free_name(called)
                probe = _valid({"name": name, **spec, **row.referenced, "reference": name, "optional": True})
            except _UnmappedError as error:
                self._refused[key] = str(error)
                raise
            self._names.add(name)
            first = True if read.expected is None else read.expected
            self._slots[key] = _Slot(name=name, row=row, spec=spec, probe=probe, first=first)
        return self._slots[key]

    def _final(self, slot: _Slot) -> dict[str, Any]:
        everywhere = slot.cases == self._tests
        by_itself = slot.first is True and slot.row.alone and not slot.row.referenced
        if everywhere and slot.same:
            constant = {} if by_itself else slot.row.constant(slot.first) if slot.row.constant else None
            if constant is not None:
                declared = {"name": slot.name, **slot.spec, **constant}
                try:
                    _valid(declared)
                except _UnmappedError:
                    pass
                else:
                    slot.referred = False
                    return declared
        declared = {"name": slot.name, **slot.spec, **slot.row.referenced, "reference": slot.name}
        return declared if everywhere else {**declared, "optional": True}

    def _take_set(self, assertion: Assertion, members: Mapping[str, Assertion]) -> None:
        place = assertion.place
        self._settled.add(place)
        declared: dict[str, Any] = {
            "type": "set",
            "members": {name: _weight(member) for name, member in members.items()},
        }
        if isinstance(threshold := assertion.settings.get("threshold"), int | float):
            declared["threshold"] = threshold
        if assertion.inverted:
            declared["not"] = True
        key = json.dumps(declared, sort_keys=True, default=str)
        if key not in self._sets:
            try:
                name = self._free_name(assertion.settings.get("metric") or "set")
                _valid({"name": name, **declared})
            except _UnmappedError as error:
                self._notes.name(place, "assertion assert-set", f"{error} Its members are scorers of their own.")
                return
            self._names.add(name)
            self._sets[key] = {"name": name, **declared}
        self._notes.map(place, "assertion assert-set → scorer set (of every case that its members apply to)")

    def _weigh(self, assertion: Assertion) -> None:
        if assertion.settings.get("weight", 1) != 1:
            self._notes.name(f"{assertion.place}.weight", "weight of an assertion", _TO_DO)

    def _note(self, assertion: Assertion, row: Row) -> None:
        self._mapped.add(assertion.place)
        self._notes.map(assertion.place, arrow(_word(assertion), row))
        for key in sorted(assertion.settings.keys() - _KNOWN - row.uses):
            shown = printable(key)
            remedy = "Name the judge in the scorer." if key == "provider" else "See whether the scorer needs it."
            self._notes.name(f"{assertion.place}.{shown}", f"setting {shown} of an assertion", remedy)

    def _free_name(self, called: Any) -> str:
        if len(self._names) >= MOST_SCORERS:
            raise _UnmappedError(f"There are {MOST_SCORERS} scorers already; declare one that holds for all cases.")
        plain = re.sub(r"[^A-Za-z0-9]+", "_", str(called)[:_NAME]).strip("_")
        base = plain if plain[:1].isalpha() else f"scorer_{plain}".rstrip("_")
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        return name


def _valid(declared: Mapping[str, Any]) -> ScorerSpec:
    """The scorer.

    Raises:
        _UnmappedError: this version has no such scorer, or it could never work.
    """
    try:
        spec = _SPEC.validate_python(declared)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "union_tag_invalid":
            raise _UnmappedError(f"This version has no scorer `{declared['type']}`; declare another one.") from error
        where = ".".join(str(part) for part in first["loc"][1:])
        raise _UnmappedError(f"As a scorer `{declared['type']}`: {where}: {printable(first['msg'], 200)}.") from error
    problem = spec_problem(spec)
    if problem is not None:
        raise _UnmappedError(f"As a scorer `{declared['type']}`: {printable(problem, 200)}.")
    return spec


def _word(assertion: Assertion) -> str:
    return f"not-{assertion.word}" if assertion.inverted else assertion.word


def _weight(member: Assertion) -> float:
    weight = member.settings.get("weight", 1)
    return weight if isinstance(weight, int | float) and not isinstance(weight, bool) and weight > 0 else 1
