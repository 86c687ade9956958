"""The embedded Bedrock as a process of its own, beside the run that asks it."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local.bedrock.batch_run import OnJobChange

ROOT = Path(__file__).resolve().parent.parent
STOP_S = 5

# Of a client that speaks to nobody but this machine: no real credentials, no body in signed chunks.
_S3_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}
_log = logging.getLogger(__name__)


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
    s3_url: str | None = None,
    on_job_change: OnJobChange | None = None,
) -> Iterator[str]:
    """Serve while the block runs; the value is the URL.

    Args:
        cases: JSON lines whose recordings and references the models answer from.
        inputs: those that the prompt uses, by which a request is told to be about a case.
        recordings: the recording's name by model id.
        simulated: the other models' ids.
        seed: of the simulated models.
        pace: of their clock; 1 is real time, 0 does not wait.
        s3_url: where batch jobs read and write; without it there can be none.
        on_job_change: is told of every change of a batch job, in a thread of its own.
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
    if on_job_change is not None:
        command.append("--events")
    process = subprocess.Popen(  # noqa: S603 - our own module with our own arguments
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=None if s3_url is None else {**os.environ, **_S3_SETTINGS, "AWS_ENDPOINT_URL_S3": s3_url},
    )
    listener: threading.Thread | None = None
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        line = process.stdout.readline()
        if not line:
            _, said = process.communicate()
            raise EmbeddedBedrockFailedError(said.strip()[-2000:])
        if on_job_change is not None:
            listener = threading.Thread(target=_listen, args=(process.stdout, on_job_change), name="job events")
            listener.start()
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
        if listener is not None:
            listener.join()
        process.communicate()


def _listen(lines: IO[str], on_job_change: OnJobChange) -> None:
    """Pass on what is told until there is nobody left who tells."""
    for line in lines:
        try:
            on_job_change(json.loads(line)["event"])
        except Exception:  # noqa: BLE001 - the edge of a thread; a lost event is what the machine's own look is for
            _log.exception("an event of a batch job could not be delivered")


def endpoints(url: str) -> dict[str, str]:
    """The settings that send every model's requests to the embedded Bedrock."""
    return {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
        "AWS_ENDPOINT_URL_BEDROCK": url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENT": url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME": url,
        "AWS_ENDPOINT_URL_PRICING": url,
        "AWS_ENDPOINT_URL_SERVICE_QUOTAS": url,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "embedded",
    }
