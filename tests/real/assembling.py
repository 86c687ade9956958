"""Puts a workload together from its declaration here and the recorded answers, which are not part of the project."""

import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("BRAINSWAP_REAL_DATA", HERE.parent.parent.parent / "shared" / "data"))
ABSENT = "the recorded answers of real models are not here; BRAINSWAP_REAL_DATA names their folder"

_DATA_OF = {"grade-school-math": "gsm8k", "professional-exams": "mmlu_pro"}


def assemble(name: str, folder: Path) -> Path:
    """Write a workload that runs into ``folder``: the declaration, the cases, the prompt that was used then."""
    shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
    data = _DATA_OF[name]
    shutil.copyfile(DATA / f"{data}.jsonl", folder / "cases.jsonl")
    manifest = json.loads((DATA / f"{data}.manifest.json").read_text("utf-8"))
    prompt = manifest["prompt_template"]
    for variable in manifest["template_vars"]:
        prompt = prompt.replace("{" + variable + "}", "{{" + variable + "}}")
    (folder / "prompts").mkdir(exist_ok=True)
    (folder / "prompts" / "user.md").write_text(prompt, "utf-8")
    return folder
