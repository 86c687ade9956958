"""A prompt that was kept with a run is still the prompt whose hash the report tells of."""

import pytest

from brainswap.contenders import frozen_prompt, prompt_of
from brainswap.contracts import FrozenPrompt
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.prompts.template import Message, Output, Prompt, Tool, chained

SCHEMA = {"type": "object", "properties": {"b": {"type": "number", "maximum": 1.5}, "a": {"enum": ["x", None]}}}
ASK = Message(role="user", content="Sort: {{ticket}}")
PROMPTS = {
    "text alone": Prompt(system=None, messages=(ASK,)),
    "turns of cases": Prompt(system="é", messages=(ASK, Message(role="case", content=""))),
    "tools": Prompt(system="s", messages=(ASK,), tools=(Tool(name="t", description=None, input_schema=SCHEMA),)),
    "a form": Prompt(system="s", messages=(ASK,), output=Output(name="o", json_schema=SCHEMA)),
    "a chain": chained(
        [
            Prompt(name="first", system="s", messages=(ASK,), takes=()),
            Prompt(name="last", system=None, messages=(Message(role="user", content="{{steps.first}}"),)),
        ]
    ),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_keeps_its_hash_in_the_files_of_a_run(name: str) -> None:
    kept = frozen_prompt(PROMPTS[name]).model_dump_json()

    assert prompt_fingerprint(prompt_of(FrozenPrompt.model_validate_json(kept))) == prompt_fingerprint(PROMPTS[name])
