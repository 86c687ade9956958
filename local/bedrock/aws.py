"""Operations of AWS, bound to what botocore's service models say about them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, Shape, StructureShape

from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.service import Call, Operation, parse_object, render_aws_error
from local.bedrock.shapes import Shapes, service_model

Handle = Callable[[Mapping[str, Any], Call], Awaitable[HttpResponse]]

_LABEL = re.compile(r"\\{(\w+)\\}")


def bind(service: str, handlers: Mapping[str, Handle]) -> list[Operation]:
    """The operations of a service that have a handler; it gets parameters that fit the input shape.

    Args:
        service: its name in botocore, such as ``bedrock``.
        handlers: by the operation's name.
    """
    model, shapes = service_model(service), Shapes()
    return [_bound(model.operation_model(name), handle, shapes) for name, handle in handlers.items()]


def _bound(operation: OperationModel, handle: Handle, shapes: Shapes) -> Operation:
    shape = operation.input_shape or StructureShape("NoParameters", {"members": {}})
    has_body = any("location" not in member.serialization for member in shape.members.values())

    async def run(call: Call) -> HttpResponse:
        parameters = _parameters(shape, call, has_body=has_body)
        shapes.verify(shape, parameters)
        return await handle(parameters, call)

    return Operation(
        name=operation.name,
        method=operation.http["method"],
        path=re.compile(_LABEL.sub(r"(?P<\1>[^/]+)", re.escape(operation.http["requestUri"])) + "/?"),
        handle=run,
        render=render_aws_error,
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
            parameters[name] = unquote(call.labels[written])
        elif location == "querystring" and written in query:
            parameters[name] = _typed(query[written], member)
    return parameters


def _typed(written: str, shape: Shape) -> Any:
    return int(written) if shape.type_name == "integer" and re.fullmatch(r"-?[0-9]{1,9}", written) else written
