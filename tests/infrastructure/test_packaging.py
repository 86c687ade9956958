import ast
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from functools import partial
from importlib.metadata import distribution, packages_distributions, version
from pathlib import Path

import aws_cdk as cdk
import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infrastructure import packaging
from infrastructure.catalog import FUNCTIONS
from infrastructure.packaging import (
    CODE_MOUNT,
    InvalidPinsError,
    LocalBundling,
    UnexpectedCompilerError,
    build_layer,
    cached_layer,
    code_hash,
    compile_bytecode,
    copy_code,
    fetch_compiler,
    layer_hash,
    parse_layers,
    run_python,
)

LAYERS = parse_layers(packaging.REQUIREMENTS.read_text(encoding="utf-8"))
PINS = [pin for pins in LAYERS.values() for pin in pins]

MAGIC_OF_3_13 = 3571  # Include/internal/pycore_magic_number.h of CPython 3.13
UNCHECKED = 1  # PEP 552: a hash stands in place of time and size, and nobody compares it with the source

SOURCES = {
    "package/__init__.py": "",
    "package/greetings.py": "SORTS = frozenset({'a', 'b', 'ß'})\n\n\ndef greet(name):\n    return f'Hello, {name}'\n",
    "alone.py": "import package\n",
}


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
    monkeypatch.setattr(packaging, "compile_bytecode", _compile_nothing)

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


def test_a_layer_that_another_process_built_meanwhile_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / layer_hash(["a==1"]) / "python" / "a.py"

    def install(_pins: Sequence[str], target: Path) -> None:
        (target / "python").mkdir()
        theirs.parent.mkdir(parents=True)
        theirs.touch()

    monkeypatch.setattr(packaging, "install", install)
    monkeypatch.setattr(packaging, "compile_bytecode", _compile_nothing)

    layer = cached_layer(["a==1"], tmp_path)

    assert list(tmp_path.iterdir()) == [layer]
    assert theirs.is_file()


def _compile_nothing(_tree: Path, _mount: str) -> None:
    pass


def test_bundling_copies_the_layer_where_the_assembly_wants_it_and_tells_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache, output = tmp_path / "cache", tmp_path / "output"
    module = cache / layer_hash(["a==1"]) / "python" / "a.py"
    module.parent.mkdir(parents=True)
    module.write_bytes(b"#" * 4 * 2**20)
    output.mkdir()
    monkeypatch.setattr(packaging, "CACHE", cache)
    bundling = LocalBundling("layer base", partial(build_layer, ["a==1"]))

    done = bundling.try_bundle(str(output), image=cdk.DockerImage.from_registry("unused"))

    assert done
    assert (output / "python" / "a.py").read_bytes() == module.read_bytes()
    assert capsys.readouterr().err == "layer base: 4.0 MB unzipped\n"


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


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small tree with its bytecode; what tests change of it, they change in a copy."""
    tree = tmp_path_factory.mktemp("compiled")
    _write_sources(tree)
    compile_bytecode(tree, CODE_MOUNT)
    return tree


def _write_sources(tree: Path) -> None:
    for name, text in SOURCES.items():
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")


def test_the_runtime_is_the_one_whose_bytecode_is_shipped() -> None:
    assert packaging.RUNTIME.name == f"python{packaging.PYTHON_VERSION}" == "python3.13"


def test_every_source_has_bytecode_that_the_runtime_takes_without_a_look_at_the_source(compiled: Path) -> None:
    for name in SOURCES:
        source = compiled / name

        header = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()[:8]

        assert header == MAGIC_OF_3_13.to_bytes(2, "little") + b"\r\n" + UNCHECKED.to_bytes(4, "little")


def test_bytecode_is_the_same_wherever_and_whenever_it_was_compiled(compiled: Path, tmp_path: Path) -> None:
    _write_sources(tmp_path)
    for name in SOURCES:
        os.utime(tmp_path / name, (0, 0))

    compile_bytecode(tmp_path, CODE_MOUNT)

    assert _content(tmp_path) == _content(compiled)


def _content(tree: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def test_the_runtimes_python_imports_the_bytecode_and_names_files_as_lambda_does(
    compiled: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(compiled, tree)
    (tree / "package" / "greetings.py").write_text("raise RuntimeError('the source was read')\n", encoding="utf-8")

    run_python(
        f"import sys\nsys.path.insert(0, {CODE_MOUNT!r})\n"
        "from package.greetings import greet\n"
        "assert greet('Ada') == 'Hello, Ada'\n"
        "assert greet.__code__.co_filename == '/var/task/package/greetings.py', greet.__code__\n",
        tree,
        CODE_MOUNT,
    )


def test_a_source_that_does_not_compile_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def\n", encoding="utf-8")

    with pytest.raises(subprocess.CalledProcessError):
        compile_bytecode(tmp_path, CODE_MOUNT)


def test_a_compiler_other_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: Sequence[str], **_: object) -> None:
        folder = Path(command[command.index("--pack-destination") + 1])
        with tarfile.open(folder / f"{packaging.COMPILER.replace('@', '-')}.tgz", "w:gz") as archive:
            for name in packaging.COMPILER_FILES:
                archive.addfile(tarfile.TarInfo(f"package/{name}"), io.BytesIO())

    monkeypatch.setattr(subprocess, "run", run)

    with pytest.raises(UnexpectedCompilerError, match="is not the archive whose SHA-512 is"):
        fetch_compiler(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_npm_comes_with_the_wheel_where_the_path_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    _, script = packaging._npm()

    assert Path(script).is_file()


@pytest.fixture
def lambdas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small ``lambdas/``, with what tools left in it."""
    code = tmp_path / "lambdas"
    for name in ("requirements.txt", "brainswap/core/errors.py", "brainswap/core/__pycache__/errors.cpython-311.pyc"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(packaging, "CODE", code)
    monkeypatch.setattr(packaging, "REQUIREMENTS", code / "requirements.txt")
    return code


def test_the_code_is_deployed_without_what_tools_left_in_it(lambdas: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"

    copy_code(target)

    assert _content(target) == {"brainswap/core/errors.py": (lambdas / "brainswap/core/errors.py").read_bytes()}


def test_the_code_is_known_by_its_content_and_not_by_its_times(lambdas: Path) -> None:
    before = code_hash()

    os.utime(lambdas / "brainswap" / "core" / "errors.py", (0, 0))
    (lambdas / "brainswap" / "core" / "__pycache__" / "errors.cpython-311.pyc").unlink()
    touched = code_hash()
    (lambdas / "brainswap" / "core" / "errors.py").write_text("", encoding="utf-8")
    changed = code_hash()

    assert touched == before
    assert changed != before


@pytest.mark.parametrize("decisive", ["PYTHON_VERSION", "COMPILER_SHA512", "CODE_MOUNT"])
@pytest.mark.usefixtures("lambdas")
def test_the_code_is_known_by_how_it_is_compiled(decisive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_hash()

    monkeypatch.setattr(packaging, decisive, "another")

    assert code_hash() != before
