"""Quotes of untrusted text that are short and safe to print, store and put in a table."""

QUOTE = 60
KEPT = 2_000


def quote(text: str, limit: int = QUOTE) -> str:
    """In quotation marks, on one line, at most ``limit`` characters; what cannot be printed becomes a space."""
    return f"“{_printable(text[:limit])}{'…' if len(text) > limit else ''}”"


def kept(text: str) -> str:
    """For ``Score.extracted``: cut at 2,000 characters, without the lone surrogates that no file can hold."""
    return text[:KEPT].encode("utf-8", "replace").decode("utf-8")


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)
