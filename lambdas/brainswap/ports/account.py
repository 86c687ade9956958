"""What the account says of models, of itself, and of what it may use."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from brainswap.core.preflight import ModelFacts
    from brainswap.core.quotas import Quota
    from brainswap.core.watching.listing import Listing


class Catalogue(Protocol):
    """The models that the account may call."""

    def facts(self, model_id: str) -> "ModelFacts | None":
        """What is known of the id; None when the catalogue does not have it.

        Raises:
            TransientError: the catalogue does not answer.
            ModelAccessError: the caller may not ask it.
        """
        ...


class AccountTerms(Protocol):
    """What the account agreed to."""

    def data_retention(self) -> str:
        """Who keeps what models are sent, in Bedrock's word for it.

        Raises:
            TransientError: nobody answers.
            ModelAccessError: the caller may not ask.
            ModelRefusesRequestError: the service does not know the question.
        """
        ...


class Listings(Protocol):
    """The whole catalogue of a region."""

    def listing(self, region: str) -> "Listing":
        """Every model and every profile; nothing less.

        Raises:
            TransientError: the catalogue does not answer, or broke off.
            ModelAccessError: the caller may not ask it.
        """
        ...


class Quotas(Protocol):
    """What the account may use of each model."""

    def of(self, model_ids: Collection[str]) -> "Mapping[str, Quota]":
        """By model id, why nothing is known among it; models that have no such quotas are left out."""
        ...
