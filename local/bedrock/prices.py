"""``GetProducts`` of the Price List."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from local.bedrock.aws import RefusedError, json_1_1_response
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.paging import page
from local.bedrock.pricelist import Product, products
from local.bedrock.service import Call

FORMAT = "aws_v1"

_MOST_RESULTS = 100
_FITS: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "TERM_MATCH": str.__eq__,
        "EQUALS": str.__eq__,
        "CONTAINS": str.__contains__,
        "ANY_OF": lambda found, wanted: found in wanted.split(","),
        "NONE_OF": lambda found, wanted: found not in wanted.split(","),
    }
)


async def get_products(parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
    """A page of the rows that fit all filters.

    Raises:
        ServiceError: there is no such offer or format, or no such page.
    """
    offer = products().get(parameters["ServiceCode"])
    if offer is None:
        raise ServiceError("ResourceNotFoundException", f"There is no offer {parameters['ServiceCode']}.")
    if parameters.get("FormatVersion") not in (None, FORMAT):
        raise ServiceError("ValidationException", f"The only format is {FORMAT}.")
    filters = parameters.get("Filters") or ()
    rows = page(
        [product for product in offer if all(_fits(product, each) for each in filters)],
        token=parameters.get("NextToken"),
        most=parameters.get("MaxResults") or _MOST_RESULTS,
        refusal=RefusedError("InvalidNextTokenException", "The pagination token is invalid."),
    )
    texts = [product.text() for product in rows.items]
    return json_1_1_response({"FormatVersion": FORMAT, "PriceList": texts} | rows.following("NextToken"))


def _fits(product: Product, wanted: Mapping[str, str]) -> bool:
    """Whether a row fits a filter; one without the attribute fits none, not even a filter that excludes."""
    by_lower_case = {name.lower(): value for name, value in product.attributes.items()}
    found = by_lower_case.get(wanted["Field"].lower())
    return found is not None and _FITS[wanted["Type"]](found, wanted["Value"])
