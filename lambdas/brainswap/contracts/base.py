"""What all contracts have in common: closed, frozen, checked on reading."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from brainswap.core.errors import InvalidRequestError

Verdict = Literal["migrate", "hold", "inconclusive", "refused"]


class Contract(BaseModel):
    """Anything that one state writes and another reads."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


T = TypeVar("T", bound=Contract)


def parse(contract: type[T], payload: Any) -> T:
    """Read a payload.

    Raises:
        InvalidRequestError: it does not fit; the message names the keys and not the values.
    """
    try:
        return contract.model_validate(payload)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in item["loc"]) or "(root)" for item in error.errors())
        raise InvalidRequestError(f"{contract.__name__}: does not fit at {places}") from None
