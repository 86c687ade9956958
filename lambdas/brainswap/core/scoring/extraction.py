"""Take out of an answer what is to be compared.

Answers are untrusted and may be of any size; the patterns of ``regex`` come from the workload's owner, who is trusted
not to write one that takes exponential time. A pattern sees the last 200,000 characters, because its last match counts.
"""

import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.documents import documents, fenced_blocks, tolerant_json, value_at
from brainswap.core.scoring.number import last_number
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import follow
from brainswap.core.scoring.specs import Extract

SEARCHED = 200_000

Extractor = Callable[[str], str | None]

_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
_BARE_VALUE = re.compile(r'([^"{}\[\]\n]{1,200}?)[ \t]{0,100}(?:,?[ \t]{0,100}[}\]\n]|,[ \t]{0,100}")')
_CLOSING_MARKS = {mark: re.compile(rf"(?<!\\){mark}\s{{0,1000}}[,}}\]]") for mark in "\"'"}


def extract(spec: Extract | None, text: str) -> str | None:
    """What ``spec`` finds, values of a JSON path as text or JSON; None for nothing, the whole text without ``spec``."""
    return extractor(spec)(text)


def extractor(spec: Extract | None) -> Extractor:
    """`extract` with everything compiled that does not depend on the text."""
    if spec is None:
        return lambda text: text
    if spec.json_path is not None:
        return _at_json_path(spec.json_path)
    if spec.regex is not None:
        return _last_match(re.compile(spec.regex))
    if spec.fenced is not None:
        return _last_fenced(spec.fenced.lower())
    if spec.tag is not None:
        return _last_tagged(spec.tag)
    return last_number


def nothing_found(spec: Extract, text: str) -> str:
    """The reason of a score where `extract` took nothing out of ``text``."""
    where = f"in {quote(text)}"
    if spec.json_path is not None:
        return f"no JSON with a value at {quote(spec.json_path)} {where}"
    if spec.regex is not None:
        part = f"in the last {SEARCHED:,} characters of {quote(text)}" if len(text) > SEARCHED else where
        return f"no match of {quote(spec.regex)} {part}"
    if spec.fenced is not None:
        return f"no fenced block{spec.fenced and f' of {spec.fenced}'} {where}"
    return f"no number {where}" if spec.tag is None else f"no <{spec.tag}> {where}"


def extract_problem(spec: Extract) -> str | None:
    """Why nothing could ever be taken out this way."""
    if spec.json_path is not None and not all(spec.json_path.split(".")):
        return f"extract.json {spec.json_path!r} is not a dotted path"
    if spec.tag is not None and not _TAG.fullmatch(spec.tag):
        return f"extract.tag {spec.tag!r} is not a tag name; write it without brackets"
    if spec.regex is not None and (problem := pattern_problem(spec.regex)):
        return f"extract.regex {problem}"
    return None


def pattern_problem(pattern: str) -> str | None:
    """Why a regular expression does not compile."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{pattern!r} is not a regular expression: {error}"
    return None


def _at_json_path(dotted: str) -> Extractor:
    path = dotted.split(".")
    key = re.compile(rf"""(["']){re.escape(path[-1])}\1\s{{0,1000}}:\s{{0,1000}}""")

    def take(text: str) -> str | None:
        try:
            for document in documents(text):
                with suppress(LookupError):
                    return as_text(follow(document, path))
            return _broken_value(text, key, unique=len(path) > 1)
        except RecursionError:  # what could be read may be nested too deeply to be written again
            return None

    return take


def _broken_value(text: str, key: re.Pattern[str], *, unique: bool) -> str | None:
    """The value after the last ``"key":`` of broken JSON; a value that is itself cut off is none.

    Args:
        text: an answer with no readable document that has the key.
        key: the key with its colon.
        unique: take nothing where the key occurs twice, because nobody knows which one the path means.
    """
    keys = deque(enumerate(key.finditer(text)), maxlen=1)
    if not keys or (unique and keys[0][0] > 0):
        return None
    start = keys[0][1].end()
    first = text[start : start + 1]
    if closing := _CLOSING_MARKS.get(first):
        end = closing.search(text, start + 1)
        return None if end is None else _unescaped(text[start + 1 : end.start()])
    if first in ("{", "["):
        document = value_at(text, start)
        return as_text(document.value) if document.problem is None else None
    bare = _BARE_VALUE.match(text, start)
    return None if bare is None else bare.group(1)


def _unescaped(raw: str) -> str:
    document = tolerant_json(f'"{raw}"')
    return document.value if document.problem is None and isinstance(document.value, str) else raw


def _last_match(pattern: re.Pattern[str]) -> Extractor:
    def take(text: str) -> str | None:
        matches = deque(pattern.finditer(text, max(0, len(text) - SEARCHED)), maxlen=1)
        if not matches:
            return None
        if not pattern.groups:
            return matches[0].group()
        # In an alternation, the first group may belong to the branch that did not match.
        return next((group for group in matches[0].groups() if group is not None), None)

    return take


def _last_fenced(language: str) -> Extractor:
    def take(text: str) -> str | None:
        contents = [block.content for block in fenced_blocks(text) if language in ("", block.language)]
        return contents[-1] if contents else None

    return take


def _last_tagged(tag: str) -> Extractor:
    opening, closing = f"<{tag}>", f"</{tag}>"

    def take(text: str) -> str | None:
        end = text.rfind(closing)
        start = text.rfind(opening, 0, end if end >= 0 else len(text))
        if start < 0:
            return None
        # A stop sequence may have eaten the closing tag.
        return text[start + len(opening) : end if end >= 0 else len(text)].strip()

    return take
