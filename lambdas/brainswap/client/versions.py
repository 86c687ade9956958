"""Published versions: model, prompt and parameters as one, read once and rendered for each request."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.client.errors import BadVariableError, BadVersionError, MissingVariableError, NoSuchStepError

SCHEMA = "brainswap.version/1"
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_.-]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text whose odd parts are names of variables."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        return cls(tuple(_PLACEHOLDER.split(text)))

    def render(self, variables: Mapping[str, Any]) -> str:
        """Fill every placeholder in one pass, so that a value which looks like a placeholder stays text.

        Raises:
            MissingVariableError: a placeholder has no value.
            BadVariableError: a value is neither text nor JSON.
        """
        parts = self.parts
        if len(parts) == 1:
            return parts[0]
        try:
            return "".join(_text(variables[part]) if number % 2 else part for number, part in enumerate(parts))
        except KeyError as error:
            raise MissingVariableError(f"give a value for {error.args[0]!r}, which the prompt names") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise BadVariableError(f"give texts, or what JSON knows, as variables: {error}") from None

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(self.parts[1::2])


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """A version as applications use it; of a chain, one of its steps.

    Attributes:
        name: of the step; empty where the prompt is one call.
        earlier: the steps before this one, the last.
        messages: role and text of each turn; the role ``case`` stands where earlier turns come.
        tools: each with ``name``, ``input_schema`` and, where it has one, ``description``.
        output: the JSON that is expected: ``json_schema`` and ``name``; None where any text will do.
        parameters: as the workload declares them.
        settings: as the model takes them.
    """

    model: str
    system: Template | None
    messages: tuple[tuple[str, Template], ...]
    tools: Sequence[Mapping[str, Any]]
    output: Mapping[str, Any] | None
    parameters: Mapping[str, Any]
    settings: Mapping[str, Any]
    sha256: str
    name: str = ""
    earlier: tuple["PublishedVersion", ...] = ()

    def at(self, step: str | None) -> "PublishedVersion":
        """What is asked at a step; without a name, what the application's answer comes from.

        Raises:
            NoSuchStepError: there is none of that name.
        """
        if step is None or step == self.name:
            return self
        found = next((each for each in self.earlier if each.name == step), None)
        if found is None:
            known = ", ".join(repr(each.name) for each in (*self.earlier, self) if each.name)
            raise NoSuchStepError(f"the prompt has no step {step!r}: {known or 'it is one call'}")
        return found


def read_version(data: bytes, sha256: str) -> PublishedVersion:
    """Take a version's file apart.

    Raises:
        BadVersionError: the bytes are not those that the route names, or no version.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BadVersionError(f"the file of version {sha256[:12]} has other bytes than its name says")
    try:
        told = json.loads(data)
        if told["schema_"] != SCHEMA:
            raise BadVersionError(f"version {sha256[:12]} is a {told['schema_']!r}; this client reads {SCHEMA}")
        return _version(told, told["prompt"], told["settings"], sha256)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadVersionError(f"version {sha256[:12]} does not have its form: {error!r}") from None


def _version(
    told: Mapping[str, Any], prompt: Mapping[str, Any], settings: Mapping[str, Any], sha256: str
) -> PublishedVersion:
    of_earlier = told.get("earlier_settings") or {}
    return PublishedVersion(
        model=str(told["model"]),
        system=None if prompt["system"] is None else Template.of(prompt["system"]),
        messages=tuple((str(turn["role"]), Template.of(turn["content"])) for turn in prompt["messages"]),
        tools=tuple(prompt.get("tools") or ()),
        output=prompt.get("output"),
        parameters=dict(told["parameters"]),
        settings=dict(settings),
        sha256=sha256,
        name=str(prompt.get("name") or ""),
        earlier=tuple(_version(told, step, of_earlier[step["name"]], sha256) for step in prompt.get("earlier") or ()),
    )


def _text(value: Any) -> str:
    """Text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
