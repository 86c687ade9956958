from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock.shapes import Shapes, service_model

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient

HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0"


def listed(response: Any) -> set[str]:
    return {summary["modelId"] for summary in response["modelSummaries"]}


def test_the_catalogue_lists_what_is_known_what_is_mapped_and_what_is_simulated(control: "BedrockClient") -> None:
    assert {"acme.batch-v1:0", HAIKU.removeprefix("us."), "brainswap.sim-weak-v1:0"} <= listed(
        control.list_foundation_models()
    )


def test_filters_narrow_the_catalogue(control: "BedrockClient") -> None:
    assert listed(control.list_foundation_models(byProvider="anthropic")) == {HAIKU.removeprefix("us.")}
    assert "acme.far-v1:0" not in listed(control.list_foundation_models(byInferenceType="ON_DEMAND"))
    assert listed(control.list_foundation_models(byOutputModality="EMBEDDING")) == set()
    assert listed(control.list_foundation_models(byCustomizationType="FINE_TUNING")) == set()


def test_a_model_is_described_as_seen_from_the_callers_region(control: "BedrockClient") -> None:
    details = control.get_foundation_model(modelIdentifier="acme.far-v1:0")["modelDetails"]

    assert details["modelArn"] == "arn:aws:bedrock:eu-west-1::foundation-model/acme.far-v1:0"
    assert (details["providerName"], details["modelName"]) == ("Acme", "Far")
    assert list(map(str, details["inferenceTypesSupported"])) == ["INFERENCE_PROFILE"]
    assert details["modelLifecycle"]["status"] == "ACTIVE"
    assert control.get_foundation_model(modelIdentifier=details["modelArn"])["modelDetails"] == details


def test_the_dates_of_a_lifecycle_come_as_instants(control: "BedrockClient") -> None:
    lifecycle = control.get_foundation_model(modelIdentifier="acme.batch-v1:0")["modelDetails"]["modelLifecycle"]

    assert lifecycle == {
        "status": "LEGACY",
        "legacyTime": datetime(2026, 3, 1, tzinfo=UTC),
        "endOfLifeTime": datetime(2026, 8, 31, 22, tzinfo=UTC),
    }


def test_availability_says_whether_the_account_may_use_a_model(control: "BedrockClient") -> None:
    open_ = control.get_foundation_model_availability(modelId="acme.batch-v1:0")
    closed = control.get_foundation_model_availability(modelId="acme.closed-v1:0")

    assert (open_["authorizationStatus"], open_["agreementAvailability"]["status"]) == ("AUTHORIZED", "AVAILABLE")
    assert (closed["authorizationStatus"], closed["entitlementAvailability"]) == ("NOT_AUTHORIZED", "NOT_AVAILABLE")


def test_profiles_come_page_by_page(control: "BedrockClient") -> None:
    pages = list(control.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 2}))

    ids = [profile["inferenceProfileId"] for page in pages for profile in page["inferenceProfileSummaries"]]
    assert [len(page["inferenceProfileSummaries"]) for page in pages] == [2, 1]
    assert sorted(ids) == ["eu.acme.far-v1:0", "global.acme.far-v1:0", HAIKU]
    assert control.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"] == []


def test_a_profile_names_the_regions_where_a_request_may_run(control: "BedrockClient") -> None:
    profile = control.get_inference_profile(inferenceProfileIdentifier="eu.acme.far-v1:0")
    everywhere = control.get_inference_profile(inferenceProfileIdentifier="global.acme.far-v1:0")

    assert [model["modelArn"] for model in profile["models"]] == [
        "arn:aws:bedrock:eu-west-1::foundation-model/acme.far-v1:0",
        "arn:aws:bedrock:eu-central-1::foundation-model/acme.far-v1:0",
    ]
    assert [model["modelArn"] for model in everywhere["models"]] == ["arn:aws:bedrock:::foundation-model/acme.far-v1:0"]
    assert control.get_inference_profile(inferenceProfileIdentifier=profile["inferenceProfileArn"])["type"] == (
        "SYSTEM_DEFINED"
    )


@pytest.mark.parametrize("token", ["bm9uc2Vuc2U=", "?", "OTk5"])
def test_a_page_that_nobody_promised_is_refused(control: "BedrockClient", token: str) -> None:
    with pytest.raises(ClientError) as caught:
        control.list_inference_profiles(nextToken=token)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_what_the_catalogue_does_not_hold_is_not_found(control: "BedrockClient") -> None:
    with pytest.raises(ClientError) as model:
        control.get_foundation_model(modelIdentifier="acme.unknown-v1:0")
    with pytest.raises(ClientError) as availability:
        control.get_foundation_model_availability(modelId=HAIKU)
    with pytest.raises(ClientError) as profile:
        control.get_inference_profile(inferenceProfileIdentifier="eu.acme.unknown-v1:0")

    for caught in (model, availability, profile):
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_filter_with_an_unknown_value_is_refused(control: "BedrockClient") -> None:
    unknown: Any = "SOUND"

    with pytest.raises(ClientError, match="enum value set"):
        control.list_foundation_models(byOutputModality=unknown)


def test_the_bodies_of_all_answers_fit_the_service_model(control: "BedrockClient") -> None:
    model, shapes = service_model("bedrock"), Shapes()
    answers: dict[str, Any] = {
        "GetFoundationModel": control.get_foundation_model(modelIdentifier="brainswap.sim-weak-v1:0"),
        "GetFoundationModelAvailability": control.get_foundation_model_availability(modelId="acme.batch-v1:0"),
        "ListInferenceProfiles": control.list_inference_profiles(),
        "GetInferenceProfile": control.get_inference_profile(inferenceProfileIdentifier=HAIKU),
    }

    for operation, answer in answers.items():
        del answer["ResponseMetadata"]
        shape = model.operation_model(operation).output_shape
        assert shape is not None
        shapes.verify(shape, answer)
