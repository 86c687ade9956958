"""Workloads with judges whose answers are recorded, and what people made of them."""

from pathlib import Path
from typing import Any

from brainswap.core.labelling.labels import Label
from tests.fakes.runs import case

OLD, NEW = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"
JUDGE = {"model": "mistral.mistral-large-2407-v1:0"}
POLITE = {
    "name": "polite",
    "type": "closed_qa",
    "criterion": "It says the words.",
    "show_reference": True,
    "judge": JUDGE,
}
GOOD = {
    "name": "good",
    "type": "rubric",
    "show_reference": True,
    "judge": JUDGE,
    "criteria": [{"name": "right", "question": "Is it right?"}, {"name": "kind", "description": "Kind."}],
}
BETTER = {"name": "better", "type": "pairwise", "show_reference": True, "judge": JUDGE}
WORDS = ["red", "green", "blue", "fast", "slow", "cat", "dog", "tree", "river", "stone", "cloud", "light"]
REPLAY: dict[str, Any] = {
    "source": {"model": OLD, "answers": "recorded", "recorded": "old"},
    "targets": [{"model": NEW, "answers": "recorded", "recorded": "new"}],
    "gates": [],
}


PLAIN = [{"name": "right", "type": "exact"}, {"name": "fast", "type": "latency", "at_most_ms": 9}]
EVIL = [
    "=1+1",
    "@SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    " \t+1",
    "\uff1d1",
    'x";=1',
    "a\n=1\r\n-b",
    "\x1b]0;title\x07\x1b[2J[red]evil[/red]\u202e",
    "y" * 40_000,
]
HOSTILE = [
    case(number, reference=text, recorded={"old": {"output": text}, "new": {"output": f"{text} "}})
    for number, text in enumerate(EVIL)
]


def said(number: int, wrong: int) -> str:
    """The words of a case, the first of them wrong."""
    words = [WORDS[(number + each) % len(WORDS)] for each in range(4)]
    return " ".join([*["nothing"] * wrong, *words[wrong:]])


def rows(count: int = 24) -> list[dict[str, Any]]:
    """Cases of which the source gets words wrong every third time, and the target three times out of four."""
    return [
        case(
            number,
            reference=said(number, 0),
            recorded={
                "old": {"output": said(number, number % 3)},
                "new": {"output": " ".join(reversed(said(number, 3 * (number % 4 > 0)).split()))},
            },
        )
        for number in range(count)
    ]


def labels(folder: str) -> list[Label]:
    lines = (Path(folder) / "labels.jsonl").read_text("utf-8").splitlines()
    return [Label.model_validate_json(line) for line in lines]
