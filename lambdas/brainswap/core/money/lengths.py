"""How many tokens a text is that nobody counted, with the error of the guess."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from brainswap.core.declared_models import Parameters
from brainswap.core.money.ranges import CountRange

CHARACTERS = 4.0  # in a token: the vendors' own rule of thumb
# The means of sets of prompts and answers in three families (Nova 2, Claude 4.6, Kimi K2.5), from JSON to prose and in
# Latin script, whose tokens Amazon Bedrock counted, lay between 2.58 and 5.14 characters a token.
FEWEST_CHARACTERS, MOST_CHARACTERS = 2.5, 5.2

ASSUMED_ANSWER = 1_200.0  # characters, where no recording tells
WIDE = 4.0  # the factor by which that may be wrong either way
OTHERS_WIDE = 2.0  # the same, where recordings of other models tell
ERRORS = 2.0  # standard errors either way


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLengths:
    """Of some texts, in characters.

    Attributes:
        count: how many texts there are.
    """

    mean: float
    longest: int
    count: int

    @property
    def error(self) -> float:
        """At most the standard error of the mean: texts between 0 and ``longest`` with this mean cannot vary more.

        Bhatia and Davis 2000, Amer. Math. Monthly 107:353: the variance is at most (longest - mean) (mean - 0).
        """
        return math.sqrt(self.mean * max(0.0, self.longest - self.mean) / self.count) if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Characters:
    """The mean length of texts that are still to come, and why it is thought to be that."""

    low: float
    expected: float
    high: float
    because: str


def answer_length(recording: str, recorded: Mapping[str, TextLengths]) -> Characters:
    """How long a model's answers will be, from recordings of its own, of other models, or from nothing.

    Args:
        recording: the name of its own.
        recorded: lengths of answers, by name of the recording.
    """
    known = {name: lengths for name, lengths in recorded.items() if lengths.count and lengths.mean > 0}
    own = known.get(recording)
    if own is not None:
        spread = ERRORS * own.error
        words = f"as long as its {own.count:,} recorded ones"
        return Characters(low=max(0.0, own.mean - spread), expected=own.mean, high=own.mean + spread, because=words)
    means = [lengths.mean for lengths in known.values()]
    if means:
        return Characters(
            low=min(means) / OTHERS_WIDE,
            expected=sum(means) / len(means),
            high=max(means) * OTHERS_WIDE,
            because=f"as long as those recorded of others, give or take a factor of {OTHERS_WIDE:g}",
        )
    words = f"{ASSUMED_ANSWER:g} characters long, give or take a factor of {WIDE:g}: nothing is recorded"
    return Characters(low=ASSUMED_ANSWER / WIDE, expected=ASSUMED_ANSWER, high=ASSUMED_ANSWER * WIDE, because=words)


def input_tokens(prompts: TextLengths) -> CountRange:
    """Tokens of a prompt of mean length."""
    return CountRange(
        low=math.floor(prompts.mean / MOST_CHARACTERS),
        expected=math.ceil(prompts.mean / CHARACTERS),
        high=math.ceil(prompts.mean / FEWEST_CHARACTERS),
    )


def longest_tokens(prompts: TextLengths) -> int:
    """Tokens of the longest prompt, were it as dense as any."""
    return math.ceil(prompts.longest / FEWEST_CHARACTERS)


def output_tokens(answers: Characters, parameters: Parameters) -> CountRange:
    """Tokens of an answer of mean length; nobody knows how long a model thinks before it, but for ``max_tokens``."""
    most = parameters.max_tokens
    high = most if parameters.thinking != "off" else math.ceil(answers.high / FEWEST_CHARACTERS)
    return CountRange(
        low=min(math.floor(answers.low / MOST_CHARACTERS), most),
        expected=min(math.ceil(answers.expected / CHARACTERS), most),
        high=min(high, most),
    )
