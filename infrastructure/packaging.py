"""Layers built with pip for the functions' platform, without Docker, and the code asset."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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

_SECTION = re.compile(r"# layer: (\w+)")
_PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+")


class InvalidPinsError(ValueError):
    """The requirements name something other than exact versions in sections."""


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
    recipe = {"pins": sorted(pins), "python": PYTHON_VERSION, "platforms": PLATFORMS, "junk": JUNK}
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()


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


def cached_layer(pins: Sequence[str], cache: Path) -> Path:
    """The folder of a built layer; built on the first call, and never seen half-built."""
    layer = cache / layer_hash(pins)
    if not layer.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as unfinished:
            built = Path(unfinished) / "layer"
            install(pins, built)
            built.rename(layer)
    return layer


@jsii.implements(cdk.ILocalBundling)
class PipBundling:
    """Bundles one layer on this machine; there is no image to fall back on."""

    def __init__(self, pins: Sequence[str]) -> None:
        self._pins = pins

    def try_bundle(self, output_dir: str, *, image: cdk.DockerImage, **_: Any) -> bool:  # noqa: ARG002 - jsii's form
        shutil.copytree(cached_layer(self._pins, CACHE), output_dir, dirs_exist_ok=True)
        return True


def code() -> lambda_.Code:
    """Everything importable below ``lambdas/``."""
    return lambda_.Code.from_asset(str(CODE), exclude=["requirements.txt", "**/__pycache__"])


def layers(scope: Construct) -> dict[str, lambda_.LayerVersion]:
    """One layer per section of the requirements."""
    return {
        name: lambda_.LayerVersion(
            scope,
            f"{name.capitalize()}Layer",
            code=_layer_code(pins),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
        for name, pins in parse_layers(REQUIREMENTS.read_text(encoding="utf-8")).items()
    }


def _layer_code(pins: Sequence[str]) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(CODE),
        asset_hash=layer_hash(pins),
        asset_hash_type=cdk.AssetHashType.CUSTOM,
        bundling=cdk.BundlingOptions(image=cdk.DockerImage.from_registry("unused"), local=PipBundling(pins)),
    )
