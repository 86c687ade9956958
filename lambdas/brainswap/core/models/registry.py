"""What is known of models by their exact ids; a similar id is another model."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from brainswap.core.models.profiles import Profile

# Labels of Bedrock's system inference profiles: where they may send a request.
GEOGRAPHIES = frozenset({"us", "eu", "apac", "jp", "au", "in", "ca", "il", "us-gov", "global"})

_WORD = re.compile(r"[A-Za-z]{2,}")
_NO_FAMILY = frozenset({"instruct", "chat", "preview", "text", "embed", "image", "latest"})
_OPENAI = "openai:"
_OTHER_OPENAI = "openai-compatible"
_SIMULATED = "simulated"
_ARN_KINDS = ("inference-profile/", "foundation-model/")


def profile_of(model_id: str) -> Profile | None:
    """What a model accepts; None for a model that nobody looked at.

    Args:
        model_id: of a model or of a system inference profile, the ARN of either, or ``openai:MODEL``. Any other ARN
            says nothing of the model behind it.
    """
    name, known = _name(model_id), profiles()
    if name in known:
        return known[name]
    if name.startswith(_OPENAI):
        return _family(_OTHER_OPENAI)
    return known.get(_without_geography(name))


def bare_id(model_id: str) -> str:
    """The id of a model without the prefix of a profile; the name in an ARN of either."""
    return _without_geography(_name(model_id))


def vendor_of(model_id: str) -> str:
    """The first label of an id, after that of a geography: ``anthropic``; empty where an id has no labels."""
    label, dot, _ = bare_id(model_id).partition(".")
    return label if dot else ""


def lines_of(model_id: str) -> frozenset[str]:
    """Names of the families that a model belongs to, in lower case.

    The words of its id, such as ``claude`` and ``haiku``; and of a model that somebody looked at its family in the
    registry, with its version and without, such as ``claude-4.5`` and ``claude``.
    """
    name = bare_id(model_id).partition(".")[2] or bare_id(model_id)
    words = {word.casefold() for word in _WORD.findall(name)} - _NO_FAMILY
    profile = profile_of(model_id)
    if profile is not None:
        words |= {profile.family.casefold(), profile.family.casefold().partition("-")[0]}
    return frozenset(words)


def kin_of(model_id: str) -> frozenset[str]:
    """Names that a model shares with its kin: its own, its vendor's, and that of its line, whoever serves it.

    Two models are kin when they have one in common. Of a model that nobody looked at little is known, and of an ARN of
    an application's own profile nothing; the simulated models are strangers to each other.
    """
    name = bare_id(model_id)
    profile = profile_of(model_id)
    kin = {name}
    if name.startswith("arn:") or (profile is not None and profile.family == _SIMULATED):
        return frozenset(kin)
    if profile is not None and profile.family != _OTHER_OPENAI:
        kin.add(profile.family.partition("-")[0])
    vendor = vendor_of(model_id)
    return frozenset(kin | ({vendor} if vendor and ":" not in vendor else set()))


@cache
def profiles() -> Mapping[str, Profile]:
    """Every row of the registry, by exact id."""
    table = _table()
    return {
        model_id: _profile(family, {**table["families"][family]["rules"], **own}, table)
        for family, row in table["families"].items()
        for model_id, own in row["models"].items()
    }


@cache
def unprofiled() -> frozenset[str]:
    """Ids that are known and that nobody looked at."""
    return frozenset(_table()["unprofiled"])


@cache
def _family(name: str) -> Profile:
    table = _table()
    return _profile(name, table["families"][name]["rules"], table)


def _profile(family: str, rules: Mapping[str, Any], table: Mapping[str, Any]) -> Profile:
    row = table["families"][family]
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in rules.items()}
    return Profile(**{"family": family, "source": row["source"], "checked_on": row["checked_on"], **values})


def _name(model_id: str) -> str:
    if not model_id.startswith("arn:"):
        return model_id
    resource = model_id.split(":", 5)[-1]
    return next((resource.removeprefix(kind) for kind in _ARN_KINDS if resource.startswith(kind)), model_id)


def _without_geography(name: str) -> str:
    label, _, rest = name.partition(".")
    return rest if label in GEOGRAPHIES else name


@cache
def _table() -> Any:
    return json.loads(Path(__file__).with_name("registry.json").read_text("utf-8"))
