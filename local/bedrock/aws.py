"""Operations of AWS, bound to what botocore's service models say about them."""

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.service import (
    Call,
    Operation,
    aws_headers,
    json_response,
    parse_object,
    render_aws_error,
    to_json,
)
from local.bedrock.shapes import Shapes, service_model

Handle = Callable[[Mapping[str, Any], Call], Awaitable[HttpResponse]]

_LABEL = re.compile(r"\\{(\w+)\\}")
_JSON_1_1 = "application/x-amz-json-1.1"
# What services that speak JSON 1.1 say for the errors that every operation of this server may raise.
_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "pricing": {
            "InternalServerException": "InternalErrorException",
            "ResourceNotFoundException": "NotFoundException",
            "ValidationException": "InvalidParameterException",
        },
        "service-quotas": {
            "InternalServerException": "ServiceException",
            "ResourceNotFoundException": "NoSuchResourceException",
            "ValidationException": "IllegalArgumentException",
        },
    }
)


class RefusedError(ServiceError):
    """An error that only some services know, all of them with status 400."""

    @property
    def status(self) -> int:
        return 400


def bind(service: str, handlers: Mapping[str, Handle]) -> list[Operation]:
    """The operations of a service that have a handler; it gets parameters that fit the input shape.

    Args:
        service: its name in botocore, such as ``bedrock``; it speaks REST with JSON, or JSON 1.1.
        handlers: by the operation's name.
    """
    model, shapes = service_model(service), Shapes()
    bound = _bound_by_target if model.metadata["protocol"] == "json" else _bound_by_path
    return [bound(model, model.operation_model(name), handle, shapes) for name, handle in handlers.items()]


def json_1_1_response(payload: Mapping[str, Any]) -> HttpResponse:
    return json_response(payload, {"Content-Type": _JSON_1_1})


def _bound_by_path(_model: ServiceModel, operation: OperationModel, handle: Handle, shapes: Shapes) -> Operation:
    shape = _input(operation)
    has_body = any("location" not in member.serialization for member in shape.members.values())
    payload = shape.serialization.get("payload")

    async def run(call: Call) -> HttpResponse:
        parameters = _parameters(shape, call, has_body=has_body and payload is None)
        if payload is not None:  # bytes, which the shapes know as Base64
            parameters[payload] = base64.b64encode(call.request.body).decode()
        shapes.verify(shape, parameters)
        return await handle(parameters, call)

    return Operation(
        name=operation.name,
        method=operation.http["method"],
        path=re.compile(_LABEL.sub(r"(?P<\1>[^/]+)", re.escape(operation.http["requestUri"])) + "/?"),
        handle=run,
        render=render_aws_error,
    )


def _bound_by_target(model: ServiceModel, operation: OperationModel, handle: Handle, shapes: Shapes) -> Operation:
    shape = _input(operation)

    async def run(call: Call) -> HttpResponse:
        parameters = parse_object(call.request.body)
        shapes.verify(shape, parameters)
        return await handle(parameters, call)

    return Operation(
        name=operation.name,
        method="POST",
        path=re.compile("/"),
        target=f"{model.metadata['targetPrefix']}.{operation.name}",
        handle=run,
        render=partial(_render_json_1_1, _WORDS[model.service_name]),
    )


def _input(operation: OperationModel) -> StructureShape:
    return operation.input_shape or StructureShape("NoParameters", {"members": {}})


def _render_json_1_1(words: Mapping[str, str], error: ServiceError) -> HttpResponse:
    code = words.get(error.code, error.code)
    return HttpResponse(
        status=error.status,
        headers=aws_headers(_JSON_1_1),
        body=to_json({"__type": code, "message": error.message} | error.members),
    )


def _parameters(shape: StructureShape, call: Call, *, has_body: bool) -> dict[str, Any]:
    parameters = parse_object(call.request.body) if has_body else {}
    query = dict(parse_qsl(call.request.query, keep_blank_values=True))
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location is None:
            continue
        if name in parameters:
            raise ServiceError("ValidationException", f"Value at '{name}' does not belong into the body.")
        written = member.serialization.get("name", name)
        if location == "uri":
            parameters[name] = _typed(unquote(call.labels[written]), member)
        elif location == "querystring" and written in query:
            parameters[name] = _typed(query[written], member)
        elif location == "header" and written.lower() in call.request.headers:
            parameters[name] = _typed(call.request.headers[written.lower()], member)
    return parameters


def _typed(written: str, shape: Shape) -> Any:
    if shape.type_name == "boolean" and written in {"true", "false"}:
        return written == "true"
    return int(written) if shape.type_name == "integer" and re.fullmatch(r"-?[0-9]{1,9}", written) else written
