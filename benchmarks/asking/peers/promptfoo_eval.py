"""promptfoo's command line with a configuration written for it."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.asking.peers.assignment import EXPECTED, MAX_TOKENS, MODEL, REGION, Assignment, assignment, done

COMMAND = Path(__file__).resolve().parents[3] / ".peers" / "promptfoo" / "node_modules" / ".bin" / "promptfoo"


def configuration(task: Assignment) -> dict[str, Any]:
    """What promptfoo reads."""
    if task.variant == "bedrock":
        provider = {
            "id": f"bedrock:converse:{MODEL}",
            "config": {"region": REGION, "endpoint": task.url, "maxTokens": MAX_TOKENS},
        }
    else:
        provider = {
            "id": "openai:chat:measured",
            "config": {"apiBaseUrl": f"{task.url}/v1", "apiKey": "none", "max_tokens": MAX_TOKENS},
        }
    return {
        "prompts": ["{{asked}}"],
        "providers": [provider],
        "tests": [{"vars": {"asked": prompt}} for prompt in task.prompts()],
    }


def evaluate(task: Assignment) -> int:
    """How many of its results hold the right answer."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "promptfooconfig.json").write_text(json.dumps(configuration(task)), "utf-8")
        arguments = ["--config", "promptfooconfig.json", "--output", "results.json", "--max-concurrency"]
        subprocess.run(  # noqa: S603 - the command that `make bench-peers` installed
            [str(COMMAND), "eval", *arguments, str(task.in_flight), "--no-cache", "--no-table", "--no-progress-bar"],
            cwd=folder,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        results = json.loads((folder / "results.json").read_text("utf-8"))["results"]["results"]
    return sum((result.get("response") or {}).get("output") == EXPECTED for result in results)


if __name__ == "__main__":
    done(evaluate(assignment()))
