"""An event in one line for people, as Slack, Teams and the like show it."""

from collections.abc import Mapping
from typing import Any, Final

from brainswap.core.wording import printable

_LONG = 200  # characters of a name
# What makes links, mentions and type of a text in Slack or Teams; the look-alikes make nothing.
_PLAIN: Final = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "*": "\u2217", "`": "'", "&": "+"})


def event_message(kind: str, detail: Mapping[str, Any]) -> str:
    """What happened, to what, and by which answers; texts of outside are plain, whatever they hold.

    Args:
        kind: such as ``Migration Decided``.
        detail: of the event; what of ``workload``, ``verdict``, ``models``, ``recommended``, ``reason``, ``run_id`` and
            ``url`` it has is told.
    """
    said = [f"{_plain(kind)}: {_plain(detail['workload'])}" if detail.get("workload") else _plain(kind)]
    if detail.get("verdict"):
        said.append(f"verdict {_plain(detail['verdict'])}")
    model = _model(detail.get("recommended"))
    if model:
        said.append(f"recommended {model}")
    if detail.get("models") in ("simulated", "mixed"):
        said.append("SIMULATED answers" if detail["models"] == "simulated" else "answers of mixed origin")
    if detail.get("reason"):
        said.append(_plain(detail["reason"]))
    if detail.get("run_id"):
        said.append(f"run {_plain(detail['run_id'])}")
    url = detail.get("url")
    return " \u00b7 ".join(said) + (f"\n{url}" if isinstance(url, str) and url.startswith("https://") else "")


def _model(recommended: Any) -> str:
    """By its id, or as the part of a document that names it."""
    model = recommended.get("model") if isinstance(recommended, Mapping) else recommended
    return _plain(model) if model else ""


def _plain(value: Any) -> str:
    return printable(str(value), _LONG).translate(_PLAIN).replace("://", ":\u2215\u2215")
