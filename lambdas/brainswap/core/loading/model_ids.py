"""Whether a model's id is one that the catalogue knows."""

import re
from collections.abc import Collection

from brainswap.core.wording import closest, printable

_PROVIDER = re.compile(r"[a-z0-9-]+:[^\s]")


def known_model_problem(model_id: str, known: Collection[str]) -> str | None:
    """Why a model's id is probably a mistake, or None.

    An ARN and an id of another provider, ``openai:gpt-4o``, are taken as they are. In front of a known id one label
    may stand, as in the ids of Bedrock's inference profiles: ``us.``, ``eu.``, ``global.``.
    """
    label, _, model = model_id.partition(".")
    if model_id in known or model in known or model_id.startswith("arn:"):
        return None
    vendor_left_out = any(name.endswith(f".{model_id}") for name in known)
    if _PROVIDER.match(model_id) and not vendor_left_out:
        return None
    meant = closest(model_id, {*known, *(f"{label}.{name}" for name in known)})
    question = f"; did you mean `{printable(meant, limit=120)}`?" if meant else ""
    return f"unknown model `{printable(model_id, limit=120)}`{question}"
