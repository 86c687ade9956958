"""Pages of a list, by tokens that say where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from local.bedrock.faults import ServiceError

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items of a list; no token where no further page follows."""

    items: Sequence[Item]
    next_token: str | None

    def following(self, name: str) -> dict[str, str]:
        """The next page's token as a member of an answer, under the name that the service gives it."""
        return {} if self.next_token is None else {name: self.next_token}


def page(items: Sequence[Item], *, token: str | None, most: int, refusal: ServiceError) -> Page[Item]:
    """The page that a token stands for.

    Args:
        items: the whole list.
        token: of the page before; None asks for the first page.
        most: items on a page.
        refusal: raised for a token that no page of this list gave.

    Raises:
        ServiceError: the refusal.
    """
    begin = _offset(token, len(items), refusal)
    end = begin + most
    following = base64.b64encode(str(end).encode()).decode() if end < len(items) else None
    return Page(items=items[begin:end], next_token=following)


def _offset(token: str | None, size: int, refusal: ServiceError) -> int:
    if token is None:
        return 0
    try:
        offset = int(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error):
        offset = -1
    if not 0 <= offset <= size:
        raise refusal
    return offset
