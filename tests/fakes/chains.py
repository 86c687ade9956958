"""A chain of three steps: a ticket is classified, answered, and the answer is checked."""

from typing import Any

STEPS: list[dict[str, Any]] = [
    {
        "name": "classify",
        "system": "You sort tickets.",
        "user": 'Sort: {{ticket}}\nAnswer in JSON: {"label": "…"}',
        "parameters": {"max_tokens": 20},
        "fields": {"label": {"json": "label"}},
    },
    {"name": "draft", "user": "Answer the ticket, of the kind {{steps.classify.label}}: {{ticket}}"},
    {
        "name": "check",
        "user": "Does this answer it?\n{{ticket}}\n{{steps.draft}}\nIt was sorted: {{steps.classify}}",
        "parameters": {"max_tokens": 5},
    },
]


def steps(*changes: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps, with what a test changes in some of them; None takes a key away."""
    made = [dict(step) for step in STEPS]
    for place, change in changes:
        made[place] = {key: value for key, value in {**made[place], **change}.items() if value is not None}
    return made
