"""``ListFoundationModelAgreementOffers``: the rate cards of models that are sold through the Marketplace."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from local.bedrock.catalogue import Catalogue
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.marketplace import dimensions
from local.bedrock.service import Call, json_response
from local.bedrock.tariff import Sold, sold_by_id

_TERMS = "https://aws.amazon.com/legal/bedrock/third-party-models/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Public offers at the table's prices, for models of the catalogue and for all others in the table."""

    catalogue: Catalogue

    async def list_offers(self, parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        """One offer, whose card holds every region, whichever the call comes from.

        Raises:
            ServiceError: nobody knows the model, or it is not sold through the Marketplace.
        """
        model_id = parameters["modelId"]
        sold = sold_by_id().get(model_id, ())
        if not sold and self.catalogue.model(model_id) is None:
            raise ServiceError(
                "ResourceNotFoundException",
                "Could not resolve the foundation model from the provided model identifier.",
            )
        if not any(each.on_marketplace for each in sold):
            raise ServiceError("ValidationException", "Agreement not supported for this model")
        return json_response({"modelId": model_id, "offers": [_offer(model_id, sold)]})


def _offer(model_id: str, sold: tuple[Sold, ...]) -> dict[str, Any]:
    # A card whose dimensions name no region has each of them once.
    lines = {dimension.name: dimension for each in reversed(sold) for dimension in dimensions(each)}
    card = [
        {"dimension": line.name, "price": f"{line.usd.normalize():f}", "description": line.description, "unit": "Units"}
        for line in lines.values()
    ]
    number = blake2b(model_id.encode(), digest_size=8).hexdigest()[:13]
    return {
        "offerId": f"offer-{number}",
        "offerToken": f"{number}-brainswap",
        "termDetails": {
            "usageBasedPricingTerm": {"rateCard": card},
            "legalTerm": {"url": _TERMS},
            "supportTerm": {"refundPolicyDescription": "There is nothing to refund."},
        },
    }
