"""The tests of a promptfoo configuration, one by one: from every file, with defaults, scenarios and variables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from math import prod
from pathlib import Path
from typing import Any

from brainswap.core.wording import printable
from local.imports.notebook import Notebook
from local.imports.promptfoo_files import (
    CODE,
    JSON,
    LINES,
    SCHEME,
    TABLES,
    YAML,
    Surroundings,
    UnreadableError,
    is_code,
)
from local.imports.promptfoo_rows import test_of_row

MOST_COMBINATIONS = 10_000
_BESIDE = ("http://", "https://", "huggingface://", "s3://", "gs://", "az://", "sharepoint://")
_KNOWN = frozenset(
    {"vars", "assert", "options", "description", "metadata", "providerOutput", "threshold", "id", "$ref"}
)
_KNOWN_OPTIONS = frozenset({"prefix", "suffix", "disableDefaultAsserts", "disableVarExpansion"})
_REMEDIES = {
    "threshold": "Each scorer is reported by itself; put a gate on those that matter.",
    "provider": "Write a workload for each model that has tests of its own.",
    "providers": "Write a workload for each model that has tests of its own.",
    "prompts": "Write a workload for each prompt that has tests of its own.",
    "assertScoringFunction": "Each scorer is reported by itself; code is never run.",
}
_REMEDY = "It has no counterpart; see whether the cases need it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One thing that a test asserts.

    Attributes:
        place: where it is written.
        word: its type, without ``not-``.
        settings: everything else that is written there.
        members: of a set.
    """

    place: str
    word: str
    inverted: bool
    settings: Mapping[str, Any]
    members: "tuple[Assertion, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test with one value of each variable.

    Attributes:
        number: of the test, from 1; its combinations of values share it.
        combination: from 1; None where the test has a single one.
    """

    number: int
    combination: int | None
    place: str
    variables: Mapping[str, Any]
    assertions: tuple[Assertion, ...]
    prefix: str = ""
    suffix: str = ""
    output: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def with_variables(self, variables: Mapping[str, Any]) -> "Test":
        return replace(self, variables=variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Tests that cannot be taken along."""

    place: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A test as written, with its assertions where they stand."""

    place: str
    declared: Mapping[str, Any]
    assertions: tuple[Assertion, ...]


class TestStream:
    """Every test in order, each time that it is gone over; what has no counterpart is named in ``notes``."""

    __test__ = False  # no test case of pytest's

    def __init__(
        self,
        document: Mapping[str, Any],
        files: Surroundings,
        notes: Notebook,
        words: frozenset[str],
        *,
        met: Callable[[Assertion], None],
    ) -> None:
        """Set the stream up.

        Args:
            document: the configuration.
            files: around it.
            notes: for what has no counterpart.
            words: that name assertions.
            met: is told of every assertion that is written, whether or not a test comes of it.
        """
        self._document = document
        self._files = files
        self._notes = notes
        self._words = words
        self._met = met

    def __iter__(self) -> Iterator[Test | Lost]:
        default = self._default()
        number = 0
        for written in self._all():
            if isinstance(written, Lost):
                yield written
                continue
            number += 1
            yield from self._combined(number, default, written)

    # What is written

    def _default(self) -> _Written:
        declared = self._document.get("defaultTest")
        if isinstance(declared, str):
            try:
                declared = self._files.value(self._files.path(declared))
            except UnreadableError as error:
                self._notes.name("defaultTest", error.what, error.remedy)
                declared = {}
        if not isinstance(declared, Mapping):
            if declared is not None:
                self._notes.name(
                    "defaultTest", "a default test that is no object", "Write it with `vars` and `assert`."
                )
            declared = {}
        return self._written("defaultTest", declared)

    def _all(self) -> Iterator[_Written | Lost]:
        scenarios, tests = self._document.get("scenarios"), self._document.get("tests")
        if not scenarios and tests is None:
            yield self._written("defaultTest", {})
            return
        if tests is not None:
            yield from self._items("tests", tests)
        for index, scenario in enumerate(scenarios if isinstance(scenarios, list) else []):
            yield from self._scenario(f"scenarios[{index}]", scenario)

    def _scenario(self, place: str, scenario: Any) -> Iterator[_Written | Lost]:
        if isinstance(scenario, str):
            try:
                scenario = self._files.value(self._files.path(scenario))
            except UnreadableError as error:
                self._notes.name(place, error.what, error.remedy)
        if not isinstance(scenario, Mapping):
            yield Lost(place=place, reason="a scenario that is no object")
            return
        for key in sorted(scenario.keys() - {"config", "tests", "description"}):
            self._notes.name(f"{place}.{printable(key)}", f"key {printable(key)} of a scenario", _REMEDY)
        for first in self._items(f"{place}.config", scenario.get("config", [{}])):
            for second in self._items(f"{place}.tests", scenario.get("tests") or [{}]):
                lost = next((each for each in (first, second) if isinstance(each, Lost)), None)
                if lost is not None:
                    yield lost
                elif isinstance(first, _Written) and isinstance(second, _Written):
                    yield _merged(first, second)

    def _items(self, place: str, declared: Any) -> Iterator[_Written | Lost]:
        """The tests of a list, of a file, or of files in a list."""
        listed = declared if isinstance(declared, list) else [declared]
        for index, item in enumerate(listed):
            where = f"{place}[{index}]" if isinstance(declared, list) else place
            reference = item if isinstance(item, str) else None
            if isinstance(item, Mapping) and isinstance(item.get("path"), str) and not item.keys() & {"vars", "assert"}:
                reference = item["path"]
            if reference is not None:
                yield from self._referred(where, reference)
            elif isinstance(item, Mapping):
                yield self._written(where, item)
            else:
                yield Lost(place=where, reason="a test that is no object")

    def _referred(self, place: str, reference: str) -> Iterator[_Written | Lost]:
        try:
            for path in self._data(reference, "tests"):
                yield from self._in_file(place, path)
        except UnreadableError as error:
            self._notes.name(place, error.what, error.remedy)
            yield Lost(place=place, reason="a file of tests that cannot be read")

    def _data(self, reference: str, what: str) -> list[Path]:
        """The files that a reference means, none of which is a program.

        Raises:
            UnreadableError: it is no file, it is not here, or it is a program.
        """
        if reference.startswith(_BESIDE):
            remedy = "Fetch it into a file below the folder and import again."
            raise UnreadableError(f"{printable(reference)}: {what} not on this machine", remedy)
        if is_code(reference):
            remedy = "Run the program yourself, write what it makes into a file (CSV or JSONL) and import again."
            raise UnreadableError(f"{printable(reference)}: {what} of a program", remedy)
        return self._files.paths(reference)

    def _in_file(self, place: str, path: Path) -> Iterator[_Written | Lost]:
        name = self._files.named(path)
        if path.suffix in TABLES:
            for number, row in self._files.rows(path):
                yield self._written(f"{name}:{number}", test_of_row(row, self._words))
        elif path.suffix in LINES:
            for number, value in self._files.values(path):
                yield self._value(f"{name}:{number}", value)
        elif path.suffix in (*YAML, *JSON):
            value = self._files.value(path)
            for index, each in enumerate(value if isinstance(value, list) else [value]):
                yield self._value(f"{name}[{index}]", each)
        else:
            what = f"{printable(name)}: tests in a format that is not read"
            raise UnreadableError(what, f"Write {place} as CSV, JSONL, YAML or JSON and import again.")

    def _value(self, place: str, value: Any) -> _Written | Lost:
        if isinstance(value, UnreadableError):
            self._notes.name(place, value.what, value.remedy)
            return Lost(place=place, reason="a line that cannot be read")
        if not isinstance(value, Mapping):
            return Lost(place=place, reason="a test that is no object")
        return self._written(place, value)

    def _written(self, place: str, declared: Mapping[str, Any]) -> _Written:
        for key in sorted(declared.keys() - _KNOWN):
            name = printable(key)
            self._notes.name(f"{place}.{name}", f"key {name} of a test", _REMEDIES.get(key, _REMEDY))
        if declared.get("threshold") is not None:
            self._notes.name(f"{place}.threshold", "threshold of a test", _REMEDIES["threshold"])
        options = _mapping(declared.get("options"))
        for key in sorted(options.keys() - _KNOWN_OPTIONS):
            self._notes.name(f"{place}.options.{printable(key)}", f"option {printable(key)} of a test", _REMEDY)
        assertions = self._assertions(place, declared.get("assert"))
        for assertion in assertions:
            self._met(assertion)
        return _Written(place=place, declared=declared, assertions=assertions)

    def _assertions(self, place: str, declared: Any) -> tuple[Assertion, ...]:
        if isinstance(declared, str) and declared.startswith(SCHEME) and not declared.endswith(CODE):
            try:
                declared = self._files.value(self._files.path(declared))
            except UnreadableError as error:
                self._notes.name(f"{place}.assert", error.what, error.remedy)
                return ()
        if declared is None:
            return ()
        listed = declared if isinstance(declared, list) else [declared]
        found = (self._assertion(f"{place}.assert[{index}]", item) for index, item in enumerate(listed))
        return tuple(assertion for assertion in found if assertion is not None)

    def _assertion(self, place: str, declared: Any) -> Assertion | None:
        declared = self._template(declared)
        word = declared.get("type") if isinstance(declared, Mapping) else None
        if not isinstance(word, str):
            self._notes.name(place, "an assertion without a type", "Write `type: …`, or remove it.")
            return None
        settings = {key: value for key, value in declared.items() if key not in ("type", "column", "assert")}
        if isinstance(column := declared.get("column"), str):
            place = f"{place.partition('.assert[')[0]} {column}"
        return Assertion(
            place=place,
            word=word.removeprefix("not-"),
            inverted=word.startswith("not-"),
            settings=settings,
            members=self._assertions(place, declared["assert"])
            if word == "assert-set" and "assert" in declared
            else (),
        )

    def _template(self, declared: Any) -> Any:
        reference = declared.get("$ref") if isinstance(declared, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return declared
        value: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    # What becomes of it

    def _combined(self, number: int, default: _Written, written: _Written) -> Iterator[Test | Lost]:
        merged = _merged(default, written) if written.place != "defaultTest" else default
        declared, place = merged.declared, written.place
        options = _mapping(declared.get("options"))
        inherits = options.get("disableDefaultAsserts") is not True or written.place == "defaultTest"
        assertions = merged.assertions if inherits else written.assertions
        values = self._values(place, declared.get("vars"), expand=options.get("disableVarExpansion") is not True)
        count = prod(len(each) for each in values.values())
        if not 0 < count <= MOST_COMBINATIONS:
            reason = (
                "a variable without values" if not count else f"more than {MOST_COMBINATIONS:,} combinations of values"
            )
            self._notes.name(place, reason, "Write fewer values, or one test for each combination that matters.")
            yield Lost(place=place, reason=reason, count=count or 1)
            return
        output = declared.get("providerOutput")
        for index, combination in enumerate(islice(product(*values.values()), MOST_COMBINATIONS), start=1):
            yield Test(
                number=number,
                combination=index if count > 1 else None,
                place=place,
                variables=dict(zip(values, combination, strict=True)),
                assertions=assertions,
                prefix=_text(options.get("prefix")),
                suffix=_text(options.get("suffix")),
                output=output if isinstance(output, str) else None,
                meta=_meta(place, declared),
            )

    def _values(self, place: str, declared: Any, *, expand: bool) -> dict[str, Sequence[Any]]:
        variables = self._variables(place, declared)
        found: dict[str, Sequence[Any]] = {}
        for name, value in variables.items():
            listed = value if isinstance(value, list) and expand else [value]
            found[name] = [each for item in listed for each in self._variable(f"{place}.vars.{printable(name)}", item)]
        return found

    def _variables(self, place: str, declared: Any) -> dict[str, Any]:
        references = [declared] if isinstance(declared, str) else declared
        if isinstance(declared, Mapping):
            return {name: value for name, value in declared.items() if name}
        merged: dict[str, Any] = {}
        for reference in references if isinstance(references, list) else []:
            try:
                for path in self._files.paths(str(reference)):
                    merged.update(_mapping(self._files.value(path)))
            except UnreadableError as error:
                self._notes.name(f"{place}.vars", error.what, error.remedy)
        return merged

    def _variable(self, place: str, value: Any) -> list[Any]:
        """The values of a variable; several where it names files with wildcards, none that a program would make."""
        if not isinstance(value, str) or not value.startswith(SCHEME):
            return [value]
        try:
            return [
                self._files.value(path) if path.suffix in (*YAML, *JSON) else self._files.text(path).strip()
                for path in self._data(value, "a value")
            ]
        except UnreadableError as error:
            self._notes.name(place, error.what, f"{error.remedy} The reference stands in its place.")
            return [value]


def _merged(first: _Written, second: _Written) -> _Written:
    """The second test over the first: assertions are appended, variables, options and metadata are put together."""
    declared = {**first.declared, **second.declared}
    for key in ("options", "metadata"):
        parts = _mapping(first.declared.get(key)), _mapping(second.declared.get(key))
        if any(parts):
            declared[key] = {**parts[0], **parts[1]}
    before, after = first.declared.get("vars"), second.declared.get("vars")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        declared["vars"] = {**before, **after}
    elif after is None and before is not None:
        declared["vars"] = before
    place = second.place if first.place == "defaultTest" else f"{first.place} with {second.place.rpartition('.')[2]}"
    return _Written(place=place, declared=declared, assertions=(*first.assertions, *second.assertions))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _meta(place: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: declared[key] for key in ("description", "metadata", "id") if declared.get(key)}
    return {"place": place, **kept}
