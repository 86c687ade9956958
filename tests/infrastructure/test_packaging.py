import ast
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distribution, packages_distributions, version
from pathlib import Path

import aws_cdk as cdk
import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infrastructure import packaging
from infrastructure.catalog import FUNCTIONS
from infrastructure.packaging import InvalidPinsError, cached_layer, layer_hash, parse_layers

LAYERS = parse_layers(packaging.REQUIREMENTS.read_text(encoding="utf-8"))
PINS = [pin for pins in LAYERS.values() for pin in pins]


def test_pins_are_read_by_section() -> None:
    text = "# For the functions.\n\n# layer: base\nb==2.0\n# why a is here\na==1.0.post0\n\n# layer: tables\nc==3+x\n"

    assert parse_layers(text) == {"base": ("b==2.0", "a==1.0.post0"), "tables": ("c==3+x",)}


@pytest.mark.parametrize("line", ["a", "a>=1", "a==1.*", "a==1 ; python_version > '3'", "--pre", "-e ."])
def test_whatever_is_no_exact_version_is_refused(line: str) -> None:
    with pytest.raises(InvalidPinsError, match="line 2: expected name==version"):
        parse_layers(f"# layer: base\n{line}\n")


def test_a_pin_outside_of_a_section_is_refused() -> None:
    with pytest.raises(InvalidPinsError, match="line 1: "):
        parse_layers("a==1\n# layer: base\n")


def test_the_layers_of_the_catalogue_are_the_sections_of_the_requirements() -> None:
    assert set(LAYERS) == {name for row in FUNCTIONS for name in row.layers}


@pytest.mark.parametrize("pin", PINS)
def test_what_is_deployed_is_what_is_tested(pin: str) -> None:
    name, _, pinned = pin.partition("==")

    assert version(name) == pinned


@pytest.mark.parametrize("pin", PINS)
def test_everything_that_a_pin_needs_is_pinned(pin: str) -> None:
    pinned = {canonicalize_name(other.partition("==")[0]) for other in PINS}
    requirements = map(Requirement, distribution(pin.partition("==")[0]).requires or [])

    needed = {canonicalize_name(it.name) for it in requirements if _applies_to_the_functions(it.marker)}

    assert needed <= pinned


def test_everything_that_the_functions_import_is_in_a_layer() -> None:
    pinned = {canonicalize_name(pin.partition("==")[0]) for pin in PINS}
    distributions = packages_distributions()

    for package in sorted(_imported_packages() - sys.stdlib_module_names - {"brainswap"}):
        assert {canonicalize_name(name) for name in distributions[package]} & pinned, package


def _imported_packages() -> set[str]:
    """Top-level names of all imports below ``lambdas/``, except those for type checkers alone."""
    found: set[str] = set()
    ahead: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8")) for path in packaging.CODE.rglob("*.py")]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            ahead.extend(ast.iter_child_nodes(node))
    return found


def _applies_to_the_functions(marker: Marker | None) -> bool:
    there = {"python_version": "3.13", "python_full_version": "3.13.0", "platform_machine": "aarch64", "extra": ""}
    environment = default_environment() | there
    return marker is None or marker.evaluate({key: str(value) for key, value in environment.items()})


def test_a_layer_is_known_by_its_pins_in_any_order() -> None:
    assert layer_hash(["a==1", "b==2"]) == layer_hash(["b==2", "a==1"])
    assert layer_hash(["a==1", "b==2"]) != layer_hash(["a==1", "b==3"])


def test_a_layer_is_known_by_how_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    before = layer_hash(["a==1"])

    monkeypatch.setattr(packaging, "PYTHON_VERSION", "3.14")

    assert layer_hash(["a==1"]) != before


def test_a_layer_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Sequence[str]] = []

    def install(pins: Sequence[str], target: Path) -> None:
        built.append(pins)
        (target / "python").mkdir(parents=True)

    monkeypatch.setattr(packaging, "install", install)

    first = cached_layer(["a==1"], tmp_path)
    second = cached_layer(["a==1"], tmp_path)

    assert first == second
    assert list(tmp_path.iterdir()) == [first]
    assert built == [["a==1"]]


def test_a_layer_that_could_not_be_built_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(_pins: Sequence[str], target: Path) -> None:
        (target / "python").mkdir(parents=True)
        raise OSError("no space left")

    monkeypatch.setattr(packaging, "install", install)

    with pytest.raises(OSError, match="no space left"):
        cached_layer(["a==1"], tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_bundling_copies_the_layer_where_the_assembly_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, output = tmp_path / "cache", tmp_path / "output"
    module = cache / layer_hash(["a==1"]) / "python" / "a.py"
    module.parent.mkdir(parents=True)
    module.write_text("A = 1\n", encoding="utf-8")
    output.mkdir()
    monkeypatch.setattr(packaging, "CACHE", cache)

    done = packaging.PipBundling(["a==1"]).try_bundle(str(output), image=cdk.DockerImage.from_registry("unused"))

    assert done
    assert (output / "python" / "a.py").read_text(encoding="utf-8") == "A = 1\n"


def test_only_what_nobody_reads_is_taken_out_of_a_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ["a/__init__.py", "a/testing.py", "a/data/tests/schema.json", "a-1.dist-info/METADATA"]
    thrown_away = ["a/tests/test_a.py", "a-1.dist-info/RECORD", "a-1.dist-info/INSTALLER", "bin/a"]

    def run(command: Sequence[str], **_: object) -> None:
        packages = Path(command[command.index("--target") + 1])
        for name in (*kept, *thrown_away):
            (packages / name).parent.mkdir(parents=True, exist_ok=True)
            (packages / name).touch()

    monkeypatch.setattr(subprocess, "run", run)

    packaging.install(["a==1"], tmp_path)

    left = {str(path.relative_to(tmp_path / "python")) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)
