"""Everything that Amazon Bedrock lists in a region."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from brainswap.adapters.vendor_errors import model_errors
from brainswap.core.watching.listing import Dates, Listed, Listing

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient

_TYPES: tuple[Literal["SYSTEM_DEFINED", "APPLICATION"], ...] = ("SYSTEM_DEFINED", "APPLICATION")

LONGEST = 200  # characters of a name
GLOBAL = "global."
"""How the ids of profiles begin that route to every region (Bedrock user guide, global cross-region inference)."""


class BedrockListings:
    """``ListFoundationModels`` and all pages of ``ListInferenceProfiles`` of both types, in the region of a client."""

    def __init__(self, client_in: "Callable[[str], BedrockClient]") -> None:
        self._client_in = client_in

    def listing(self, region: str) -> Listing:
        self._client = self._client_in(region)
        with model_errors(f"ListFoundationModels in {region}"):
            models = self._client.list_foundation_models()["modelSummaries"]
        with model_errors(f"ListInferenceProfiles in {region}"):
            paginator = self._client.get_paginator("list_inference_profiles")
            # Each by its name, for nobody says what is listed without one.
            profiles = [
                profile
                for type_ in _TYPES
                for page in paginator.paginate(typeEquals=type_)
                for profile in page["inferenceProfileSummaries"]
            ]
        return Listing(listed=(*_models(models), *map(_profile, profiles)))


def _models(summaries: Any) -> Iterator[Listed]:
    for summary in summaries:
        lifecycle = summary.get("modelLifecycle") or {}
        yield Listed(
            id=summary["modelId"],
            kind="model",
            provider=summary.get("providerName", "")[:LONGEST],
            name=summary.get("modelName", "")[:LONGEST],
            status=lifecycle.get("status", "ACTIVE"),
            dates=Dates(
                start=_date(lifecycle.get("startOfLifeTime")),
                legacy=_date(lifecycle.get("legacyTime")),
                extended_access=_date(lifecycle.get("publicExtendedAccessTime")),
                end_of_life=_date(lifecycle.get("endOfLifeTime")),
            ),
            outputs=tuple(summary.get("outputModalities", ())),
            on_demand="ON_DEMAND" in summary.get("inferenceTypesSupported", ()),
        )


def _profile(summary: Any) -> Listed:
    arns = [model.get("modelArn", "") for model in summary["models"]]
    own = summary["type"] == "APPLICATION"
    return Listed(
        id=summary["inferenceProfileArn"] if own else summary["inferenceProfileId"],
        kind="application" if own else "profile",
        name=summary["inferenceProfileName"][:LONGEST],
        base=arns[0].rpartition("/")[2] if arns else None,
        regions=tuple(sorted(regions_of(summary["inferenceProfileId"], arns))),
    )


def regions_of(profile_id: str, arns: Iterable[str]) -> frozenset[str]:
    """Where a profile may route to, by the ARNs of its models; an empty name stands for anywhere.

    A global profile may route anywhere, whatever its ARNs name: nobody's limit is to rest on a list that is too short.
    """
    named = frozenset("".join(arn.split(":")[3:4]) for arn in arns)
    return named | {""} if profile_id.startswith(GLOBAL) else named


def _date(value: Any) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None
