"""Figures that nobody measured: tokens from the length of a text, latencies from a model's usual speed."""

import math
import re
from dataclasses import dataclass

from local.bedrock.draws import normal

CHARACTERS_PER_TOKEN = 4
# Scripts that are written without spaces, where a token is about one character.
DENSE = (
    "\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_DENSE_CHARACTER = re.compile(f"[{DENSE}\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long an answer takes, from the request to the first piece of text and to the last one."""

    first_token_ms: float
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast a model usually is.

    Attributes:
        first_token_ms: median for a short request; 20,000 tokens of input double it.
        tokens_per_second: median of the output once it flows.
        spread: standard deviation of the logarithm of either.
    """

    first_token_ms: float
    tokens_per_second: float
    spread: float = 0.25


_INPUT_THAT_DOUBLES_THE_WAIT = 20_000


def tokens(text: str) -> int:
    """One token for each Chinese, Japanese or Korean character, and for every 4 other characters; 0 for no text.

    The rule of thumb that vendors give for English (about 4 characters); other alphabets are underestimated.
    """
    dense = 0 if text.isascii() else len(_DENSE_CHARACTER.findall(text))
    return dense + -(-(len(text) - dense) // CHARACTERS_PER_TOKEN)


def cut(text: str, limit: int) -> str:
    """The longest beginning of a text that has at most ``limit`` tokens by the same rule."""
    if tokens(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if tokens(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def timing(speed: Speed, *, input_tokens: int, output_tokens: int, draw: tuple[object, ...]) -> Timing:
    """A plausible latency: log-normal time to the first token, then tokens at a log-normal rate.

    Args:
        speed: of the model.
        input_tokens: lengthen the time to the first token.
        output_tokens: lengthen the rest.
        draw: the parts of the seed.
    """
    longer = 1 + input_tokens / _INPUT_THAT_DOUBLES_THE_WAIT
    first = speed.first_token_ms * longer * math.exp(speed.spread * normal(*draw, "first token"))
    rate = speed.tokens_per_second * math.exp(speed.spread * normal(*draw, "rate"))
    return Timing(first_token_ms=first, latency_ms=first + 1000 * output_tokens / rate)
