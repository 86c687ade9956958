"""The catalogue of Amazon Bedrock, which says which models may be called."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from brainswap.adapters.bedrock_listings import regions_of
from brainswap.adapters.vendor_errors import model_errors
from brainswap.core.availability import Availability, Lack, lack_of
from brainswap.core.compliance.regions import ANYWHERE
from brainswap.core.money.price_lines import Reach
from brainswap.core.preflight import ModelFacts

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient
    from types_boto3_bedrock.type_defs import (
        FoundationModelSummaryTypeDef,
        GetInferenceProfileResponseTypeDef,
        InferenceProfileSummaryTypeDef,
    )

FRESH_S = 600.0
_APPLICATIONS_OWN = ":application-inference-profile/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """The model behind an id, a profile or an ARN.

    Attributes:
        model_id: the model's own.
        name: with its provider, as in "Anthropic Claude 3.5 Haiku".
        reach: how far from the region a request may run that names the model so.
    """

    model_id: str
    name: str
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """An inference profile.

    Attributes:
        base_id: of its model.
        regions: where it may route to; an empty name stands for anywhere.
    """

    base_id: str
    regions: frozenset[str]
    reach: Reach


class BedrockCatalogue:
    """``ListFoundationModels`` and ``ListInferenceProfiles``, and ``GetInferenceProfile`` of others.

    What was read is right for some minutes: functions live for hours, and limits rest on where a profile routes to.

    Args:
        client: of the control plane.
        now: seconds of a clock that only goes forward.
    """

    def __init__(self, client: "BedrockClient", now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._read_at = 0.0
        self._models: dict[str, FoundationModelSummaryTypeDef] | None = None
        self._profiles: dict[str, _Profile | None] = {}

    def facts(self, model_id: str) -> ModelFacts | None:
        summary, profile = self._found(model_id)
        if summary is None:
            return None
        lifecycle, lack = summary.get("modelLifecycle"), self._lack(summary["modelId"])
        return ModelFacts(
            model_id=model_id,
            status=lifecycle["status"] if lifecycle else "ACTIVE",
            end_of_life=_date(lifecycle, "endOfLifeTime"),
            streams=summary.get("responseStreamingSupported"),
            regions=_said(profile.regions) if profile else (str(self._client.meta.region_name),),
            unavailable_because=lack.because if lack else None,
            to_do=lack.to_do if lack else "",
            modalities=tuple(summary["inputModalities"]) if summary.get("inputModalities") else None,
        )

    def listed(self, model_id: str) -> ListedModel | None:
        """What the catalogue calls a model; None when it does not have it, or no name of it.

        Raises:
            TransientError: the catalogue does not answer.
            ModelAccessError: the caller may not ask it.
        """
        summary, profile = self._found(model_id)
        if summary is None:
            return None
        provider, name = summary.get("providerName", "").strip(), summary.get("modelName", "").strip()
        if not provider or not name:
            return None
        return ListedModel(
            model_id=summary["modelId"],
            name=name if name.startswith(provider) else f"{provider} {name}",
            reach=profile.reach if profile else "regional",
        )

    def _found(self, model_id: str) -> "tuple[FoundationModelSummaryTypeDef | None, _Profile | None]":
        """The model, and the profile through which the id reaches it."""
        models = self._read()
        if model_id not in self._profiles and _APPLICATIONS_OWN in model_id:
            self._profiles[model_id] = self._own_profile(model_id)
        profile = self._profiles.get(model_id)
        return models.get(profile.base_id if profile else model_id), profile

    def _read(self) -> "dict[str, FoundationModelSummaryTypeDef]":
        """Every model, by id and by ARN."""
        if self._models is None or self._now() - self._read_at > FRESH_S:
            began = self._now()
            with model_errors("ListFoundationModels"):
                summaries = self._client.list_foundation_models()["modelSummaries"]
            with model_errors("ListInferenceProfiles"):
                pages = self._client.get_paginator("list_inference_profiles").paginate()
                profiles = [profile for page in pages for profile in page["inferenceProfileSummaries"]]
            self._profiles = {
                name: _profile(profile)
                for profile in profiles
                for name in (profile["inferenceProfileId"], profile["inferenceProfileArn"])
            }
            self._models = {name: each for each in summaries for name in (each["modelId"], each["modelArn"])}
            self._read_at = began
        return self._models

    def _own_profile(self, arn: str) -> _Profile | None:
        """A profile that the application made, which is in no list of the system's; None when there is none."""
        with model_errors(arn):
            try:
                return _profile(self._client.get_inference_profile(inferenceProfileIdentifier=arn))
            except self._client.exceptions.ResourceNotFoundException:
                return None

    def _lack(self, base_id: str) -> Lack | None:
        """What the account lacks to call the model; None when nothing."""
        with model_errors(base_id):
            answer = self._client.get_foundation_model_availability(modelId=base_id)
        return lack_of(
            Availability(
                region=answer["regionAvailability"],
                authorization=answer["authorizationStatus"],
                agreement=answer["agreementAvailability"]["status"],
                entitlement=answer["entitlementAvailability"],
            )
        )


def _profile(profile: "InferenceProfileSummaryTypeDef | GetInferenceProfileResponseTypeDef") -> _Profile:
    arns = [model.get("modelArn", "") for model in profile["models"]]
    regions = regions_of(profile["inferenceProfileId"], arns)
    return _Profile(
        base_id=arns[0].rpartition("/")[2] if arns else "",
        regions=regions,
        reach=_reach(regions, own=profile["type"] == "APPLICATION"),
    )


def _reach(regions: frozenset[str], *, own: bool) -> Reach:
    """An application's own profile reaches as far as what it was copied from: a model, or a profile of the system."""
    if "" in regions:
        return "global"
    return "regional" if own and len(regions) == 1 else "geo"


def _said(regions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(region or ANYWHERE for region in regions))


def _date(lifecycle: Any, name: str) -> datetime | None:
    value = lifecycle.get(name) if lifecycle else None
    return value if isinstance(value, datetime) else None
