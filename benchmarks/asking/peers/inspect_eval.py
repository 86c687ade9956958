"""inspect_ai's own ``eval`` over a data set in memory."""

import importlib
import tempfile
from typing import Any

from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, Assignment, assignment, done

inspect_ai: Any = importlib.import_module("inspect_ai")  # not in the project's environment
dataset: Any = importlib.import_module("inspect_ai.dataset")
model: Any = importlib.import_module("inspect_ai.model")
scorer: Any = importlib.import_module("inspect_ai.scorer")


def evaluate(task: Assignment) -> int:
    """How many samples were scored as right."""
    samples = [dataset.Sample(input=prompt, target=EXPECTED) for prompt in task.prompts()]
    asked = model.get_model("openai/measured", base_url=f"{task.url}/v1", api_key="none", responses_api=False)
    with tempfile.TemporaryDirectory() as folder:
        (log,) = inspect_ai.eval(
            inspect_ai.Task(dataset=samples, scorer=scorer.exact()),
            model=asked,
            max_connections=task.in_flight,
            max_samples=task.in_flight,
            max_tokens=MAX_TOKENS,
            display="none",
            log_dir=folder,
        )
        # The log reads its samples from the file, and only when they are looked at.
        return sum(score.value == "C" for sample in log.samples or () for score in (sample.scores or {}).values())


if __name__ == "__main__":
    done(evaluate(assignment()))
