"""Who outside of AWS hears of the stack's events, as a setting says it; imports no CDK."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["slack", "teams", "json"]

KINDS: tuple[str, ...] = get_args(Kind)
MOST = 10  # a rule and a destination each

_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@-]{1,256}")
_URL = re.compile(r"https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(/[A-Za-z0-9()_.!~*';/?:@&=+$,%-]*)?")
_CHANNEL = re.compile(r"[#@]?[A-Za-z0-9_.-]{1,80}")
_EVENT = re.compile(r"[A-Z][A-Za-z ]{0,63}")
_KEYS = ("name", "kind", "secret", "url", "channel", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One place that events are posted to.

    Attributes:
        name: tells it from the others; of small letters, digits and hyphens.
        kind: ``slack`` and ``teams`` get a message that they show, ``json`` the event as it is.
        secret: of AWS Secrets Manager, in the stack's account and region, a JSON object: ``authorization`` is sent in
            the header of that name, and ``url`` is where to, unless ``url`` below says it.
        url: https; better left to the secret where whoever knows it may post.
        channel: of ``slack``, where it is not the webhook that decides.
        events: kinds of events; all that have a message where there is none.
    """

    name: str
    kind: Kind
    secret: str
    url: str | None = None
    channel: str | None = None
    events: tuple[str, ...] = ()


def webhooks(value: Any) -> tuple[Webhook, ...]:
    """Read a list of objects, or its JSON, or nothing.

    Raises:
        ValueError: with what is wrong and what would be right.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value or "[]")
        except ValueError:
            raise ValueError("must be a list of webhooks, or its JSON") from None
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(f"must be a list of at most {MOST} webhooks, or its JSON")
    found = tuple(_webhook(each) for each in value)
    names = [each.name for each in found]
    if len(set(names)) < len(names):
        raise ValueError("must be webhooks of different names")
    return found


def _webhook(value: Any) -> Webhook:
    if not isinstance(value, Mapping) or not {"name", "kind", "secret"} <= set(value) <= set(_KEYS):
        raise ValueError("must be webhooks with name, kind and secret, and otherwise url, channel or events alone")
    kind = value["kind"]
    if kind not in KINDS:
        raise ValueError(f"must be webhooks of a kind among {', '.join(KINDS)}")
    channel = value.get("channel")
    if channel is not None and kind != "slack":
        raise ValueError("must be webhooks with a channel for the kind slack alone")
    events = value.get("events", [])
    if not isinstance(events, list):
        raise ValueError("must be webhooks whose events are a list of kinds")  # noqa: TRY004 - as for every setting
    return Webhook(
        name=_text(value["name"], _NAME, "name of small letters, digits and hyphens"),
        kind=kind,
        secret=_text(value["secret"], _SECRET, "secret, by its name in Secrets Manager"),
        url=None if value.get("url") is None else _text(value["url"], _URL, "url that is https and has no user"),
        channel=None if channel is None else _text(channel, _CHANNEL, "channel by name or id"),
        events=tuple(_text(each, _EVENT, "list of kinds of events, such as Migration Decided") for each in events),
    )


def _text(value: Any, pattern: re.Pattern[str], meaning: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"must be webhooks with a {meaning}")
    return value
