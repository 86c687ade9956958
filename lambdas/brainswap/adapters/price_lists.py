"""What AWS says that models cost: agreement offers and the Price List, asked once in a process."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from brainswap.core.money.price_lines import CandidatePrice
from brainswap.core.money.price_lists import ListedName, names_of, price_list_prices
from brainswap.core.money.rate_cards import rate_card_prices
from brainswap.core.money.resolution import base_model
from brainswap.ports import Clock

if TYPE_CHECKING:
    import boto3
    from types_boto3_bedrock import BedrockClient

PRICING_REGION = "us-east-1"  # the Price List answers in few regions, for all of them
MOST_PAGES = 20

_NOT_ON_THE_MARKETPLACE = frozenset({"ValidationException", "ResourceNotFoundException"})
_QUICK = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=10)


class AwsPriceSource:
    """Rate cards and the Price List; what does not answer is a note, because a run can do without."""

    def __init__(self, bedrock: "Callable[[], BedrockClient]", pricing: Callable[[], Any], clock: Clock) -> None:
        self._bedrock = bedrock
        self._pricing = pricing
        self._clock = clock
        self._known: dict[tuple[str, str], list[CandidatePrice]] = {}

    @classmethod
    def from_session(cls, session: "boto3.Session", clock: Clock) -> Self:
        """With clients that are made when they are first needed."""
        return cls(
            lambda: session.client("bedrock", config=_QUICK),
            lambda: _client(session, "pricing", PRICING_REGION),
            clock,
        )

    def prices(self, model_ids: Collection[str], region: str) -> Mapping[str, Sequence[CandidatePrice]]:
        """What is said of each model, by its id as given; nothing is asked about models outside Bedrock."""
        bases = {model_id: base for model_id in model_ids if (base := base_model(model_id)) is not None}
        new = [base for base in dict.fromkeys(bases.values()) if (base, region) not in self._known]
        asked: dict[str, list[CandidatePrice]] = {base: [] for base in new}
        for candidate in (*self._rate_cards(new, region), *self._price_list(new, region)):
            asked.setdefault(candidate.model_id, []).append(candidate)
        for base in new:
            if all(candidate.reach is not None for candidate in asked[base]):
                self._known[base, region] = asked[base]
        return {model_id: asked.get(base) or self._known.get((base, region), []) for model_id, base in bases.items()}

    def _rate_cards(self, bases: Sequence[str], region: str) -> Iterator[CandidatePrice]:
        date = self._clock.now().date().isoformat()
        for place, base in enumerate(bases):
            try:
                offers = self._bedrock().list_foundation_model_agreement_offers(modelId=base)["offers"]
            except (ClientError, BotoCoreError) as error:
                if _code(error) in _NOT_ON_THE_MARKETPLACE:
                    continue
                yield from _silent(bases[place:], "rate_card", error)
                return
            yield from rate_card_prices(offers, model_id=base, region=region, date=date)

    def _price_list(self, bases: Sequence[str], region: str) -> Iterator[CandidatePrice]:
        rows: dict[str, list[str]] = {}
        try:
            for name in names_of(bases):
                rows.setdefault(name.offer, []).extend(self._rows(name, region))
        except (ClientError, BotoCoreError) as error:
            yield from _silent(bases, "price_list", error)
            return
        for offer, found in rows.items():
            yield from price_list_prices(found, offer=offer, region=region)

    def _rows(self, name: ListedName, region: str) -> Iterator[str]:
        pages = (
            self._pricing()
            .get_paginator("get_products")
            .paginate(
                ServiceCode=name.offer,
                Filters=[
                    {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
                    {"Type": "TERM_MATCH", "Field": name.attribute, "Value": name.name},
                ],
            )
        )
        for page in islice(pages, MOST_PAGES):
            yield from page["PriceList"]


def _client(session: "boto3.Session", service: Any, region: str) -> Any:
    """A client without types: there are none of the Price List's here."""
    return session.client(service, region_name=region, config=_QUICK)


def _silent(
    bases: Sequence[str], origin: Literal["rate_card", "price_list"], error: ClientError | BotoCoreError
) -> Iterator[CandidatePrice]:
    """A source that does not answer about one model is not asked about the next; the error's words stay out."""
    note = f"not available: {_code(error)}"
    for base in bases:
        yield CandidatePrice(model_id=base, origin=origin, reach=None, price=None, notes=(note,))


def _code(error: ClientError | BotoCoreError) -> str:
    return error.response["Error"].get("Code", "error") if isinstance(error, ClientError) else type(error).__name__
