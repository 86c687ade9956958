import asyncio
import json
import logging
import re

import pytest

from local.bedrock.http1 import HttpRequest, HttpResponse
from local.bedrock.service import Call, Counted, Operation, Service, Tally, render_aws_error

PRIVATE = "not for the log"


async def fail(_call: Call) -> HttpResponse:
    raise ZeroDivisionError


def test_a_fault_of_the_server_is_told_counted_and_logged_without_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tally = Tally()
    operation = Operation(
        name="Divide", method="POST", path=re.compile("/divide"), handle=fail, render=render_aws_error
    )
    request = HttpRequest(
        method="POST",
        path="/divide",
        query="",
        headers={"authorization": f"Bearer {PRIVATE}"},
        body=PRIVATE.encode(),
        keep_alive=True,
        is_http_1_0=False,
    )

    with caplog.at_level(logging.ERROR):
        response = asyncio.run(Service([operation], tally).respond(request))

    assert response.status == 500
    assert response.headers["x-amzn-ErrorType"] == "InternalServerException"
    assert isinstance(response.body, bytes)
    assert set(json.loads(response.body)) == {"message"}
    assert tally.counts() == {Counted(operation="Divide", model=None, status=500): 1}
    assert "Divide failed" in caplog.text
    assert PRIVATE not in caplog.text
