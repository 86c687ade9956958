"""The embedded Bedrock as a process of its own, beside the run that asks it."""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_S = 5


class EmbeddedBedrockFailedError(Exception):
    """The embedded Bedrock did not start; the message holds what it said."""


@contextmanager
def embedded_bedrock(
    *,
    cases: Path,
    inputs: Collection[str],
    recordings: Mapping[str, str],
    simulated: Collection[str],
    seed: int,
    pace: float,
) -> Iterator[str]:
    """Serve while the block runs; the value is the URL.

    Args:
        cases: JSON lines whose recordings and references the models answer from.
        inputs: those that the prompt uses, by which a request is told to be about a case.
        recordings: the recording's name by model id.
        simulated: the other models' ids.
        seed: of the simulated models.
        pace: of their clock; 1 is real time, 0 does not wait.
    """
    command = [
        sys.executable,
        "-m",
        "local.bedrock",
        "--until-input-ends",
        "--cases",
        str(cases.resolve()),
        "--seed",
        str(seed),
        "--pace",
        str(pace),
    ]
    for model, name in recordings.items():
        command += ["--recording", f"{model}={name}"]
    if inputs:
        command += ["--inputs", *sorted(inputs)]
    if simulated:
        command += ["--simulate", *simulated]
    process = subprocess.Popen(  # noqa: S603 - our own module with our own arguments
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        line = process.stdout.readline()
        if not line:
            _, said = process.communicate()
            raise EmbeddedBedrockFailedError(said.strip()[-2000:])
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def endpoints(url: str) -> dict[str, str]:
    """The settings that send every model's requests to the embedded Bedrock."""
    return {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
        "AWS_ENDPOINT_URL_BEDROCK": url,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "embedded",
    }
