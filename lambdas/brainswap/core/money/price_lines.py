"""Lines of somebody's price list: what they price, per how many tokens, and the price that they make up together."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from brainswap.core.money.prices import MILLION, Price, Rates
from brainswap.core.wording import printable

Way = Literal["standard", "batch", "flex", "priority"]
Direction = Literal["input", "output", "cache_read", "cache_write", "cache_write_1h"]
Reach = Literal["regional", "geo", "global"]

LONGEST = 2_000  # characters of a text that is looked at
LONGEST_NUMBER = 32
LEAST_USD, MOST_USD = Decimal("0.000001"), Decimal(100_000)  # of a million tokens that anybody would ask for

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_HOUR = re.compile(r"\b1 (h|hr|hour)\b")
_WAYS: tuple[Way, ...] = ("batch", "flex", "priority")
# Lines with such a word are about something else than the text that a call sends and gets.
_ELSEWHERE = frozenset(
    {
        *("latency", "optimized", "optimised", "ultrafast", "mantle"),
        *("provisioned", "commitment", "reserved", "month", "tpm"),
        *("custom", "customized", "customization", "tuned", "tuning", "training", "storage"),
        *("image", "images", "audio", "speech", "video", "guardrail", "search"),
        *("ctx", "context", "long"),
    }
)
_BY_UNIT = (
    (re.compile(r"^(1k|1,?000|thousand)( tokens?)?$"), Decimal(1_000)),
    (re.compile(r"^(1m|1,?000,?000|million|millions)( tokens?)?$"), MILLION),
    (re.compile(r"^tokens?$"), Decimal(1)),
)
_BY_DESCRIPTION = (
    (re.compile(r"\b(1k|1,?000|thousand)\b(?!,)", re.IGNORECASE), Decimal(1_000)),
    (re.compile(r"\b(1m|1,?000,?000|million)\b", re.IGNORECASE), MILLION),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One price, in US dollars per million tokens."""

    way: Way
    direction: Direction
    reach: Reach
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A line about tokens that cannot be read without guessing; nothing is taken for what it prices."""

    way: Way
    direction: Direction
    reach: Reach
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatePrice:
    """What one source says of one model's price; without a price, the notes say why.

    Attributes:
        model_id: without the prefix of a profile.
        reach: whether it holds for the model itself, for a profile of a geography, or for a global one; None from a
            source that did not answer.
    """

    model_id: str
    origin: Literal["rate_card", "price_list"]
    reach: Reach | None
    price: Price | None
    notes: tuple[str, ...] = ()


def read_line(*, name: str, description: str, unit: str, price: Any, further: str = "") -> Line | Unclear | None:
    """Read one line; None where it is not about the tokens of a text model.

    Args:
        name: usage type or dimension.
        description: which may say per how many tokens the price is.
        unit: which may say so too; both must agree, and one of them must speak.
        price: in US dollars; whatever the source holds.
        further: words of other attributes.
    """
    if max(len(name), len(description), len(unit), len(further)) > LONGEST:
        return None
    words = [word.lower() for word in _WORD.findall(f"{name} {description} {further}")]
    found = frozenset(words)
    direction = _direction(found, " ".join(words))
    ways = [way for way in _WAYS if way in found]
    if direction is None or len(ways) > 1:
        return None
    reach: Reach = "global" if "global" in found else "geo" if "geo" in found or "cross" in found else "regional"
    way: Way = ways[0] if ways else "standard"
    per, usd = _per(unit, description), _usd(price)
    if per is None:
        why = f"the unit of {printable(name)} is unclear"
        return Unclear(way=way, direction=direction, reach=reach, why=why)
    if usd is None or not LEAST_USD * per / MILLION <= usd <= MOST_USD * per / MILLION:
        why = f"the price of {printable(name)} is no price"
        return Unclear(way=way, direction=direction, reach=reach, why=why)
    return Line(way=way, direction=direction, reach=reach, usd=usd * MILLION / per)


def price_from(
    lines: Sequence[Line | Unclear], *, reach: Reach, source: str, date: str
) -> tuple[Price | None, tuple[str, ...]]:
    """The price that lines of one reach make up, and what is wrong with them.

    Lines that say the same are one; lines that contradict each other are told and none of them is taken. Without
    exactly one price of input and of output there is no price.
    """
    unclear = {
        (line.way, line.direction): line.why for line in lines if isinstance(line, Unclear) and line.reach == reach
    }
    notes = list(unclear.values())
    stated: dict[tuple[Way, Direction], set[Decimal]] = defaultdict(set)
    for line in lines:
        if isinstance(line, Line) and line.reach == reach:
            stated[line.way, line.direction].add(line.usd)
    for (way, direction), amounts in stated.items():
        if len(amounts) > 1:
            told = ", ".join(f"{amount.normalize():f}" for amount in sorted(amounts))
            notes.append(f"ambiguous: the {way} price of {direction} is {told} USD per million tokens")
    sole = {key: next(iter(amounts)) for key, amounts in stated.items() if len(amounts) == 1 and key not in unclear}
    standard = _rates(sole, "standard")
    if standard is None:
        return None, tuple(dict.fromkeys(notes))
    price = Price(
        input=standard.input,
        output=standard.output,
        cache_read=standard.cache_read,
        cache_write=standard.cache_write,
        cache_write_1h=sole.get(("standard", "cache_write_1h")),
        batch_input=sole.get(("batch", "input")),
        batch_output=sole.get(("batch", "output")),
        flex=_rates(sole, "flex"),
        priority=_rates(sole, "priority"),
        source=source,
        date=date,
    )
    return price, tuple(dict.fromkeys(notes))


def reaches_in(lines: Iterable[Line | Unclear]) -> list[Reach]:
    """The reaches that occur, each once, in the order of their first line."""
    return list(dict.fromkeys(line.reach for line in lines))


def _rates(sole: Mapping[tuple[Way, Direction], Decimal], way: Way) -> Rates | None:
    put_in, got_out = sole.get((way, "input")), sole.get((way, "output"))
    if put_in is None or got_out is None:
        return None
    return Rates(
        input=put_in,
        output=got_out,
        cache_read=sole.get((way, "cache_read")),
        cache_write=sole.get((way, "cache_write")),
    )


def _direction(found: frozenset[str], text: str) -> Direction | None:
    if not found & {"token", "tokens"} or found & _ELSEWHERE:
        return None
    if found & {"cache", "cached", "caching"}:
        read, write = "read" in found, bool(found & {"write", "creation"})
        if read == write:
            return None
        return "cache_read" if read else "cache_write_1h" if _HOUR.search(text) else "cache_write"
    put_in, got_out = "input" in found, "output" in found
    if put_in == got_out or found & {"read", "write", "hour"}:
        return None
    return "input" if put_in else "output"


def _per(unit: str, description: str) -> Decimal | None:
    """Tokens that a price is for; None where nobody says, or where unit and description contradict each other."""
    said = {per for pattern, per in _BY_UNIT if pattern.match(unit.strip().lower())}
    said |= {per for pattern, per in _BY_DESCRIPTION if pattern.search(description)}
    return said.pop() if len(said) == 1 else None


def _usd(price: Any) -> Decimal | None:
    if not isinstance(price, str) or len(price) > LONGEST_NUMBER:
        return None
    try:
        amount = Decimal(price)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
