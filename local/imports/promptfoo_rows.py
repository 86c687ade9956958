"""Rows of a table of tests: columns that begin with ``__``, and the small language of what is expected."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.imports.promptfoo_files import SCHEME, is_code

_EXPECTED = "__expected"
_WORDS_OF_CODE = {"javascript:": "javascript", "fn:": "javascript", "eval:": "javascript", "python:": "python"}
_RUBRICS = ("grade:", "llm-rubric:")
_FORM = re.compile(r"(not-)?([a-z][a-z0-9:-]{0,60}?)(?:\((\d{1,30}(?:\.\d{1,30})?)\))?(?::([\s\S]*))?")
_LISTS = frozenset({"contains-any", "contains-all", "icontains-any", "icontains-all"})
_DEFAULT_SIMILARITY = 0.8
_DEFAULT_THRESHOLD = 0.75
_WITH_THRESHOLD = frozenset(
    {
        "answer-relevance",
        "classifier",
        "context-faithfulness",
        "context-recall",
        "context-relevance",
        "cost",
        "latency",
        "levenshtein",
        "perplexity",
        "perplexity-score",
        "rouge-n",
        "similar",
        "starts-with",
    }
)


def test_of_row(row: Mapping[str, str], words: frozenset[str]) -> dict[str, Any]:
    """A test as a configuration writes it.

    Args:
        row: cells by column.
        words: that name assertions; anything else in front of a colon is text.
    """
    test: dict[str, Any] = {"vars": {name: cell for name, cell in row.items() if not name.startswith("__")}}
    test["assert"] = list(_assertions(row, words))
    options = {key: row[f"__{key}"] for key in ("prefix", "suffix") if row.get(f"__{key}")}
    if options:
        test["options"] = options
    for key in ("description", "providerOutput"):
        if row.get(f"__{key}"):
            test[key] = row[f"__{key}"]
    if row.get("__threshold", "").strip():
        test["threshold"] = row["__threshold"].strip()
    known = {"__prefix", "__suffix", "__description", "__providerOutput", "__threshold", "__metric"}
    test.update({name: cell for name, cell in row.items() if _is_unknown(name, known) and cell.strip()})
    return test


def assertion_of_text(text: str, words: frozenset[str]) -> dict[str, Any]:
    """What a cell expects, as a configuration writes it; a text in no other form has to be equal."""
    for prefix, word in _WORDS_OF_CODE.items():
        if text.startswith(prefix):
            return {"type": word, "value": text.removeprefix(prefix).strip()}
    for prefix in _RUBRICS:
        if text.startswith(prefix):
            return {"type": "llm-rubric", "value": text.removeprefix(prefix).strip()}
    if text.startswith(SCHEME) and is_code(text):
        return {"type": "python" if ".py" in text else "javascript", "value": text}
    match = _FORM.fullmatch(text.strip())
    if match is None or match[2] not in words:
        return {"type": "equals", "value": text}
    inverse, word, threshold, value = match[1] or "", match[2], match[3], match[4]
    found: dict[str, Any] = {"type": f"{inverse}{word}"}
    if value is not None and value.strip():
        found["value"] = [part.strip() for part in value.split(",")] if word in _LISTS else value.strip()
    if word in _WITH_THRESHOLD:
        default = _DEFAULT_SIMILARITY if word == "similar" else _DEFAULT_THRESHOLD
        found["threshold"] = float(threshold) if threshold else default
    return found


def _assertions(row: Mapping[str, str], words: frozenset[str]) -> Iterator[dict[str, Any]]:
    metric = row.get("__metric", "").strip()
    for name, cell in row.items():
        if name.startswith(_EXPECTED) and cell.strip():
            yield {**assertion_of_text(cell, words), **({"metric": metric} if metric else {}), "column": name}


def _is_unknown(name: str, known: set[str]) -> bool:
    return name.startswith("__") and not name.startswith(_EXPECTED) and name not in known
