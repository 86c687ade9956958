"""What a guardrail of Amazon Bedrock says that it found, in words without the words that it found."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LEFT_ALONE = "NONE"
_MASKED = "ANONYMIZED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a guardrail did something about.

    Attributes:
        masked: it was put out of sight, and the rest of the text was let through.
    """

    words: str
    masked: bool


# Of an assessment: the policy, its lists of findings, and the words for one of them.
_LISTS: tuple[tuple[str, str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("topicPolicy", "topics", lambda found: f"topic {found['name']}"),
    ("contentPolicy", "filters", lambda found: f"content {found['type']} ({found['confidence']})"),
    ("wordPolicy", "customWords", lambda _: "a word of the customer's list"),
    ("wordPolicy", "managedWordLists", lambda found: f"a word of {found['type']}"),
    ("sensitiveInformationPolicy", "piiEntities", lambda found: f"{found['type']} {_done(found)}"),
    ("sensitiveInformationPolicy", "regexes", lambda found: f"pattern {found.get('name', '')} {_done(found)}"),
    ("contextualGroundingPolicy", "filters", lambda found: f"{found['type']} below {found['threshold']}"),
)


def findings(assessments: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Each kind of finding once, in the order of the assessments.

    Raises:
        TypeError, LookupError, AttributeError: something is no assessment.
    """
    return list(dict.fromkeys(finding for each in assessments for finding in _of(each)))


def _of(assessment: Mapping[str, Any]) -> Iterator[Finding]:
    for policy, kind, words in _LISTS:
        for found in (assessment.get(policy) or {}).get(kind) or ():
            if found.get("action") != _LEFT_ALONE:
                yield Finding(words(found), found.get("action") == _MASKED)
    for found in (assessment.get("automatedReasoningPolicy") or {}).get("findings") or ():
        yield Finding(f"automated reasoning: {next(iter(found), 'unknown')}", masked=False)


def _done(found: Mapping[str, Any]) -> str:
    return str(found["action"]).lower()
