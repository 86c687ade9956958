"""Prompts that models really wrote, and those of a simulated one from public prompts, under the guards."""

import json
from collections import Counter
from typing import Any

import pytest

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.models.registry import profile_of
from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.rewriting.asking import elements_of, rewriting_prompt
from brainswap.core.rewriting.job_records import received, sent
from brainswap.core.rewriting.one_text import with_one_text
from brainswap.core.rewriting.reading import read
from brainswap.rewriters.job import BOUNDS
from local.bedrock.rewriting import reworded
from tests.real.assembling import ABSENT, DATA
from tests.real.prompt_corpus import corpus

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

# What the guards find in four prompts that jobs of Advanced Prompt Optimization really wrote, when all samples are
# held against them; where nothing is found, nothing was copied.
FOUND = {
    "apo-nestful": {"placeholders", "length", "leak"},
    "apo-ifbench": set(),
    "apo-spot": {"leak", "injection"},
    "apo-nestful-live": {"length", "leak"},
}


def templates() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "bedrock_apo.manifest.json").read_text("utf-8"))["templates"]
    return found


def samples(template: str) -> list[Case]:
    rows = [json.loads(line) for line in (DATA / "bedrock_apo.jsonl").read_text("utf-8").splitlines()]
    return [
        Case(id=row["id"], input=row["input"], reference=row["reference"])
        for row in rows
        if row["meta"]["task"] in template
    ]


@pytest.mark.parametrize("name", FOUND)
def test_real_results_of_jobs_come_back_letter_for_letter_and_guards_see_what_they_copied(name: str) -> None:
    row = templates()[name]
    original = Prompt(system=None, messages=(Message(role="user", content=row["original_prompt"]),))
    was = sent(original)
    wrote = row["optimized_prompt"]
    for taken, spelling in was.names.items():
        wrote = wrote.replace(spelling, f"{{{{{taken}}}}}")

    back = received(wrote, was)
    found = refusals(with_one_text(original, back), original, cases=samples(name), bounds=BOUNDS)

    assert back == row["optimized_prompt"]
    assert {refusal.guard for refusal in found} == FOUND[name]


def test_the_guards_refuse_no_simulated_rewriting_of_public_prompts_that_keeps_every_word() -> None:
    outcomes: Counter[str] = Counter()
    for one in corpus()[:60]:
        names = list(elements_of(one.prompt))
        if len(names) != 2:
            continue
        for model, family in (("amazon.nova-pro-v1:0", "nova"), ("anthropic.claude-sonnet-5", "claude")):
            asked = rewriting_prompt(one.prompt, model, profile=profile_of(model), labels=one.labels, salt="s")
            texts = elements_of(one.prompt)
            made = reworded(texts["system"], texts[names[1]], family)  # type: ignore[arg-type]
            text = "".join(
                f"<{name}-{asked.code}>\n{each}\n</{name}-{asked.code}>\n"
                for name, each in (("system", made.system), (names[1], made.user))
            )
            answer = Answer(case_id="none", text=text, status=AnswerStatus.ANSWERED, origin=Origin.SIMULATED)
            found = refusals(read(answer, one.prompt, asked.code).prompt, one.prompt, labels=one.labels)
            outcomes.update({str(refusal.guard) for refusal in found} or {"accepted"})

    assert set(outcomes) == {"accepted"}
    assert outcomes["accepted"] > 60
