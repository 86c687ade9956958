"""Scenario files: YAML, read strictly, with all mistakes told at once."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.declaration import parse_declaration
from brainswap.core.loading.findings import Finding, KeyPath
from brainswap.core.wording import printable
from local.bedrock.scenario import (
    DENIALS,
    ERRORS,
    STREAM_EXCEPTIONS,
    Deny,
    Faults,
    Rule,
    Scenario,
    Slow,
    Throttle,
    Unit,
)

Made = TypeVar("Made")
Otherwise = TypeVar("Otherwise")

_TROUBLES = ("throttle", "faults", "slow", "deny")
_RATES: Mapping[str, Unit] = {"requests_per_second": "requests", "tokens_per_minute": "tokens"}
_LARGEST = 1e12


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        InvalidWorkloadError: with everything that is wrong, each with its line and a remedy.
        OSError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(place=str(path), wrong="the file is not UTF-8 text", remedy="Save it as UTF-8.")
        raise InvalidWorkloadError([problem]) from error
    return parse_scenario(path.name, text)


def parse_scenario(name: str, text: str) -> Scenario:
    """The scenario in a text; ``name`` stands in front of the lines of its problems.

    Raises:
        InvalidWorkloadError: with everything that is wrong, each with its line and a remedy.
    """
    declaration = parse_declaration(name, text)
    findings: list[Finding] = list(declaration.findings)
    scenario = _scenario(_Value(value=declaration.value, path=(), findings=findings))
    if findings:
        raise InvalidWorkloadError(declaration.problems(findings))
    return scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A value of the file with its place; what is wrong with it is noted and replaced by something harmless."""

    value: Any
    path: KeyPath
    findings: list[Finding]

    def wrong(self, wrong: str, remedy: str) -> None:
        self.findings.append(Finding(kind="scenario", path=self.path, wrong=wrong, remedy=remedy))

    def at(self, key: str | int, value: Any) -> "_Value":
        return _Value(value=value, path=(*self.path, key), findings=self.findings)

    def fields(self, allowed: Iterable[str]) -> dict[str, "_Value"]:
        """The keys that are allowed; a key without a value counts as absent."""
        names = tuple(allowed)
        if not isinstance(self.value, dict):
            self.wrong("there must be keys with values here", f"Write some of: {', '.join(names)}.")
            return {}
        for key in self.value:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                remedy = f"Write `{near[0]}`." if near else f"Use one of: {', '.join(names)}."
                self.at(key, None).wrong(f"the key `{printable(key)}` is not known", remedy)
        return {name: self.at(name, self.value[name]) for name in names if self.value.get(name) is not None}

    def items(self) -> Iterator["_Value"]:
        """The items of a list; anything else is its own only item."""
        if not isinstance(self.value, list):
            yield self
            return
        if not self.value:
            self.wrong("the list is empty", "Write at least one item, or leave the key out.")
        for place, item in enumerate(self.value):
            yield self.at(place, item)

    def number(self, low: float, high: float = _LARGEST, *, above: bool = False) -> float:
        """A number from ``low``, which itself does not count where it must be ``above``, to ``high``."""
        value = self.value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and (low < value if above else low <= value) and value <= high:
            return float(value)
        least = "more than" if above else "at least"
        most = "" if high == _LARGEST else f" and at most {high:g}"
        self.wrong("this is not a number that makes sense here", f"Write a number of {least} {low:g}{most}.")
        return high if above else low

    def whole(self, low: int, high: int = 10**9) -> int:
        number = self.number(low, high)
        if number != int(number):
            self.wrong("this is not a whole number", "Write it without a fraction.")
        return int(number)

    def choice(self, allowed: tuple[str, ...]) -> str:
        if self.value in allowed:
            return str(self.value)
        self.wrong(f"`{printable(str(self.value))}` is none of the choices", f"Write one of: {', '.join(allowed)}.")
        return allowed[0]

    def glob(self) -> str:
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        self.wrong("a pattern must be text", 'Write a pattern such as "*claude*" or "Converse*".')
        return "*"


def _scenario(top: _Value) -> Scenario:
    fields = top.fields(("rules", "seed", "time_factor"))
    if isinstance(top.value, dict) and "rules" not in fields:
        top.wrong("there are no rules", "Write a list of them under `rules`.")
    rules = _read(fields, "rules", lambda value: tuple(_rules(value)), ())
    return Scenario(
        rules=rules,
        seed=_read(fields, "seed", lambda value: value.whole(0), None),
        time_factor=_read(fields, "time_factor", lambda value: value.number(0, 1e6, above=True), 1.0),
    )


def _read(
    fields: Mapping[str, _Value], name: str, read: Callable[[_Value], Made], otherwise: Otherwise
) -> Made | Otherwise:
    return read(fields[name]) if name in fields else otherwise


def _rules(value: _Value) -> Iterator[Rule]:
    if not isinstance(value.value, list):
        value.wrong("the rules must be a list", "Begin each rule with a dash.")
        return
    for item in value.items():
        yield _rule(item)


def _rule(value: _Value) -> Rule:
    fields = value.fields(("model", "operation", "from_s", "until_s", *_TROUBLES))
    if fields and not any(name in fields for name in _TROUBLES):
        value.wrong("the rule does nothing", f"Give it at least one of: {', '.join(_TROUBLES)}.")
    from_s = _read(fields, "from_s", lambda each: each.number(0), 0.0)
    until_s = _read(fields, "until_s", lambda each: each.number(0, above=True), None)
    if until_s is not None and until_s <= from_s:
        fields["until_s"].wrong("the rule ends before it begins", "Write an `until_s` above `from_s`.")
    return Rule(
        models=_read(fields, "model", _globs, ("*",)),
        operations=_read(fields, "operation", _globs, ("*",)),
        from_s=from_s,
        until_s=until_s,
        throttles=_read(fields, "throttle", lambda each: tuple(map(_throttle, each.items())), ()),
        faults=_read(fields, "faults", _faults, None),
        slow=_read(fields, "slow", _slow, None),
        deny=_read(fields, "deny", _deny, None),
    )


def _globs(value: _Value) -> tuple[str, ...]:
    return tuple(item.glob() for item in value.items())


def _throttle(value: _Value) -> Throttle:
    fields = value.fields((*_RATES, "burst", "burndown", "retry_after_s"))
    rates = [name for name in _RATES if name in fields]
    if len(rates) != 1 and isinstance(value.value, dict):
        value.wrong(
            "a limit has exactly one of requests_per_second and tokens_per_minute",
            "For two limits, write a list of two under `throttle`.",
        )
    rate = rates[0] if rates else "requests_per_second"
    if rate == "requests_per_second" and "burndown" in fields:
        fields["burndown"].wrong("requests do not burn tokens", "Leave `burndown` out, or limit tokens_per_minute.")
    return Throttle(
        unit=_RATES[rate],
        rate=_read(fields, rate, lambda each: each.number(0, above=True), 1.0),
        burst=_read(fields, "burst", lambda each: each.number(1), None),
        burndown=_read(fields, "burndown", lambda each: each.number(0, 100, above=True), None),
        retry_after_s=_read(fields, "retry_after_s", lambda each: each.whole(0), None),
    )


def _faults(value: _Value) -> Faults:
    fields = value.fields((*ERRORS, "reset", "malformed", "stream_exception", "original_status"))
    faults = Faults(
        errors={ERRORS[name]: _share(fields[name]) for name in ERRORS if name in fields},
        reset=_read(fields, "reset", _share, 0.0),
        malformed=_read(fields, "malformed", _share, 0.0),
        stream_exceptions=_read(fields, "stream_exception", _stream_exceptions, {}),
        original_status=_read(fields, "original_status", lambda each: each.whole(100, 599), 500),
    )
    if faults.total > 1 + 1e-9:
        value.wrong("the shares of the faults add up to more than 1", "A request meets one fault at most: lower them.")
    return faults


def _stream_exceptions(value: _Value) -> dict[str, float]:
    return {name: _share(share) for name, share in value.fields(STREAM_EXCEPTIONS).items()}


def _share(value: _Value) -> float:
    return value.number(0, 1)


def _slow(value: _Value) -> Slow:
    fields = value.fields(("factor", "latency_ms", "first_token_ms", "stall"))
    stall: dict[str, _Value] = {}
    if "stall" in fields:
        stall = fields["stall"].fields(("share", "s"))
        if not ("share" in stall and "s" in stall):
            fields["stall"].wrong("a stall has a share and a duration", "Write `{share: 0.01, s: 60}`.")
    latency_ms = _read(fields, "latency_ms", lambda each: each.number(0), None)
    first_token_ms = _read(fields, "first_token_ms", lambda each: each.number(0), None)
    if latency_ms is not None and first_token_ms is not None and first_token_ms > latency_ms:
        fields["first_token_ms"].wrong("the first token comes after the end", "Write at most `latency_ms`.")
    return Slow(
        factor=_read(fields, "factor", lambda each: each.number(0, 1e4), 1.0),
        latency_ms=latency_ms,
        first_token_ms=first_token_ms,
        stall_share=_read(stall, "share", _share, 0.0),
        stall_s=_read(stall, "s", lambda each: each.number(0), 0.0),
    )


def _deny(value: _Value) -> Deny:
    if not isinstance(value.value, dict):
        return Deny(error=value.choice(DENIALS))
    fields = value.fields(("error", "after_requests"))
    if "error" not in fields:
        value.wrong("nothing says which error", f"Write `error`, one of: {', '.join(DENIALS)}.")
    return Deny(
        error=_read(fields, "error", lambda each: each.choice(DENIALS), DENIALS[0]),
        after_requests=_read(fields, "after_requests", lambda each: each.whole(0), 0),
    )
