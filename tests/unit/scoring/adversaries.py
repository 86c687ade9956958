"""Pairs of texts on which two ways to compare texts might differ."""

import random
from collections.abc import Callable, Iterator

WORDS = (
    *(
        "the",
        "a",
        "of",
        "refund",
        "refunds",
        "refunded",
        "refunding",
        "relational",
        "conditionally",
        "happy",
        "happily",
    ),
    *("skies", "dying", "tied", "ties", "geology", "theology", "hopefully", "agreed", "feed", "plastered", "hopping"),
    *(
        "falling",
        "hissing",
        "fizzed",
        "filing",
        "sky",
        "yyyy",
        "rationally",
        "probably",
        "adoption",
        "controlling",
        "12",
    ),
    *(
        "3.14",
        "1,000",
        "2024-11-30",
        "don't",
        "e.g.",
        "U.S.",
        "C++",
        "A&amp;B",
        "&lt;b&gt;",
        "<skipped>",
        "re-\nuse",
        "x-",
    ),
    *("naïve", "Straße", "İstanbul", "K", "ﬁ", "日本語", "Москва", "🙂", "e\u0301", "\u00a0", "\u2028", "\u0085", "٣"),
)
MARKS = (
    "",
    "",
    "",
    ".",
    ",",
    "!",
    "?",
    ";",
    " - ",
    "—",
    "...",
    "$5",
    "5%",
    "(",
    ")",
    '"',
    "'",
    "\n",
    "\t",
    "\\",
    "_",
    "/",
)
LETTERS = "abcdefghijklmnopqrstuvwxyyy"
SUFFIXES = (
    *("ational", "tional", "enci", "anci", "izer", "bli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator"),
    *("alism", "iveness", "fulness", "ousness", "aliti", "iviti", "biliti", "fulli", "logi", "icate", "ative", "alize"),
    *("iciti", "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"),
    *("ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "ed", "ing", "ied", "ies", "eed", "sses", "ss", "s", "y"),
    *("e", "ll", "ally", "fully", "logy", "ings", "edly"),
)


def text_pairs(*, seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Texts of all sorts beside others or beside changed copies of themselves."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    yield from [
        ("", ""),
        ("", "a"),
        ("a", ""),
        (" ", " "),
        (".", "."),
        ("a", "a"),
        ("A", "a"),
        ("...", "—"),
        ("\n", "-\n"),
    ]
    for _ in range(count):
        said = chance.choice(_SORTS)(chance)
        expected = _changed(said, chance) if chance.random() < 0.6 else chance.choice(_SORTS)(chance)
        yield said, expected


def _sentence(chance: random.Random) -> str:
    return " ".join(chance.choice(WORDS) + chance.choice(MARKS) for _ in range(chance.randint(1, 40)))


def _characters(chance: random.Random) -> str:
    spread = chance.choice((0x7F, 0x250, 0x3000, 0xD7FF))
    return "".join(chr(chance.randint(0, spread)) for _ in range(chance.randint(0, 80)))


def _punctuation(chance: random.Random) -> str:
    return "".join(chance.choice("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ 0a\n") for _ in range(chance.randint(1, 60)))


def _repetition(chance: random.Random) -> str:
    some = [chance.choice(WORDS) for _ in range(chance.randint(1, 3))]
    return " ".join(chance.choice(some) for _ in range(chance.randint(1, 60)))


def _long_token(chance: random.Random) -> str:
    return chance.choice(("a", "ab", "9", "é", "x1")) * chance.randint(50, 300) + chance.choice(("", " b", "ing", "."))


def inflected(chance: random.Random) -> str:
    """Something like an English word, with up to three suffixes."""
    stem = "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 6)))
    return stem + "".join(chance.choice(SUFFIXES) for _ in range(chance.randint(0, 3)))


def _inflections(chance: random.Random) -> str:
    return " ".join(inflected(chance) for _ in range(chance.randint(1, 30)))


_SORTS: tuple[Callable[[random.Random], str], ...] = (
    *(_sentence, _sentence, _characters, _punctuation, _repetition, _long_token, _inflections),
)


def _changed(text: str, chance: random.Random) -> str:
    """A copy with some of its words left out, doubled, exchanged or replaced, and now and then a shortened one."""
    words = text.split(" ")
    for _ in range(chance.randint(0, max(1, len(words) // 3))):
        at = chance.randrange(len(words))
        words[at : at + 1] = chance.choice(
            ([], [words[at]] * 2, [chance.choice(WORDS)], [words[at], chance.choice(WORDS)])
        )
        words = words or [""]
    if chance.random() < 0.3:
        chance.shuffle(words)
    changed = " ".join(words)
    return changed[: chance.randint(0, len(changed))] if chance.random() < 0.2 else changed
