"""One thing that is wrong with a declared value, before it is known in which file and line it stands."""

from dataclasses import dataclass

from brainswap.core.wording import printable

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong at the path of a key.

    Attributes:
        kind: a few words by which findings are counted.
        line: of the file, where it is not that of the key.
        text_line: the line inside the key's text, counted from 0.
    """

    kind: str
    path: KeyPath
    wrong: str
    remedy: str
    line: int | None = None
    text_line: int | None = None


def dotted(path: KeyPath) -> str:
    """Such as ``gates[0].margin``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path)
    return "".join(parts).removeprefix(".")
