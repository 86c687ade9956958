"""The pins of the developer's side and of the layers."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[a-z0-9,_-]+\])?==([^\s;]+)(\s*;.*)?$")


def pins(path: Path) -> dict[str, str]:
    """Version by normalised name; every line that is no comment is an exact pin."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text:
            match = PIN.match(text)
            assert match, f"{path.name}: {text!r} is no exact pin"
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[3]
    return found


def test_names_that_both_sides_share_have_one_version() -> None:
    developer, layers = pins(ROOT / "requirements.txt"), pins(ROOT / "lambdas" / "requirements.txt")

    assert {name: version for name, version in layers.items() if developer.get(name) != version} == {}


def test_everything_that_the_command_needs_is_pinned() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    declared = re.findall(
        r'^    "([A-Za-z0-9_-]+)(?:\[.*\])?",$', text.split("dependencies = [")[1].split("]\n\n")[0], re.MULTILINE
    )

    wanted = {re.sub(r"[-_.]+", "-", name).lower() for name in declared}
    assert wanted
    assert wanted <= set(pins(ROOT / "requirements.txt"))
