"""Synthesise the stack into ``cdk.out``; the CDK command line runs this, and ``python app.py`` is enough."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infrastructure.node import use_suitable_node
from infrastructure.settings import Settings

use_suitable_node()

import aws_cdk as cdk  # noqa: E402 - starts Node.js as it is imported

from infrastructure.stack import BrainswapStack  # noqa: E402 - imports aws_cdk

CONFIGURATION = Path(__file__).resolve().parent / "cdk.json"


def synthesise(outdir: str, context: Mapping[str, Any]) -> str:
    """Write the cloud assembly and return the name of its stack.

    Args:
        outdir: folder of the assembly.
        context: laid over the context of ``cdk.json``; the command line's ``-c`` is laid over both.

    Raises:
        InvalidSettingsError: a ``brainswap:`` key is wrong.
    """
    configured = json.loads(CONFIGURATION.read_text(encoding="utf-8"))["context"]
    app = cdk.App(outdir=outdir, context={**configured, **context}, analytics_reporting=False)
    stack = BrainswapStack(app, Settings.from_context(app.node.get_all_context()))
    app.synth()
    return stack.stack_name


if __name__ == "__main__":
    synthesise(os.environ.get("CDK_OUTDIR", "cdk.out"), {})
