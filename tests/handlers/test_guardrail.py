"""The application's guardrail in what contenders are asked."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from brainswap.core.calls import Settings
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.fingerprints import answer_key, fingerprint, prompt_fingerprint
from brainswap.core.inference import chosen_inference
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.workload import Workload
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN, case, declaration, upload
from tests.fakes.states import sharded

SOURCE, TARGET = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"
GUARDRAIL = {"id": "gr4a1l", "version": "3"}
PROMPT = Prompt(system=None, messages=(Message(role="user", content="x"),))


def contenders(**changes: Any) -> tuple[RunFiles, list[str]]:
    using = MemoryDependencies(catalogue=catalogue(facts(SOURCE), facts(TARGET)))
    request = upload(using, declaration(**{"guardrail": GUARDRAIL, **changes}), [case(1), case(2)])
    sharded(using, request)
    files = RunFiles(using.artifacts, RUN)
    return files, json.loads(files.read_text("evaluation.json"))["contenders"]


def test_every_contender_on_bedrock_is_asked_through_it() -> None:
    files, names = contenders()

    assert [files.contender(name).settings.guardrail for name in names] == ["gr4a1l/3", "gr4a1l/3"]
    assert not files.run().fresh


def test_a_model_elsewhere_is_asked_without_which_is_told() -> None:
    files, (_, target) = contenders(targets=[{"model": "openai:gpt-4o-mini"}])

    contender = files.contender(target)
    (adjusted,) = (one for one in contender.adjustments if one.parameter == "guardrail")
    assert contender.settings.guardrail is None
    assert (adjusted.declared, adjusted.sent) == ("gr4a1l/3", "")
    assert adjusted.loses


def test_without_one_nothing_changes() -> None:
    files, names = contenders(guardrail=None)

    assert [files.contender(name).settings.guardrail for name in names] == [None, None]


def test_a_draft_may_have_changed_so_that_nothing_that_is_known_counts() -> None:
    files, _ = contenders(guardrail={"id": "gr4a1l", "version": "DRAFT"})

    assert files.run().fresh


def test_batch_jobs_go_through_no_guardrail() -> None:
    with pytest.raises(InvalidWorkloadError, match="go through no guardrail"):
        contenders(inference="batch")
    declared = Workload.model_validate(declaration(guardrail=GUARDRAIL, gates=[], inference="batch"))
    free = declared.model_copy(update={"guardrail": None})

    assert chosen_inference(declared, test_cases=5_000) == "on_demand"
    assert chosen_inference(free, test_cases=5_000) == "batch"


def test_answers_through_a_guardrail_are_others_and_those_without_keep_their_keys() -> None:
    def key(settings: Settings) -> str:
        return answer_key(realm="r", model="m", prompt=PROMPT, settings=settings, repeat=0)

    plain = Settings(max_tokens=1)
    before = asdict(plain)
    del before["guardrail"]

    assert key(plain) == fingerprint(["r", "m", prompt_fingerprint(PROMPT), before, 0])
    assert len({key(plain), key(replace(plain, guardrail="a/1")), key(replace(plain, guardrail="a/2"))}) == 3
