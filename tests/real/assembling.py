"""Puts a workload together from its declaration here and the recorded answers, which are not part of the project."""

import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("BRAINSWAP_REAL_DATA", HERE.parent.parent.parent / "shared" / "data"))
ABSENT = "the recorded answers of real models are not here; BRAINSWAP_REAL_DATA names their folder"

DATA_OF = {
    "bank-intents": "banking77_llm",
    "grade-school-math": "gsm8k",
    "instruction-following": "ifeval_en",
    "professional-exams": "mmlu_pro",
    "ticket-classification": "cookbook_ticket_classification",
    "trivia": "triviaqa_human",
    "word-problems-by-line": "gsm8k_openai_solutions",
}


def assemble(name: str, folder: Path) -> Path:
    """Write a workload that runs into ``folder``: the declaration, the cases, the prompt that was used then."""
    shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
    data = DATA_OF[name]
    shutil.copyfile(DATA / f"{data}.jsonl", folder / "cases.jsonl")
    manifest = json.loads((DATA / f"{data}.manifest.json").read_text("utf-8"))
    (folder / "prompts").mkdir(exist_ok=True)
    (folder / "prompts" / "user.md").write_text(_prompt(manifest), "utf-8")
    return folder


def _prompt(manifest: dict[str, object]) -> str:
    """The prompt with our placeholders; one for the labels, which no case binds, gives way to the labels."""
    prompt, variables, labels = manifest["prompt_template"], manifest["template_vars"], manifest.get("labels", [])
    assert isinstance(prompt, str)
    assert isinstance(variables, list)
    assert isinstance(labels, list)
    for variable in variables:
        prompt = prompt.replace("{" + variable + "}", "{{" + variable + "}}")
    return prompt.replace("{labels}", "\n".join(labels))
