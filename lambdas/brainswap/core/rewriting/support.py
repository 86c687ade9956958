"""For which models, and where, Amazon Bedrock optimises prompts, as its documentation says."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from brainswap.core.models.registry import bare_id


def optimize_prompt_lacks(model: str) -> str | None:
    """Why ``OptimizePrompt`` does not rewrite for a model; None where it is known to."""
    row = _table()["optimize_prompt"]
    if bare_id(model) in row["models"]:
        return None
    return f"it is not known to rewrite for {model} ({row['source']}; {row['checked_on']})"


def job_lacks(region: str) -> str | None:
    """Why there are no jobs of Advanced Prompt Optimization in a region; None where there are."""
    row = _table()["prompt_optimization_job"]
    if region in row["regions"]:
        return None
    return f"there are none in {region} ({row['source']}; {row['checked_on']})"


@cache
def _table() -> Any:
    return json.loads(Path(__file__).with_name("support.json").read_text("utf-8"))
