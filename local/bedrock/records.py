"""Records of a batch: lines in, answered lines out."""

import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from botocore.model import StructureShape

from local.bedrock.aws import Handle
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpRequest, HttpResponse
from local.bedrock.service import Call, parse_object, to_json
from local.bedrock.shapes import Shapes, service_model

_MARK = "x-brainswap-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One line of the output, with what the answer took; an error takes nothing."""

    line: bytes
    succeeded: bool
    input_tokens: int = 0
    output_tokens: int = 0


class Records:
    """Answers records as if each were a request to ``Converse``.

    Args:
        converse: answers without waiting.
        model_id: as the job's owner wrote it.
        region: of the job.
    """

    def __init__(self, *, converse: Handle, model_id: str, region: str) -> None:
        self._converse = converse
        self._model_id = model_id
        self._region = region
        self._shapes = Shapes()
        shape = service_model("bedrock-runtime").operation_model("Converse").input_shape
        self._shape = shape if shape is not None else StructureShape("Nothing", {})

    async def answer(self, line: bytes) -> Outcome:
        """The output of a record: its ``modelOutput``, or an ``error`` with the status that a request would get."""
        record = parse_object(line)
        kept = {name: record[name] for name in ("recordId", "modelInput") if name in record}
        try:
            response = await self._respond(record)
        except ServiceError as error:
            told = {"errorCode": error.status, "errorMessage": error.message}
            return Outcome(line=to_json(kept | {"error": told}), succeeded=False)
        output = json.loads(_body(response))
        usage = output["usage"]
        return Outcome(
            line=to_json(kept | {"modelOutput": output, "brainswap": _marks(response.headers)}),
            succeeded=True,
            input_tokens=usage["inputTokens"],
            output_tokens=usage["outputTokens"],
        )

    async def _respond(self, record: Mapping[str, Any]) -> HttpResponse:
        record_id, asked = record.get("recordId"), record.get("modelInput")
        if not isinstance(record_id, str) or not record_id:
            raise ServiceError("ValidationException", "The record has no recordId.")
        if not isinstance(asked, dict):
            raise ServiceError("ValidationException", "The record has no modelInput that is a JSON object.")
        if "modelId" in asked:
            raise ServiceError("ValidationException", "Value at 'modelId' does not belong into the body.")
        parameters = asked | {"modelId": self._model_id}
        self._shapes.verify(self._shape, parameters)
        request = HttpRequest(
            method="POST",
            path=f"/model/{quote(self._model_id, safe='')}/converse",
            query="",
            headers={},
            body=b"",
            keep_alive=False,
            is_http_1_0=False,
        )
        return await self._converse(parameters, Call(request=request, region=self._region))


def offsets(path: Path) -> "array[int]":
    """Where the records of a file begin; blank lines are none.

    Raises:
        ServiceError: ``ValidationException``: a line is no JSON object; the message names it.
    """
    found = array("Q")
    begin = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                _refuse_what_is_no_object(line, number)
                found.append(begin)
            begin += len(line)
    return found


def _refuse_what_is_no_object(line: bytes, number: int) -> None:
    try:
        parse_object(line)
    except ServiceError as error:
        raise ServiceError("ValidationException", f"Line {number} is no record: {error.message}") from None


def _marks(headers: Mapping[str, str]) -> dict[str, Any]:
    """Where an answer comes from and which of its figures are made up, as the headers of an answer say it."""
    estimated = headers.get(f"{_MARK}estimated", "")
    return {"origin": headers[f"{_MARK}origin"], "estimated": estimated.split(",") if estimated else []}


def _body(response: HttpResponse) -> bytes:
    if not isinstance(response.body, bytes):
        raise TypeError("An answer of Converse comes in one piece.")
    return response.body
