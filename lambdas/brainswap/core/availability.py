"""What an account lacks to call a model, in Bedrock's words, and what to do about each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_GRANTED = frozenset({"AVAILABLE", "AUTHORIZED"})
_CATALOGUE = "in the model catalogue of Bedrock's console"

NOT_IN_CATALOGUE = "name an inference profile that begins in this region, or deploy where the model is"
"""What to do about a model that the catalogue of a region does not have."""

_TO_DO: Mapping[tuple[str, str], str] = {
    ("region", "NOT_AVAILABLE"): NOT_IN_CATALOGUE,
    ("authorization", "NOT_AUTHORIZED"): "let whoever administers the organisation allow the model, or ask AWS Support",
    ("agreement", "PENDING"): "look again in a quarter of an hour, when the agreement is made",
    # Amazon Bedrock User Guide, access to models, 2026: the first call of who may subscribe makes the agreement;
    # Anthropic's models want its form of use cases before.
    ("agreement", "NOT_AVAILABLE"): (
        f"accept the model's terms {_CATALOGUE}, with its form of use cases where there is one, or let somebody who "
        "has `aws-marketplace:Subscribe` ask it once"
    ),
    ("agreement", "ERROR"): f"accept the model's terms again {_CATALOGUE}",
    ("entitlement", "NOT_AVAILABLE"): f"ask for access to the model {_CATALOGUE}",
}
_ELSE = f"open the model {_CATALOGUE}, which says more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """What Bedrock says of a model to an account; the attributes hold its own words."""

    region: str
    authorization: str
    agreement: str
    entitlement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What is missing, and what to do, both as half sentences."""

    because: str
    to_do: str


def lack_of(found: Availability) -> Lack | None:
    """What is missing; None when nothing.

    A word that nobody knows counts as something missing.
    """
    missing = list(_missing(found))
    if not missing:
        return None
    return Lack(
        because="; ".join(f"{what} is {word}" for what, word in missing),
        to_do="; ".join(dict.fromkeys(_TO_DO.get(each, _ELSE) for each in missing)),
    )


def _missing(found: Availability) -> Iterator[tuple[str, str]]:
    said = {
        "region": found.region,
        "authorization": found.authorization,
        "agreement": found.agreement,
        "entitlement": found.entitlement,
    }
    yield from ((what, word) for what, word in said.items() if word not in _GRANTED)
