"""What is known of models, the same at every look unless a test says otherwise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from brainswap.core.money.price_lines import CandidatePrice
from brainswap.core.preflight import ModelFacts
from brainswap.core.quotas import Quota
from brainswap.core.watching.listing import Listing


@dataclass
class FixedPrices:
    """The same prices at every look."""

    known: Mapping[str, Sequence[CandidatePrice]] = field(default_factory=dict)

    def prices(self, model_ids: Collection[str], region: str) -> Mapping[str, Sequence[CandidatePrice]]:
        assert region
        return {model_id: self.known[model_id] for model_id in model_ids if model_id in self.known}


@dataclass
class FixedQuotas:
    """The same quotas at every look."""

    known: Mapping[str, Quota] = field(default_factory=dict)

    def of(self, model_ids: Collection[str]) -> Mapping[str, Quota]:
        return {model_id: self.known[model_id] for model_id in model_ids if model_id in self.known}


@dataclass
class FixedCatalogue:
    """The same facts at every look."""

    known: Mapping[str, ModelFacts] = field(default_factory=dict)

    def facts(self, model_id: str) -> ModelFacts | None:
        return self.known.get(model_id)


@dataclass
class FixedTerms:
    """The same terms at every look, or an error."""

    mode: str | Exception = "default"

    def data_retention(self) -> str:
        if isinstance(self.mode, Exception):
            raise self.mode
        return self.mode


@dataclass
class ScriptedListings:
    """What each look at any region gets: a listing, or an error."""

    looks: list[Listing | Exception] = field(default_factory=list)

    def listing(self, region: str) -> Listing:
        assert region
        look = self.looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look
