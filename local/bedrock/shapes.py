"""Requests held against botocore's own service models."""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from local.bedrock.faults import ServiceError

# Says what is wrong with a value at a place; both lists go into one message.
Check = Callable[[Any, str, list[str]], None]

_MOST_VIOLATIONS = 10
_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "integer": ((int,), "an integer"),
    "long": ((int,), "an integer"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "timestamp": ((str, int, float), "a timestamp"),
    "boolean": ((bool,), "a boolean"),
}


@cache
def service_model(name: str) -> ServiceModel:
    """The newest service model that botocore has, such as ``bedrock-runtime``."""
    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)


class Shapes:
    """Checks of a service's shapes, made once for each shape."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def verify(self, shape: Shape, value: Any) -> None:
        """Accept a value that fits its shape; members that are null count as absent.

        Raises:
            ServiceError: ``ValidationException`` with everything that is wrong, in the words of AWS.
        """
        violations: list[str] = []
        self._check(shape)(value, "", violations)
        if violations:
            count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected"
            raise ServiceError("ValidationException", f"{count}: {'; '.join(violations[:_MOST_VIOLATIONS])}")

    def _check(self, shape: Shape) -> Check:
        made = self._checks.get(shape.name)
        if made is not None:
            return made

        def later(value: Any, place: str, violations: list[str]) -> None:
            self._checks[shape.name](value, place, violations)

        self._checks[shape.name] = later  # a shape may contain itself
        self._checks[shape.name] = made = self._make(shape)
        return made

    def _make(self, shape: Shape) -> Check:
        if isinstance(shape, StructureShape):
            return _anything if shape.is_document_type else self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return _blob(shape) if shape.type_name == "blob" else _scalar(shape)

    def _structure(self, shape: StructureShape) -> Check:
        members = {name: self._check(member) for name, member in shape.members.items()}
        required = tuple(shape.required_members)
        is_union = shape.is_tagged_union

        def check(value: Any, place: str, violations: list[str]) -> None:
            if not isinstance(value, dict):
                violations.append(_failed(place, "Member must be a structure"))
                return
            present = 0
            for name, member in value.items():
                known = members.get(name)
                if known is None:
                    violations.append(_failed(_below(place, name[:64]), "Member is not known"))
                elif member is not None:
                    present += 1
                    known(member, _below(place, name), violations)
            violations.extend(
                _failed(_below(place, name), "Member must not be null") for name in required if value.get(name) is None
            )
            if is_union and present != 1:
                violations.append(_failed(place, f"Exactly one member must be set, not {present}"))

        return check

    def _list(self, shape: ListShape) -> Check:
        of_item = self._check(shape.member)
        in_range = _size(shape)

        def check(value: Any, place: str, violations: list[str]) -> None:
            if not isinstance(value, list):
                violations.append(_failed(place, "Member must be a list"))
                return
            in_range(len(value), place, violations)
            for number, item in enumerate(value, start=1):
                of_item(item, f"{place}.{number}.member", violations)

        return check

    def _map(self, shape: MapShape) -> Check:
        of_key, of_value = self._check(shape.key), self._check(shape.value)
        in_range = _size(shape)

        def check(value: Any, place: str, violations: list[str]) -> None:
            if not isinstance(value, dict):
                violations.append(_failed(place, "Member must be a map"))
                return
            in_range(len(value), place, violations)
            for key, item in value.items():
                of_key(key, f"{place}.key", violations)
                of_value(item, f"{place}.value", violations)

        return check


def _anything(_value: Any, _place: str, _violations: list[str]) -> None:
    """A document may be any JSON."""


def _scalar(shape: Shape) -> Check:
    types, name = _TYPES[shape.type_name]
    allowed = tuple(shape.enum) if isinstance(shape, StringShape) else ()
    in_range = _size(shape) if shape.type_name == "string" else _range(shape)
    is_boolean = shape.type_name == "boolean"

    def check(value: Any, place: str, violations: list[str]) -> None:
        if not isinstance(value, types) or isinstance(value, bool) is not is_boolean:
            violations.append(_failed(place, f"Member must be {name}"))
        elif allowed:
            if value not in allowed:
                violations.append(_failed(place, f"Member must satisfy enum value set: [{', '.join(allowed)}]"))
        elif not is_boolean:
            in_range(len(value) if isinstance(value, str) else value, place, violations)

    return check


def _blob(shape: Shape) -> Check:
    in_range = _size(shape)

    def check(value: Any, place: str, violations: list[str]) -> None:
        try:
            size = len(base64.b64decode(value, validate=True))
        except (TypeError, ValueError, binascii.Error):
            violations.append(_failed(place, "Member must be Base64 text"))
        else:
            in_range(size, place, violations)

    return check


def _range(shape: Shape) -> Check:
    return _between(shape, "Member must have value {} than or equal to {}")


def _size(shape: Shape) -> Check:
    return _between(shape, "Member must have length {} than or equal to {}")


def _between(shape: Shape, wanted: str) -> Check:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any, place: str, violations: list[str]) -> None:
        if low is not None and value < low:
            violations.append(_failed(place, wanted.format("greater", low)))
        if high is not None and value > high:
            violations.append(_failed(place, wanted.format("less", high)))

    return check


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _failed(place: str, wanted: str) -> str:
    return f"Value at '{place}' failed to satisfy constraint: {wanted}"
