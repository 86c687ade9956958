import asyncio
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import pytest

from local.bedrock.account import Account
from local.bedrock.batch import Batches
from local.bedrock.batch_run import Runner
from local.bedrock.catalogue import Catalogue, CatalogueModel
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpRequest, HttpResponse
from local.bedrock.objects import S3Objects
from local.bedrock.pace import Pace
from local.bedrock.service import Call

CLOSED = CatalogueModel(model_id="acme.closed-v1:0", provider="Acme", name="Closed", access=False)
PLACE = {"s3Uri": "s3://records/cases.jsonl"}
ASKED: Mapping[str, Any] = MappingProxyType(
    {
        "jobName": "nightly",
        "roleArn": "arn:aws:iam::123456789012:role/batch",
        "modelInvocationType": "Converse",
        "modelId": "acme.open-v1:0",
        "inputDataConfig": {"s3InputDataConfig": PLACE},
        "outputDataConfig": {"s3OutputDataConfig": PLACE},
    }
)


@pytest.fixture
def batches() -> Batches:
    """Jobs that never come to their first record."""

    async def converse(_parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        raise NotImplementedError

    runner = Runner(converse=converse, pace=Pace(), account=Account(), objects=S3Objects, seed=1)
    return Batches(catalogue=Catalogue([CLOSED], ["acme.open-v1:0"]), runner=runner)


@pytest.fixture
def call() -> Call:
    request = HttpRequest(method="POST", path="/", query="", headers={}, body=b"", keep_alive=True, is_http_1_0=False)
    return Call(request=request)


def told(response: HttpResponse) -> Any:
    return json.loads(cast("bytes", response.body))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"modelInvocationType": "InvokeModel"}, "ValidationException"),
        ({"modelInvocationType": None}, "ValidationException"),
        ({"modelId": "acme.unknown-v1:0"}, "ValidationException"),
        ({"modelId": "acme.closed-v1:0"}, "AccessDeniedException"),
        ({"jobName": "no spaces"}, "ValidationException"),
        ({"roleArn": "arn:aws:iam::123456789012:user/me"}, "ValidationException"),
        ({"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "https://records/out"}}}, "ValidationException"),
        ({"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://No/in"}}}, "ValidationException"),
    ],
)
def test_what_cannot_become_a_job_is_refused_at_once(
    batches: Batches, call: Call, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        asyncio.run(batches.create({**ASKED, **fields}, call))

    assert caught.value.code == code
    assert told(asyncio.run(batches.list_({}, call))) == {"invocationJobSummaries": []}


def test_a_job_that_is_being_stopped_may_be_told_so_again(batches: Batches, call: Call) -> None:
    async def stop_twice() -> list[Any]:
        job = {"jobIdentifier": told(await batches.create(ASKED, call))["jobArn"]}
        # Nothing in between lets the job itself go on.
        stopped = [await batches.stop(job, call) for _ in range(2)]
        return [*(response.status for response in stopped), told(await batches.get(job, call))["status"]]

    assert asyncio.run(stop_twice()) == [200, 200, "Stopping"]


def test_a_time_that_is_none_is_refused(batches: Batches, call: Call) -> None:
    async def search() -> None:
        await batches.create(ASKED, call)
        await batches.list_({"submitTimeAfter": "yesterday"}, call)

    with pytest.raises(ServiceError, match="ISO 8601"):
        asyncio.run(search())
