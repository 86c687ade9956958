"""``ApplyGuardrail`` and ``InvokeGuardrailChecks``, by one simulated policy that stands for every guardrail."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from brainswap.core.answers import Origin
from brainswap.core.personal_data.finding import find
from brainswap.core.personal_data.kinds import Kind
from local.bedrock.http1 import HttpResponse
from local.bedrock.pace import Pace
from local.bedrock.question import Reply
from local.bedrock.service import Call, json_response

TOOK_MS = 120.0  # of the server's own clock, whatever the text
TEXT_UNIT = 1_000  # characters

INTERVENED = "guardrail_intervened"
MASKED = "{EMAIL}"
BLOCKED = "Sorry, the guardrail does not let this answer pass."

# By category, words that count as harm however they are meant. A few plain ones: what is to be seen here is what a run
# makes of an intervention, and not what a real guardrail finds.
HARMFUL_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "VIOLENCE": frozenset({"kill", "murder", "stab", "shoot", "bomb"}),
        "HATE": frozenset({"subhuman", "vermin"}),
        "SEXUAL": frozenset({"porn", "pornography", "nude"}),
        "MISCONDUCT": frozenset({"launder", "counterfeit", "shoplift", "hijack"}),
        "INSULTS": frozenset({"idiot", "idiots", "moron", "stupid", "dumb", "loser"}),
    }
)
SEVERE = 3  # such words in a text have the severity 1
_WORD = re.compile(r"\w+")
_SIMULATED = MappingProxyType({"x-brainswap-origin": Origin.SIMULATED.value, "x-brainswap-estimated": "latency"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the policy finds in a text."""

    severities: Mapping[str, float]
    emails: tuple[str, ...]

    @property
    def blocked(self) -> bool:
        return any(self.severities.values())

    @property
    def intervened(self) -> bool:
        return self.blocked or bool(self.emails)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarding:
    """The simulated policy: content with one of `HARMFUL_WORDS` is blocked, e-mail addresses are masked.

    Every guardrail exists in every version and does just that; what a customer's own guardrail would do is not known
    here, and nobody may conclude it from this one.
    """

    pace: Pace

    async def apply_guardrail(self, parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        since = asyncio.get_running_loop().time()
        texts = [block["text"]["text"] for block in parameters["content"] if "text" in block]
        found = [look(text) for text in texts]
        units = sum(map(_units, texts))
        intervened = any(each.intervened for each in found)
        outputs = [{"text": shown(text, each)} for text, each in zip(texts, found, strict=True)]
        payload = {
            "action": "GUARDRAIL_INTERVENED" if intervened else "NONE",
            "actionReason": "Guardrail blocked." if any(each.blocked for each in found) else "No action.",
            "outputs": outputs if intervened else [],
            "assessments": [assessment(each) for each in found],
            "usage": usage(units),
        }
        await self.pace.wait(since, TOOK_MS)
        return json_response(payload, dict(_SIMULATED))

    async def invoke_guardrail_checks(self, parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        since = asyncio.get_running_loop().time()
        texts = [block["text"] for message in parameters["messages"] for block in message["content"]]
        severities = look(" ".join(texts)).severities
        results, used = {}, {}
        wanted = parameters["checks"].get("contentFilter")
        if wanted is not None:
            asked = [each["category"] for each in wanted["categories"]]
            scores = [{"category": category, "severityScore": severities[category]} for category in asked]
            results["contentFilter"] = {"results": scores}
            used["contentFilter"] = {"textUnits": sum(map(_units, texts))}
        await self.pace.wait(since, TOOK_MS)
        return json_response({"results": results, "usage": used}, dict(_SIMULATED))


def blocked_question(name: str, asked: str) -> Reply | None:
    """The reply to a question that a guardrail blocks: no model is asked, and no token is paid; None for any other."""
    found = look(asked)
    if not found.blocked:
        return None
    return Reply(
        text=BLOCKED,
        stop_reason=INTERVENED,
        input_tokens=0,
        output_tokens=0,
        latency_ms=TOOK_MS,
        first_token_ms=TOOK_MS,
        origin=Origin.SIMULATED,
        estimated=("latency",),
        trace={"inputAssessment": {name: assessment(found)}},
    )


def guarded(name: str, asked: str, reply: Reply) -> Reply:
    """A reply as a guardrail lets it through; what the model took is paid all the same."""
    found = look(reply.text)
    trace = {
        "inputAssessment": {name: assessment(look(asked))},
        "outputAssessments": {name: [assessment(found)]},
    }
    if not found.intervened:
        return replace(reply, trace=trace)
    return replace(reply, text=shown(reply.text, found), stop_reason=INTERVENED, trace=trace)


def look(text: str) -> Found:
    """What the policy finds."""
    words = _WORD.findall(text.casefold())
    severities = {
        category: min(1.0, sum(word in harmful for word in words) / SEVERE)
        for category, harmful in HARMFUL_WORDS.items()
    }
    emails = tuple(text[one.start : one.end] for one in find(text, kinds={Kind.EMAIL}))
    return Found(severities=severities, emails=emails)


def shown(text: str, found: Found) -> str:
    """What a reader gets of a text."""
    if found.blocked:
        return BLOCKED
    for email in found.emails:
        text = text.replace(email, MASKED)
    return text


def assessment(found: Found) -> dict[str, Any]:
    """What Bedrock tells of what it found; policies that found nothing are left out."""
    told: dict[str, Any] = {}
    filters = [_filter(category, severity) for category, severity in found.severities.items() if severity]
    if filters:
        told["contentPolicy"] = {"filters": filters}
    if found.emails:
        masked = [{"match": email, "type": "EMAIL", "action": "ANONYMIZED", "detected": True} for email in found.emails]
        told["sensitiveInformationPolicy"] = {"piiEntities": masked, "regexes": []}
    return told


def usage(units: int) -> dict[str, int]:
    return {
        "topicPolicyUnits": 0,
        "contentPolicyUnits": units,
        "wordPolicyUnits": 0,
        "sensitiveInformationPolicyUnits": units,
        "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": 0,
    }


def _filter(category: str, severity: float) -> dict[str, Any]:
    confidences: Sequence[str] = ("LOW", "MEDIUM", "HIGH")
    confidence = confidences[min(round(severity * SEVERE), len(confidences)) - 1]
    return {"type": category, "confidence": confidence, "filterStrength": "LOW", "action": "BLOCKED", "detected": True}


def _units(text: str) -> int:
    return -(-len(text) // TEXT_UNIT)
