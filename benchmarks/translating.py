"""What is left of 300 public prompts in each dialect, and nine migrations by hand beside ours, as Markdown tables.

Run it as ``python -m benchmarks.translating``; ``BRAINSWAP_REAL_DATA`` names the folder of the prompts.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from brainswap.core.cases import Case
from brainswap.core.prompts.anchors import losses, texts, whole
from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.leaks import Leaks
from brainswap.core.prompts.structure.parsing import parse
from brainswap.core.prompts.structure.parts import render
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.prompts.translation import translate
from tests.real.assembling import ABSENT, DATA
from tests.real.prompt_corpus import TARGETS, corpus, kept_by

KINDS = ("slots", "labels", "numbers", "addresses", "must keep", "examples", "protected")
_BY_HAND = (
    "| prompt | to | characters | theirs | lost by theirs | guards on theirs | cases in theirs | ours | rules "
    "| lost by ours |"
)
_MODELS = {
    "claude-3 (Bedrock)": "anthropic.claude-3-haiku-20240307-v1:0",
    "claude-3-sonnet (Bedrock)": "anthropic.claude-3-haiku-20240307-v1:0",
}


def main() -> int:
    if not DATA.is_dir():
        print(ABSENT, file=sys.stderr)
        return 1
    exact = sum(render(parse(one.prompt)) == one.prompt for one in corpus())
    print(f"Rendered as they were: {exact} of {len(corpus())}.\n")
    print("\n".join(dialects()), end="\n\n")
    print("\n".join(by_hand()))
    return 0


def dialects() -> Iterator[str]:
    """Kept of found, by family and kind."""
    yield f"| dialect | changed | held back | {' | '.join(KINDS)} |"
    yield f"|---|--:|--:|{'--:|' * len(KINDS)}"
    for family, model in TARGETS.items():
        kept = kept_by(model)
        cells = []
        for kind in KINDS:
            lost = sum(of == kind for _, of, _ in kept.lost)
            cells.append(f"{kept.found[kind] - lost:,} of {kept.found[kind]:,}")
        yield f"| {family} | {kept.changed} of {kept.prompts} | {kept.held_back} | {' | '.join(cells)} |"


def by_hand() -> Iterator[str]:
    """What people, or AWS's optimiser, made of nine prompts, and what the rules make of them."""
    yield _BY_HAND
    yield "|---|---|--:|--:|--:|---|--:|--:|---|--:|"
    for line in (DATA / "prompts" / "real_prompt_migrations.jsonl").read_text("utf-8").splitlines():
        yield _row(json.loads(line))


def _cases(prompt: str) -> list[Case]:
    """The cases that an optimiser scored a prompt on, where they are known."""
    templates = json.loads((DATA / "bedrock_apo.manifest.json").read_text("utf-8"))["templates"]
    if prompt not in templates:
        return []
    rows = [json.loads(line) for line in (DATA / "bedrock_apo.jsonl").read_text("utf-8").splitlines()]
    task = templates[prompt]["task"]
    return [Case(id=row["id"], input=row["input"]) for row in rows if row["meta"]["task"] == task]


def _row(row: dict[str, Any]) -> str:
    model = _MODELS.get(row["target_model"], row["target_model"])
    original, theirs = _asked(row["source_prompt"]), _asked(row["migrated_prompt"])
    ours = translate(original, model)
    cases = _cases(row["id"])
    leaks = Leaks(whole(theirs), whole(original))
    repeated = f"{sum(any(leaks.of(case)) for case in cases)} of {len(cases)}" if cases else "unknown"
    guards = sorted({refusal.guard for refusal in refusals(theirs, original)})
    rules = [change.rule for change in ours.changes]
    cells = (
        row["id"],
        row["target_model"],
        f"{len(row['source_prompt']):,}",
        f"{len(row['migrated_prompt']):,}",
        str(len(losses(original, theirs))),
        ", ".join(guards) or "none",
        repeated,
        f"{sum(map(len, texts(ours.prompt))):,}",
        ", ".join(rules) or "no change needed",
        str(len(losses(original, ours.prompt))),
    )
    return f"| {' | '.join(cells)} |"


def _asked(text: str) -> Prompt:
    return Prompt(system=None, messages=(Message(role="user", content=text),))


if __name__ == "__main__":
    sys.exit(main())
