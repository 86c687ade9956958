"""The state of a ``dspy.Predict`` as ``save("program.json")`` writes it and ``load`` reads it."""

import json
from itertools import pairwise
from typing import Any

from brainswap.core.exports.notation import identifiers
from brainswap.core.exports.shipped import Exported, NotExportableError, Shipped, left_out
from brainswap.core.prompts.template import PLACEHOLDER

ANSWER = "answer"


def program_state(shipped: Shipped) -> Exported:
    """Instructions and fields: every placeholder is an input, and there is one output.

    Examples in the prompt that are whole turns are demonstrations where they give the only placeholder a text. DSPy
    words the fields itself, so that what a model is asked there is never the very same text.

    Raises:
        NotExportableError: the prompt has no placeholder, and so a signature no input.
    """
    prompt = shipped.prompt
    names = identifiers(prompt.placeholders - {ANSWER})
    if ANSWER in prompt.placeholders:
        names[ANSWER] = next(name for name in (f"{ANSWER}_given", f"{ANSWER}_given_2") if name not in names.values())
    if not names:
        raise NotExportableError("The prompt has no placeholder, and a signature of DSPy's needs an input.")
    asked = prompt.messages[-1].content if prompt.messages else ""
    demos, turns = _demos(shipped, names, asked)
    told = [prompt.system or "", *turns, _instruction(asked, names)]
    fields = [
        {"prefix": f"{name.replace('_', ' ').title()}:", "description": f"${{{name}}}"}
        for name in (*(names[each] for each in sorted(names)), ANSWER)
    ]
    state: dict[str, Any] = {
        "traces": [],
        "train": [],
        "demos": demos,
        "signature": {"instructions": "\n\n".join(part for part in told if part.strip()), "fields": fields},
        "lm": None,
        "metadata": {"dependency_versions": {}},  # it compares those that it finds with its own
    }
    missing = left_out(shipped, ())
    return Exported(
        text=json.dumps(state, indent=2, ensure_ascii=False) + "\n",
        left_out=(*missing, "the wording of the inputs, which DSPy's adapter makes of the fields"),
        renamed={name: other for name, other in names.items() if name != other},
    )


def signature(exported: Exported) -> str:
    """What to declare the program with before its state is loaded, as in ``dspy.Predict("question -> answer")``."""
    fields = [each["description"][2:-1] for each in json.loads(exported.text)["signature"]["fields"]]
    return f"{', '.join(fields[:-1])} -> {fields[-1]}"


def _instruction(asked: str, names: dict[str, str]) -> str:
    """The last turn with its inputs by their names."""
    return PLACEHOLDER.sub(lambda match: f"`{names[match.group(1)]}`", asked)


def _demos(shipped: Shipped, names: dict[str, str], asked: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Earlier pairs of turns as demonstrations, or else as text."""
    earlier = [turn for turn in shipped.prompt.messages[:-1] if turn.role != "case"]
    pairs = [(one, other) for one, other in pairwise(earlier) if (one.role, other.role) == ("user", "assistant")]
    known = list(names)
    whole = len(pairs) * 2 == len(earlier) and len(known) == 1
    before, _, after = asked.partition("{{" + known[0] + "}}") if whole else ("", "", "")
    demos = []
    for one, other in pairs if whole else ():
        given = one.content
        if not (given.startswith(before) and given.endswith(after)) or PLACEHOLDER.search(given + other.content):
            return [], [f"{turn.role}: {_instruction(turn.content, names)}" for turn in earlier]
        text = given[len(before) : len(given) - len(after)]
        demos.append({"augmented": True, names[known[0]]: text, ANSWER: other.content})
    return demos, [] if whole else [f"{turn.role}: {_instruction(turn.content, names)}" for turn in earlier]
