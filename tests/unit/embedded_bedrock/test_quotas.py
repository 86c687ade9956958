from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.bedrock.account import Account
from local.bedrock.catalogue import CatalogueModel
from local.bedrock.server import EmbeddedBedrock, Models
from local.bedrock.shapes import Shapes, service_model

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

GIVEN = "Cross-region model inference tokens per minute for Anthropic Claude 3.5 Haiku"
MODELS = Models(
    recordings={"us.anthropic.claude-3-5-haiku-20241022-v1:0": "haiku"},
    simulated=("global.anthropic.claude-opus-5-5", "us.deepseek.r1-v1:0"),
    catalogue=(
        CatalogueModel(
            model_id="deepseek.r1-v1:0",
            provider="DeepSeek",
            name="DeepSeek-R1",
            on_demand=False,
        ),
    ),
)


@pytest.fixture(scope="module")
def quotas() -> Iterator[Any]:
    account = Account(tokens_per_minute=50_000, quotas={GIVEN: 400_000.0}, least_batch_records=7)
    with EmbeddedBedrock(models=MODELS, pace=0, account=account) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", server.url)
        client: Any = boto3.Session().client("service-quotas", region_name="us-west-2")
        yield client
        client.close()


def listed(quotas: Any, operation: str = "list_service_quotas") -> dict[str, Any]:
    pages = quotas.get_paginator(operation).paginate(ServiceCode="bedrock", PaginationConfig={"PageSize": 4})
    return {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}


def test_a_model_has_quotas_for_the_ways_in_which_it_is_called(quotas: Any) -> None:
    found = listed(quotas)

    def per_minute(model: str) -> set[str]:
        return {name.partition(" tokens per minute for ")[0] for name in found if name.endswith(f"minute for {model}")}

    assert per_minute("Anthropic Claude 3.5 Haiku") == {
        "On-demand model inference",
        "Cross-region model inference",
    }
    assert per_minute("Anthropic Claude Opus 5.5") == {"On-demand InvokeModel", "Global cross-region model inference"}
    assert per_minute("DeepSeek-R1") == {"Cross-region model inference"}
    assert {quota["ServiceCode"] for quota in found.values()} == {"bedrock"}


def test_what_the_account_has_been_given_is_applied_and_is_no_default(quotas: Any) -> None:
    applied, usual = listed(quotas), listed(quotas, "list_aws_default_service_quotas")

    assert (applied[GIVEN]["Value"], usual[GIVEN]["Value"]) == (400_000, 50_000)
    assert set(applied) == set(usual)
    assert usual["Model invocation max tokens per day for DeepSeek-R1"]["Value"] == 36_000_000
    assert usual["Minimum number of records per batch inference job for DeepSeek-R1"]["Value"] == 7
    assert usual["Cross-Model Max Tokens Per Day"]["Value"] == 72_000_000


def test_a_quota_is_found_by_its_code(quotas: Any) -> None:
    quota = listed(quotas)[GIVEN]

    found = quotas.list_service_quotas(ServiceCode="bedrock", QuotaCode=quota["QuotaCode"])["Quotas"]

    assert found == [quota]
    assert quota["QuotaArn"] == f"arn:aws:servicequotas:us-west-2:123456789012:bedrock/{quota['QuotaCode']}"
    assert quota["Adjustable"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ServiceCode": "ec2"}, "NoSuchResourceException"),
        ({"ServiceCode": "bedrock", "NextToken": "OTk5"}, "InvalidPaginationTokenException"),
        ({"ServiceCode": "bedrock", "MaxResults": 101}, "IllegalArgumentException"),
    ],
)
def test_what_service_quotas_does_not_know_is_refused_in_its_own_words(
    quotas: Any, asked: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        quotas.list_service_quotas(**asked)

    assert caught.value.response["Error"]["Code"] == code


def test_an_operation_that_nobody_has_is_unknown(quotas: Any) -> None:
    with pytest.raises(ClientError) as caught:
        quotas.list_services()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_bodies_of_all_answers_fit_the_service_model(quotas: Any) -> None:
    answer = quotas.list_service_quotas(ServiceCode="bedrock", MaxResults=3)

    shape = service_model("service-quotas").operation_model("ListServiceQuotas").output_shape
    assert shape is not None
    Shapes().verify(shape, {name: value for name, value in answer.items() if name != "ResponseMetadata"})


def test_the_tokens_of_a_request_are_counted_without_asking_a_model(runtime: "BedrockRuntimeClient") -> None:
    answer = runtime.count_tokens(
        modelId="acme.batch-v1:0",
        input={"converse": {"messages": [{"role": "user", "content": [{"text": "12345678"}]}]}},
    )

    assert answer["inputTokens"] == 2
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-brainswap-estimated"] == "tokens"


def test_tokens_of_a_vendors_own_format_or_of_no_model_are_not_counted(runtime: "BedrockRuntimeClient") -> None:
    with pytest.raises(ClientError, match="Converse request"):
        runtime.count_tokens(modelId="acme.batch-v1:0", input={"invokeModel": {"body": b"{}"}})
    with pytest.raises(ClientError, match="invalid"):
        runtime.count_tokens(modelId="acme.unknown-v1:0", input={"converse": {}})
