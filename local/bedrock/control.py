"""The control plane: models, their availability, and inference profiles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.bedrock.account import Account
from local.bedrock.catalogue import Catalogue, CatalogueModel, Lifecycle, Profile
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.notation import arn, instant
from local.bedrock.paging import page
from local.bedrock.service import Call, json_response

_MOST_RESULTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """Answers questions about the catalogue, as seen from the region of the call."""

    catalogue: Catalogue
    account: Account = field(default_factory=Account)

    async def list_foundation_models(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        summaries = [_model(model, call.region) for model in self.catalogue.models]
        return json_response({"modelSummaries": [summary for summary in summaries if _wanted(summary, parameters)]})

    async def get_foundation_model(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        return json_response({"modelDetails": _model(self._model(parameters["modelIdentifier"]), call.region)})

    async def get_foundation_model_availability(self, parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        model = self._model(parameters["modelId"])
        return json_response(
            {
                "modelId": model.model_id,
                "agreementAvailability": {"status": "AVAILABLE" if model.access else "NOT_AVAILABLE"},
                "authorizationStatus": "AUTHORIZED" if model.access else "NOT_AUTHORIZED",
                "entitlementAvailability": "AVAILABLE" if model.access else "NOT_AVAILABLE",
                "regionAvailability": "AVAILABLE",
            }
        )

    async def list_inference_profiles(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        """All profiles are the system's; the application has none of its own."""
        wanted = parameters.get("typeEquals") in (None, "SYSTEM_DEFINED")
        profiles = page(
            self.catalogue.profiles if wanted else (),
            token=parameters.get("nextToken"),
            most=parameters.get("maxResults") or _MOST_RESULTS,
            refusal=ServiceError("ValidationException", "The pagination token is invalid."),
        )
        summaries = [_profile(profile, call.region) for profile in profiles.items]
        return json_response({"inferenceProfileSummaries": summaries} | profiles.following("nextToken"))

    async def get_inference_profile(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        profile = self.catalogue.profile(parameters["inferenceProfileIdentifier"])
        if profile is None:
            raise ServiceError("ResourceNotFoundException", "The requested inference profile doesn't exist.")
        return json_response(_profile(profile, call.region))

    async def get_account_data_retention(self, _parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        return json_response({"mode": self.account.data_retention})

    def _model(self, asked: str) -> CatalogueModel:
        model = self.catalogue.model(asked)
        if model is None:
            raise ServiceError(
                "ResourceNotFoundException",
                "Could not resolve the foundation model from the provided model identifier.",
            )
        return model


def _model(model: CatalogueModel, region: str) -> dict[str, Any]:
    ways = (("ON_DEMAND", model.on_demand), ("INFERENCE_PROFILE", bool(model.profiles)))
    return {
        "modelArn": _model_arn(model, region),
        "modelId": model.model_id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": list(model.input_modalities),
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": model.streaming,
        "customizationsSupported": [],
        "inferenceTypesSupported": [way for way, open_ in ways if open_],
        "modelLifecycle": dict(_lifecycle(model.lifecycle)),
    }


def _lifecycle(lifecycle: Lifecycle) -> Iterator[tuple[str, str]]:
    yield "status", lifecycle.status
    dates = {
        "startOfLifeTime": lifecycle.start,
        "legacyTime": lifecycle.legacy,
        "publicExtendedAccessTime": lifecycle.extended_access,
        "endOfLifeTime": lifecycle.end,
    }
    for name, date in dates.items():
        if date is not None:
            yield name, instant(date)


def _wanted(summary: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    provider = parameters.get("byProvider")
    listed = {
        "byOutputModality": "outputModalities",
        "byInferenceType": "inferenceTypesSupported",
        "byCustomizationType": "customizationsSupported",
    }
    return (provider is None or provider.lower() == summary["providerName"].lower()) and all(
        parameters.get(asked) is None or parameters[asked] in summary[name] for asked, name in listed.items()
    )


def _profile(profile: Profile, region: str) -> dict[str, Any]:
    prefix = profile.profile_id.partition(".")[0]
    return {
        "inferenceProfileName": f"{prefix.upper()} {profile.model.name}",
        "inferenceProfileId": profile.profile_id,
        "inferenceProfileArn": arn("bedrock", region, f"inference-profile/{profile.profile_id}"),
        "models": [{"modelArn": _model_arn(profile.model, each)} for each in profile.regions],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def _model_arn(model: CatalogueModel, region: str) -> str:
    return arn("bedrock", region, f"foundation-model/{model.model_id}", account="")
